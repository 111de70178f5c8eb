"""The locks hold what the project needs, whole and with hashes."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Each package of a lock: its pin, and its hashes."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.M)
    found = {}
    for line in re.sub(r"\\\n", " ", text).splitlines():
        pin, *hashes = re.split(r"\s+--hash=", line.strip())
        requirement = Requirement(pin)
        found[canonicalize_name(requirement.name)] = (requirement, hashes)
    return found


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("requirements*.txt")))
def test_each_package_has_one_version_and_hashes(name: str) -> None:
    for requirement, hashes in locked(name).values():
        assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), requirement
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each.strip()) for each in hashes), requirement


def version(requirement: Requirement) -> str:
    return str(requirement.specifier).removeprefix("==")


def test_what_the_project_depends_on_is_locked_in_a_version_that_it_accepts() -> None:
    pins = locked("requirements.txt")
    for text in PROJECT["project"]["dependencies"]:
        wanted = Requirement(text)
        pin, _ = pins[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(version(pin)), f"{text}, locked is {pin}"


def test_what_builds_the_project_is_locked() -> None:
    pins = locked("requirements-build.txt")
    for text in PROJECT["build-system"]["requires"]:
        wanted = Requirement(text)
        pin, _ = pins[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(version(pin)), text


def test_the_lock_is_whole_and_holds_nothing_else() -> None:
    pins = locked("requirements.txt")
    needed: set[str] = set()
    waiting = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in needed:
            continue
        needed.add(name)
        for text in requires(name) or ():
            further = Requirement(text)
            extras = wanted.extras or {""}
            if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(further)
    assert needed <= set(pins)
    assert {name for name in set(pins) - needed if pins[name][0].marker is None} == set()
