"""When a pipeline runs: its schedules, their future slots, and a start that AWS won't catch up from.

A start in the past makes AWS run every missed interval at once, so a start is moved to the first slot whose
run lies in the future. All of it is arithmetic: nothing here counts slots one by one.
Source: AWS Data Pipeline Developer Guide, "Schedule" and "Scheduling Pipelines".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from pipelayer.definition.expressions import Resolver
from pipelayer.definition.inheritance import DEFAULT, Inheritance
from pipelayer.definition.parts import Definition, Field, PipelineObject
from pipelayer.definition.period import (
    FOREVER,
    Period,
    Unit,
    format_datetime,
    parse_datetime,
    parse_period,
)
from pipelayer.model import Position

__all__ = [
    "FIRST_ACTIVATION",
    "Moved",
    "NoFutureSlot",
    "Period",
    "Schedule",
    "ScheduleType",
    "Unit",
    "equal_schedules",
    "first_future",
    "format_datetime",
    "is_on_demand",
    "move_start",
    "next_runs",
    "parse_datetime",
    "parse_period",
    "passed_slots",
    "schedules",
]

FIRST_ACTIVATION = "FIRST_ACTIVATION_DATE_TIME"
_ON_DEMAND_PERIOD = "ONDEMAND_PERIOD"


class ScheduleType(StrEnum):
    """`cron` runs at the start of each interval, `timeseries` at its end, `ondemand` when activated."""

    CRON = "cron"
    TIMESERIES = "timeseries"
    ONDEMAND = "ondemand"


@dataclass(frozen=True)
class Schedule:
    """One Schedule object with its parameters resolved. `start` None: when it is first activated."""

    object_id: str
    period: Period
    start: datetime | None
    end: datetime | None = None
    occurrences: int | None = None
    type: ScheduleType = ScheduleType.CRON
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Moved:
    """A definition with no run in the past. `skipped` slots were passed over, in all schedules together.

    `first_run` is the earliest run; None where that is up to the activation.
    """

    definition: Definition
    skipped: int
    first_run: datetime | None


@dataclass(frozen=True)
class NoFutureSlot:
    """The schedule has ended: activating could only run what was missed. `last` is its end, if it has one."""

    object_id: str
    last: datetime | None = None


def schedules(definition: Definition) -> tuple[Schedule, ...]:
    """Every Schedule object whose period, start and end can be known here, in the order of the definition."""
    inheritance = Inheritance(definition)
    resolver = Resolver(definition.values, definition.defaults)
    type = _type(definition, resolver)
    found = (
        _schedule(item, inheritance.fields(item), resolver, type)
        for item in definition.objects
        if inheritance.type(item) == "Schedule"
    )
    return tuple(schedule for schedule in found if schedule is not None)


def is_on_demand(definition: Definition) -> bool:
    """Whether each activation is one run, and nothing else runs it."""
    resolver = Resolver(definition.values, definition.defaults)
    if _type(definition, resolver) is ScheduleType.ONDEMAND:
        return True
    periods = (
        _text(item.fields, "period", resolver) for item in definition.objects if item.type == "Schedule"
    )
    return any(period is not None and period.upper() == _ON_DEMAND_PERIOD for period in periods)


def move_start(
    definition: Definition, now: datetime, *, phase: datetime | None = None, skip_current: bool = False
) -> Moved | NoFutureSlot:
    """Move each start in the past to the first slot whose run lies after `now`.

    The slots that were passed over are taken off `occurrences`. Both are written as literals on the Schedule
    object; parameters keep their values. `phase` is the start of the pipeline that this one replaces: a
    schedule that begins with the first activation then continues its slots. `skip_current` also leaves out
    the interval that `now` lies in, where `timeseries` would still run it.
    """
    if is_on_demand(definition):
        return Moved(definition, 0, None)
    replaced: dict[str, PipelineObject] = {}
    skipped, first_runs = 0, []
    by_id = {item.id: item for item in definition.objects}
    for schedule in schedules(definition):
        start = schedule.start or phase
        if start is None:
            continue
        start = start if start.tzinfo else start.replace(tzinfo=UTC)
        k = first_future(schedule, start, now, skip_current=skip_current)
        moved = schedule.period.add(start, k)
        left = None if schedule.occurrences is None else schedule.occurrences - k
        if moved == FOREVER or (left is not None and left <= 0) or (schedule.end and moved >= schedule.end):
            return NoFutureSlot(schedule.object_id, schedule.end)
        skipped += k
        at_end = schedule.type is ScheduleType.TIMESERIES
        first_runs.append(schedule.period.add(moved, 1) if at_end else moved)
        if k or schedule.start is None:
            item = by_id[schedule.object_id]
            replaced[item.id] = _with_start(item, moved, left)
    objects = tuple(replaced.get(item.id, item) for item in definition.objects)
    return Moved(replace(definition, objects=objects), skipped, min(first_runs, default=None))


def next_runs(schedule: Schedule, now: datetime, n: int) -> tuple[datetime, ...]:
    """The next `n` instants after `now` at which something runs; none where that is up to an activation."""
    if schedule.start is None or schedule.type is ScheduleType.ONDEMAND:
        return ()
    ahead = 1 if schedule.type is ScheduleType.TIMESERIES else 0
    first = max(0, schedule.period.slots_until(schedule.start, now) - ahead)
    last = first + n if schedule.occurrences is None else min(first + n, schedule.occurrences)
    runs = []
    for index in range(first, last):
        slot = schedule.period.add(schedule.start, index)
        run = schedule.period.add(schedule.start, index + ahead)
        if run == FOREVER or (schedule.end is not None and slot >= schedule.end):
            break
        runs.append(run)
    return tuple(runs)


def equal_schedules(live: Schedule, desired: Schedule, now: datetime) -> bool:
    """Whether both have the same period and the same slots after `now`: a start that was moved is no change.

    A desired first activation equals any live start of the same period: the files don't know when that was.
    """
    if not live.period.same(desired.period) or live.end != desired.end:
        return False
    if (live.occurrences is None) != (desired.occurrences is None):
        return False
    if desired.start is None:
        return _count(live) == _count(desired) if live.start is None else _count(live) <= _count(desired)
    if live.start is None:
        return False
    later_is_live = live.start >= desired.start
    start, later = (desired.start, live.start) if later_is_live else (live.start, desired.start)
    period = desired.period
    passed = period.slots_until(start, later) - 1
    if period.add(start, passed) != later or passed > period.slots_until(start, now):
        return False  # another phase, or a slot after `now` that only one of them has
    gone = 0 if live.occurrences is None else passed if later_is_live else -passed
    return _count(live) + gone == _count(desired)


def passed_slots(period: Period, start: datetime, other: datetime) -> int:
    """How many slots lie between a start and another of the same phase: below 0 where that is earlier."""
    if other < start:
        return -passed_slots(period, other, start)
    return period.slots_until(start, other) - 1


def _count(schedule: Schedule) -> int:
    return schedule.occurrences or 0


def first_future(schedule: Schedule, start: datetime, now: datetime, *, skip_current: bool = False) -> int:
    """The index of the first slot, counted from `start`, whose run lies after `now`."""
    index = schedule.period.slots_until(start, now)
    if schedule.type is not ScheduleType.TIMESERIES or skip_current:
        return index
    # The end is counted from the slot itself, as AWS will: February 28 for a 31st shortens the next interval.
    index = max(0, index - 2)
    while schedule.period.add(schedule.period.add(start, index), 1) <= now:
        index += 1
    return index


def _with_start(item: PipelineObject, start: datetime, occurrences: int | None) -> PipelineObject:
    fields = {key: old for key, old in item.fields.items() if key != "startAt"}
    _set(fields, "startDateTime", format_datetime(start))
    if occurrences is not None:
        _set(fields, "occurrences", str(occurrences))
    return replace(item, fields=fields)


def _set(fields: dict[str, Field], key: str, text: str) -> None:
    old = fields.get(key)
    fields[key] = replace(old, values=(text,)) if old else Field((text,))


def _type(definition: Definition, resolver: Resolver) -> ScheduleType:
    """`Default`'s schedule type, else the first that any object has, else `cron`."""
    for item in sorted(definition.objects, key=lambda item: item.id != DEFAULT):
        text = _text(item.fields, "scheduleType", resolver)
        if text is not None and text.lower() in set(ScheduleType):
            return ScheduleType(text.lower())
    return ScheduleType.CRON


def _schedule(
    item: PipelineObject, fields: Mapping[str, Field], resolver: Resolver, type: ScheduleType
) -> Schedule | None:
    def known(key: str) -> str | None:
        return _text(fields, key, resolver)

    period = parse_period(known("period") or "")
    start = parse_datetime(known("startDateTime") or "", lenient=True)
    end = parse_datetime(known("endDateTime") or "", lenient=True)
    count = known("occurrences") or ""
    first_activation = "startDateTime" not in fields and (known("startAt") or "").upper() == FIRST_ACTIVATION
    if (
        period is None
        or (start is None and not first_activation)
        or (end is None and "endDateTime" in fields)
    ):
        return None
    if "occurrences" in fields and not (count.isascii() and count.isdigit() and len(count) < 10):
        return None
    occurrences = int(count) if "occurrences" in fields else None
    return Schedule(item.id, period, start, end, occurrences, type, item.at)


def _text(fields: Mapping[str, Field], key: str, resolver: Resolver) -> str | None:
    """The one string under `key` with its parameters in place."""
    found = fields.get(key)
    match found.values if found else ():
        case (str() as text,):
            return resolver.text(text)
        case _:
            return None
