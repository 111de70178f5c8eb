"""Being told to stop: SIGINT and SIGTERM of a process that is PID 1 in its container.

A cancelled job gets SIGINT, 7.5 seconds later SIGTERM, and is killed after another 2.5 (actions/runner,
ProcessInvoker.cs). PID 1 has no default action for SIGTERM, so both need a handler.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from pipelayer.errors import Interrupted

REPORT_AFTER = 4.0
"""Seconds after the first signal; what hasn't ended by then is reported as it stands."""

END_AFTER = 6.5
"""Seconds after the first signal; what isn't reported by then stays unsaid. Between the two there is time to
report and to comment; after it, for a container to end.
"""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_EXIT_CODE = Interrupted.exit_code
_SLICE = 0.1
_LAST_WORDS = (
    b"\n::error title=Pipelayer::Interrupted before everything could be reported. "
    b"Run it again: it takes up where this run stopped.\n"
)


_UNSAID = b"\n::warning title=Pipelayer::The run came to its end; there was no time to report all of it.\n"


def told_to_stop() -> Interrupted:
    """What the report says of a run that was told to stop and left something undone, whether the run came to
    its end in time or not.
    """
    return Interrupted(
        "It was told to stop before everything was done.", "Run it again: it takes up where this run stopped."
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


class Deadline:
    """Ends a process that was told to stop, whoever hangs in it; before that, it is reported.

    One thread reports and no other: the run's own where it comes to its end (`over`), else the one that calls
    `report` when time is up. `last_words` go to standard output where there is no time even for that, and
    `unsaid` where the run came to its end and hung in reporting it.
    """

    def __init__(self, last_words: bytes = _LAST_WORDS, unsaid: bytes = _UNSAID) -> None:
        self._last_words = last_words
        self._unsaid = unsaid
        self._exit_code = _EXIT_CODE
        self._reporter = threading.RLock()  # taken once, kept for ever, and never waited for
        self.report: Callable[[], None] = self._speak

    def over(self, exit_code: int) -> None:
        """To be called by the run's own thread before it reports. `exit_code` is the run's, and stays so if
        reporting it hangs.

        Where time was up before, it doesn't return: in a moment the process is no more.
        """
        if not self._reporter.acquire(blocking=False):
            threading.Event().wait()
        self._exit_code, self._last_words = exit_code, self._unsaid

    def begin(self) -> None:
        """Time runs from here on."""
        _after(REPORT_AFTER, self.reach)

    def reach(self) -> None:
        """Time is up: reports, unless the run itself does, and ends the process within the time for that."""
        _after(END_AFTER - REPORT_AFTER, self._give_up)
        if self._reporter.acquire(blocking=False):
            try:
                self.report()
            except Exception:
                self._speak()
            os._exit(_EXIT_CODE)

    def _speak(self) -> None:
        """Where somebody reads it: a thread may hang in just that, and this one must not."""
        with suppress(OSError):
            if select.select([], [1], [], 0)[1]:
                os.write(1, self._last_words)

    def _give_up(self) -> None:
        """The end, without waiting for any thread: in a moment the process would be killed without a word."""
        self._speak()
        os._exit(self._exit_code)


def _after(seconds: float, act: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


class Stop:
    """Whether the process was told to stop. Who is told takes no lock."""

    def __init__(self) -> None:
        self._asked = False
        self.deadline = Deadline()

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
        if not self._asked:
            self._asked = True
            self.deadline.begin()
