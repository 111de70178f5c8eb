"""Annotations: on their lines, the most severe first, no more than GitHub keeps."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from pipelayer.model import Finding, Position, Report, Result, Severity, Verb
from pipelayer.render.annotations import Annotation, Level, annotations
from support import reports
from support.report_strategies import reports as any_report


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


@given(any_report())
def test_never_too_many(report: Report) -> None:
    shown = annotations(report)
    for level in Level:
        assert sum(a.level is level for a in shown) <= 10
    assert [*Level] == sorted(Level, key=[*Level].index)
    assert [a.level for a in shown] == sorted((a.level for a in shown), key=[*Level].index)
