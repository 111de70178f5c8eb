"""The real clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Fulfils `ports.Clock` with this machine's time."""

    def now(self) -> datetime:
        """The present, UTC and aware."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)
