"""Two runs at once, call by call: who may make the next call is said beforehand.

turns = Turns(lead=3, other=2)   # three calls of the first, two of the second, then the rest of the first
turns.run(first, second)         # and the rest of the second
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Condition, Thread
from typing import Any, cast

from pipelayer.deploy.ports import Bucket, Cloud, DataPipeline
from support.clouds import Call, Dressed, Heard

FOREVER = 10_000
TIMEOUT = 30


class Turns:
    """Hands out the turns. A run that has ended gives its turns to the other one."""

    def __init__(self, *counts: int) -> None:
        self._left = [*counts, FOREVER, FOREVER]
        self._free = Condition()
        self._ended: set[int] = set()

    def take(self, runner: int) -> None:
        """Waits for this run's turn, and takes it."""
        with self._free:
            mine = self._free.wait_for(lambda: self._turn() == runner, TIMEOUT)
            assert mine, "nobody made way"
            self._left[0] -= 1
            self._free.notify_all()

    def _turn(self) -> int:
        """Whose turn it is: that of the first, the second, the first, …"""
        while not self._left[0] and len(self._left) > 1:
            self._left.pop(0)
        turn = len(self._left) % 2
        return 1 - turn if turn in self._ended else turn

    def end(self, runner: int) -> None:
        with self._free:
            self._ended.add(runner)
            self._free.notify_all()

    def around(self, runner: int) -> Callable[[Cloud], Cloud]:
        """The cloud of the first (0) or second (1) run."""

        def wait(name: str, call: Call) -> Any:
            self.take(runner)
            return call()

        return lambda cloud: Dressed(
            cloud,
            cast("DataPipeline", Heard(cloud.pipelines, wait)),
            cast("Bucket", Heard(cloud.bucket, wait)),
        )

    def run(self, *runs: Callable[[], object]) -> list[object]:
        """Both to their ends; what came of each, an exception included."""
        results: list[object] = [None, None]

        def go(number: int) -> None:
            try:
                results[number] = runs[number]()
            except BaseException as problem:
                results[number] = problem
            finally:
                self.end(number)

        threads = [Thread(target=go, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results


def interleavings(first: int, second: int, *, step: int = 1) -> Sequence[tuple[int, int]]:
    """How many calls each makes before the other goes on."""
    return [(a, b) for a in range(0, first + 1, step) for b in range(0, second + 1, step)]
