"""Sizes and times as people read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pipelayer.model import FileChange, Mark, Preview, Runs

_PLAIN = timedelta(days=300)


def bytes_in(number: int) -> str:
    """`0 B`, `1.2 kB`, `34 MB`: decimal units, as file managers and GitHub show them."""
    if number < 1000:
        return f"{number} B"
    size = float(number)
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1000
        if size < 999.5 or unit == "TB":
            break
    return f"{size:.1f} {unit}" if size < 9.95 else f"{size:,.0f} {unit}"


def instant(time: datetime) -> str:
    """A time in UTC, to the minute."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M}"


def day(time: datetime, now: datetime) -> str:
    """A time in UTC as a calendar has it, with its year where that isn't plain: `Thu 12 Mar 00:00`."""
    utc = time.astimezone(UTC)
    year = "" if abs(time - now) < _PLAIN else f" {utc.year}"
    return f"{utc:%a} {utc.day} {utc:%b}{year} {utc:%H:%M}"


def span(start: datetime, end: datetime) -> str:
    """How long it is from one time to a later one, in its largest unit or two."""
    minutes = max(0, int((end - start).total_seconds() // 60))
    if minutes < 1:
        return "less than a minute"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days > 1:
        return f"{days:,} days"
    if days:
        return f"1 day {hours} h" if hours else "1 day"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def next_run(preview: Preview | None, *, done: bool = True) -> datetime | str:
    """When it runs next, with the plan carried out or not: a time, or why there is none; may be empty."""
    if preview is None:
        return ""
    runs = preview.runs_after if done else preview.runs_before
    return runs.times[0] if runs.times else runs.note


def moments(runs: Runs) -> list[str]:
    """The runs as lines, with what no time can say."""
    return [*map(instant, runs.times), *([runs.note] if runs.note else [])]


def in_order(files: Sequence[FileChange]) -> Sequence[FileChange]:
    """Those that go first, then those that change: they are what a reviewer must know of."""
    return sorted(files, key=lambda file: (file.after is not None, file.before is None))


def files(changes: Sequence[FileChange]) -> str:
    """`2 files added, 1 changed`, empty where there are none."""
    marks = Counter(file.mark for file in changes)
    parts = [f"{marks[mark]:,} {mark}" for mark in Mark if marks[mark]]
    if parts:
        number, _, what = parts[0].partition(" ")
        parts[0] = f"{number} {'file' if number == '1' else 'files'} {what}"
    return ", ".join(parts)


def sizes(file: FileChange) -> tuple[str, str]:
    """A file's sizes before and after, empty where there is none."""
    before, after = (bytes_in(size) if size is not None else "" for size in (file.before, file.after))
    return before, after
