"""Whatever happened to a repository, the selection is what an onlooker with two checkouts would name.

HISTORIES sets how many histories each run tries.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from pipelayer.api import Silence
from pipelayer.changes.base import BaseSpec, FirstParent, Revision
from pipelayer.changes.git import Repository
from pipelayer.errors import UsageError
from pipelayer.model import Verb
from pipelayer.run.opening import open_project
from pipelayer.run.outside import make_ports, open_checkout
from pipelayer.run.request import AskAws, Choice, Request, Source
from support.gitrepo import (
    Server,
    Work,
    checkout_like_actions,
    git_environment,
    make_repo,
    make_server,
)
from support.histories import NUMBERS, STORIES, History, Story, deliver, play
from support.history_files import choose
from support.selection_oracle import Expected, Key, Project, checked_out, expected

HISTORIES = int(os.environ.get("HISTORIES", "48"))
SHARES = 4
NAME = "acme/nightly"
MERGE = "refs/remotes/pull/1/merge"


@dataclass(frozen=True)
class Question:
    """What is compared. `head` counts back from the last commit, `base` from the one before the head, round.

    Without `base` it is the head's first parent. `groups` and `source` choose.
    """

    head: int
    base: int | None
    groups: int
    source: int


QUESTIONS = st.builds(
    Question,
    head=NUMBERS,
    base=st.one_of(st.none(), NUMBERS),
    groups=st.sampled_from([0, 0, 0, 1, 2]),
    source=st.sampled_from([0, 0, 1, 2]),
)


def selected(
    clone: Work,
    root: str,
    base: BaseSpec,
    groups: tuple[str, ...] = (),
    source: Source = Source.COMMIT,
    head: str = "",
) -> Expected:
    """What the product selects, for another commit than the checked-out one with `head`.

    It writes nothing but objects.
    """
    environ = git_environment() | {"GITHUB_REPOSITORY": NAME}
    before = everything_but_objects(clone)
    with Repository.open(clone.path, environ=environ) or pytest.fail("no repository") as repository:
        folder = clone.path / root
        source = source if folder.is_dir() else Source.COMMIT
        checkout = open_checkout(repository, folder, source, environ, head)
        ports = make_ports(checkout, base, environ, Silence(), lambda: False)
        request = Request(
            Verb.VALIDATE, root=checkout.root, groups=groups, choice=Choice.CHANGED, aws=AskAws.NEVER
        )
        try:
            selection = open_project(request, ports).selection
        except UsageError as problem:
            if not problem.message.startswith("There is no pipeline in"):
                raise
            found = Expected({}, pipelines=False)
        else:
            assert not any(note.startswith("The base can't be had") for note in selection.notes)
            keys = [item.key for item in selection.items]
            assert keys == sorted(set(keys))
            for item in selection.items:
                assert item.directory == (f"{root}/" if root else "") + item.key.directory
                assert len(item.reasons) == len(set(item.reasons)) > 0
            found = Expected(
                {
                    (item.key.project, item.key.group, item.key.directory): frozenset(item.reasons)
                    for item in selection.items
                }
            )
    assert everything_but_objects(clone) == before
    return found


def everything_but_objects(clone: Work) -> Mapping[str, tuple[int, int]]:
    """When each file was written and what it is: where nothing changes, `git status` stays clean.

    Fetching into a shallow clone tells in `.git/shallow` where history was cut off.
    """
    found: dict[str, tuple[int, int]] = {}
    for folder, folders, names in os.walk(clone.path):
        if folder == str(clone.path / ".git"):
            folders.remove("objects")
        for name in names:
            status = Path(folder, name).lstat()
            found[os.path.join(folder, name)] = (status.st_mode, status.st_mtime_ns)
    found.pop(str(clone.path / ".git" / "shallow"), None)
    return found


class Onlooker:
    """Sees the projects of a server's commits, each once."""

    def __init__(self, server: Server, root: str, scratch: Path) -> None:
        self._server, self._root, self._scratch = server, root, scratch
        self._seen: dict[str, Project] = {}

    def project(self, commit: str) -> Project:
        """The project of a commit; without one there is nothing in it."""
        if commit not in self._seen:
            scratch = self._scratch / f"seen {len(self._seen)}"
            files = checked_out(self._server.path, commit, scratch) if commit else {}
            name = f"{NAME}/{self._root}" if self._root else NAME
            self._seen[commit] = Project(files, self._root, name)
        return self._seen[commit]

    def expects(self, base: str, head: str, groups: tuple[str, ...] = ()) -> Expected:
        """What is to be selected for these groups, or for all that the head has."""
        before, after = self.project(base), self.project(head)
        return expected(before, after, groups or [group.name for group in after.groups or ()])


def agree(history: History, question: Question, folder: Path) -> None:
    """The question is asked of a full clone, of a shallow one and of the oracle.

    Then the full clone tells for every commit what it changed.
    """
    server, ids = deliver(history, folder)
    parents = [ids[commit.parents[0]] if commit.parents else "" for commit in history.commits]
    head = len(ids) - 1 - question.head % len(ids)
    before = parents[head] if question.base is None else choose(ids, head - 1 - question.base)
    base = FirstParent(ids[head]) if question.base is None else Revision(before)

    onlooker = Onlooker(server, history.root, folder)
    names = [group.name for group in onlooker.project(ids[head]).groups or ()]
    groups = (choose(names, question.groups),) if question.groups and names else ()
    source = choose(tuple(Source), question.source)
    shallow = checkout_like_actions(folder / "shallow", server.url, ids[head], MERGE, depth=1)
    full = checkout_like_actions(folder / "full", server.url, ids[head], MERGE, depth=0)
    wanted = onlooker.expects(before, ids[head], groups)
    for clone in (shallow, full):
        assert selected(clone, history.root, base, groups, source) == wanted
    for commit, parent in zip(ids, parents, strict=True):
        found = selected(full, history.root, FirstParent(commit), head=commit)
        assert found == onlooker.expects(parent, commit)


@pytest.mark.parametrize("share", range(SHARES))
def test_the_selection_is_what_two_checkouts_show(share: int) -> None:
    @seed(share)
    @settings(
        max_examples=max(1, HISTORIES // SHARES),
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(STORIES, QUESTIONS)
    def agrees(story: Story, question: Question) -> None:
        with tempfile.TemporaryDirectory() as folder:
            agree(play(story), question, Path(os.path.realpath(folder)))

    agrees()


NESTED = {"a/values.json": "{}", "a/run": "1", "a/b/values.json": "{}", "a/b/run": "1"}
ALONE = "version: 1\ngroups:\n  dev: {dirs: [a]}\n"
GONE = {(NAME, "prod", "a/b"): {"removed"}}
BESIDE = f"{ALONE}  prod: {{dirs: [a/b]}}\n"


@pytest.mark.parametrize(
    ("old", "new", "groups", "gone"),
    [(ALONE, BESIDE, ("dev",), {}), (BESIDE, ALONE, ("dev",), GONE), (BESIDE, ALONE, (), GONE)],
    ids=["comes", "goes", "goes, all groups"],
)
def test_files_that_change_hands_with_another_groups_pipeline(
    tmp_path: Path, old: str, new: str, groups: tuple[str, ...], gone: dict[Key, set[str]]
) -> None:
    server = make_server(tmp_path / "server.git")
    work = make_repo(tmp_path / "work", origin=server.url)
    before, after = work.commit({**NESTED, "pipelayer.yml": old}), work.commit({"pipelayer.yml": new})
    work.push("main")
    clone = checkout_like_actions(tmp_path / "clone", server.url, after, MERGE)
    found = selected(clone, "", Revision(before), groups)
    assert found.selected == {(NAME, "dev", "a"): {"files"}, **gone}
