"""Being told to stop: SIGINT and SIGTERM of a process that is PID 1 in its container.

A cancelled job gets SIGINT, 7.5 seconds later SIGTERM, and is killed after another 2.5 (actions/runner,
ProcessInvoker.cs). PID 1 has no default action for SIGTERM, so both need a handler.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

GRACE = 6.0
"""Seconds after the first signal; what isn't said by then stays unsaid."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
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


def on_signals(told: Callable[[], None]) -> None:
    """Calls `told` for each SIGINT and SIGTERM from here on. Only the main thread may ask for that.

    A thread of its own waits for the signals: Python runs handlers in the main thread, and a signal that
    comes just as that one begins to wait for others is noticed only when the wait is over.
    """
    heard, written = os.pipe()
    os.set_blocking(written, False)
    signal.set_wakeup_fd(written, warn_on_full_buffer=False)
    for number in _SIGNALS:
        signal.signal(number, _nothing)

    def listen() -> None:
        while number := os.read(heard, 1):
            if number[0] in _SIGNALS:
                told()

    threading.Thread(target=listen, name="signals", daemon=True).start()


def _nothing(number: int, frame: FrameType | None) -> None:
    """Keeps Python from raising KeyboardInterrupt, and the system from ending the process."""


class Stop:
    """Whether the process was told to stop. Who is told takes no lock."""

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
        on_signals(self._stop)

    def _stop(self) -> None:
        if self._asked:
            return
        self._asked = True
        timer = threading.Timer(GRACE, _give_up)
        timer.daemon = True
        timer.start()


def _give_up() -> None:
    """The end, without waiting for any thread: in a second the process would be killed without a word."""
    os.write(1, _LAST_WORDS)
    os._exit(130)
