"""Sizes and times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelayer.render import measures

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_960, "10 kB"),
        (999_499, "999 kB"),
        (999_600, "1.0 MB"),
        (5 * 10**9, "5.0 GB"),
        (7 * 10**15, "7,000 TB"),
    ],
)
def test_bytes(number: int, shown: str) -> None:
    assert measures.bytes_in(number) == shown


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=42), "42 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=3, minutes=5), "3 h 5 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=1, hours=2, minutes=50), "1 day 2 h"),
        (timedelta(days=1500), "1,500 days"),
    ],
)
def test_spans(span: timedelta, shown: str) -> None:
    assert measures.span(NOW, NOW + span) == shown


def test_a_time_is_told_in_utc_whatever_zone_it_comes_in() -> None:
    from datetime import timezone

    east = datetime(2026, 3, 2, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert measures.instant(east) == "2026-03-01 20:00"
