"""The sentences that comment, summary and terminal share. They hold the report's text as it is, not yet
harmless.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import assert_never

from pipelayer.model import Against, Kind, Outcome, OutcomeResult, Preview, Report, Severity, Subject
from pipelayer.render import measures
from pipelayer.render.rows import Row, problems

NEW_ID = "it gets a new id; the run history goes with the old one"
"""What a replacement costs."""

MENDED = "once all is mended"

MOST_NAMES = 5
"""Names that one line lists."""

_RETRY = " Retry: "
_PLAIN = {(Kind.UNCHANGED, "AWS matches the files"), (Kind.CREATE, "not in AWS yet")}
"""Reasons that the kind says already."""
_WITH_FILES = {Kind.EDIT, Kind.SAVE, Kind.REPLACE, Kind.ADOPT}
"""Plans that may send files too, and don't say so."""


class Mood(StrEnum):
    """How a line is meant."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    PAUSED = "paused"
    QUIET = "quiet"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) if parts else ""


def first(names: Sequence[str]) -> Sequence[str]:
    """The first few of them, and how many more there are."""
    left = len(names) - MOST_NAMES
    return [*names[:MOST_NAMES], f"{left:,} more"] if left > 0 else names


def tally(errors: int, warnings: int) -> str:
    """The findings that want something of somebody in numbers, empty if there are none: notes want
    nothing.
    """
    numbers = [(errors, "error"), (warnings, "warning")]
    return ", ".join(count(number, noun) for number, noun in numbers if number)


def found(report: Report) -> str:
    """All findings in numbers, one that several pipelines have counted once."""
    severities = [problem.finding.severity for problem in problems(report)]
    return tally(severities.count(Severity.ERROR), severities.count(Severity.WARNING))


def label(kind: Kind) -> str:
    """A plan's kind in the words of a table."""
    match kind:
        case Kind.CREATE:
            return "new"
        case Kind.SAVE:
            return "save, not run"
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


_ORDER = re.compile(
    r"(?P<flag>run-on-demand|replace-on-demand|prune|cancel-running): true"
    r"|(?P<no>respect-paused): false|(?P<choice>replace): (?P<value>delete-first)"
)


def as_options(text: str) -> str:
    """The text with the action's inputs called as the command line calls them."""

    def option(found: re.Match[str]) -> str:
        if name := found["flag"]:
            return f"--{name}"
        return f"--no-{found['no']}" if found["no"] else f"--{found['choice']} {found['value']}"

    return _ORDER.sub(option, text)


def reason(row: Row) -> str:
    """Why, unless it has been said already."""
    if row.plan is None or (row.plan.kind is Kind.INVALID and row.errors):
        return ""
    if row.outcome is not None and row.outcome.result is OutcomeResult.SUPERSEDED:
        newer = "the branch has a newer commit, whose run does it"
        return f"{newer} ({row.plan.reason})" if row.plan.reason else newer
    if (row.plan.kind, row.plan.reason) in _PLAIN:
        return ""
    if row.plan.kind is Kind.UPLOAD:
        return row.plan.reason.removeprefix("upload ")
    preview = row.plan.preview
    counted = row.outcome is not None and row.outcome.uploaded + row.outcome.removed > 0
    tells = row.plan.kind in _WITH_FILES and not counted
    sent = measures.files(preview.files) if preview and tells else ""
    return "; ".join(filter(None, [row.plan.reason, sent]))


def in_files(preview: Preview) -> str:
    """What the files change, where AWS wasn't asked."""
    if preview.against is Against.NOTHING:
        return "new in the files"
    values = sum(one.subject is Subject.VALUE for one in preview.changes)
    others = len(preview.changes) - values
    numbers = [count(values, "value") if values else "", count(others, "difference") if others else ""]
    return ", ".join(filter(None, [*numbers, measures.files(preview.files)])) or "no difference"


def files(outcome: Outcome) -> list[str]:
    """How many files were sent, and how many deleted."""
    numbers = [(outcome.uploaded, "uploaded"), (outcome.removed, "removed")]
    return [f"{count(number, 'file')} {what}" for number, what in numbers if number]


def mood_of(row: Row, *, waits: bool = False) -> Mood:
    """How a row of the table is meant; `waits`: what it says isn't done, or won't be as things stand."""
    if row.broken:
        return Mood.BAD
    if row.left_alone:
        return Mood.PAUSED
    if (row.warnings and not row.done) or (
        row.plan is not None and row.plan.kind is Kind.PRUNE and row.outcome is None
    ):
        return Mood.WARNING
    quiet = waits or (row.still and (row.plan is not None or row.outcome is None))
    return Mood.QUIET if quiet else Mood.GOOD


def tells_why(result: OutcomeResult) -> bool:
    """Whether the plan's reason explains what happened, and isn't plain from it."""
    return left_alone(result) or result in {
        OutcomeResult.UNCHANGED,
        OutcomeResult.REPLACED,
        OutcomeResult.EDITED,
        OutcomeResult.DELETED,
        OutcomeResult.ADOPTED,
    }


def left_alone(result: OutcomeResult) -> bool:
    """Whether somebody must know what keeps the pipeline as it is."""
    return result in {OutcomeResult.HELD, OutcomeResult.SUPERSEDED, OutcomeResult.REMOVED}


def sentences(error: str) -> str:
    """An outcome's error whose last sentence ends before the command to retry begins."""
    said, command = with_command(error)
    return f"{said}{_RETRY}{command}" if command else said


def with_command(error: str) -> tuple[str, str]:
    """An outcome's error as whole sentences, and the command to retry, empty where there is none."""
    said, _, command = error.rpartition(_RETRY)
    said = said.rstrip()
    if not said:
        return error, ""
    if said.endswith("."):
        said = f"{said.rstrip('.')}."
    elif not said.rstrip("\"'`)]").endswith((".", "!", "?", "…")):
        said = f"{said.rstrip(' ,;:')}."
    return said, command


def how_far(outcome: Outcome) -> str:
    """`after: create, put; during: activate`, for one that was not done to its end; else empty."""
    if outcome.result not in {OutcomeResult.FAILED, OutcomeResult.SKIPPED}:
        return ""
    taken = f"after: {', '.join(outcome.steps_taken)}" if outcome.steps_taken else ""
    during = f"during: {outcome.step_under_way}" if outcome.step_under_way else ""
    return "; ".join(filter(None, [taken, during]))


def duration(seconds: float) -> str:
    """How long, as people say it."""
    if seconds < 1:
        return "< 1 s" if seconds > 0 else ""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
