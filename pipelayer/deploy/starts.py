"""A definition as it is sent: its start moved to the future, its secrets filled in.

Whether AWS takes a timeseries schedule whose first interval has begun already is documented nowhere. So there
may be two versions, the wanted one first; the second starts one interval later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pipelayer.definition.editing import edited, runs_otherwise
from pipelayer.definition.flat import Definition
from pipelayer.definition.schedule import Moved, NoFutureSlot, move_start, next_runs, schedules
from pipelayer.deploy.facts import Facts
from pipelayer.deploy.ports import Verdict
from pipelayer.model import LivePipeline

_DUE = timedelta(minutes=1)
"""A run that is due this soon begins on the old pipeline before a replacement starts."""


def versions(
    definition: Definition, now: datetime, phase: datetime | None, *, skip_current: bool = False
) -> Sequence[Moved]:
    """The definition with its start in the future, best first; empty where no run is left in the future.

    `skip_current` leaves out the interval that `now` lies in.
    """
    best = move_start(definition, now, phase=phase, skip_current=skip_current)
    if isinstance(best, NoFutureSlot):
        return ()
    later = move_start(definition, now, phase=phase, skip_current=True)
    return (best,) if isinstance(later, NoFutureSlot) or later == best else (best, later)


def to_save(facts: Facts, wanted: Definition, now: datetime, *, new: bool) -> Sequence[Moved]:
    """What may be saved, best first; empty where no run is left in the future. An activated pipeline keeps
    its start; any other, and a `new` one, begins in the future.
    """
    if new or facts.active is None:
        moves = facts.active is not None and runs_otherwise(facts.active, wanted)
        return versions(wanted, now, facts.phase, skip_current=moves)
    moved = edited(facts.active, wanted, now, facts.phase)
    return () if isinstance(moved, NoFutureSlot) else (moved,)


def due(live: LivePipeline, definition: Definition | None, now: datetime) -> datetime | None:
    """The last of the runs that begin on a live pipeline within a minute, None where none does."""
    known = schedules(definition) if definition else ()
    runs = [run for schedule in known for run in next_runs(schedule, now, 1)]
    if live.next_run and live.next_run > now:
        runs.append(live.next_run)
    return max((run for run in runs if run - now <= _DUE), default=None)


def ask(call: Callable[[Definition], Verdict], candidates: Sequence[Moved]) -> tuple[Verdict, Moved]:
    """Puts or validates the first candidate that AWS accepts; the first one's verdict where it accepts
    none.
    """
    first: tuple[Verdict, Moved] | None = None
    for moved in candidates:
        verdict = call(moved.definition)
        if not verdict.errored:
            return verdict, moved
        first = first or (verdict, moved)
        if not any("start" in message.text.lower() for message in verdict.errors):
            break
    assert first is not None, "a definition without a future run is never planned"
    return first
