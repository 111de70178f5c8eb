"""The sentences that comment, summary and terminal share. They hold the report's text as it is, not yet
harmless.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from pipelayer.model import Kind, Outcome, OutcomeResult, Report, Result, Severity, Verb
from pipelayer.render.rows import Row, deployed


class Mood(StrEnum):
    """How a line is meant."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    PAUSED = "paused"
    QUIET = "quiet"


@dataclass(frozen=True)
class Verdict:
    """The whole report in one sentence, the numbers behind it, and what follows from it."""

    mood: Mood
    headline: str
    numbers: str = ""
    advice: str = ""


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) if parts else ""


def tally(errors: int, warnings: int) -> str:
    """The findings that want something of somebody in numbers, empty if there are none: notes want
    nothing.
    """
    numbers = [(errors, "error"), (warnings, "warning")]
    return ", ".join(count(number, noun) for number, noun in numbers if number)


def found(report: Report) -> str:
    """All findings in numbers."""
    return tally(report.count(Severity.ERROR), report.count(Severity.WARNING))


def verdict(report: Report, rows: Sequence[Row], *, merging: bool = False) -> Verdict:
    """How the run went, or what a deploy will do; `merging`: what merging the pull request will."""
    if report.error:
        return Verdict(Mood.BAD, f"Pipelayer stopped: {report.error}", advice=report.error_hint)
    will = "Merging will" if merging and report.verb is Verb.VALIDATE else "A deploy will"
    return _after(report, rows) if deployed(report) else _before(report, rows, will)


def _before(report: Report, rows: Sequence[Row], will: str) -> Verdict:
    if report.result is Result.FAILURE:
        broken = sum(row.broken for row in rows)
        head = "Not ready to deploy"
        if broken:
            needs = "needs mending" if broken == 1 else "need mending"
            of = f"{broken:,} of {count(len(rows), 'pipeline')}" if len(rows) > 1 else "The pipeline"
            head = f"{of} {needs}"
        blocks = any(row.errors for row in rows)
        advice = f"As it stands, {will[0].lower()}{will[1:]} change nothing in AWS." if blocks else ""
        return Verdict(Mood.BAD, head, found(report), advice)
    if not rows:
        return Verdict(Mood.GOOD, "No pipeline is affected", found(report))
    mood = Mood.WARNING if report.count(Severity.WARNING) else Mood.GOOD
    kinds = Counter(row.plan.kind for row in rows if row.plan)
    if set(kinds) <= {Kind.UNKNOWN}:
        return Verdict(mood, f"{count(len(rows), 'pipeline')} checked, no error found", found(report))
    doing = [(phrase, kinds[kind]) for kind in Kind if kinds[kind] and (phrase := _intent(kind))]
    what = _things(doing) if doing else "change nothing in AWS"
    return Verdict(mood, f"{will} {what}", _joined(_rest(rows), found(report)))


def _after(report: Report, rows: Sequence[Row]) -> Verdict:
    results = Counter(row.outcome.result for row in rows if row.outcome)
    failed, invalid = results[OutcomeResult.FAILED], results[OutcomeResult.INVALID]
    done = [(phrase, results[r]) for r in OutcomeResult if results[r] and (phrase := _deed(r))]
    deeds = _things(done)
    rest = _rest(rows)
    if failed:
        head = (
            f"{failed:,} of {count(len(rows), 'pipeline')} failed" if len(rows) > 1 else "The deploy failed"
        )
        return Verdict(Mood.BAD, head, _joined(deeds, rest, found(report)))
    if report.result is Result.FAILURE:
        head = "Not everything was done" if deeds else "Nothing was changed in AWS"
        why = f"{count(invalid, 'pipeline is', 'pipelines are')} invalid" if invalid else ""
        return Verdict(Mood.BAD, head, _joined(deeds, why, found(report)))
    mood = Mood.WARNING if report.count(Severity.WARNING) else Mood.GOOD
    nothing = (
        "Nothing to do: AWS matches the files" if rows and not rest.endswith("alone") else "Nothing to do"
    )
    head = f"{deeds[:1].upper()}{deeds[1:]}" if deeds else nothing
    return Verdict(mood, head if rows else "No pipeline is affected", _joined(rest, found(report)))


def _joined(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _things(done: Sequence[tuple[str, int]]) -> str:
    """`create 1 pipeline, replace 2 and upload the files of 3`."""
    numbers = [f"{phrase} {number:,}" for phrase, number in done]
    if done:
        numbers[0] += " pipeline" if done[0][1] == 1 else " pipelines"
    return listed(numbers)


def _rest(rows: Sequence[Row]) -> str:
    """How many stay as they are, and how many are held back."""
    held = sum(row.left_alone for row in rows)
    same = sum(
        (row.plan is not None and row.plan.kind is Kind.UNCHANGED and row.outcome is None)
        or (row.outcome is not None and row.outcome.result is OutcomeResult.UNCHANGED)
        for row in rows
    )
    parts = [f"{same:,} unchanged" if same else "", f"{held:,} left alone" if held else ""]
    return ", ".join(filter(None, parts))


def _intent(kind: Kind) -> str:
    """What will be done, empty where nothing will."""
    match kind:
        case Kind.CREATE:
            return "create"
        case Kind.EDIT:
            return "edit"
        case Kind.REPLACE:
            return "replace"
        case Kind.UPLOAD:
            return "upload the files of"
        case Kind.RETAG:
            return "update the tags of"
        case Kind.RUN:
            return "run"
        case Kind.ADOPT:
            return "adopt"
        case Kind.PRUNE:
            return "delete"
        case (
            Kind.UNCHANGED
            | Kind.HELD
            | Kind.REFUSED
            | Kind.SUPERSEDED
            | Kind.REMOVED
            | Kind.INVALID
            | Kind.UNKNOWN
        ):
            return ""
        case _:
            assert_never(kind)


def _deed(result: OutcomeResult) -> str:
    """What was done, in the past; empty where nothing was."""
    match result:
        case OutcomeResult.UPLOADED:
            return "uploaded the files of"
        case OutcomeResult.RECORDED:
            return "updated the tags of"
        case (
            OutcomeResult.CREATED
            | OutcomeResult.REPLACED
            | OutcomeResult.EDITED
            | OutcomeResult.ACTIVATED
            | OutcomeResult.ADOPTED
            | OutcomeResult.DELETED
        ):
            return result.value
        case (
            OutcomeResult.UNCHANGED
            | OutcomeResult.VALID
            | OutcomeResult.INVALID
            | OutcomeResult.HELD
            | OutcomeResult.SUPERSEDED
            | OutcomeResult.REMOVED
            | OutcomeResult.SKIPPED
            | OutcomeResult.FAILED
        ):
            return ""
        case _:
            assert_never(result)


def label(kind: Kind) -> str:
    """A plan's kind in the words of a table."""
    match kind:
        case Kind.CREATE:
            return "new"
        case Kind.UPLOAD:
            return "upload"
        case Kind.RETAG:
            return "tags"
        case Kind.UNCHANGED:
            return "unchanged"
        case Kind.SUPERSEDED:
            return "left to the newer run"
        case Kind.PRUNE:
            return "delete"
        case Kind.INVALID:
            return "nothing until it is mended"
        case (
            Kind.EDIT
            | Kind.REPLACE
            | Kind.RUN
            | Kind.ADOPT
            | Kind.HELD
            | Kind.REFUSED
            | Kind.REMOVED
            | Kind.UNKNOWN
        ):
            return kind.value
        case _:
            assert_never(kind)


def reason(row: Row) -> str:
    """Why, unless it has been said already."""
    if row.plan is None or (row.plan.kind is Kind.INVALID and row.errors):
        return ""
    if row.plan.kind is Kind.UNCHANGED and row.plan.reason == "AWS matches the files":
        return ""
    return row.plan.reason.removeprefix("upload ") if row.plan.kind is Kind.UPLOAD else row.plan.reason


def files(outcome: Outcome) -> list[str]:
    """How many files were sent, and how many deleted."""
    numbers = [(outcome.uploaded, "uploaded"), (outcome.removed, "removed")]
    return [f"{number:,} {what}" for number, what in numbers if number]


def mood_of(row: Row) -> Mood:
    """How a row of the table is meant."""
    if row.broken:
        return Mood.BAD
    if row.left_alone:
        return Mood.PAUSED
    if row.warnings:
        return Mood.WARNING
    return Mood.QUIET if row.still and (row.plan is not None or row.outcome is None) else Mood.GOOD


def duration(seconds: float) -> str:
    """How long, as people say it."""
    if seconds < 1:
        return "< 1 s" if seconds > 0 else ""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
