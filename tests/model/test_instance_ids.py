"""What is read in an id is what was written into it, and nothing in any other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.model.instance_ids import attempt_in, object_in, scheduled_in

TIMES = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))


@given(st.text(), TIMES, st.integers(0, 100))
def test_it_is_read_as_it_was_written(name: str, at: datetime, attempt: int) -> None:
    id = f"@{name}_{at.replace(tzinfo=None).isoformat()}" + (f"_Attempt={attempt}" if attempt else "")
    assert (object_in(id), scheduled_in(id), attempt_in(id)) == (name, at, attempt)


@pytest.mark.parametrize(
    "id", ["", "Job", "@Job", "@Job_2026-13-01T02:00:00", "@Job_2026-03-01", "_Attempt=x"]
)
def test_an_id_that_is_none_tells_nothing(id: str) -> None:
    assert (scheduled_in(id), attempt_in(id)) == (None, 0)
