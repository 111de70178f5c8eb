"""The outcomes of a run that ends before it is done: told to stop and out of time, or met by a bug. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pipelayer.deploy.ledger import Ledger
from pipelayer.model import Key, Kind, Outcome, OutcomeResult, PipelinePlan, Report, Verb
from pipelayer.run import verdicts
from pipelayer.run.request import Request

_WITHOUT_STEPS = {
    Kind.UNCHANGED: OutcomeResult.UNCHANGED,
    Kind.HELD: OutcomeResult.HELD,
    Kind.SUPERSEDED: OutcomeResult.SUPERSEDED,
    Kind.REMOVED: OutcomeResult.REMOVED,
    Kind.REFUSED: OutcomeResult.FAILED,
}
"""What comes of a pipeline for which nothing was to be done."""


def outcomes(report: Report, request: Request, ledger: Ledger) -> tuple[Outcome, ...]:
    """One for each pipeline, as far as it has got; none where this verb has none."""
    if not request.writes and request.verb is not Verb.VALIDATE:
        return ()
    return tuple(sorted(_outcomes(report, request, ledger), key=lambda outcome: outcome.key))


def _outcomes(report: Report, request: Request, ledger: Ledger) -> Iterator[Outcome]:
    items, groups = report.selection.items, {group.name for group in report.groups}
    invalid = verdicts.invalid_keys(report.findings, items, request.fail_on)
    plans = {plan.key: plan for plan in report.plan} if request.writes else {}
    for key in {*plans, *(item.key for item in items if request.writes or not item.removed)}:
        retry = verdicts.retry_command(request, key, groups)
        known = ledger.now(key, retry) or _untouched(key, plans.get(key), invalid, retry)
        yield verdicts.with_retry(known, retry)


def _untouched(key: Key, plan: PipelinePlan | None, invalid: Collection[str], retry: str) -> Outcome:
    live = plan.live_id if plan else ""
    if str(key) in invalid:
        return Outcome(str(key), OutcomeResult.INVALID, live)
    if plan and not plan.steps and plan.kind in _WITHOUT_STEPS:
        error = plan.reason if plan.kind is Kind.REFUSED else ""
        return Outcome(str(key), _WITHOUT_STEPS[plan.kind], live, error=error)
    error = f"The run was stopped before this pipeline was begun. Retry: {retry}"
    return Outcome(str(key), OutcomeResult.SKIPPED, live, error=error)
