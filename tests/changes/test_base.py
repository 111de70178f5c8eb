"""Finding what to compare with, in the clones that CI makes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelayer.changes.base import (
    BaseSpec,
    BeforeMerge,
    Compared,
    FirstParent,
    LostBase,
    NoBase,
    Nothing,
    Revision,
    compare_with_base,
    find_commit,
)
from pipelayer.changes.git import Repository
from pipelayer.errors import GitError
from support.gitrepo import Server, Work, checkout_like_actions, make_repo, make_server


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return make_server(tmp_path / "server.git")


@pytest.fixture
def author(tmp_path: Path, server: Server) -> Work:
    return make_repo(tmp_path / "author", origin=server.url)


def compared(clone: Work, spec: BaseSpec, *, disk: bool = False) -> Compared | NoBase | LostBase:
    repository = Repository.open(clone.path, pause=[].append)
    assert repository is not None
    with repository:
        head = repository.work_tree() if disk else repository.commit_tree("HEAD")
        found = compare_with_base(repository, spec, head)
        if isinstance(found, Compared):
            assert found.tree.entries.keys() is not None
        return found


@pytest.mark.parametrize("depth", [0, 1])
def test_a_pull_request_shows_nothing_that_others_merged(
    tmp_path: Path, server: Server, author: Work, depth: int
) -> None:
    """The payload's base.sha is the base at the last push to the branch; the merge commit is younger."""
    author.commit({"a/run": "1", "b/run": "1"})
    author.git("checkout", "--quiet", "-b", "feature")
    author.commit({"a/run": "2"})
    author.git("checkout", "--quiet", "main")
    theirs = author.commit({"b/run": "merged by others"})
    merge = author.merge("feature")
    author.push("main", "HEAD:refs/pull/1/merge")
    clone = checkout_like_actions(
        tmp_path / "ws", server.url, merge, "refs/remotes/pull/1/merge", depth=depth
    )
    found = compared(clone, FirstParent(merge))
    assert isinstance(found, Compared)
    assert found.commit == theirs
    assert found.paths == {"a/run"}


@pytest.mark.parametrize("depth", [0, 1])
def test_a_push_of_several_commits(tmp_path: Path, server: Server, author: Work, depth: int) -> None:
    before = author.commit({"a/run": "1", "b/run": "1", "c/run": "1"})
    author.commit({"a/run": "2"})
    author.commit({"b/run": "2", "c/run": "2"})
    after = author.commit({"c/run": "1"})
    author.push("main")
    clone = checkout_like_actions(tmp_path / "ws", server.url, after, depth=depth)
    found = compared(clone, Revision(before))
    assert isinstance(found, Compared)
    assert found.paths == {"a/run", "b/run"}
    assert found.commit == before
    assert found.tree.commit == before


def test_the_base_tree_can_be_read(tmp_path: Path, server: Server, author: Work) -> None:
    before = author.commit({"gone/values.json": "old", "kept": "same"})
    after = author.commit({"gone/values.json": None, "new": "x"})
    author.push("main")
    clone = checkout_like_actions(tmp_path / "ws", server.url, after)
    repository = Repository.open(clone.path)
    assert repository is not None
    with repository:
        found = compare_with_base(repository, Revision(before), repository.commit_tree(after))
        assert isinstance(found, Compared)
        assert sorted(found.tree.entries) == ["gone/values.json", "kept"]
        assert found.tree.read("gone/values.json") == b"old"


def test_a_base_that_is_gone_is_lost(tmp_path: Path, server: Server, author: Work) -> None:
    after = author.commit({"a": "1"})
    author.push("main")
    clone = checkout_like_actions(tmp_path / "ws", server.url, after)
    for spec in (Revision("f" * 40), FirstParent("f" * 40), Revision("no-such-branch")):
        assert isinstance(compared(clone, spec), LostBase)


def test_the_first_commit_and_nothing_before(tmp_path: Path, author: Work) -> None:
    first = author.commit({"a/values.json": "{}"})
    for spec in (FirstParent(first), Nothing()):
        found = compared(author, spec)
        assert isinstance(found, Compared)
        assert found.commit == ""
        assert [change.old_mode for change in found.changed] == [""]
        assert dict(found.tree.entries) == {}


def test_none_and_lost_stay_what_they_are(author: Work) -> None:
    author.commit({"a": "1"})
    for spec in (NoBase("scheduled"), LostBase("new branch")):
        assert compared(author, spec) == spec


def test_files_on_disk_are_compared_too(author: Work) -> None:
    before = author.commit({"a/run": "1", "b/run": "1"})
    author.commit({"b/run": "2"})
    author.write({"a/run": "edited"})
    found = compared(author, Revision(before), disk=True)
    assert isinstance(found, Compared)
    assert found.paths == {"a/run", "b/run"}


def test_a_branch_that_the_clone_does_not_know(tmp_path: Path, server: Server, author: Work) -> None:
    main = author.commit({"a": "1"})
    author.push("main")
    author.git("checkout", "--quiet", "-b", "side")
    side = author.commit({"a": "2"})
    author.push("side")
    clone = checkout_like_actions(tmp_path / "ws", server.url, side, "refs/remotes/origin/side")
    repository = Repository.open(clone.path)
    assert repository is not None
    with repository:
        assert find_commit(repository, "main") == main
        assert find_commit(repository, side[:10]) == side
        with pytest.raises(GitError, match="neither"):
            find_commit(repository, "nowhere")


@dataclass(frozen=True)
class Offered:
    """A branch of three commits, the last of which is `head`; its base has moved on to `main` since."""

    head: str
    main: str


def offered(author: Work) -> Offered:
    author.commit({"a/run": "1", "b/run": "1"})
    author.git("checkout", "--quiet", "-b", "feature")
    for number in range(3):
        head = author.commit({f"a/tasks/{number}": "x"})
    author.git("checkout", "--quiet", "main")
    return Offered(head, author.commit({"b/run": "merged by others"}))


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_what_a_merged_pull_request_was_merged_into(
    tmp_path: Path, server: Server, author: Work, way: str, depth: int
) -> None:
    pull = offered(author)
    if way == "merge":
        commit = author.merge("feature")
    elif way == "squash":
        author.git("merge", "--quiet", "--squash", "feature")
        author.git("commit", "--quiet", "--date", "2026-02-03T04:05:06+00:00", "-m", "squashed")
        commit = author.head()
    else:
        author.git("checkout", "--quiet", "-B", "rebased", pull.head)
        author.git("rebase", "--quiet", "main")
        commit = author.head()
    author.push(f"{commit}:refs/heads/main", f"{pull.head}:refs/pull/1/head")
    clone = checkout_like_actions(tmp_path / "ws", server.url, commit, depth=depth)
    found = compared(clone, BeforeMerge(commit, pull.head, 3))
    assert isinstance(found, Compared)
    assert found.commit == pull.main
    assert found.paths == {"a/tasks/0", "a/tasks/1", "a/tasks/2"}


def test_a_branch_that_was_merged_by_pushing_it(tmp_path: Path, server: Server, author: Work) -> None:
    """Its last commit took main in, and then became main: its first parent is the branch's own past."""
    pull = offered(author)
    author.git("checkout", "--quiet", "-B", "updated", pull.head)
    commit = author.merge("main")
    author.push(f"{commit}:refs/heads/main")
    clone = checkout_like_actions(tmp_path / "ws", server.url, commit)
    assert isinstance(compared(clone, BeforeMerge(commit, commit, 4)), LostBase)


def test_a_clone_keeps_the_history_that_it_has(tmp_path: Path, server: Server, author: Work) -> None:
    for number in range(9):
        author.commit({"README": str(number)})
    pull = offered(author)
    author.git("merge", "--quiet", "--squash", "feature")
    author.git("commit", "--quiet", "--date", "2026-02-03T04:05:06+00:00", "-m", "squashed")
    author.push("main", f"{pull.head}:refs/pull/1/head")
    clone = checkout_like_actions(tmp_path / "ws", server.url, author.head(), depth=8)
    before = clone.git("rev-list", "--count", "HEAD")
    found = compared(clone, BeforeMerge(author.head(), pull.head, 3))
    assert isinstance(found, Compared)
    assert found.commit == pull.main
    assert clone.git("rev-list", "--count", "HEAD") == before == "8"


def test_a_branch_that_was_squashed_is_gone(tmp_path: Path, server: Server, author: Work) -> None:
    """Whether it was rebased can't be told without it: never a guess."""
    pull = offered(author)
    author.git("merge", "--quiet", "--squash", "feature")
    author.git("commit", "--quiet", "-m", "squashed")
    author.push("main")
    clone = checkout_like_actions(tmp_path / "ws", server.url, author.head())
    assert isinstance(compared(clone, BeforeMerge(author.head(), "f" * 40, 3)), LostBase)
    one = compared(clone, BeforeMerge(author.head(), "f" * 40, 1))
    assert isinstance(one, Compared)
    assert one.commit == pull.main


def test_a_tag_of_its_own_is_the_commit_that_it_names(tmp_path: Path, server: Server, author: Work) -> None:
    first = author.commit({"a/run": "1"})
    author.git("tag", "--annotate", "--message", "one", "v1")
    tag = author.git("rev-parse", "v1")
    second = author.commit({"a/run": "2"})
    author.push("main", "v1")
    clone = checkout_like_actions(tmp_path / "ws", server.url, second)
    found = compared(clone, Revision(tag))
    assert isinstance(found, Compared)
    assert found.commit == first
