"""The steps that plans are made of, each with the words that a reviewer reads. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelayer.deploy import tags, words
from pipelayer.deploy.elect import Election
from pipelayer.deploy.upload import UploadPlan
from pipelayer.model import Action, LivePipeline, PipelineState, Step

_RUNNING = frozenset(
    {PipelineState.SCHEDULED, PipelineState.ACTIVATING, PipelineState.VALIDATING, PipelineState.UNKNOWN}
)


def file_steps(upload: UploadPlan | None) -> list[Step]:
    """What sends files, and what deletes stale ones."""
    if upload is None or upload.empty:
        return []
    steps = []
    if upload.send:
        steps.append(Step(Action.UPLOAD, f"{words.sending(upload)} to {upload.location}"))
    if upload.stale:
        steps.append(Step(Action.REMOVE_STALE, words.removing(upload)))
    return steps


def without_stale(files: Iterable[Step]) -> tuple[list[Step], list[Step]]:
    """What is sent, and what is deleted. What is stale goes once the new definition is at work: should AWS
    refuse that, the old one still finds what it runs.
    """
    sent: list[Step] = []
    stale: list[Step] = []
    for step in files:
        (stale if step.action is Action.REMOVE_STALE else sent).append(step)
    return sent, stale


def mark(live: LivePipeline) -> Step:
    """Before anything live is written, its record says that a write is under way."""
    return Step(Action.MARK, "mark it as being written", live.id)


def record(target: str) -> Step:
    """What is live is written down on the pipeline itself."""
    return Step(Action.RECORD, "record what is live now", target)


def creation(leftover: LivePipeline | None, starting: Sequence[Step], *, on_demand: bool) -> list[Step]:
    """A new pipeline, or the one that an earlier run left unfinished. `starting` activates it."""
    target = leftover.id if leftover else ""
    whose = "the definition of the one that an earlier run left unfinished" if leftover else "its definition"
    steps = [] if leftover else [Step(Action.CREATE, "create the pipeline")]
    steps += [Step(Action.PUT, f"save {whose}", target), *starting]
    # On demand, only the record tells that the definition was accepted; and its commit may be an older one's.
    return [*steps, record(target)] if leftover or on_demand else steps


def activation(target: str, *, on_demand: bool, run: bool) -> list[Step]:
    """What starts it. Activating one that is on demand means running it, so that has to be asked for."""
    if not on_demand:
        return [Step(Action.ACTIVATE, "activate it", target)]
    return [Step(Action.ACTIVATE, "run it, as asked", target)] if run else []


def retirement(old: LivePipeline, *, cancel: bool, who: str = "the old one") -> list[Step]:
    """How one that has a successor, or is removed, goes: tagged, stopped, deleted once its running work is
    over. `cancel`: that work is not waited for. `who` it is called by somebody who reads the steps.
    """
    whose = "its" if who == "it" else f"{who}'s"
    steps = [] if tags.RETIRED in old.tags else [Step(Action.RETIRE, f"tag {who} as retired", old.id)]
    if cancel and (old.state in _RUNNING or old.state is PipelineState.DEACTIVATING):
        steps.append(Step(Action.CANCEL, f"stop {who} and cancel its running work", old.id))
    elif old.state in _RUNNING:
        steps.append(Step(Action.DEACTIVATE, f"stop {whose} schedule; running work finishes", old.id))
    return [*steps, Step(Action.DELETE, f"delete {who} once its work has finished", old.id)]


def sweeping(election: Election, kept: Iterable[LivePipeline | None], *, cancel: bool) -> list[Step]:
    """What an earlier, interrupted run left behind, but for those that are `kept`."""
    steps = [step for old in election.retired for step in retirement(old, cancel=cancel)]
    ids = {pipeline.id for pipeline in kept if pipeline}
    return steps + [
        Step(Action.DELETE, "delete what an earlier run left unfinished", old.id)
        for old in election.leftovers
        if old.id not in ids
    ]


_GOING = frozenset({Action.RETIRE, Action.DEACTIVATE, Action.CANCEL, Action.DELETE})


def going_first(steps: Sequence[Step], *, but: str = "") -> tuple[Step, ...]:
    """The same steps, the end of other pipelines, `but` for one, before the new one's beginning."""

    def goes(step: Step) -> bool:
        return step.action in _GOING and step.target != but

    first = next(n for n, step in enumerate(steps) if step.action is Action.CREATE)
    going, rest = [step for step in steps if goes(step)], [step for step in steps[first:] if not goes(step)]
    return (*steps[:first], *going, *rest)
