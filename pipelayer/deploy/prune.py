"""What is live under a key that the project no longer has: reported, and deleted only on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pipelayer.deploy import tags
from pipelayer.deploy.elect import Election
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.ledger import STOPPED
from pipelayer.deploy.retiring import retire, stop
from pipelayer.deploy.steps import retirement
from pipelayer.deploy.sweep import Sweep
from pipelayer.errors import Interrupted, PipelayerError, in_words
from pipelayer.model import (
    Action,
    Key,
    Kind,
    LivePipeline,
    Outcome,
    OutcomeResult,
    PipelinePlan,
    PipelineState,
    Step,
)

UNKNOWN = "no commit that git still knows configured it: if it is gone for good, delete it in AWS by hand"
BROKEN = "the project's files have errors, so what they mean to keep can't be known: mend them first"
_DOUBLED = "{} would be its twin: let that say `moved-from`, or name this one to delete it"
_RUNS = "it goes on running"
_STATES = {
    PipelineState.PENDING: "it was never activated",
    PipelineState.INACTIVE: "it is paused",
    PipelineState.DEACTIVATING: "it is being paused",
    PipelineState.FINISHED: "it has finished",
}
_TOO_MANY = "more than half of the group would be deleted at once: name the pipelines to delete"


@dataclass(frozen=True)
class Pruning:
    """What a run means to do about pipelines that the files no longer have.

    `key_of(tag, commit)` is the key that the base, or that commit, gave to the pipeline with this key tag,
    None where neither had it. `broken`: some file can't be read. `named` tells whether the user named one,
    `only_named` that only such are meant.
    """

    key_of: Callable[[str, str], Key | None]
    named: Callable[[Key], bool]
    only_named: bool = False
    broken: bool = False

    def why_not(self, removed: Removed, *, configured: bool, twin: Key | None) -> str:
        """Why one may not be deleted, "" where it may. `configured`: some commit is known to have had it;
        `twin` is a pipeline of the files that would double it.
        """
        if self.broken:
            return BROKEN
        if not configured:
            return UNKNOWN
        if twin and not removed.named:
            return _DOUBLED.format(f"{twin.group}/{twin.directory}")
        return ""


@dataclass(frozen=True)
class Removed:
    """A key of this project and group that AWS has and the files don't.

    `wanted`: the user wants it deleted; `named`: by its name. `refusal` says why it can't be, "" where it
    can.
    """

    key: Key
    election: Election
    wanted: bool = False
    refusal: str = ""
    named: bool = False

    @property
    def every(self) -> tuple[LivePipeline, ...]:
        """Each of its pipelines, whatever its state."""
        live = (self.election.live,) if self.election.live else ()
        return (*live, *self.election.leftovers, *self.election.retired)


def plan_removed(removed: Removed, *, too_many: bool, cancel: bool = False) -> PipelinePlan:
    """Decides about one. What already carries our retired tag is deleted in any case: that was decided
    before. `cancel`: running work is not waited for.
    """
    election = removed.election
    left = [one for one in removed.every if tags.RETIRED not in one.tags]
    shown = left[0] if left else None
    refusal = removed.refusal or (_TOO_MANY if too_many and not removed.named else "")
    going = [one for one in election.retired if tags.RETIRED in one.tags]
    kind, why = Kind.PRUNE, "it was removed from the files"
    if shown and not removed.wanted:
        kind, why = Kind.REMOVED, f"{_STATES.get(shown.state, _RUNS)}; prune: true deletes it"
    elif shown and refusal:
        kind, why, going = Kind.REFUSED, refusal, []
    else:
        going += left
    return PipelinePlan(
        removed.key,
        shown.name if shown else removed.key.directory,
        kind,
        why,
        tuple(step for old in going for step in retirement(old, cancel=cancel, who="it")),
        shown.id if shown else "",
        shown.state.value if shown else "",
    )


def too_many(removed: Sequence[Removed], staying: int) -> bool:
    """Whether pruning would delete more than half of what a group has in AWS. `staying` counts those that the
    files keep; what they have and AWS doesn't makes no group larger.
    """
    going = sum(one.wanted and one.election.live is not None for one in removed)
    return going * 2 > going + staying


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
    except Interrupted as stop:
        result, error = OutcomeResult.SKIPPED, stop.message
    except PipelayerError as problem:
        result, error = OutcomeResult.FAILED, problem.message
    except Exception as bug:
        result, error = OutcomeResult.FAILED, in_words(bug)
    seconds = round((clock.now() - began).total_seconds(), 2)
    return hands.journal.ended(Outcome(str(plan.key), result, plan.live_id, seconds=seconds, error=error))


def after(sweep: Sweep, outcome: Outcome) -> Outcome:
    """What came of a removal once everything was swept: AWS may have refused it, or the run was stopped."""
    if problem := {str(key): one for key, one in sweep.problems.items()}.get(outcome.key):
        return replace(outcome, result=OutcomeResult.FAILED, error=problem.message)
    if sweep.stopped and outcome.key in map(str, sweep.unfinished.values()):
        return replace(outcome, result=OutcomeResult.SKIPPED, error=STOPPED)
    return outcome


def _take(plan: PipelinePlan, step: Step, hands: Hands, sweep: Sweep) -> None:
    hands.go_on()
    hands.journal.begins(plan, step)
    if step.action is Action.RETIRE:
        retire(hands, step.target, tags.REMOVED)
    elif step.action in (Action.DEACTIVATE, Action.CANCEL):
        stop(hands, step.target, cancel=step.action is Action.CANCEL)
    else:
        sweep.add(plan.key, step.target)
    hands.journal.done(plan, step)
