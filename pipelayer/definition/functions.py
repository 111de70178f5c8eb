"""The functions that expressions may call, and the date patterns that `format` takes.

Source: AWS Data Pipeline Developer Guide, "Date and Time Functions"; Joda-Time, "Class DateTimeFormat".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

_UNITS = ("Days", "Hours", "Minutes", "Months", "Weeks", "Years")

ARGUMENTS: Mapping[str, int] = {
    **dict.fromkeys(
        ("day", "dayOfYear", "firstOfMonth", "hour", "midnight", "minute", "month", "sunday", "year"), 1
    ),
    "yesterday": 1,
    "format": 2,
    "inTimeZone": 2,
    "plusPeriod": 2,
    "makeDate": 3,
    "makeDateTime": 5,
    **{f"{sign}{unit}": 2 for sign in ("minus", "plus") for unit in _UNITS},
}
"""How many arguments each function takes."""

_QUOTED = re.compile(r"'[^']*'?")
_LETTERS = re.compile(r"([A-Za-z])\1*")


_KNOWN_LETTERS = frozenset("GCYxweEyDMdaKhHkmsSzZ")
"""Joda-Time, DateTimeFormat: the letters that a pattern may hold."""


def pattern_problems(pattern: str) -> Iterator[tuple[str, str]]:
    """What in a date pattern means something else than people think: what it means, what to write.

    `YYYY` by itself is no problem: in Joda-Time it is the calendar year, as in AWS's own examples.
    """
    runs = [match[0] for match in _LETTERS.finditer(_QUOTED.sub("", pattern))]
    letters = {run[0] for run in runs}
    if "D" in letters:
        yield "`D` is the day of the year, 1 to 366", "Write `dd` for the day of the month."
    if "h" in letters and "a" not in letters:
        yield "`h` counts to 12, and nothing says morning or afternoon", "Write `HH`, or add `a`."
    if "K" in letters and "a" not in letters:
        yield "`K` counts to 11, and nothing says morning or afternoon", "Write `HH`, or add `a`."
    if "k" in letters:
        yield "`k` calls midnight 24", "Write `HH` for hours from 00 to 23."
    if "w" in letters and letters & {"y", "Y"} and "x" not in letters:
        yield "`y` and `Y` are the calendar year, which a week at New Year doesn't belong to", "Write `xxxx`."
    if "x" in letters and "w" not in letters:
        yield "`x` is the year that the week belongs to, another one around New Year", "Write `yyyy`."
    if "m" in letters and not letters & {"M", "H", "h", "k", "K", "s"}:
        yield "`m` is the minute", "Write `MM` for the month."
    elif "m" not in letters and any(a[0] in "Hh" and b[0] == "M" for a, b in pairwise(runs)):
        yield "`M` is the month", "Write `mm` for the minute."
    for letter in sorted(letters - _KNOWN_LETTERS):
        yield f"`{letter}` is no letter of a date pattern", "Put text between single quotes."
    if "S" in letters and "s" not in letters:
        yield "`S` is a fraction of a second", "Write `ss` for the seconds."
