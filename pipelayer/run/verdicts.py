"""What is said of pipelines that nothing was done to. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from shlex import quote

from pipelayer.errors import PipelayerError
from pipelayer.model import (
    Finding,
    Key,
    Kind,
    Outcome,
    OutcomeResult,
    PipelinePlan,
    Position,
    Selected,
    Severity,
)
from pipelayer.run.request import FailOn, ReplaceOrder, Request

UNASKED = "AWS was not asked what is live"


def invalid_keys(findings: Iterable[Finding], items: Sequence[Selected], fail_on: FailOn) -> set[str]:
    """The keys of the pipelines that a finding blocks; one without a key is the project's, and blocks all."""
    blocking = {Severity.ERROR, Severity.WARNING} if fail_on is FailOn.WARNING else {Severity.ERROR}
    bad = [finding for finding in findings if finding.severity in blocking]
    found = {finding.key for finding in bad if finding.key}
    return found | {str(item.key) for item in items} if any(not finding.key for finding in bad) else found


def blocked(items: Iterable[Selected], invalid: Collection[str]) -> bool:
    """Whether one that was selected by the diff or by name is invalid: then nothing is changed."""
    return any(str(item.key) in invalid and not item.only_catch_up for item in items)


def not_done(items: Sequence[Selected], invalid: Collection[str]) -> tuple[Outcome, ...]:
    """The outcomes where one that is invalid keeps all of them from being touched."""

    def outcome(item: Selected) -> Outcome:
        if str(item.key) in invalid:
            return Outcome(str(item.key), OutcomeResult.INVALID)
        return Outcome(
            str(item.key), OutcomeResult.SKIPPED, error="Nothing was changed, since another one is invalid."
        )

    return tuple(outcome(item) for item in items)


def looked_at(
    items: Sequence[Selected], invalid: Collection[str], refused: Mapping[str, str]
) -> tuple[Outcome, ...]:
    """The outcomes of a validation; a pipeline that was removed has none.

    `refused` says why a deploy would fail for pipelines whose files are right.
    """

    def outcome(key: str) -> Outcome:
        bad = key in invalid or key in refused
        result = OutcomeResult.INVALID if bad else OutcomeResult.VALID
        return Outcome(key, result, error=refused.get(key, ""))

    return tuple(outcome(str(item.key)) for item in items if not item.removed)


def retry_command(request: Request, key: Key, groups: Collection[str]) -> str:
    """The command that does one pipeline again. What is left of a group that is gone is looked after by
    another of `groups`, those of this run.
    """
    if key.group in groups or not groups:
        whose = [quote(key.directory), "--group", quote(key.group)]
    else:
        whose = [quote(f"{key.group}/{key.directory}"), "--group", quote(min(groups))]
    flags = {
        "--prune": request.prune,
        "--run-on-demand": request.run_on_demand,
        "--replace-on-demand": request.replace_on_demand,
        "--no-respect-paused": not request.respect_paused,
        "--cancel-running": request.cancel_running,
        "--replace delete-first": request.replace is ReplaceOrder.DELETE_FIRST,
    }
    said = [flag for flag, given in flags.items() if given]
    return " ".join([request.retry_command, request.verb.value, *whose, *said, *request.retry_options])


def with_retry(outcome: Outcome, command: str) -> Outcome:
    """What failed or was left undone names the command that tries again. What is invalid has its findings: it
    needs mending first.
    """
    undone = outcome.result in (OutcomeResult.FAILED, OutcomeResult.SKIPPED)
    if not undone or "Retry: " in outcome.error:
        return outcome
    return replace(outcome, error=f"{outcome.error.rstrip('.')}. Retry: {command}")


def placed(problem: PipelayerError) -> tuple[Finding, ...]:
    """What stopped the run as a finding at its place, where it has one."""
    if not problem.path:
        return ()
    at = Position(problem.path, max(1, problem.line), max(1, problem.column))
    return (Finding(Severity.ERROR, "PL000", problem.message, at, problem.hint),)


def superseded(plan: PipelinePlan, left: Collection[str]) -> PipelinePlan:
    """The plan as it turned out: a newer commit decides about the pipelines whose keys are in `left`."""
    return replace(plan, kind=Kind.SUPERSEDED) if str(plan.key) in left else plan


def unplanned(item: Selected, invalid: Collection[str]) -> PipelinePlan:
    """The plan of one that AWS wasn't asked about."""
    if str(item.key) in invalid:
        return PipelinePlan(item.key, item.name, Kind.INVALID, "see the findings")
    return PipelinePlan(item.key, item.name, Kind.UNKNOWN, UNASKED)
