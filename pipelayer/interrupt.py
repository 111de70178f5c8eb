"""Ctrl-C on a laptop: what only reads ends at once, what writes ends once the step under way is recorded."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

_FIRST = (
    b"\nStopping as soon as what is under way is recorded. Ctrl-C again stops at once; either way the same "
    b"command takes up where this one stopped.\n"
)
_SECOND = b"\nStopped before everything under way could be recorded. Run the same command again.\n"
_SHOW_CURSOR = b"\x1b[?25h"
"""A progress bar hides the cursor (ECMA-48's private mode 25, as xterm has it)."""


class Interruption:
    """Whether the user asked to stop. Signal handlers take no lock, so neither does this."""

    def __init__(self, *, writes: bool) -> None:
        self._writes = writes
        self._asked = False

    def asked(self) -> bool:
        """Whether to begin nothing new."""
        return self._asked

    def install(self) -> None:
        """Handles Ctrl-C and being ended from here on. Only the main thread may."""
        signal.signal(signal.SIGINT, self._handle)
        signal.signal(signal.SIGTERM, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            cursor = _SHOW_CURSOR if sys.stderr.isatty() else b""
            os.write(2, cursor + (_SECOND if self._writes else b""))
            os._exit(130)
        self._asked = True
        if not self._writes:
            raise KeyboardInterrupt
        os.write(2, _FIRST)
