"""What the ids of objects at work say: `@Job_2026-03-01T02:00:00` is a run of `Job`, an instance;
`@Job_2026-03-01T02:00:00_Attempt=1` is an attempt at it.

Source: AWS Data Pipeline Developer Guide, "Viewing Pipeline Logs". An id that is none of these says nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_SCHEDULED = re.compile(r"_([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})$")
_ATTEMPT = re.compile(r"_Attempt=([0-9]+)$")


def scheduled_in(id: str) -> datetime | None:
    """For when the run was scheduled, to the second and in UTC; None where the id tells no time."""
    written = _SCHEDULED.search(_ATTEMPT.sub("", id))
    try:
        return datetime.fromisoformat(written[1]).replace(tzinfo=UTC) if written else None
    except ValueError:
        return None


def attempt_in(id: str) -> int:
    """The attempt's number, from 1 on; 0 where it is none."""
    written = _ATTEMPT.search(id)
    return int(written[1]) if written else 0


def object_in(id: str) -> str:
    """The id that the object has in the definition."""
    return _SCHEDULED.sub("", _ATTEMPT.sub("", id)).removeprefix("@")
