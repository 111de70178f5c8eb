"""A bench for each test."""

from __future__ import annotations

import pytest

from support.bench import Bench


@pytest.fixture
def bench() -> Bench:
    """An AWS with nothing in it."""
    return Bench()
