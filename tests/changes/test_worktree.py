"""The work tree as it lies on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelayer.changes.git import Repository
from pipelayer.changes.paths import compare
from pipelayer.errors import PipelayerError
from pipelayer.project.tree import blob_id
from support.gitrepo import Executable, Link, Submodule, Work, make_repo


@pytest.fixture
def work(tmp_path: Path) -> Work:
    work = make_repo(tmp_path / "work")
    work.commit({"a/values.json": "{}", "a/run": "run", ".gitignore": "built\n"})
    return work


def opened(work: Work) -> Repository:
    repository = Repository.open(work.path)
    assert repository is not None
    return repository


def test_tracked_files_as_they_lie_on_disk(work: Work) -> None:
    work.write({"a/run": Executable("edited"), "a/values.json": None, "a/new": "x", "a/built": "y"})
    with opened(work) as repository:
        tree = repository.work_tree()
        assert sorted(tree.entries) == [".gitignore", "a/run"]
        entry = tree.entries["a/run"]
        assert (entry.mode, entry.id, entry.size) == ("100755", blob_id(b"edited"), 6)
        assert tree.read("a/run") == b"edited"
        assert tree.commit == ""
        with pytest.raises(PipelayerError):
            tree.read("a/new")


def test_untracked_and_ignored_files_too(work: Work) -> None:
    work.write({"a/new": "x", "a/built": "y"})
    with opened(work) as repository:
        tree = repository.work_tree(untracked=True)
        assert sorted(tree.entries) == [".gitignore", "a/built", "a/new", "a/run", "a/values.json"]
        assert tree.read("a/built") == b"y"


def test_added_but_not_committed_is_tracked(work: Work) -> None:
    work.write({"a/new": "x"})
    work.git("add", "--intent-to-add", "a/new")
    with opened(work) as repository:
        assert repository.work_tree().read("a/new") == b"x"


@pytest.mark.parametrize("untracked", [False, True])
def test_links_are_named_and_never_followed(work: Work, tmp_path: Path, untracked: bool) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "run").write_text("secret")
    work.write({"a/run": Link("/etc/passwd")})
    work.commit({"b/run": "x"})
    work.write({"b/run": None})
    (work.path / "b").rmdir()
    work.write({"b": Link(str(tmp_path / "outside"))})
    with opened(work) as repository:
        tree = repository.work_tree(untracked=untracked)
        assert tree.entries["a/run"].mode == "120000"
        assert "b/run" not in tree.entries
        with pytest.raises(PipelayerError):
            tree.read("a/run")
        with pytest.raises(PipelayerError):
            tree.read("b/run")


def test_a_file_that_becomes_a_link_after_listing_is_not_followed(work: Work, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    with opened(work) as repository:
        tree = repository.work_tree()
        assert tree.entries["a/run"].size == 3
        work.write({"a/run": Link(str(tmp_path / "secret"))})
        with pytest.raises(PipelayerError, match="can't be read"):
            tree.read("a/run")


def test_a_sparse_checkout_deletes_nothing(work: Work) -> None:
    work.commit({"b/values.json": "{}", "b/run": "far"})
    work.git("sparse-checkout", "set", "a")
    assert not (work.path / "b").exists()
    with opened(work) as repository:
        tree = repository.work_tree()
        assert "b/run" in tree.entries
        assert tree.read("b/run") == b"far"
        assert compare(repository.commit_tree("HEAD"), tree) == ()


def test_a_submodule_is_named(work: Work) -> None:
    work.commit({"s": Submodule("1" * 40)})
    with opened(work) as repository:
        for untracked in (False, True):
            assert repository.work_tree(untracked=untracked).entries["s"].mode == "160000"


def test_during_a_merge_conflict_each_file_counts_once(work: Work) -> None:
    work.git("checkout", "--quiet", "-b", "side")
    work.commit({"a/run": "side"})
    work.git("checkout", "--quiet", "main")
    work.commit({"a/run": "main"})
    with pytest.raises(AssertionError):
        work.merge("side")
    with opened(work) as repository:
        assert b"<<<<<<<" in repository.work_tree().read("a/run")


def test_compare_with_a_commit(work: Work) -> None:
    base = work.head()
    work.write({"a/run": "edited", "a/values.json": None, "a/built": "y"})
    with opened(work) as repository:
        tree = repository.commit_tree(base)
        changed = compare(tree, repository.work_tree())
        assert [(change.path, change.new_mode) for change in changed] == [
            ("a/run", "100644"),
            ("a/values.json", ""),
        ]
        changed = compare(tree, repository.work_tree(untracked=True))
        assert [change.path for change in changed] == ["a/built", "a/run", "a/values.json"]


def test_line_endings_count_as_the_bytes_that_would_be_uploaded(work: Work) -> None:
    work.commit({".gitattributes": "*.txt text eol=crlf\n", "a/t.txt": "one\n"})
    (work.path / "a" / "t.txt").write_bytes(b"one\r\n")
    with opened(work) as repository:
        assert repository.work_tree().entries["a/t.txt"].id == blob_id(b"one\r\n")


def test_tracked_files_that_are_just_the_commits_bear_its_name(work: Work) -> None:
    head = work.git("rev-parse", "HEAD").strip()
    with opened(work) as repository:
        assert repository.work_tree().commit == head
        assert repository.work_tree(untracked=True).commit == ""


@pytest.mark.parametrize(
    "edits",
    [{"a/run": "edited"}, {"a/run": Executable("run")}, {"a/run": None}, {"a/staged": "x"}],
    ids=["edited", "executable", "deleted", "staged"],
)
def test_what_differs_in_the_folder_has_no_commit(work: Work, edits: dict[str, str | None]) -> None:
    head = work.git("rev-parse", "HEAD").strip()
    work.write(edits)
    if "a/staged" in edits:
        work.git("add", "a/staged")
    with opened(work) as repository:
        assert repository.work_tree("a").commit == ""
        assert repository.work_tree("elsewhere").commit == head
