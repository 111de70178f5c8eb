"""Findings and failures as annotations on the offending lines, as few as GitHub keeps.

The escaping into workflow commands happens where they are written, in `pipelayer.github.commands`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from pipelayer.errors import UsageError
from pipelayer.model import Report, Severity
from pipelayer.model.status import Reason, Status, Trouble
from pipelayer.render.rows import problems, rows
from pipelayer.render.words import count, listed, sentences

MOST_PER_LEVEL = 10
"""The runner keeps no more of a level in one step (actions/runner, ExecutionContext.cs)."""

_MOST_NAMES = 3


class Level(StrEnum):
    """How GitHub shows an annotation."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True)
class Annotation:
    """One annotation, unescaped. Without a place `path` is empty, and `line` and `column` are 0."""

    level: Level
    message: str
    title: str = ""
    path: str = ""
    line: int = 0
    column: int = 0


def annotations(report: Report) -> tuple[Annotation, ...]:
    """The most severe first, at most ten of each level; the tenth tells of those that are left out."""
    found = [*_stopped(report), *_findings(report), *_failures(report)]
    return tuple(shown for level in Level for shown in _first([a for a in found if a.level is level]))


def reasons_as_annotations(status: Status) -> Sequence[Annotation]:
    """Why not all is well, at most ten; they have no place in a file."""
    return _first(
        [
            Annotation(
                Level.ERROR,
                _sentences(reason.sentence, *_logs(status, reason), reason.command and f"`{reason.command}`"),
                f"{reason.name} {reason.trouble.value}",
            )
            for reason in status.reasons
        ]
    )


def _logs(status: Status, reason: Reason) -> Iterator[str]:
    """Where a failed run has left its first log."""
    failures = next((one.failures for one in status.pipelines if one.key == reason.key), ())
    addresses = [address for failure in failures for address in failure.logs]
    if reason.trouble is Trouble.FAILED and addresses:
        yield f"Log: {addresses[0]}"


def _first(found: Sequence[Annotation]) -> Sequence[Annotation]:
    if len(found) <= MOST_PER_LEVEL:
        return found
    left = len(found) - MOST_PER_LEVEL + 1
    noun = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTICE: "note"}[found[0].level]
    more = Annotation(found[0].level, f"{count(left, 'more ' + noun)}: see the step summary.", "Pipelayer")
    return [*found[: MOST_PER_LEVEL - 1], more]


def _stopped(report: Report) -> list[Annotation]:
    if not report.error or _explained(report):
        return []
    return [Annotation(Level.ERROR, _sentences(report.error, report.error_hint), "Pipelayer stopped")]


def _explained(report: Report) -> bool:
    """Whether a finding says at its place what stopped the run: in its words, or as wrong usage does."""
    errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    same = any(finding.message == report.error for finding in errors)
    return same or (report.exit_code == UsageError.exit_code and bool(errors))


def _findings(report: Report) -> list[Annotation]:
    found = []
    for problem in problems(report):
        finding = problem.finding
        if finding.severity is Severity.NOTE:
            continue  # nothing to do about it, so no place in the diff either
        names = [*problem.names[:_MOST_NAMES]]
        if len(problem.names) > _MOST_NAMES:
            names.append(f"{len(problem.names) - _MOST_NAMES} more")
        title = f"{finding.code} {listed(names)}".strip()
        message = _sentences(finding.message, finding.hint)
        at = finding.at
        place = (at.path, at.line, at.column) if at else ("", 0, 0)
        found.append(Annotation(_level(finding.severity), message, title, *place))
    return found


def _failures(report: Report) -> list[Annotation]:
    return [
        Annotation(Level.ERROR, sentences(row.outcome.error), f"{row.name} {row.outcome.result.value}")
        for row in rows(report)
        if row.outcome and row.outcome.error and row.broken
    ]


def _level(severity: Severity) -> Level:
    match severity:
        case Severity.ERROR:
            return Level.ERROR
        case Severity.WARNING:
            return Level.WARNING
        case Severity.NOTE:
            return Level.NOTICE
        case _:
            assert_never(severity)


def _sentences(message: str, *more: str) -> str:
    return "\n".join([message, *filter(None, more)])
