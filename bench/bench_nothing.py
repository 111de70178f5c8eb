"""What a pull request that touches no pipeline costs: the action, beside a bare Python and the imports saved.

Process time (user and system, with every child's) of the best of several runs. Fails beyond 0.3 s.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from made import offer, print_table

from pipelayer.demo.places import Places, git
from pipelayer.demo.runner import REPOSITORY, run_action

RUNS = 7
MOST = 0.3


def measure(run: Callable[[int], None]) -> tuple[float, float]:
    """Process time and wall time in seconds, the best of some runs."""
    found: list[tuple[float, float]] = []
    for number in range(RUNS):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        run(number)
        after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found.append((used, ended - began))
    return min(used for used, _ in found), min(wall for _, wall in found)


def python(code: str) -> Callable[[int], None]:
    """A run of Python alone."""

    def run(number: int) -> None:
        subprocess.run([sys.executable, "-I", "-c", code], check=True)

    return run


def action(home: Path) -> Callable[[int], None]:
    """The action on a pull request that changes a README."""
    places = Places(home)
    base = places.begin()
    places.branch("words")
    (places.work / "README.md").write_text("Words.\n")
    head = places.commit("More words")
    merge = places.offer(1, "words")
    workspace = places.checkout("workspace", merge, "refs/remotes/pull/1/merge")
    # What a first run fetches; the network is not what is measured.
    git(workspace, "fetch", "--quiet", "--depth=1", "origin", base)
    repository = {"full_name": REPOSITORY, "default_branch": "main", "fork": False}
    payload: dict[str, object] = {
        "action": "opened",
        "number": 1,
        "pull_request": {
            "number": 1,
            "merged": False,
            "merge_commit_sha": None,
            "head": {"sha": head, "ref": "words", "repo": repository},
            "base": {"sha": base, "ref": "main", "repo": repository},
        },
        "repository": repository,
    }
    environ = {"GITHUB_SHA": merge, "GITHUB_REF": "refs/pull/1/merge", "INPUT_AWS": "auto"}

    def run(number: int) -> None:
        job = run_action(home, workspace, "pull_request", payload, environ, number)
        assert job.code == 0, job.log

    return run


def main() -> int:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as home:
        bare = measure(python("pass"))
        found = measure(action(Path(home)))
        imports = measure(python("import boto3, github"))
    rows = [
        ("python -c pass", *bare),
        ("the action, nothing touched", *found),
        ("import boto3, github", *imports),
    ]
    print_table(
        f"A pull request that touches no pipeline (target: {MOST} s of process time)",
        ("", "process s", "wall s", "x bare"),
        [(name, f"{used:.3f}", f"{wall:.3f}", f"{used / bare[0]:.1f}") for name, used, wall in rows],
    )
    offer(
        "A pull request that touches no pipeline, processor time",
        f"{found[0]:.2f} s",
        f"`import boto3, github`: {imports[0]:.2f} s",
        f"{found[0] / imports[0]:.1f} of it",
        f"at most {MOST} s",
    )
    return 0 if found[0] <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
