"""`.ci/run` decides whether a change is good: what it runs, and when it says no. `make` and the engines are
stand-ins, and `PATH` has nothing else but the few tools that the script needs.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "run"
TOOLS = ("bash", "dirname", "git", "grep", "mktemp", "realpath", "rm", "sed", "tail", "tee", "timeout")
MAKE = """#!/bin/sh
echo "$*" >>"$CALLED"
if [ "$1" = test ]; then echo '123 passed in 4.56s'; fi
if [ "$1" = "$FAILING" ]; then echo "$1 complains"; exit 1; fi
"""
TARGETS = {
    "tests": ["test"],
    "checks": ["lint", "types", "actionlint", "docs-check"],
    "image": ["container-test"],
}


@dataclass
class Build:
    """A checkout of nothing but the script, on a machine with little on it."""

    folder: Path

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    def has(self, name: str, script: str = "#!/bin/sh\n") -> None:
        """Puts a program on the machine."""
        path = self.folder / "bin" / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)

    def __call__(self, *parts: str, failing: str = "") -> subprocess.CompletedProcess[str]:
        path = self.folder / "bin"
        return subprocess.run(
            [path / "bash", self.checkout / ".ci" / "run", *parts],
            env={"PATH": str(path), "CALLED": str(self.folder / "called"), "FAILING": failing},
            capture_output=True,
            check=False,
            text=True,
        )

    def called(self) -> list[str]:
        """What make was asked for, call by call."""
        record = self.folder / "called"
        return record.read_text(encoding="utf-8").splitlines() if record.exists() else []


@pytest.fixture
def build(tmp_path: Path) -> Build:
    build = Build(tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (tmp_path / "bin" / tool).symlink_to(found)
    build.has("make", MAKE)
    build.has("id", "#!/bin/sh\necho 0\n")
    (build.checkout / ".ci").mkdir(parents=True)
    shutil.copy(SCRIPT, build.checkout / ".ci" / "run")
    return build


@pytest.mark.parametrize("parts", [("lint",), ("tests", "images"), ("",), ("tests checks",)])
def test_a_part_that_there_is_not_is_wrong_usage(build: Build, parts: tuple[str, ...]) -> None:
    done = build(*parts)
    assert done.returncode == 2
    assert f"there is no part {parts[-1]}, only tests, checks and image" in done.stderr
    assert build.called() == []


@pytest.mark.parametrize("parts", [("tests",), ("checks",), ("image",), ("checks", "tests"), ()])
def test_each_part_runs_its_targets(build: Build, parts: tuple[str, ...]) -> None:
    build.has("docker")
    done = build(*parts)
    assert done.returncode == 0, done.stdout
    wanted = [target for part in TARGETS if not parts or part in parts for target in TARGETS[part]]
    assert build.called() == ["setup", *wanted]
    passed = sum(123 if target == "test" else 1 for target in wanted)
    assert done.stdout.splitlines()[-1] == f"{passed} passed, 0 failed"


@pytest.mark.parametrize("engine", ["docker", "podman", "buildah"])
def test_any_engine_will_do(build: Build, engine: str) -> None:
    build.has(engine)
    assert build("image").returncode == 0
    assert build.called() == ["setup", "container-test"]


def test_an_image_that_was_asked_for_and_not_built_is_a_failure(build: Build) -> None:
    build.has("docker", "#!/bin/sh\nexit 1\n")  # the client alone, without its server
    done = build("image")
    assert done.returncode == 1
    assert "NOT RUN" in done.stdout
    assert done.stdout.splitlines()[-2:] == ["failed: image: not run", "0 passed, 1 failed"]
    assert build.called() == ["setup"]


def test_where_everything_is_run_that_can_be_the_image_may_be_left_out_and_it_is_said(build: Build) -> None:
    done = build()
    assert done.returncode == 0
    assert "NOT RUN" in done.stdout
    assert build.called() == ["setup", *TARGETS["tests"], *TARGETS["checks"]]


def test_a_stand_in_beside_the_checkout_is_preferred_and_what_it_needs_is_installed(build: Build) -> None:
    stand_in = build.folder / "shared" / "container" / "run-like-github"
    stand_in.parent.mkdir(parents=True)
    stand_in.touch()
    for name in ("docker", "buildah", "podman", "runc"):
        build.has(name)
    build.has("apt-get", f'#!/bin/sh\necho "apt-get $*" >>"{build.folder}/called"\n')
    assert build("image").returncode == 0
    setup, update, install, test = build.called()
    assert (setup, update) == ("setup", "apt-get update -qq")
    assert install.split()[-1] == "mmdebstrap"
    assert test == f"container-test RUNNER={stand_in}"


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("test", "tests"),
        ("lint", "lint: "),
        ("types", "types: "),
        ("actionlint", "workflows: "),
        ("docs-check", "documents: "),
        ("container-test", "image: "),
    ],
)
def test_what_fails_is_named_and_shown_and_the_rest_is_run(build: Build, target: str, name: str) -> None:
    build.has("docker")
    done = build(failing=target)
    assert done.returncode == 1
    failed, total = done.stdout.splitlines()[-2:]
    assert failed.startswith(f"failed: {name}")
    assert total.endswith(", 1 failed")
    assert f"{target} complains" in done.stdout
    assert len(build.called()) == 1 + sum(map(len, TARGETS.values()))


def test_without_an_environment_nothing_is_tried(build: Build) -> None:
    assert build(failing="setup").returncode == 1
    assert build.called() == ["setup"]
