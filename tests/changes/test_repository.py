"""What is asked of git: finding the repository, commits, trees and their differences, with every kind of
name.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelayer.changes.git import Repository
from pipelayer.changes.ids import is_commit_id
from pipelayer.errors import GitError, UsageError
from support.gitrepo import Executable, Link, Submodule, Work, make_repo

NAMES = (
    "a b/values.json",
    'a"b/values.json',
    "a'b/values.json",
    "nl\n::error::pwn/values.json",
    "tab\there/values.json",
    "-rf/values.json",
    "ünï/values.json",
    "u\u0308ni/values.json",
    "##[add-mask]e/values.json",
    "back\\slash/values.json",
    "Case/values.json",
    "case/values.json",
    "x" * 250 + "/values.json",
    os.fsdecode(b"bad\xff\xfe/values.json"),
    "*?[x]/values.json",
    "trailing /values.json",
)


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return make_repo(tmp_path / "work")


def opened(work: Work) -> Repository:
    repository = Repository.open(work.path)
    assert repository is not None
    return repository


def test_no_repository_is_none(tmp_path: Path) -> None:
    assert Repository.open(tmp_path) is None


def test_an_empty_dot_git_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert Repository.open(tmp_path) is None


def test_found_from_a_folder_inside(work: Work) -> None:
    work.commit({"deep/down/values.json": "{}"})
    with Repository.open(work.path / "deep" / "down") or opened(work) as repository:
        assert repository.root == work.path
        assert repository.relative(work.path / "deep" / "down") == "deep/down"
        assert repository.relative(work.path) == ""
        with pytest.raises(UsageError):
            repository.relative(work.path.parent)


def test_before_the_first_commit(work: Work) -> None:
    with opened(work) as repository:
        assert repository.head() is None
        assert dict(repository.work_tree().entries) == {}


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_commit_tree_and_diff(tmp_path: Path, object_format: str) -> None:
    work = make_repo(tmp_path / "w", object_format=object_format)
    base = work.commit({"a/run": "one", "a/values.json": "{}", "b/run": "x"})
    head = work.commit({"a/run": Executable("one"), "b/run": None, "c/run": "new", "link": Link("a/run")})
    with opened(work) as repository:
        changes = repository.diff(base, head)
        assert {change.path: (change.old_mode, change.new_mode) for change in changes} == {
            "a/run": ("100644", "100755"),
            "b/run": ("100644", ""),
            "c/run": ("", "100644"),
            "link": ("", "120000"),
        }
        tree = repository.commit_tree(head)
        assert tree.commit == head
        assert tree.entries["a/run"].mode == "100755"
        assert tree.entries["link"].mode == "120000"
        assert tree.read("a/run") == b"one"
        assert tree.entries["a/run"].id == work.git("rev-parse", "HEAD:a/run")
        with pytest.raises(GitError):
            tree.read("link")
        with pytest.raises(GitError):
            tree.read("nowhere")
        before = tree.rewound(changes, base)
        assert before.commit == base
        assert dict(before.entries) == dict(repository.commit_tree(base).entries)
        everything = repository.diff(repository.empty_tree, head)
        assert {(change.old_mode, change.old_id) for change in everything} == {("", "")}
        assert dict(repository.commit_tree(repository.empty_tree).entries) == {}
        assert repository.parents(head) == (base,)
        assert repository.parents(base) == ()
        on_disk = repository.work_tree()
        assert dict.fromkeys(on_disk.entries, "") == dict.fromkeys(tree.entries, "")
        assert all(on_disk.entries[path].id == tree.entries[path].id for path in tree.entries)


@pytest.mark.parametrize("name", NAMES)
def test_names_survive(work: Work, name: str) -> None:
    base = work.commit({"other": "x"})
    head = work.commit({name: "content"})
    with opened(work) as repository:
        (change,) = repository.diff(base, head)
        assert change.path == name
        assert repository.commit_tree(head).read(name) == b"content"
        assert repository.work_tree().read(name) == b"content"
        assert repository.work_tree(untracked=True).entries[name].id == change.new_id


def test_a_rename_is_both_of_its_ends(work: Work) -> None:
    base = work.commit({"old/values.json": "{}" * 50})
    work.git("config", "diff.renames", "copies")
    head = work.commit({"old/values.json": None, "new/values.json": "{}" * 50})
    with opened(work) as repository:
        assert [
            (change.path, change.old_mode, change.new_mode) for change in repository.diff(base, head)
        ] == [
            ("new/values.json", "", "100644"),
            ("old/values.json", "100644", ""),
        ]


def test_a_file_turned_into_a_link_or_a_folder(work: Work) -> None:
    base = work.commit({"a": "x", "b": "y"})
    head = work.commit({"a": Link("b"), "b": None})
    last = work.commit({"b/c": "z"})
    with opened(work) as repository:
        assert [(change.old_mode, change.new_mode) for change in repository.diff(base, head)] == [
            ("100644", "120000"),
            ("100644", ""),
        ]
        assert [change.path for change in repository.diff(base, last)] == ["a", "b", "b/c"]


def test_gitmodules_cannot_hide_a_submodule(work: Work) -> None:
    base = work.commit(
        {
            ".gitmodules": '[submodule "s"]\n\tpath = s\n\turl = https://example.com/s\n\tignore = all\n',
            "s": Submodule("1" * 40),
        }
    )
    work.git("update-index", "--cacheinfo", f"160000,{'2' * 40},s")
    work.git("commit", "--quiet", "-m", "move the submodule")
    with opened(work) as repository:
        (change,) = repository.diff(base, work.head())
        assert (change.path, change.new_mode) == ("s", "160000")


def test_the_users_configuration_changes_nothing(work: Work) -> None:
    base = work.commit({"pipelines/a/values.json": "{}", "other.json": "1"})
    head = work.commit({"pipelines/a/values.json": "[]", "other.json": "2"})
    for name, value in (
        ("diff.relative", "true"),
        ("core.quotepath", "false"),
        ("diff.noprefix", "true"),
        ("diff.ignoreSubmodules", "all"),
        ("diff.orderFile", "/nonexistent"),
        ("alias.diff-tree", "!false"),
        ("color.ui", "always"),
        ("core.abbrev", "7"),
    ):
        work.git("config", name, value)
    with Repository.open(work.path / "pipelines") or opened(work) as repository:
        assert [change.path for change in repository.diff(base, head)] == [
            "other.json",
            "pipelines/a/values.json",
        ]


def test_resolve(work: Work) -> None:
    first = work.commit({"a": "1"})
    second = work.commit({"a": "2"})
    work.git("tag", "-a", "-m", "one", "v1", first)
    work.git("branch", "--", "with.dots", first)
    with opened(work) as repository:
        assert repository.head() == second
        assert repository.resolve("v1") == first
        assert repository.resolve("HEAD~1") == first
        assert repository.resolve(first[:12]) == first
        assert repository.resolve("with.dots") == first
        for nothing in (
            "",
            "nowhere",
            "0" * 40,
            "f" * 40,
            "HEAD:a",
            "--all",
            "-v1",
            "HEAD\nmain",
            "main..v1",
        ):
            assert repository.resolve(nothing) is None, nothing
        with pytest.raises(GitError):
            repository.commit_tree("nowhere")
        with pytest.raises(GitError):
            repository.diff("--output=/tmp/x", second)
        with pytest.raises(GitError):
            repository.parents("f" * 40)


def test_commit_ids() -> None:
    assert is_commit_id("a" * 40)
    assert is_commit_id("1" * 64)
    for wrong in ("0" * 40, "a" * 39, "A" * 40, "a" * 41, "g" * 40, "a" * 40 + "\n", ""):
        assert not is_commit_id(wrong)


def test_replace_refs_are_not_followed(work: Work) -> None:
    first = work.commit({"a": "1"})
    second = work.commit({"a": "2"})
    work.git("replace", first, second)
    with opened(work) as repository:
        assert repository.commit_tree(first).read("a") == b"1"


def test_read_from_many_threads_and_again_after_close(work: Work) -> None:
    files = {f"f{number}": f"content {number}" * number for number in range(40)}
    head = work.commit(dict(files))
    wrong: list[str] = []
    with opened(work) as repository:
        tree = repository.commit_tree(head)

        def read() -> None:
            wrong.extend(path for path, content in files.items() if tree.read(path) != content.encode())

        threads = [threading.Thread(target=read) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        repository.close()
        assert tree.read("f3") == files["f3"].encode()
    assert wrong == []


def test_reading_goes_on_after_an_interrupt(work: Work) -> None:
    """A terminal sends Ctrl-C to every process of the group; what was begun must still be finished."""
    work.commit({"a": "1", "b": "2"})
    script = """
import os, signal
from pathlib import Path
from pipelayer.changes.git import Repository
signal.signal(signal.SIGINT, lambda *_: None)
tree = Repository.open(Path.cwd()).commit_tree("HEAD")
tree.read("a")
os.killpg(os.getpgrp(), signal.SIGINT)
print(tree.read("b").decode())
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=work.path,
        capture_output=True,
        start_new_session=True,
        check=False,
    )
    assert done.stdout == b"2\n", done.stderr.decode()


def test_linked_worktree(work: Work, tmp_path: Path) -> None:
    work.commit({"a": "1"})
    work.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    side = Work(tmp_path / "side")
    head = side.commit({"a": "2"})
    with opened(side) as repository:
        assert repository.root == side.path
        assert repository.head() == head
        assert repository.work_tree().read("a") == b"2"


def test_a_checkout_that_belongs_to_another_user(work: Work) -> None:
    base, head = work.commit({"a": "1"}), work.commit({"a": "2"})
    environ = {"PATH": os.environ["PATH"], "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    refused = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=work.path, env=environ, capture_output=True, check=False
    )
    assert b"dubious ownership" in refused.stderr
    with Repository.open(work.path, environ=environ) or opened(work) as repository:
        assert repository.head() == head
        assert [change.path for change in repository.diff(base, head)] == ["a"]
        assert repository.commit_tree(base).read("a") == b"1"
        assert repository.work_tree().read("a") == b"2"


def test_a_work_tree_that_lies_elsewhere_is_refused(work: Work, tmp_path: Path) -> None:
    work.commit({"a": "1"})
    work.git("config", "core.worktree", str(tmp_path))
    with pytest.raises(GitError, match="lies elsewhere"):
        Repository.open(work.path)


def test_a_broken_repository_says_so(work: Work) -> None:
    work.commit({"a": "1"})
    (work.path / ".git" / "config").write_text("[core\n")
    with pytest.raises(GitError, match="bad config"):
        Repository.open(work.path)


def test_without_git(work: Work, tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not installed"):
        Repository.open(work.path, environ={"PATH": f"{tmp_path}:bin:."})


def test_what_the_origin_is_called(work: Work) -> None:
    work.git("remote", "add", "origin", "git@github.com:acme/nightly.git")
    with opened(work) as repository:
        assert repository.slug() == "acme/nightly"
    work.git("remote", "set-url", "origin", str(work.path))
    with opened(work) as repository:
        assert repository.slug() == ""


def test_how_old_a_commit_is_and_how_far_behind(work: Work, tmp_path: Path) -> None:
    first = work.commit({"a": "1"})
    work.commit({"a": "2"})
    work.commit({"a": "3"})
    with opened(work) as repository:
        assert repository.ahead_of(first) == 2
        assert repository.ahead_of("0" * 39 + "1") is None
        assert repository.written(first) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    shallow = tmp_path / "shallow"
    work.git("clone", "--quiet", "--depth=1", work.path.as_uri(), str(shallow))
    with opened(Work(shallow)) as repository:
        assert repository.ahead_of(first) is None
        assert repository.ahead_of(work.head() or "") is None  # history was cut off: nobody counts there
