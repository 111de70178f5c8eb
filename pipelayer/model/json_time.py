"""How a time stands in every JSON document of ours."""

from __future__ import annotations

from datetime import UTC, datetime


def json_time(time: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second; None, which is null, where there is none."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0") if time else None
