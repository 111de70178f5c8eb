"""Time that passes only while every thread sleeps, so that what many threads wait for takes none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from threading import Condition

_STUCK = 10
"""Real seconds in which somebody neither sleeps nor ends: surely it waits for what a sleeper holds."""


class VirtualTime:
    """The clock of the threads that `run` starts: it jumps to the next wake-up when none of them works."""

    def __init__(self) -> None:
        self.began = datetime(2026, 3, 1, tzinfo=UTC)
        self._now = self.began
        self._working = 0
        self._wakes: list[datetime] = []
        self._changed = Condition()

    def now(self) -> datetime:
        return self._now

    @property
    def seconds(self) -> float:
        """How much time has passed."""
        return (self._now - self.began).total_seconds()

    def sleep(self, seconds: float) -> None:
        with self._changed:
            wake = self._now + timedelta(seconds=seconds)
            heappush(self._wakes, wake)
            self._rest()
            assert self._changed.wait_for(lambda: self._now >= wake, _STUCK), "time stands still"

    def run(self, works: Sequence[Callable[[], None]]) -> None:
        """Does all of them at once, and raises what one of them raises."""
        self._working = len(works)
        with ThreadPoolExecutor(len(works)) as pool:
            for done in [pool.submit(self._one, work) for work in works]:
                done.result()

    def _one(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._changed:
                self._rest()

    def _rest(self) -> None:
        self._working -= 1
        if self._working or not self._wakes:
            return
        self._now = self._wakes[0]
        while self._wakes and self._wakes[0] <= self._now:
            heappop(self._wakes)
            self._working += 1
        self._changed.notify_all()
