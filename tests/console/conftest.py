"""A scene for each test, and a person at the console's buttons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.pressing import Person
from support.scene import Scene

if TYPE_CHECKING:
    from pipelayer.sandbox import Sandbox


@pytest.fixture
def scene(sandbox: Sandbox, tmp_path: Path) -> Scene:
    """An empty project, and an AWS with nothing in it but a bucket."""
    return Scene(sandbox, tmp_path / "work")


@pytest.fixture
def press(scene: Scene) -> Person:
    """Somebody who says yes."""
    return Person(scene)
