"""The image is built once, and every check starts it. `make container-test` runs the checks; `make test`
doesn't, since they need what builds images.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from container.contained import Contained, in_containers
from container.runners import Runner, find_runner


@pytest.fixture(scope="session")
def runner() -> Runner:
    """What RUNNER names, else docker, podman or buildah, with the image that IMAGE names, else a new one."""
    try:
        found = find_runner(os.environ.get("RUNNER", ""), os.environ.get("IMAGE", ""))
    except LookupError as problem:
        pytest.fail(str(problem), pytrace=False)
    found.build()
    return found


@pytest.fixture
def story(tmp_path: Path, runner: Runner) -> Iterator[Contained]:
    """The example project."""
    with in_containers(tmp_path, runner) as story:
        yield story


@pytest.fixture
def small_story(tmp_path: Path, runner: Runner) -> Iterator[Contained]:
    """An empty repository."""
    with in_containers(tmp_path, runner, nightly=False) as story:
        yield story
