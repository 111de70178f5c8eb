"""A commit's tree, read folder by folder or all at once: the same files either way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.changes.blobs import GitObject
from pipelayer.changes.commits import Committed, CommitTree, parse_folder, parse_tree
from pipelayer.changes.git import Repository
from pipelayer.changes.paths import ChangedPath, compare
from pipelayer.errors import GitError
from support.gitrepo import Executable, Link, Submodule, Work, make_repo

FILES = {
    "README": "top\n",
    "a/run": Executable("#!/bin/sh\n"),
    "a/tasks/deep/er/x": "x\n",
    "a.b/y": "y\n",
    "a/link": Link("run"),
    "a/lib": Submodule("1" * 40),
    "n\nl/::error::/z": "z\n",
}


@dataclass
class Store:
    """Objects in memory, by id, that remember what was read."""

    objects: dict[str, GitObject] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    def find(self, name: str) -> GitObject | None:
        self.read.append(name)
        return self.objects.get(name)

    def tree(self, entries: Mapping[str, str]) -> str:
        """Keeps a tree object; a value is the id of another, or a blob's."""
        data = b"".join(
            (b"40000 " if name in self.objects else b"100644 ") + path.encode() + b"\0" + bytes.fromhex(name)
            for path, name in entries.items()
        )
        found = hashlib.sha1(b"tree %d\0" % len(data) + data).hexdigest()
        self.objects[found] = GitObject(found, "tree", data)
        return found


BLOB = "1" * 40


def never() -> bytes:
    raise AssertionError("everything was listed")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    work = make_repo(tmp_path / "work")
    work.commit(FILES)
    return work


def opened(work: Work) -> Repository:
    repository = Repository.open(work.path)
    assert repository is not None
    return repository


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_looking_up_and_listing_agree(tmp_path: Path, object_format: str) -> None:
    work = make_repo(tmp_path / "w", object_format=object_format)
    own = dict(FILES) if object_format == "sha1" else {**FILES, "a/lib": Submodule("1" * 64)}
    head = work.commit(own)
    with opened(work) as repository:
        walked, listed = repository.commit_tree(head), repository.commit_tree(head)
        everything = dict(listed.entries)
        assert set(everything) == set(own)
        assert {path: walked.entries.get(path) for path in everything} == everything
        for nothing in (
            "a",
            "a/tasks",
            "a/run/x",
            "nowhere",
            "a/",
            "/a",
            "/README",
            "/a/run",
            "a//run",
            "",
            "A/run",
        ):
            assert nothing not in walked.entries, nothing
            assert nothing not in listed.entries, nothing
        for folder in ("", "a", "a/tasks", "a.b", "n\nl", "nowhere", "README", "a/lib"):
            start = f"{folder}/" if folder else ""
            expected = sorted(path for path in everything if path.startswith(start))
            assert sorted(walked.under(folder)) == expected, folder


def test_one_lookup_reads_the_folders_above_it_and_no_others() -> None:
    store = Store()
    er = store.tree({"x": BLOB})
    tasks = store.tree({"deep": store.tree({"er": er}), "one": BLOB})
    other = store.tree({"y": BLOB})
    top = store.tree({"a": store.tree({"tasks": tasks, "run": BLOB}), "a.b": other, "README": BLOB})
    tree = CommitTree("", store, Committed(top, store, never))
    assert store.read == []
    assert tree.entries["a/tasks/deep/er/x"].id == BLOB
    assert len(store.read) == 5
    assert "a/tasks/deep/er/y" not in tree.entries
    assert "a/run" in tree.entries
    assert len(store.read) == 5
    assert list(tree.under("a.b")) == ["a.b/y"]
    assert len(store.read) == 6


def test_a_tree_as_deep_as_a_path_can_be() -> None:
    """Each of its folders is read once, whichever path is asked for."""
    store = Store()
    name = store.tree({"README": BLOB})
    for _ in range(2000):
        name = store.tree({"a": name, "b": BLOB})
    tree = CommitTree("", store, Committed(name, store, never))
    deepest = "a/" * 2000 + "README"
    assert deepest in tree.entries
    assert all("a/" * depth + "b" in tree.entries for depth in range(2000))
    assert len(store.read) == 2001
    assert deepest in set(tree.under(""))


def test_the_nearest_files_come_first() -> None:
    store = Store()
    deep = store.tree({"x": store.tree({"y": store.tree({"z": BLOB})})})
    tree = CommitTree(
        "", store, Committed(store.tree({"a": deep, "b": store.tree({"v": BLOB})}), store, never)
    )
    assert list(tree.under("")) == ["b/v", "a/x/y/z"]


@pytest.mark.parametrize(
    "data",
    [
        b"100644 a\0" + b"1" * 20 + b"40000 a\0" + b"2" * 20,
        b"100644 a/b\0" + b"1" * 20,
    ],
    ids=["one name twice", "a path for a name"],
)
def test_a_malformed_tree_is_an_error(data: bytes) -> None:
    with pytest.raises(GitError, match="malformed"):
        parse_folder(data, 20)


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        (b"100644", "100644"),
        (b"100664", "100644"),
        (b"100775", "100755"),
        (b"40000", "40000"),
        (b"040000", "40000"),
        (b"120000", "120000"),
        (b"160000", "160000"),
        (b"7777777777777777", "160000"),
    ],
)
def test_modes_as_old_gits_wrote_them(written: bytes, mode: str) -> None:
    assert parse_folder(written + b" x\n y\0" + bytes(range(20)), 20) == {
        "x\n y": (mode, bytes(range(20)).hex())
    }


def test_ids_that_hold_every_byte() -> None:
    ids = [bytes([number] * 20) for number in range(256)]
    data = b"".join(b"100644 f%d\0" % number + name for number, name in enumerate(ids))
    assert list(parse_folder(data, 20).values()) == [("100644", name.hex()) for name in ids]


def test_what_the_clone_lacks_is_an_error_and_no_empty_folder() -> None:
    broken = CommitTree("", Store(), Committed("f" * 40, Store(), never))
    for look in (lambda tree: "a" in tree.entries, lambda tree: list(tree.under(""))):
        with pytest.raises(GitError, match="lacks the tree"):
            look(broken)


PATHS = st.lists(st.sampled_from(["a", "b", "a.b", "a-b"]), min_size=1, max_size=3).map("/".join)
TREES = st.dictionaries(PATHS, st.sampled_from(["1" * 40, "2" * 40]), max_size=8).map(
    lambda files: {
        path: name for path, name in files.items() if not any(other.startswith(f"{path}/") for other in files)
    }
)


class Listed:
    """The paths of a tree, all known."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def find(self, path: str) -> tuple[str, str] | None:
        return ("100644", self.files[path]) if path in self.files else None

    def under(self, folder: str) -> list[str]:
        return [path for path in self.files if not folder or path.startswith(f"{folder}/")]

    def every(self) -> dict[str, tuple[str, str]]:
        return {path: ("100644", name) for path, name in self.files.items()}


@given(TREES, TREES)
def test_a_tree_that_is_rewound_is_the_one_before(base: dict[str, str], head: dict[str, str]) -> None:
    before, after = (CommitTree("", Store(), Listed(files)) for files in (base, head))
    changes: tuple[ChangedPath, ...] = compare(before, after)
    rewound = after.rewound(changes, "")
    assert dict(rewound.entries) == dict(before.entries)
    for path in base.keys() | head.keys() | {"a", "nowhere"}:
        assert rewound.entries.get(path) == before.entries.get(path)
        assert (path in rewound.entries) == (path in before.entries)
        assert sorted(rewound.under(path)) == sorted(before.under(path))
    assert sorted(rewound.under("")) == sorted(base)


def test_a_listing_of_git() -> None:
    listing = b"100644 blob " + b"1" * 40 + b"\ta\tb\n\0" + b"160000 commit " + b"2" * 40 + b"\tc\xff\0"
    assert parse_tree(listing) == {"a\tb\n": ("100644", "1" * 40), "c\udcff": ("160000", "2" * 40)}
    assert parse_tree(b"") == {}
