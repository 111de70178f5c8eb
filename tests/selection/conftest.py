"""One AWS and one GitHub for all rows: hardly any of them asks either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.jobs import Story
from support.selecting import Place


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with Story.begin(tmp_path_factory.mktemp("world"), nightly=False) as story:
        yield story


@pytest.fixture
def place(world: Story, tmp_path: Path) -> Place:
    """An empty repository with its server."""
    return Place.make(world, tmp_path)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A repository with its AWS, in which nothing is yet."""
    with Story.begin(tmp_path, nightly=False) as story:
        yield story
