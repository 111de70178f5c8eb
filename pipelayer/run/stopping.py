"""Being told to stop: SIGINT and SIGTERM of a process that is PID 1 in its container.

A cancelled job gets SIGINT, 7.5 seconds later SIGTERM, and is killed after another 2.5 (actions/runner,
ProcessInvoker.cs). PID 1 has no default action for SIGTERM, so both need a handler.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import FrameType

GRACE = 6.0
"""Seconds after the first signal; what isn't said by then stays unsaid."""

_SLICE = 0.1
_LAST_WORDS = (
    b"\n::error title=Pipelayer::Interrupted before everything under way could be recorded. "
    b"Run it again: it takes up where this run stopped.\n"
)


def sleep_unless(stopped: Callable[[], bool], seconds: float) -> None:
    """Waits, but not for somebody who was told to stop."""
    until = time.monotonic() + seconds
    while not stopped() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE))


class Stop:
    """Whether the process was told to stop. Signal handlers take no lock, so neither does this."""

    def __init__(self) -> None:
        self._asked = False

    def asked(self) -> bool:
        """Whether a signal came: nothing new is begun from then on."""
        return self._asked

    def sleep(self, seconds: float) -> None:
        """Waits, but not for somebody who was told to stop."""
        sleep_unless(self.asked, seconds)

    def install(self) -> None:
        """Handles the signals from here on. Only the main thread may."""
        signal.signal(signal.SIGINT, self._handle)
        signal.signal(signal.SIGTERM, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            return
        self._asked = True
        signal.signal(signal.SIGALRM, _give_up)
        signal.setitimer(signal.ITIMER_REAL, GRACE)


def _give_up(number: int, frame: FrameType | None) -> None:
    """The end, without waiting for any thread: in a second the process would be killed without a word."""
    os.write(1, _LAST_WORDS)
    os._exit(130)
