"""Annotations: on their lines, the most severe first, no more than GitHub keeps."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from pipelayer.model import Finding, Key, Position, Report, Result, Severity, Verb
from pipelayer.model.status import PipelineStatus, Reason, Status, Trouble
from pipelayer.render.annotations import Annotation, Level, annotations, reasons_as_annotations
from support import reports
from support.report_strategies import reports as any_report
from support.wanted import NOW


def test_findings_on_their_lines() -> None:
    error, warning = annotations(reports.PULL_REQUEST)
    assert (error.level, error.path, error.line, error.column) == (
        Level.ERROR,
        "pipelines/click_sessions/values.json",
        5,
        25,
    )
    assert error.title == "PL503 Click sessions"
    assert error.message.endswith('\nWrite it like "1 month", "2 weeks" or "15 minutes".')
    assert warning.level is Level.WARNING


def test_failures_and_what_stopped_the_run() -> None:
    (failure,) = annotations(reports.FAILED)
    assert (failure.title, failure.path, failure.line) == ("Orders export failed", "", 0)
    assert "To retry" in failure.message
    (stopped,) = annotations(reports.STOPPED)
    assert stopped.title == "Pipelayer stopped"


def test_the_tenth_tells_of_the_rest_and_a_note_asks_for_nothing() -> None:
    findings = tuple(
        Finding(severity, "PL101", f"number {n}", Position("a.json", n + 1))
        for n in range(13)
        for severity in (Severity.NOTE, Severity.WARNING, Severity.ERROR)
    )
    shown = annotations(Report(Verb.VALIDATE, Result.FAILURE, findings=findings))
    assert [a.level for a in shown] == [Level.ERROR] * 10 + [Level.WARNING] * 10
    assert [a.message for a in shown[:2]] == ["number 0", "number 1"]
    assert shown[9] == Annotation(Level.ERROR, "4 more errors: see the step summary.", "Pipelayer")
    assert annotations(Report(Verb.VALIDATE, Result.FAILURE, findings=findings[:30]))[9].message == "number 9"


def test_a_template_of_many_pipelines_gets_one() -> None:
    twice = replace(reports.PULL_REQUEST, findings=(reports.PERIOD, replace(reports.PERIOD, key="other")))
    (only,) = annotations(twice)
    assert only.title == "PL503 Click sessions and other"


def test_each_reason_why_a_pipeline_needs_somebody_up_to_ten() -> None:
    key = Key("acme/nightly", "dev", "a")
    reasons = tuple(
        Reason(Trouble.FAILED, key, f"Pipeline {n}", "Its last run failed.", "pipelayer logs a")
        for n in range(12)
    )
    one = PipelineStatus(key, "a", "us-east-1", reasons=reasons)
    shown = reasons_as_annotations(Status("acme/nightly", NOW, pipelines=(one,)))
    assert shown[0] == Annotation(
        Level.ERROR, "Its last run failed.\n`pipelayer logs a`", "Pipeline 0 last run failed"
    )
    assert shown[9:] == [Annotation(Level.ERROR, "3 more errors: see the step summary.", "Pipelayer")]


@given(any_report())
def test_never_too_many(report: Report) -> None:
    shown = annotations(report)
    for level in Level:
        assert sum(a.level is level for a in shown) <= 10
    assert [*Level] == sorted(Level, key=[*Level].index)
    assert [a.level for a in shown] == sorted((a.level for a in shown), key=[*Level].index)
