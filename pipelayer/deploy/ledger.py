"""What a run has begun and what it has done, as it happens: one that must end at once can still say so.

Comes in: each step before and after, from several threads, and each pipeline's outcome. Goes out: what is
known of a pipeline at this moment. Whoever asks must not wait for a thread that hangs, so there is no lock:
every change is one assignment or one append.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipelayer.model import Action, Key, Outcome, OutcomeResult, PipelinePlan, Step

if TYPE_CHECKING:
    from pipelayer.deploy.hands import Journal

STOPPED = "The run was stopped before this pipeline was done."


@dataclass
class _Entry:
    """One pipeline. `so_far` tells where it stands. `to_delete` are the ids that were left to a sweep, and
    `going` is the one that it deletes just now.
    """

    so_far: Callable[[], Outcome]
    taken: list[Action] = field(default_factory=list)
    under_way: Step | None = None
    to_delete: list[str] = field(default_factory=list)
    going: str = ""
    outcome: Outcome | None = None


class Ledger:
    """Fulfils `Journal`: `journal` hears all of it too, once it is written down."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._entries: dict[str, _Entry] = {}

    def watch(self, plan: PipelinePlan, so_far: Callable[[], Outcome]) -> None:
        """Whom to ask where a pipeline stands, and in its `error` what must not stay unsaid meanwhile.

        It must answer at once, whatever its own thread does.
        """
        self._entries[str(plan.key)] = _Entry(so_far)

    def begins(self, plan: PipelinePlan, step: Step) -> None:
        """See `Journal.begins`."""
        self._entry(plan.key, plan.live_id).under_way = step
        self._journal.begins(plan, step)

    def done(self, plan: PipelinePlan, step: Step) -> None:
        """See `Journal.done`. What was left to the sweep is not done yet."""
        entry = self._entry(plan.key, plan.live_id)
        if step.action is not Action.DELETE or step.target not in entry.to_delete:
            entry.taken.append(step.action)
        entry.under_way = None
        self._journal.done(plan, step)

    def progress(self, key: Key | None, doing: str, done: int, total: int) -> None:
        """See `Journal.progress`."""
        self._journal.progress(key, doing, done, total)

    def says(self, key: Key | None, text: str) -> None:
        """See `Journal.says`."""
        self._journal.says(key, text)

    # ---- the sweep

    def left_to_sweep(self, key: Key, pipeline_id: str) -> None:
        """A retired pipeline is to be deleted once its work has finished."""
        self._entry(key).to_delete.append(pipeline_id)

    def deleting(self, key: Key, pipeline_id: str) -> None:
        """It is about to be deleted."""
        self._entry(key).going = pipeline_id

    def deleted(self, key: Key, pipeline_id: str) -> None:
        """It was deleted, or is gone."""
        entry = self._entry(key)
        if pipeline_id in entry.to_delete:
            entry.to_delete.remove(pipeline_id)
            if entry.under_way is None:  # else the step waits for it, and is done in a moment
                entry.taken.append(Action.DELETE)
        entry.going = ""

    # ---- outcomes

    def ended(self, outcome: Outcome) -> Outcome:
        """Keeps an outcome, the last one counts; gives it with its steps."""
        entry = self._entries.setdefault(outcome.key, _Entry(lambda: outcome))
        step = _under_way(entry)
        during = step.action if step else outcome.step_under_way
        entry.outcome = known = replace(outcome, steps_taken=tuple(entry.taken), step_under_way=during)
        entry.under_way, entry.going = None, ""
        return known

    def now(self, key: Key, retry: str) -> Outcome | None:
        """The outcome of a pipeline if the run ends at this moment, None where nothing of it was begun.

        `retry` is the command that does it again.
        """
        entry = self._entries.get(str(key))
        if entry is None:
            return None
        step, outcome = _under_way(entry), entry.outcome  # in this order: `ended` writes in the other one
        taken = tuple(entry.taken)
        if outcome and not entry.going:
            return replace(outcome, steps_taken=taken)
        if step is None and not taken:
            return None
        known = outcome or entry.so_far()
        result, error = OutcomeResult.SKIPPED, STOPPED
        if step:
            about = "" if step.action is Action.CREATE else step.target or known.pipeline_id
            result = OutcomeResult.FAILED
            error = (
                f'The run was stopped while the step "{step.action}"{f" of {about}" if about else ""} was '
                "under way; nobody knows whether it took effect."
            )
        during = step.action if step else None
        error = " ".join(filter(None, [error, known.error, f"Retry: {retry}"]))
        return replace(known, result=result, error=error, steps_taken=taken, step_under_way=during)

    @property
    def undeleted(self) -> tuple[str, ...]:
        """The retired pipelines that still wait for the sweep, by their ids."""
        return tuple(sorted(one for entry in tuple(self._entries.values()) for one in tuple(entry.to_delete)))

    def _entry(self, key: Key, live_id: str = "") -> _Entry:
        known = Outcome(str(key), OutcomeResult.FAILED, live_id)
        return self._entries.setdefault(str(key), _Entry(lambda: known))


def _under_way(entry: _Entry) -> Step | None:
    """A step of the plan, or of the sweep in its name."""
    return entry.under_way or (Step(Action.DELETE, "", entry.going) if entry.going else None)
