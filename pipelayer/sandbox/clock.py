"""The simulated time: real time plus an offset, or stopped."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """Runs like the wall clock until it is set, advanced or frozen. All times are UTC."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        with self._lock:
            return self._frozen or datetime.now(UTC) + self._offset

    def set(self, at: datetime, *, frozen: bool = True) -> None:
        """Makes `at` the present moment; a frozen clock stays there until it is advanced."""
        at = as_utc(at)
        with self._lock:
            self._frozen = at if frozen else None
            self._offset = at - datetime.now(UTC)

    def advance(self, by: timedelta) -> datetime:
        """Moves the present on, and returns it."""
        with self._lock:
            self._offset += by
            if self._frozen is not None:
                self._frozen += by
                return self._frozen
            return datetime.now(UTC) + self._offset

    def reset(self) -> None:
        with self._lock:
            self._offset, self._frozen = timedelta(), None


def as_utc(at: datetime) -> datetime:
    """A time without a zone is UTC, as everywhere in Data Pipeline."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def stamp(at: datetime) -> str:
    """As AWS writes times in fields: `2012-12-13T01:24:06`, UTC, without a zone."""
    return as_utc(at).strftime("%Y-%m-%dT%H:%M:%S")


def parse_stamp(text: str) -> datetime | None:
    """The reverse; None where it is no literal date and time."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
