"""Ctrl-C on a laptop: what only reads ends at once, what writes once the step under way is recorded, or time
is up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from pipelayer.run.stopping import REPORT_AFTER, Deadline, on_signals

_STOPPING = (
    b"\nStopping as soon as what is under way is recorded, after %d seconds in any case. "
    b"Ctrl-C again stops at once.\n"
) % round(REPORT_AFTER)
_STOPPED = b"\nInterrupted.\n"
_SHOW_CURSOR = b"\x1b[?25h"
"""A progress bar hides the cursor (private mode 25, as in xterm's control sequences)."""


class Interruption:
    """Whether the user asked to stop. `began` says whether anything was written yet; `report` prints the
    report as far as it goes, and waits for no thread of the run.
    """

    def __init__(self, began: Callable[[], bool], report: Callable[[], None]) -> None:
        self._began = began
        self._asked = False
        self._report = report
        self.deadline = Deadline(last_words=b"", unsaid=b"")
        self.deadline.report = self._end

    def asked(self) -> bool:
        """Whether to begin nothing new."""
        return self._asked

    def install(self) -> None:
        """Handles Ctrl-C and being ended from here on. Only the main thread may."""
        on_signals(self._stop)

    def _stop(self) -> None:
        if self._asked or not self._began():
            # Without waiting for any thread: one may hang in a network that doesn't answer.
            self.deadline.reach()
            os._exit(130)  # the run itself was just about to report, and is told to stop all the same
        self.deadline.begin()
        os.write(2, _STOPPING)
        self._asked = True  # from here on the run may end at any moment

    def _end(self) -> None:
        self._report()
        os.write(2, (_SHOW_CURSOR if sys.stderr.isatty() else b"") + _STOPPED)
