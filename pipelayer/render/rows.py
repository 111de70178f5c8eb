"""What the report says of each pipeline, brought together from its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelayer.model import (
    Finding,
    Kind,
    Outcome,
    OutcomeResult,
    PipelinePlan,
    Report,
    Result,
    Severity,
    Verb,
)

_FAILED = {OutcomeResult.FAILED, OutcomeResult.INVALID}
_LEFT_ALONE = {
    OutcomeResult.HELD,
    OutcomeResult.SUPERSEDED,
    OutcomeResult.SKIPPED,
    OutcomeResult.REMOVED,
}
_NOT_DONE = _FAILED | _LEFT_ALONE
_FATAL = {Kind.PRUNE, Kind.REPLACE}
"""Plans after which an id and its history are gone."""
_HOLDS = {Kind.HELD, Kind.SUPERSEDED, Kind.REMOVED}
_STILL = {Kind.UNCHANGED, Kind.UNKNOWN}


@dataclass(frozen=True)
class Row:
    """One pipeline. `errors` and `warnings` count its findings; `left_over` is one that no change of this run
    is about: an earlier deploy left it.
    """

    key: str
    name: str
    group: str
    directory: str
    plan: PipelinePlan | None = None
    outcome: Outcome | None = None
    errors: int = 0
    warnings: int = 0
    left_over: bool = False

    @property
    def broken(self) -> bool:
        """Whether something must be mended, in the files or in AWS."""
        refused = self.plan is not None and self.plan.kind in {Kind.INVALID, Kind.REFUSED}
        failed = self.outcome is not None and self.outcome.result in _FAILED
        return self.errors > 0 or refused or failed

    @property
    def done(self) -> bool:
        """Whether its plan was carried out to its end."""
        return self.outcome is not None and self.outcome.result not in _NOT_DONE

    @property
    def left_alone(self) -> bool:
        """Whether the pipeline differs and is deliberately not touched."""
        held = self.plan is not None and self.plan.kind in _HOLDS
        return held or (self.outcome is not None and self.outcome.result in _LEFT_ALONE)

    @property
    def still(self) -> bool:
        """Whether nothing is to be told about it but that it was looked at."""
        quiet = self.plan is None or self.plan.kind in _STILL
        done = self.outcome is None or self.outcome.result in {OutcomeResult.UNCHANGED, OutcomeResult.VALID}
        return quiet and done and not self.broken and not self.warnings


def deployed(report: Report) -> bool:
    """Whether this is the report of a run that was to change AWS, and not of one that only looked."""
    return report.verb in {Verb.UPLOAD, Verb.ACTIVATE, Verb.DEPLOY} and not report.dry_run


def blocked(report: Report, table: Sequence[Row]) -> bool:
    """Whether one that is invalid keeps a deploy from doing what the plans of the others say."""
    if deployed(report) or report.result is not Result.FAILURE:
        return False
    return any(row.errors or (row.plan is not None and row.plan.kind is Kind.INVALID) for row in table)


def rows(report: Report) -> tuple[Row, ...]:
    """The pipelines of the report: those first that want a reader's eye, those that stay as they are last,
    else in its order.
    """
    found: dict[str, Row] = {}
    for item in report.selection.items:
        found[str(item.key)] = Row(
            str(item.key), item.name, item.key.group, item.directory, left_over=item.only_catch_up
        )
    for plan in report.plan:
        key = str(plan.key)
        row = found.get(key, Row(key, plan.name, plan.key.group, plan.key.directory))
        found[key] = replace(row, plan=plan, name=plan.name or row.name)
    for outcome in report.outcomes:
        row = found.get(outcome.key, Row(outcome.key, outcome.key, "", ""))
        found[outcome.key] = replace(row, outcome=outcome)
    for finding in report.findings:
        if finding.key in found:
            found[finding.key] = _counted(found[finding.key], finding.severity)
    return tuple(sorted(found.values(), key=_order))


def _counted(row: Row, severity: Severity) -> Row:
    match severity:
        case Severity.ERROR:
            return replace(row, errors=row.errors + 1)
        case Severity.WARNING:
            return replace(row, warnings=row.warnings + 1)
        case Severity.NOTE:
            return row  # it asks for nothing


def _order(row: Row) -> int:
    if row.broken:
        return 0
    if row.still:
        return 4
    if row.left_alone:
        return 2
    return 1 if row.plan is not None and row.plan.kind in _FATAL else 3


@dataclass(frozen=True)
class Problem:
    """One finding, with the names of all pipelines that have it: a fault in the template is told once."""

    finding: Finding
    names: tuple[str, ...]


def problems(report: Report) -> tuple[Problem, ...]:
    """The findings without repetition, the most severe first, else in the report's order."""
    names = {row.key: row.name for row in rows(report)}
    merged: dict[Finding, dict[str, None]] = {}
    for finding in report.findings:
        affected = merged.setdefault(replace(finding, key=""), {})
        if finding.key:
            affected[names.get(finding.key, finding.key)] = None
    severities = list(Severity)
    found = [Problem(finding, tuple(affected)) for finding, affected in merged.items()]
    return tuple(sorted(found, key=lambda problem: severities.index(problem.finding.severity)))
