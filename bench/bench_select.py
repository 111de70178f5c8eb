"""How long it takes to find out which of 10,000 pipelines changed, beside `git diff-tree` of the two commits.

    python bench/bench_select.py [PIPELINES]

Each pipeline has five files; one file of one pipeline is changed, and another pipeline is removed.
`selection` is a whole process: it starts Python, opens the clone, compares and selects. `the action` ends
there too, since its change is beside the pipelines. The base is in the clone already: the network isn't what
is measured. Fails where a selection takes 150 ms more than `git diff-tree`, and where a file of a pipeline
that isn't selected was read.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from made import TEMPLATE, offer, print_table

from pipelayer.demo.places import git

RUNS = 11
MOST_MORE = 0.150

SELECT = """
import sys
from pathlib import Path
from pipelayer.changes.base import Revision, compare_with_base
from pipelayer.changes.git import Repository
from pipelayer.model import Verb
from pipelayer.run.opening import open_project
from pipelayer.run.ports import Ports
from pipelayer.run.request import Choice, Request

with Repository.open(Path(sys.argv[1])) as repository:
    tree = repository.commit_tree(repository.head())
    compared = compare_with_base(repository, Revision(sys.argv[2]), tree)
    ports = Ports(
        tree=tree,
        compared=compared,
        connect=None,
        has_credentials=False,
        clock=None,
        journal=None,
        interrupted=None,
        default_project="acme/nightly",
    )
    opened = open_project(Request(Verb.VALIDATE, choice=Choice.CHANGED), ports)
    for item in opened.selection.items:
        print(item.directory, *item.reasons)
"""

COUNT = """
from pipelayer.changes.blobs import Objects

real, read = Objects.find, []

def find(self, name):
    found = real(self, name)
    if found and found.kind == "blob":
        read.append(name)
    return found

Objects.find = find
"""


def history(folder: Path, pipelines: int) -> tuple[str, str, str]:
    """Three commits, by `git fast-import`: all pipelines, one changed and one removed, another README."""
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", ".")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    files = {"pipeline_definition.json": json.dumps(TEMPLATE), "README.md": "Words.\n"}
    for number in range(pipelines):
        name = f"p{number:05}"
        files[f"{name}/values.json"] = f'{{"values": {{"myS3InputDir": "s3://bench/{name}"}}}}\n'
        files[f"{name}/run"] = f"#!/bin/sh\necho {name}\n"
        files |= {f"{name}/tasks/{task}.sh": f"echo {name} {task}\n" for task in ("one", "two", "three")}
    half = f"p{pipelines // 2:05}"
    stream = [_commit("all", files)]
    stream.append(_commit("changed", {f"{half}/run": "#!/bin/sh\necho again\n"}, gone=("p00001",)))
    stream.append(_commit("words", {"README.md": "More words.\n"}))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input="".join(stream).encode(), check=True)
    first, second, third = (git(folder, "rev-parse", f"main~{back}").strip() for back in (2, 1, 0))
    return first, second, third


def _commit(message: str, files: dict[str, str], gone: tuple[str, ...] = ()) -> str:
    who = "committer A Person <person@example.com> 1767323045 +0000"
    parts = [f"commit refs/heads/main\n{who}\ndata {len(message)}\n{message}\n"]
    parts += [f"D {path}\n" for path in gone]
    parts += [f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items()]
    return "".join(parts)


def clone(server: Path, folder: Path, commit: str, depth: int, *also: str) -> Path:
    """As actions/checkout makes it; `also` are commits that a run before this one has fetched."""
    shallow = [f"--depth={depth}"] if depth else []
    git(server, "clone", "--quiet", "--no-checkout", *shallow, server.as_uri(), str(folder))
    for name in (commit, *also):
        git(folder, "fetch", "--quiet", *shallow, "origin", name)
    git(folder, "checkout", "--quiet", "--detach", commit)
    return folder


def seconds(run: Callable[[], object]) -> tuple[float, float]:
    """The best and the middle of some runs."""
    found = []
    for _ in range(RUNS):
        began = time.perf_counter()
        run()
        found.append(time.perf_counter() - began)
    return min(found), statistics.median(found)


def diff_tree(folder: Path, base: str, head: str) -> Callable[[], object]:
    """Git alone."""
    command = ["git", "diff-tree", "-r", "-z", "--raw", "--no-renames", base, head]
    return lambda: subprocess.run(command, cwd=folder, check=True, capture_output=True)


def selection(folder: Path, base: str) -> Callable[[], object]:
    """The whole process of a selection."""
    command = [sys.executable, "-I", "-c", SELECT, str(folder), base]

    def run() -> None:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        assert len(done.stdout.splitlines()) == 2, done.stdout

    return run


def action(home: Path, folder: Path, base: str, head: str) -> Callable[[], object]:
    """The action on a push that changes a README."""
    payload = {
        "ref": "refs/heads/main",
        "before": base,
        "after": head,
        "repository": {"default_branch": "main"},
    }
    event = home / "event.json"
    event.write_text(json.dumps(payload), encoding="utf-8")
    environ = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GITHUB_WORKSPACE": str(folder),
        "GITHUB_REPOSITORY": "acme/nightly",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_SHA": head,
        "GITHUB_REF": "refs/heads/main",
        "INPUT_COMMAND": "validate",
        "INPUT_AWS": "never",
        "INPUT_COMMENT": "never",
    }
    entry = str(Path(__file__).parents[1] / "entrypoint.py")

    def run() -> None:
        done = subprocess.run([sys.executable, "-I", entry], env=environ, check=True, capture_output=True)
        assert b"No pipeline is affected" in done.stdout, done.stdout

    return run


def opened(folder: Path, base: str) -> int:
    """How many files' contents a selection reads, told by the process that reads them."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"{COUNT}{SELECT}\nprint(len(read))", str(folder), base],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout.splitlines()[-1])


def main() -> int:
    """Prints the table."""
    pipelines = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rows: list[tuple[object, ...]] = []
    good = True
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        server = home / "server.git"
        server.mkdir()
        first, second, third = history(server, pipelines)
        for name, depth in (("full", 0), ("depth 1", 1)):
            changed = clone(server, home / f"changed {depth}", second, depth, first)
            words = clone(server, home / f"words {depth}", third, depth, second)
            git_alone = seconds(diff_tree(changed, first, second))
            for what, found in (
                ("git diff-tree", git_alone),
                ("selection", seconds(selection(changed, first))),
                ("the action, nothing touched", seconds(action(home, words, second, third))),
            ):
                more = found[0] - git_alone[0]
                times = (f"{one * 1000:.0f}" for one in (*found, more))
                rows.append((f"{name}: {what}", *times, f"{found[0] / git_alone[0]:.1f}"))
                if what == "selection":
                    good = good and more <= MOST_MORE
                    offer(
                        f"Which of {pipelines:,} pipelines changed, {name} clone",
                        f"{found[0] * 1000:.0f} ms",
                        f"`git diff-tree`: {git_alone[0] * 1000:.0f} ms",
                        f"{more * 1000:.0f} ms more",
                        f"at most {MOST_MORE * 1000:.0f} ms more",
                    )
            read = opened(changed, first)
            rows.append((f"{name}: files read for selecting", read, "", "", ""))
            good = good and read <= 2  # the removed one's values and its template, for its name
    print_table(
        f"Which of {pipelines:,} pipelines changed (target: {MOST_MORE * 1000:.0f} ms more than git)",
        ("", "best ms", "median ms", "more ms", "x git"),
        rows,
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
