"""Periods as AWS writes them (`15 minutes`, `1 Day`) and the calendar they run on. Everything is UTC.

Source: AWS Data Pipeline Developer Guide, "Simple Data Types".
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import assert_never

FOREVER = datetime.max.replace(tzinfo=UTC)
_DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_PERIOD = re.compile(r"\s*([0-9]{1,8})\s+([a-z]+?)s?\s*", re.IGNORECASE)


class Unit(StrEnum):
    """A unit of time, written in the singular or the plural, in any case."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class Period:
    """`count` units. Months and years follow the calendar, so they have no fixed length."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def fixed(self) -> timedelta | None:
        """The length, None for months and years."""
        match self.unit:
            case Unit.MINUTE:
                return timedelta(minutes=self.count)
            case Unit.HOUR:
                return timedelta(hours=self.count)
            case Unit.DAY:
                return timedelta(days=self.count)
            case Unit.WEEK:
                return timedelta(weeks=self.count)
            case Unit.MONTH | Unit.YEAR:
                return None
        assert_never(self.unit)

    @property
    def months(self) -> int:
        """The length in months; 0 for the units that aren't made of months."""
        return {Unit.MONTH: self.count, Unit.YEAR: 12 * self.count}.get(self.unit, 0)

    def same(self, other: Period) -> bool:
        """Whether both mean the same: `60 minutes` and `1 hour`, `12 months` and `1 year`."""
        return (self.fixed, self.months) == (other.fixed, other.months)

    def add(self, start: datetime, n: int) -> datetime:
        """The instant `n` periods after `start`, counted from `start`: January 31 and two months is March 31.

        A day that the month lacks becomes its last. Beyond the year 9999 it is `FOREVER`.
        """
        try:
            if (length := self.fixed) is not None:
                return start + length * n
            month = start.month - 1 + self.months * n
            year, month = start.year + month // 12, month % 12 + 1
            return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
        except (OverflowError, ValueError):
            return FOREVER

    def slots_until(self, start: datetime, now: datetime) -> int:
        """How many slots from `start` on lie at `now` or before: the index of the first one after it."""
        if start > now:
            return 0
        if (length := self.fixed) is not None:
            return (now - start) // length + 1
        months = (now.year - start.year) * 12 + now.month - start.month
        n = max(0, months // self.months - 1)  # a clamped day makes the estimate one too high at most
        while self.add(start, n) <= now:
            n += 1
        return n


def parse_period(text: str) -> Period | None:
    """`N unit` as a period; None for anything else, and for none at all (`0 days`)."""
    match = _PERIOD.fullmatch(text)
    if match is None or not int(match[1]):
        return None
    unit = match[2].lower()
    return Period(int(match[1]), Unit(unit)) if unit in set(Unit) else None


def parse_datetime(text: str, *, lenient: bool = False) -> datetime | None:
    """`YYYY-MM-DDTHH:MM:SS` in UTC; `lenient` also takes a `Z` at the end, which AWS doesn't document."""
    text = text.removesuffix("Z") if lenient else text
    if _DATETIME.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def format_datetime(instant: datetime) -> str:
    """The form that AWS takes."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
