"""Questions about what happened, to be asked of the event log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from .state import Event, State


@dataclass(frozen=True)
class Gap:
    """A time in which a subject that had a scheduled pipeline has none; `until` None: to this day."""

    subject: str
    sequence: int
    since: datetime
    until: datetime | None


def gaps(events: Sequence[Event], subject: Callable[[Event], str] = lambda event: event.name) -> list[Gap]:
    """Every gap in the events, by name or by whatever `subject` makes of an event (`""`: of no interest)."""
    scheduled: dict[str, str] = {}
    open_gaps: dict[str, Gap] = {}
    found: list[Gap] = []
    for event in events:
        before = set(scheduled.values())
        of = subject(event)
        if event.state in (State.SCHEDULED, State.FINISHED) and of:
            scheduled[event.pipeline_id] = of
        else:
            scheduled.pop(event.pipeline_id, None)
        after = set(scheduled.values())
        for one in before - after:
            open_gaps[one] = Gap(one, event.sequence, event.at, None)
        closed = [open_gaps.pop(one) for one in after - before if one in open_gaps]
        found += [replace(gap, until=event.at) for gap in closed]
    return sorted([*found, *open_gaps.values()], key=lambda gap: gap.sequence)


def scheduled_at_once(
    events: Sequence[Event], subject: Callable[[Event], str] = lambda event: event.name
) -> dict[str, int]:
    """For each subject the most pipelines that were ever scheduled at the same time."""
    scheduled: dict[str, str] = {}
    most: dict[str, int] = {}
    for event in events:
        of = subject(event)
        if event.state is State.SCHEDULED and of:
            scheduled[event.pipeline_id] = of
            most[of] = max(most.get(of, 0), sum(1 for one in scheduled.values() if one == of))
        else:
            scheduled.pop(event.pipeline_id, None)
    return most
