"""What is live under a key that the project no longer has: reported, and deleted only on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelayer.deploy import tags
from pipelayer.deploy.elect import Election
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.plan import retirement
from pipelayer.deploy.sweep import Sweep
from pipelayer.errors import PipelayerError
from pipelayer.model import Action, Key, Kind, LivePipeline, Outcome, OutcomeResult, PipelinePlan, Step


@dataclass(frozen=True)
class Removed:
    """A key of this project and group that AWS has and the files don't. `known` says that git shows it was
    configured.
    """

    key: Key
    election: Election
    known: bool
    named: bool = False

    @property
    def every(self) -> tuple[LivePipeline, ...]:
        """Each of its pipelines, whatever its state."""
        live = (self.election.live,) if self.election.live else ()
        return (*live, *self.election.leftovers, *self.election.retired)


def plan_removed(removed: Removed, *, prune: bool, too_many: bool) -> PipelinePlan:
    """Decides about one. What already carries our retired tag is deleted in any case: that was decided
    before.
    """
    live = removed.election.live
    name = live.name if live else removed.key.directory
    if live is None or not prune:
        steps = [step for old in removed.election.retired for step in retirement(old)]
        why = (
            "its directory is gone; it goes on running. prune: true deletes it"
            if live
            else "its directory is gone"
        )
        kind = Kind.REMOVED if live else Kind.PRUNE
        return PipelinePlan(removed.key, name, kind, why, tuple(steps), live.id if live else "")
    if not removed.known:
        why = "no commit that git still knows configured it: if it is gone for good, delete it in AWS by hand"
        return PipelinePlan(removed.key, name, Kind.REFUSED, why, (), live.id)
    if too_many and not removed.named:
        why = "more than half of the group would be deleted at once: name the pipelines to delete"
        return PipelinePlan(removed.key, name, Kind.REFUSED, why, (), live.id)
    steps = [step for old in removed.every for step in retirement(old)]
    return PipelinePlan(removed.key, name, Kind.PRUNE, "its directory is gone", tuple(steps), live.id)


def too_many(removed: Sequence[Removed], configured: int) -> bool:
    """Whether pruning would delete more than half of a group. `configured` counts the pipelines that the
    files have.
    """
    going = sum(one.election.live is not None for one in removed)
    return going * 2 > going + configured


def carry_out(plan: PipelinePlan, hands: Hands, sweep: Sweep) -> Outcome:
    """Stops and deletes. One that fails is an outcome, and stands alone."""
    clock = hands.clock
    began = clock.now()
    result = OutcomeResult.DELETED if plan.kind is Kind.PRUNE else OutcomeResult.REMOVED
    error = ""
    try:
        if plan.kind is Kind.REFUSED:
            raise PipelayerError(plan.reason)
        if plan.steps and hands.superseded(plan.key):
            result = OutcomeResult.SUPERSEDED
        else:
            for step in plan.steps:
                _take(plan, step, hands, sweep)
    except PipelayerError as problem:
        result, error = OutcomeResult.FAILED, problem.message
    seconds = round((clock.now() - began).total_seconds(), 2)
    return Outcome(str(plan.key), result, plan.live_id, seconds=seconds, error=error)


def _take(plan: PipelinePlan, step: Step, hands: Hands, sweep: Sweep) -> None:
    hands.journal.begins(plan, step)
    if step.action is Action.RETIRE:
        hands.cloud.pipelines.add_tags(step.target, {tags.RETIRED: "removed"})
    elif step.action is Action.DEACTIVATE:
        hands.cloud.pipelines.deactivate(step.target, cancel_active=False)
    else:
        sweep.add(plan.key, step.target)
    hands.journal.done(plan, step)
