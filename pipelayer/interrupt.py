"""Ctrl-C on a laptop: what only reads ends at once, what writes once the step under way is recorded."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from pipelayer.run.stopping import on_signals

_STOPPING = (
    b"\nStopping as soon as what is under way is recorded. Ctrl-C again stops at once.\n"
    b"Either way, the same command takes up where this one stopped.\n"
)
_STOPPED = b"\nInterrupted.\n"
_SHOW_CURSOR = b"\x1b[?25h"
"""A progress bar hides the cursor (private mode 25, as in xterm's control sequences)."""


class Interruption:
    """Whether the user asked to stop. `began` says whether anything was written yet."""

    def __init__(self, began: Callable[[], bool]) -> None:
        self._began = began
        self._asked = False

    def asked(self) -> bool:
        """Whether to begin nothing new."""
        return self._asked

    def install(self) -> None:
        """Handles Ctrl-C and being ended from here on. Only the main thread may."""
        on_signals(self._stop)

    def _stop(self) -> None:
        if self._asked or not self._began():
            # Without waiting for any thread: one may hang in a network that doesn't answer.
            os.write(2, (_SHOW_CURSOR if sys.stderr.isatty() else b"") + _STOPPED)
            os._exit(130)
        self._asked = True
        os.write(2, _STOPPING)
