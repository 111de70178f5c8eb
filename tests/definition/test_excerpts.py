"""What a reader gets to see of two long texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.excerpts import excerpts


def test_a_change_at_the_end_of_a_long_text_is_seen() -> None:
    before, after = excerpts("x" * 500 + "30", "x" * 500 + "45", 40)
    assert (before, after) == (f"…{'x' * 12}30", f"…{'x' * 12}45")
    assert excerpts("", "y" * 100, 10) == ("", f"{'y' * 9}…")


@given(st.text(max_size=80), st.text(max_size=80), st.integers(20, 60))
def test_they_are_short_and_differ_where_the_texts_do(before: str, after: str, longest: int) -> None:
    one, other = excerpts(before, after, longest)
    assert max(len(one), len(other)) <= longest + 1
    assert (one == other) == (before == after)
    assert bool(one) == bool(before)
    assert bool(other) == bool(after)
