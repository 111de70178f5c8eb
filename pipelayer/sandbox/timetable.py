"""When a schedule runs: periods, interval starts and run instants, calendar-aware and by arithmetic alone."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

_PERIOD = re.compile(r"\s*(\d+)\s+(minute|hour|day|week|month|year)s?\s*", re.IGNORECASE)
_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10080}
_MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True)
class Period:
    """So many minutes, or so many months: one of the two is 0."""

    minutes: int
    months: int

    @property
    def too_short(self) -> bool:
        return not self.months and self.minutes < 15

    @property
    def too_long(self) -> bool:
        return self.months > 36 or self.minutes > 3 * 366 * 1440

    def after(self, start: datetime, times: int) -> datetime:
        """`start` plus so many periods, counted from `start`: 31 January plus two months is 31 March."""
        if not self.months:
            return start + timedelta(minutes=self.minutes * times)
        year, month = divmod(start.month - 1 + self.months * times, 12)
        year += start.year
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        return start.replace(year=year, month=month + 1, day=day)


def parse_period(text: str) -> Period | None:
    """`15 minutes`, `1 Day`, `2 weeks`, …; None where it is none of them."""
    match = _PERIOD.fullmatch(text)
    if match is None or not (count := int(match[1])) or count > 10_000_000:
        return None
    unit = match[2].lower()
    return Period(count * _MINUTES.get(unit, 0), count * _MONTHS.get(unit, 0))


@dataclass(frozen=True)
class Timetable:
    """One Schedule object: interval n starts at `start` + n periods; timeseries runs at its end."""

    schedule_id: str
    start: datetime
    period: Period
    at_end: bool
    end: datetime | None = None
    occurrences: int | None = None

    def slot(self, n: int) -> datetime:
        """Where interval n starts."""
        return self.period.after(self.start, n)

    def due(self, n: int) -> datetime:
        """When interval n runs."""
        return self.slot(n + 1 if self.at_end else n)

    def count(self, n: int) -> int:
        """How many of the first n intervals there are: `occurrences` or the end may come before."""
        limits = [n] if self.occurrences is None else [n, self.occurrences]
        return min(limits) if self.end is None else min(*limits, self.first_slot_from(self.end))

    def first_due_after(self, moment: datetime) -> int:
        """The first interval whose run instant lies after `moment`."""
        return self._first(self.due, moment)

    def first_slot_from(self, moment: datetime) -> int:
        """The first interval that starts at `moment` or later."""
        return self._first(self.slot, moment - timedelta(microseconds=1))

    def _first(self, instant: Callable[[int], datetime], moment: datetime) -> int:
        low, high = 0, 1
        if instant(0) > moment:
            return 0
        while instant(high) <= moment:
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if instant(middle) <= moment else (low, middle)
        return high
