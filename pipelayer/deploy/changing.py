"""What becomes of a live pipeline whose definition changed: it is edited in place where AWS allows that, else
replaced, or left alone until somebody releases it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelayer.definition.compare import Change, EditRule
from pipelayer.definition.schedule import NoFutureSlot, move_start
from pipelayer.deploy import steps, tags, words
from pipelayer.deploy.facts import Case
from pipelayer.model import Action, Kind, LivePipeline, PipelineState, Step, Subject

Decision = tuple[Kind, str, list[Step]]

_PAUSED = frozenset({PipelineState.INACTIVE, PipelineState.DEACTIVATING})


def resting(case: Case, live: LivePipeline) -> str:
    """Why a changed pipeline is left alone, and the word that releases it; "" where it is at work."""
    if not case.options.respect_paused:
        return ""
    if live.state in _PAUSED:
        return f"{live.id} was paused by hand: respect-paused: false releases this, or pipelayer resume"
    if live.state is PipelineState.FINISHED:
        return (
            f"{live.id} has finished: respect-paused: false releases this, with a new pipeline in its place"
        )
    return ""


def change(case: Case, live: LivePipeline, files: Sequence[Step], found: Sequence[Change]) -> Decision:
    """What to do about the differences that were `found`. `files` are the steps that its files need."""
    if live.state is PipelineState.FINISHED:
        found = [Change("it has finished", "", "", EditRule.FINISHED, Subject.PIPELINE), *found]
    ordered = words.in_order(found)
    what = words.listed([words.change(one) for one in ordered])
    forbidden = any(one.rule for one in ordered)
    if forbidden and case.facts.live_on_demand and not case.options.replace_on_demand:
        others = f"others may start {live.id} by its id: replace-on-demand: true releases this"
        return Kind.HELD, f"{what}, but {others}", []
    if isinstance(move_start(case.pipeline.definition, case.now, phase=case.facts.phase), NoFutureSlot):
        return Kind.REFUSED, words.NO_RUN_LEFT, []
    if forbidden:
        taken = f"{words.takes_the_place(live)}; " if case.facts.claimed else ""
        return Kind.REPLACE, f"{taken}{what}", _replacement(case, live, files)
    if case.facts.saved_aside(case.now):
        what += f"; {words.SAVED_ASIDE}: this overwrites it"
    if case.facts.claimed:
        return Kind.ADOPT, f"{words.takes_over(live)}; {what}", _edit(case, live, files)
    saved_only = case.pipeline.on_demand and not case.options.run_on_demand
    return (Kind.SAVE if saved_only else Kind.EDIT), what, _edit(case, live, files)


def _edit(case: Case, live: LivePipeline, files: Sequence[Step]) -> list[Step]:
    sent, stale = steps.without_stale(files)
    put = Step(Action.PUT, "save its definition", live.id)
    start = steps.activation(live.id, on_demand=case.pipeline.on_demand, run=case.options.run_on_demand)
    return [steps.mark(live), *sent, put, *start, *stale, steps.record(live.id)]


def _replacement(case: Case, live: LivePipeline, files: Sequence[Step]) -> list[Step]:
    sent, stale = steps.without_stale(files)
    marked = [steps.mark(live)] if files else []
    gone = steps.retirement(live, cancel=case.options.cancel_running)
    return [*marked, *sent, *creation(case), *stale, *gone]


def creation(case: Case) -> list[Step]:
    """What makes a pipeline of it, new or one that an earlier run left unfinished."""
    on_demand = case.pipeline.on_demand
    left = leftover(case)
    start = steps.activation(left.id if left else "", on_demand=on_demand, run=case.options.run_on_demand)
    return steps.creation(left, start, on_demand=on_demand)


def leftover(case: Case) -> LivePipeline | None:
    """An unfinished one that was made for just this definition. Any other may be one that another run is
    at.
    """
    for pipeline in case.facts.election.leftovers:
        state = tags.state_of(pipeline.tags)
        if pipeline.name == case.name and tags.same(state.definition, case.pipeline.definition_digest):
            return pipeline
    return None
