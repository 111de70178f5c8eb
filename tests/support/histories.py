"""Made-up histories: how they are drawn, what trees they lead to, and how git gets them.

A history is drawn as plain data, so that hypothesis can make it smaller, and played in memory. Git gets it
from one `git fast-import`, whatever its names, modes and merges.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from support.gitrepo import Server, git, make_server
from support.history_config import DIRS, GROUPS, SETTINGS
from support.history_files import MODULE, Entry, Files, merged
from support.history_operations import OPERATIONS, Operation

BRANCHES = ("main", "side")
AWKWARD = (
    "a b",
    "-rf",
    "::error::x",
    "q\"u'o",
    "nl\n::y",
    "n\u00e9",
    "ne\u0301",
    os.fsdecode(b"bad\xff\xfe"),
    "*",
)
DIRECTORIES = (
    "dag",
    "dags2",
    "Dag",
    "inner",
    "dag/inner",
    "dag/inner/deep",
    "dags2/inner",
    "team/dag",
    "team/sub/dag",
    "dag/tasks",
    "dag/.dot/x",
    ".dot",
    *AWKWARD,
)
NAMES = (
    "run",
    "tasks/one",
    "values.json",
    "values.yml",
    "values.yaml",
    "values.dev.json",
    "values.prod.yml",
    "values.v.1.json",
    "values.default.json",
    "values.notes",
    "pipeline_definition.json",
    "pipeline_definition.yml",
    "run.json",
    "tasks/values.json",
    "tasks/pipeline_definition.json",
    "inner/values.json",
    "inner/run",
    "Values.json",
    ".env",
    *AWKWARD,
)
CONTENTS = (b"1", b"2", b"", b"{}", b"../dag", b"\xff\n")
RARE = (
    "spoil the configuration",
    "remove the configuration",
    "a submodule for a folder",
    "a file for a folder",
)
OFTEN = (
    "configure",
    "choose directories",
    "write a group's values",
    "write a template between",
    "write a file",
    "edit a file",
    "add a pipeline",
    "flip the executable bit",
)
OTHERS = tuple(name for name in OPERATIONS if name not in RARE)


@dataclass(frozen=True)
class Step:
    """A commit on a branch: `change`, `merge` of the other branch, `revert` to commit `at`'s tree, `nothing`.

    Or none: `rewind` puts the branch at commit `at`, as a forced push does.
    """

    what: str
    branch: int
    at: int
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Story:
    """A history as it is drawn. `root` is the project's folder, `start` makes the first commit."""

    root: str
    start: tuple[Operation, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Commit:
    """A commit's files, and the numbers of its parents."""

    files: Files
    parents: tuple[int, ...]


@dataclass(frozen=True)
class History:
    """What a story leads to: all its commits, and those at which its branches end."""

    root: str
    commits: tuple[Commit, ...]
    tips: tuple[int, ...]


NUMBERS = st.integers(0, 40)
ACTIONS = st.builds(
    Operation,
    what=st.sampled_from(OFTEN * 3 + OTHERS * 3 + RARE),
    at=NUMBERS,
    to=NUMBERS,
    directory=st.sampled_from(DIRECTORIES[:6] + DIRECTORIES),
    name=st.sampled_from(NAMES[:12] + NAMES),
    data=st.sampled_from(CONTENTS),
    setting=st.sampled_from(SETTINGS),
)
STEPS = st.builds(
    Step,
    what=st.sampled_from(["change"] * 8 + ["merge"] * 2 + ["revert", "rewind", "nothing"]),
    branch=st.sampled_from([0, 0, 1]),
    at=NUMBERS,
    operations=st.lists(ACTIONS, min_size=1, max_size=3).map(tuple),
)
PIPELINES = st.builds(
    Operation,
    what=st.just("add a pipeline"),
    directory=st.sampled_from(DIRECTORIES),
    data=st.sampled_from(CONTENTS),
)
DEEP = (Operation("choose directories", at=DIRS.index(["**"])),)
NEIGHBOURS = (
    Operation("choose directories", at=DIRS.index(["dag", "dags2"])),
    Operation("add a pipeline", directory="dag"),
    Operation("add a pipeline", directory="Dag"),
    Operation("add a pipeline", directory="dags2/inner"),
)
NESTED = (
    Operation("add or remove a group", to=GROUPS.index("dev")),
    Operation("add or remove a group", to=GROUPS.index("prod")),
    Operation("choose directories", to=1, at=DIRS.index(["**"])),
    Operation("add a pipeline", directory="dag"),
    Operation("add a pipeline", directory="dag/inner"),
)
TEAMS = (
    *DEEP,
    Operation("add a pipeline", directory="dag"),
    Operation("add a pipeline", directory="team/dag"),
    Operation("add a pipeline", directory="team/sub/dag"),
    Operation("add a pipeline", directory="team/sub/dag/inner"),
    Operation("write a template between", at=0),
    Operation("write a template between", at=1),
)
STORIES = st.builds(
    Story,
    root=st.sampled_from(["", "", "data/jobs"]),
    start=st.builds(
        lambda first, made, more: (*first, *made, *more),
        st.sampled_from([(), DEEP, NEIGHBOURS, NESTED, NESTED, TEAMS, TEAMS]),
        st.lists(PIPELINES, min_size=2, max_size=5),
        st.lists(ACTIONS, min_size=2, max_size=8),
    ),
    steps=st.lists(STEPS, min_size=2, max_size=8).map(tuple),
)


def play(story: Story) -> History:
    """What the story leads to."""
    commits: list[Commit] = []
    tips = [0, 0]

    def commit(files: Files, operations: Sequence[Operation], *parents: int) -> int:
        made = Files(files.entries, in_folder=bool(story.root))
        for operation in operations:
            operation.apply(made)
        commits.append(Commit(made, parents))
        return len(commits) - 1

    commit(Files({}, in_folder=bool(story.root)), story.start)
    for step in story.steps:
        at, tip, other = step.at % len(commits), tips[step.branch], tips[1 - step.branch]
        match step.what:
            case "rewind":
                tips[step.branch] = at
            case "revert":
                tips[step.branch] = commit(commits[at].files, step.operations, tip)
            case "merge" if tip != other:
                files = _merge(commits, tip, other, step.at)
                tips[step.branch] = commit(files, step.operations, tip, other)
            case "nothing":
                tips[step.branch] = commit(commits[tip].files, (), tip)
            case _:
                tips[step.branch] = commit(commits[tip].files, step.operations, tip)
    return History(story.root, tuple(commits), tuple(tips))


def _merge(commits: Sequence[Commit], tip: int, other: int, how: int) -> Files:
    """One side's tree, or both sides' changes with one side's way where they meet."""
    ours, theirs = commits[tip].files, commits[other].files
    if how % 4 < 2:
        return (ours, theirs)[how % 4]
    fork = max(_ancestors(commits, tip) & _ancestors(commits, other))
    return merged(commits[fork].files, ours, theirs, prefer_theirs=how % 4 == 3)


def _ancestors(commits: Sequence[Commit], number: int) -> set[int]:
    found, ahead = set(), [number]
    while ahead:
        number = ahead.pop()
        found.add(number)
        ahead.extend(parent for parent in commits[number].parents if parent not in found)
    return found


def deliver(history: History, folder: Path) -> tuple[Server, tuple[str, ...]]:
    """A server that has the history, also those commits that no branch has any more, and the commits' ids."""
    server = make_server(folder / "server.git")
    given = b"".join(_stream(history))
    git(server.path, "fast-import", "--quiet", "--force", "--export-marks=marks", given=given)
    lines = (server.path / "marks").read_text().split()
    ids = dict(zip(lines[0::2], lines[1::2], strict=True))
    return server, tuple(ids[f":{number + 1}"] for number in range(len(history.commits)))


def _stream(history: History) -> Iterator[bytes]:
    """The history as `git fast-import` reads it."""
    for number, commit in enumerate(history.commits):
        yield b"commit refs/heads/main\nmark :%d\n" % (number + 1)
        yield b"committer A Person <person@example.com> %d +0000\ndata 0\n" % (1_800_000_000 + number)
        for word, parent in zip((b"from", b"merge"), commit.parents, strict=False):
            yield b"%s :%d\n" % (word, parent + 1)
        yield b"deleteall\n"
        for path, entry in _in_repository(history.root, commit.files.entries):
            name = b'"%s"' % b"".join(b"\\%03o" % byte for byte in os.fsencode(path))
            if entry.mode == MODULE:
                yield b"M %s %s %s\n" % (entry.mode.encode(), entry.data, name)
            else:
                yield b"M %s inline %s\n" % (entry.mode.encode(), name)
                yield b"data %d\n%s\n" % (len(entry.data), entry.data)
        if not commit.parents:
            yield b"\n"
    for branch, tip in zip(BRANCHES, history.tips, strict=True):
        yield b"reset refs/heads/%s\nfrom :%d\n\n" % (branch.encode(), tip + 1)


def _in_repository(root: str, entries: Mapping[str, Entry]) -> Iterator[tuple[str, Entry]]:
    for path, entry in entries.items():
        yield posixpath.normpath(posixpath.join(root, path)), entry
