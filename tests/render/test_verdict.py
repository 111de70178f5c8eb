"""What the reports say in the corners: nothing twice, no tick for what is not done, only what is true."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelayer.model import (
    Finding,
    Kind,
    Outcome,
    OutcomeResult,
    PipelinePlan,
    Position,
    Report,
    Result,
    Selected,
    Selection,
    Severity,
    Verb,
)
from pipelayer.render.markdown import comment_body
from pipelayer.render.rows import rows
from pipelayer.render.terminal import terminal_report
from pipelayer.render.verdict import verdict_of
from pipelayer.render.words import Mood, sentences
from support import reports

GONE = "it goes on running; prune: true deletes it"


def terminal(report: Report) -> str:
    return terminal_report(report, sources=reports.SOURCES.get)


def comment(report: Report) -> str:
    return comment_body(report, marker=reports.MARKER, context=reports.LINKS)


def planned(
    *kinds: Kind, reason: str = "for a reason", verb: Verb = Verb.VALIDATE, live: str = "SCHEDULED"
) -> Report:
    plans = tuple(
        PipelinePlan(reports.key(f"p{number}"), f"p{number}", kind, reason, (), live and "df-1", live)
        for number, kind in enumerate(kinds)
    )
    return Report(verb, Result.SUCCESS, plan=plans)


def test_all_notes_are_one_line() -> None:
    notes = tuple(
        Finding(Severity.NOTE, code, f"note {number}", Position("f", number + 1, 1), "a hint")
        for number, code in enumerate(["PL511", "PL510", "PL510"])
    )
    shown = terminal(replace(reports.PULL_REQUEST_WELL, findings=notes))
    assert shown.startswith("3 notes: PL510 (2), PL511 (1); pipelayer explain PL510 PL511\n\n")
    assert "note 1" not in shown
    assert "<details><summary>3 notes</summary>" in comment(
        replace(reports.PULL_REQUEST_WELL, findings=notes)
    )
    assert "note" not in comment(replace(reports.DEPLOYED, findings=notes))


def test_what_stopped_the_run_is_said_once() -> None:
    finding = Finding(
        Severity.ERROR, "PL000", "No such group.", Position("pipelayer.yaml", 3, 1), "Name one."
    )
    report = replace(
        reports.STOPPED,
        selection=Selection((reports.ORDERS, reports.CLICKS)),
        findings=(finding,),
        error=finding.message,
        error_hint=finding.hint,
    )
    assert terminal(report) == (
        "pipelayer.yaml:3:1: error PL000: No such group.\n   = hint: Name one.\n\n✗ Pipelayer stopped\n"
    )


def test_what_is_not_reached_or_refused_gets_no_tick() -> None:
    refused = replace(planned(Kind.REFUSED, verb=Verb.PLAN), result=Result.FAILURE)
    assert "✓" not in terminal(refused)
    outcomes = reports.FAILED.outcomes[:1]
    shown = terminal(replace(reports.FAILED, outcomes=outcomes, error="The role is gone."))
    assert "·  Click sessions  not reached" in shown
    assert "✓" not in shown
    assert "✅" not in comment(replace(reports.FAILED, outcomes=outcomes))


def test_nothing_is_ticked_that_another_one_blocks() -> None:
    assert "| ▫️ | **Orders&nbsp;export**" in comment(reports.PULL_REQUEST)
    assert "What merging would do once all is mended" in comment(reports.PULL_REQUEST)
    assert "What a deploy would do once all is mended" in comment(
        replace(reports.PULL_REQUEST, verb=Verb.PLAN)
    )
    assert "what would be done once all is mended" in terminal(reports.PULL_REQUEST)


@pytest.mark.parametrize(
    ("kind", "result", "said"),
    [
        (Kind.HELD, OutcomeResult.HELD, "held df-1: paused by hand: pipelayer resume releases this"),
        (
            Kind.UPLOAD,
            OutcomeResult.SUPERSEDED,
            "superseded df-1: the branch has a newer commit, whose run does it "
            "(paused by hand: pipelayer resume releases this)",
        ),
    ],
)
def test_what_is_left_alone_says_why(kind: Kind, result: OutcomeResult, said: str) -> None:
    reason = "paused by hand: pipelayer resume releases this"
    report = replace(
        planned(kind, reason=reason, verb=Verb.DEPLOY),
        outcomes=(Outcome(str(reports.key("p0")), result, "df-1"),),
    )
    assert said in terminal(report)
    assert f"**{result.value}**: {said.split(': ', 1)[1]}" in comment(report)


@pytest.mark.parametrize(
    ("kinds", "reason", "mood", "headline", "numbers"),
    [
        ([Kind.UNKNOWN] * 2, "", Mood.GOOD, "2 pipelines checked, no error found", "2 not compared with AWS"),
        (
            [Kind.UNKNOWN, Kind.UNCHANGED],
            "",
            Mood.GOOD,
            "2 pipelines checked, no error found",
            "1 unchanged, 1 not compared with AWS",
        ),
        (
            [Kind.UNKNOWN, Kind.CREATE],
            "",
            Mood.GOOD,
            "A deploy will create 1 pipeline",
            "1 not compared with AWS",
        ),
        (
            [Kind.REMOVED],
            GONE,
            Mood.WARNING,
            "1 pipeline goes on running that was removed from the files",
            "",
        ),
        (
            [Kind.REMOVED] * 2 + [Kind.UNCHANGED],
            GONE,
            Mood.WARNING,
            "2 pipelines go on running that were removed from the files",
            "1 unchanged, 2 left alone",
        ),
        ([Kind.UNCHANGED], "", Mood.GOOD, "A deploy will change nothing in AWS", "1 unchanged"),
        (
            [Kind.EDIT, Kind.EDIT, Kind.SAVE, Kind.REPLACE, Kind.HELD],
            "for a reason",
            Mood.GOOD,
            "A deploy will edit 2 pipelines, save 1 and replace 1",
            "1 left alone",
        ),
    ],
)
def test_the_verdict_claims_no_more_than_is_known(
    kinds: list[Kind], reason: str, mood: Mood, headline: str, numbers: str
) -> None:
    report = planned(*kinds, reason=reason)
    verdict = verdict_of(report, rows(report))
    assert (verdict.mood, verdict.headline, verdict.numbers) == (mood, headline, numbers)


def test_equal_names_are_told_apart() -> None:
    items = tuple(Selected(reports.key(one), "Same", f"pipelines/{one}", ()) for one in ("a", "b"))
    shown = terminal(Report(Verb.VALIDATE, Result.SUCCESS, selection=Selection(items)))
    assert "Same (pipelines/a)" in shown
    assert "Same (pipelines/b)" in shown
    assert "(pipelines/" not in terminal(reports.PULL_REQUEST_WELL)


@pytest.mark.parametrize(
    ("verb", "said"), [(Verb.UPLOAD, "The upload failed"), (Verb.ACTIVATE, "The activation failed")]
)
def test_what_failed_is_named(verb: Verb, said: str) -> None:
    report = Report(
        verb,
        Result.FAILURE,
        selection=Selection((reports.ORDERS,)),
        outcomes=(Outcome(str(reports.ORDERS.key), OutcomeResult.FAILED, error="No. Retry: x"),),
    )
    assert terminal(report).splitlines()[-1] == f"✗ {said}"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("It broke Retry: x", "It broke. Retry: x"),
        ("It broke.. Retry: x", "It broke. Retry: x"),
        ("It broke. Retry: x", "It broke. Retry: x"),
        ("It broke! Retry: x", "It broke! Retry: x"),
        ("No `a` Retry: x", "No `a`. Retry: x"),
        ('It said "no." Retry: x', 'It said "no." Retry: x'),
        ("No command at all", "No command at all"),
        (" Retry: x", " Retry: x"),
    ],
)
def test_a_sentence_ends_before_the_command(error: str, said: str) -> None:
    assert sentences(error) == said


@pytest.mark.parametrize(
    ("live", "headline"),
    [
        ("SCHEDULED", "2 pipelines go on running that were removed from the files"),
        ("INACTIVE", "2 pipelines stay in AWS that were removed from the files"),
        ("FINISHED", "2 pipelines stay in AWS that were removed from the files"),
        ("", "2 pipelines were removed from the files"),
    ],
)
def test_what_was_removed_is_said_to_run_only_if_it_does(live: str, headline: str) -> None:
    report = planned(Kind.REMOVED, Kind.REMOVED, live=live)
    assert verdict_of(report, rows(report)).headline == headline
