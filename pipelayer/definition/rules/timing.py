"""Schedules that AWS refuses, or that mean something else than they seem to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from pipelayer.definition.codes import Code
from pipelayer.definition.inheritance import DEFAULT
from pipelayer.definition.parts import Field, PipelineObject
from pipelayer.definition.period import Period, parse_datetime, parse_period
from pipelayer.definition.rules.context import Context, Typed, error, note, own_at, warning
from pipelayer.definition.schedule import ScheduleType, is_on_demand, schedules
from pipelayer.model import Finding, Position

_SHORTEST = timedelta(minutes=15)
_LONGEST_MONTHS = 36
_LONGEST = timedelta(days=3 * 365 + 1)


def check(context: Context) -> Iterator[Finding]:
    """PL503 to PL505, PL507 to PL510."""
    on_demand = is_on_demand(context.definition)
    for item in context.template.of_type("Schedule"):
        has = context.template.effective[item.id]
        yield from _schedule(context, item, has, on_demand=on_demand)
    yield from _types(context)
    if context.now is not None and not on_demand:
        yield from _missed(context, context.now)


def _schedule(
    context: Context, item: PipelineObject, has: Mapping[str, Field], *, on_demand: bool
) -> Iterator[Finding]:
    if on_demand and (context.text(item, "period") or "").upper() != "ONDEMAND_PERIOD":
        message = f"This pipeline is `ondemand`, so it can't have the Schedule `{item.id}`."
        hint = "Remove the Schedule and the references to it, or change `scheduleType`."
        yield error(Code.ON_DEMAND_SCHEDULE, message, item.at, hint)
    if "startAt" in has and "startDateTime" in has:
        message = f"`{item.id}` says twice when it starts: `startAt` and `startDateTime`."
        yield error(
            Code.START_TWICE, message, own_at(item, "startAt", "startDateTime"), "Keep one of the two."
        )
    if "occurrences" in has and "endDateTime" in has:
        message = f"`{item.id}` says twice when it ends: `occurrences` and `endDateTime`."
        yield error(
            Code.END_TWICE, message, own_at(item, "occurrences", "endDateTime"), "Keep one of the two."
        )
    start, end = (_instant(context, item, key) for key in ("startDateTime", "endDateTime"))
    if start and end and end[0] <= start[0]:
        message = f"`{item.id}` ends {end[0]:%Y-%m-%dT%H:%M:%S}, no later than it starts."
        yield error(Code.END_BEFORE_START, message, end[1], "Write an end after the start.")


def _instant(context: Context, item: PipelineObject, key: str) -> tuple[datetime, Position | None] | None:
    match context.texts(item, key):
        case [(text, at)] if (instant := parse_datetime(text, lenient=True)) is not None:
            return instant, at
        case _:
            return None


def _types(context: Context) -> Iterator[Finding]:
    """Every schedule type that an object has itself, or that `Default` gives to the others."""
    found: defaultdict[str, list[tuple[PipelineObject, Position | None]]] = defaultdict(list)
    for item in context.template.objects:
        if "scheduleType" in item.fields:
            for text, at in context.texts(item, "scheduleType"):
                if (name := text.casefold()) in set(ScheduleType):
                    found[name].append((item, at))
    on_demand = found.pop(ScheduleType.ONDEMAND, [])
    if on_demand and not any(item.id == DEFAULT for item, _ in on_demand):
        item, at = on_demand[0]
        message = f"`{item.id}` is `ondemand`, and `Default` isn't: AWS takes that type on `Default` only."
        yield error(Code.ON_DEMAND_MIXED, message, at, "Write it on `Default`.")
    elif on_demand and found:
        (item, at), *_ = next(iter(found.values()))
        message = f"`{item.id}` has another schedule type than `Default`, which is `ondemand`."
        yield error(Code.ON_DEMAND_MIXED, message, at, "An ondemand pipeline has no other type: remove it.")
    elif len(found) > 1:
        first, second = sorted(found.values(), key=lambda uses: uses[0][0].id != DEFAULT)
        item, at = second[0]
        message = f"`{item.id}` has another schedule type than `{first[0][0].id}`: one runs at the start of "
        message += "each interval, the other at its end."
        yield warning(Code.MIXED_TYPES, message, at, "Use one type, unless the gap is meant.")


def _missed(context: Context, now: datetime) -> Iterator[Finding]:
    for schedule in schedules(context.definition):
        if schedule.start is None or (schedule.end is not None and schedule.end <= schedule.start):
            continue
        until = min(now, schedule.end - timedelta(microseconds=1)) if schedule.end else now
        missed = schedule.period.slots_until(schedule.start, until)
        if schedule.type is ScheduleType.TIMESERIES and missed:
            missed -= schedule.period.add(schedule.start, missed) > now
        if schedule.occurrences is not None:
            missed = min(missed, schedule.occurrences)
        item = context.template.by_id.get(schedule.object_id)
        if missed < 1 or item is None:
            continue
        places = context.texts(item, "startDateTime")
        count = "one run" if missed == 1 else f"{missed:,} runs"
        message = (
            f"The start of `{item.id}` lies in the past: AWS by itself would make up for {count} at once."
        )
        hint = "Pipelayer moves the start to the next slot when it deploys, so nothing is made up for."
        yield note(Code.MISSED_RUNS, message, places[0][1] if places else item.at, hint)


def check_text(typed: Typed) -> Iterator[Finding]:
    """PL501, PL502, PL506."""
    if not typed.text:
        return
    match typed.key:
        case "period":
            period = parse_period(typed.text)
            if period is not None and _too_short(period):
                message = (
                    f"`{typed.place}` is `{typed.text}`: AWS runs nothing more often than every 15 minutes."
                )
                yield error(Code.PERIOD_RANGE, message, typed.at, "Write `15 minutes` or more.")
            if period is not None and _too_long(period):
                message = f"`{typed.place}` is `{typed.text}`: AWS takes no period of more than 3 years."
                yield error(Code.PERIOD_RANGE, message, typed.at, "Write `3 years` or less.")
        case "startDateTime" | "endDateTime":
            if parse_datetime(typed.text) is None:
                message = f"`{typed.place}` is `{typed.text}`, which is no date and time."
                hint = "Write `YYYY-MM-DDTHH:MM:SS`, in UTC and without a zone: `2030-01-31T04:00:00`."
                yield error(Code.START, message, typed.at, hint)
        case "occurrences":
            if not (typed.text.isascii() and typed.text.isdigit() and typed.text.strip("0")):
                message = f"`{typed.place}` is `{typed.text}`, which is no number of runs."
                yield error(Code.OCCURRENCES, message, typed.at, "Write a whole number from 1 on.")


def _too_short(period: Period) -> bool:
    return period.fixed is not None and period.fixed < _SHORTEST


def _too_long(period: Period) -> bool:
    return period.months > _LONGEST_MONTHS or (period.fixed is not None and period.fixed > _LONGEST)
