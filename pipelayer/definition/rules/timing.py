"""Schedules that AWS refuses, or that mean something else than they seem to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pipelayer.definition.codes import Code
from pipelayer.definition.parts import Field, PipelineObject
from pipelayer.definition.period import Period, parse_datetime, parse_period
from pipelayer.definition.rules.context import Context, Typed, error
from pipelayer.definition.schedule import is_on_demand
from pipelayer.model import Finding, Position

_SHORTEST = timedelta(minutes=15)
_LONGEST_MONTHS = 36
_LONGEST = timedelta(days=3 * 365 + 1)


def check(context: Context) -> Iterator[Finding]:
    """PL501 to PL506."""
    on_demand = is_on_demand(context.definition)
    for item in context.definition.objects:
        if context.inheritance.type(item) == "Schedule":
            yield from _schedule(item, context.effective[item.id], on_demand=on_demand)
    for typed in context.typed:
        if typed.text and context.inheritance.type(typed.item) == "Schedule":
            yield from _value(typed)


def _schedule(item: PipelineObject, has: Mapping[str, Field], *, on_demand: bool) -> Iterator[Finding]:
    period = has.get("period")
    if on_demand and (period is None or [text.upper() for text in period.texts] != ["ONDEMAND_PERIOD"]):
        message = f"This pipeline is `ondemand`, so it can't have the Schedule `{item.id}`."
        hint = "Remove the Schedule and the references to it, or change `scheduleType`."
        yield error(Code.ON_DEMAND_SCHEDULE, message, item.at, hint)
    if "startAt" in has and "startDateTime" in has:
        message = f"`{item.id}` says twice when it starts: `startAt` and `startDateTime`."
        yield error(Code.START_TWICE, message, _at(item, "startAt", "startDateTime"), "Keep one of the two.")
    if "occurrences" in has and "endDateTime" in has:
        message = f"`{item.id}` says twice when it ends: `occurrences` and `endDateTime`."
        yield error(Code.END_TWICE, message, _at(item, "occurrences", "endDateTime"), "Keep one of the two.")


def _value(typed: Typed) -> Iterator[Finding]:
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


def _at(item: PipelineObject, *keys: str) -> Position | None:
    """Where the last of these that the object has itself stands."""
    own = [item.fields[key] for key in keys if key in item.fields]
    return (own[-1].key_at or own[-1].at) if own else item.at
