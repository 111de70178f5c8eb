"""A definition as it is sent: its start moved to the future, its secrets filled in.

Whether AWS takes a timeseries schedule whose first interval has begun already is documented nowhere. So there
may be two versions, the wanted one first; the second starts one interval later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from pipelayer.definition.flat import Definition
from pipelayer.definition.schedule import Moved, NoFutureSlot, move_start
from pipelayer.deploy.ports import Verdict


def versions(definition: Definition, now: datetime, phase: datetime | None) -> Sequence[Moved]:
    """The definition with its start in the future, best first; empty where no run is left in the future."""
    best = move_start(definition, now, phase=phase)
    if isinstance(best, NoFutureSlot):
        return ()
    later = move_start(definition, now, phase=phase, skip_current=True)
    return (best,) if isinstance(later, NoFutureSlot) or later == best else (best, later)


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
    assert first is not None, "a definition without a future run is never planned"
    return first
