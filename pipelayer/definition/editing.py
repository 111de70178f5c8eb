"""The definition that edits an activated pipeline: the desired one, on the live one's timing.

AWS refuses to move the start or to change the period of a schedule that runs, however the same time is
written. So what means the same is put back verbatim, and only what is new begins in the future.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pipelayer.definition.expressions import Resolver
from pipelayer.definition.parts import Definition, Field, PipelineObject
from pipelayer.definition.schedule import (
    Moved,
    NoFutureSlot,
    Schedule,
    equal_schedules,
    first_future,
    move_start,
    passed_slots,
    schedules,
)

_START = ("period", "startAt", "startDateTime")
_END = ("endDateTime", "occurrences")


def edited(
    live: Definition, desired: Definition, now: datetime, phase: datetime | None
) -> Moved | NoFutureSlot:
    """What to put on the pipeline that runs `live`, so that it means `desired`.

    Only for changes that none of AWS's rules forbids. A schedule that `live` lacks starts in the future; one
    that begins with the first activation continues `phase`. `first_run` is that of the new schedules alone.
    """
    running = {schedule.object_id: schedule for schedule in schedules(live)}
    added = tuple(item for item in desired.objects if item.id not in running)
    moved = move_start(replace(desired, objects=added), now, phase=phase)
    if isinstance(moved, NoFutureSlot):
        return moved
    wanted = {schedule.object_id: schedule for schedule in schedules(desired)}
    fresh = {item.id: item for item in moved.definition.objects}
    before = {item.id: item for item in live.objects}
    timing = _Timing(live, desired, now)
    objects = tuple(
        timing.of(before[item.id], item, running[item.id], wanted[item.id])
        if item.id in running and item.id in wanted
        else fresh.get(item.id, item)
        for item in desired.objects
    )
    return replace(moved, definition=replace(desired, objects=objects))


def resume_at(
    definition: Definition, now: datetime, phase: datetime | None, *, skip_current: bool = False
) -> datetime | None:
    """From when on a pipeline that was paused is to run, so that it catches up with nothing: the start of the
    first interval whose run is still to come. `phase` is when it was first activated; `skip_current` leaves
    out the interval that `now` lies in.

    None where its schedules don't tell. One instant serves all schedules: the latest interval that is over
    decides, since it must not be run again.
    """
    starts, over = [], []
    for schedule in schedules(definition):
        if first := schedule.start or phase:
            n = first_future(schedule, first, now, skip_current=skip_current)
            starts.append(schedule.period.add(first, n))
            over += [schedule.period.add(first, n - 1)] if n else []
    last = max(over, default=None)
    return min((start for start in starts if last is None or start > last), default=None)


def runs_otherwise(live: Definition, desired: Definition) -> bool:
    """Whether a schedule that stays would run at the other end of its intervals: the one that is under way
    must neither be run twice nor caught up with.
    """
    before = {schedule.object_id: schedule.type for schedule in schedules(live)}
    return any(before.get(one.object_id, one.type) is not one.type for one in schedules(desired))


class _Timing:
    def __init__(self, live: Definition, desired: Definition, now: datetime) -> None:
        self._before = Resolver(live.values, live.defaults)
        self._after = Resolver(desired.values, desired.defaults)
        self._now = now

    def of(
        self, live: PipelineObject, desired: PipelineObject, running: Schedule, wanted: Schedule
    ) -> PipelineObject:
        """The desired object with the live one's start and period, and of its end what is the same.

        Occurrences are counted from the start: the live one's may be a later one.
        """
        if equal_schedules(running, wanted, self._now):
            return self._kept(live, desired, (*_START, *_END))
        if equal_schedules(replace(running, end=wanted.end), wanted, self._now):
            return self._kept(live, desired, (*_START, "occurrences"))
        kept = self._kept(live, desired, _START)
        if wanted.occurrences is None or running.start is None or wanted.start is None:
            return kept
        left = wanted.occurrences - passed_slots(wanted.period, wanted.start, running.start)
        fields = {**kept.fields, "occurrences": Field((str(left),))}
        return replace(kept, fields=fields)

    def _kept(self, live: PipelineObject, desired: PipelineObject, keys: Sequence[str]) -> PipelineObject:
        fields = {key: field for key, field in desired.fields.items() if key not in keys}
        fields |= {key: self._verbatim(live.fields[key]) for key in keys if key in live.fields}
        return replace(desired, fields=fields)

    def _verbatim(self, field: Field) -> Field:
        """The live field, unless the parameters that it uses come to something else by now."""
        values = tuple(
            self._before.partial(value)
            if isinstance(value, str) and self._before.partial(value) != self._after.partial(value)
            else value
            for value in field.values
        )
        return replace(field, values=values)
