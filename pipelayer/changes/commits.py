"""The tree of a commit, read object by object: looking one path up lists nothing else.

A repository may hold ten thousand pipelines and a change touch one. So folders are read as they are asked
for, through the one git process that reads objects anyway, and `git ls-tree` lists everything only once
somebody wants everything.
"""

from __future__ import annotations

import re
import stat
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Protocol

from pipelayer.changes.blobs import GitObject
from pipelayer.changes.paths import ChangedPath
from pipelayer.errors import GitError
from pipelayer.project.tree import MODE_EXECUTABLE, MODE_FILE, MODE_LINK, MODE_SUBMODULE, TreeEntry, under

_FOLDER = "40000"
_Facts = tuple[str, str]
"""Mode and id."""


class Reading(Protocol):
    """Where objects are read: `blobs.Objects`."""

    def find(self, name: str) -> GitObject | None: ...


class _Paths(Protocol):
    """The paths of one tree with their facts."""

    def find(self, path: str) -> _Facts | None: ...

    def under(self, folder: str) -> Iterable[str]: ...

    def every(self) -> Mapping[str, _Facts]: ...


def parse_tree(listing: bytes) -> dict[str, _Facts]:
    """`git ls-tree -r -z`: records of `MODE KIND ID<tab>PATH`."""
    listed: dict[str, _Facts] = {}
    for record in listing.decode("utf-8", "surrogateescape").split("\0"):
        facts, tab, path = record.partition("\t")
        if tab:
            mode, _, name = facts.split(" ")
            listed[path] = mode, name
    return listed


def parse_folder(data: bytes, id_size: int) -> dict[str, _Facts]:
    """One tree object: `MODE NAME`, NUL and the id's bytes, for each thing in it."""
    record = re.compile(rb"([0-7]+) ([^\0]+)\0(.{%d})" % id_size, re.DOTALL)
    records = record.findall(data)
    found = {
        name.decode("utf-8", "surrogateescape"): (_usual(mode), digest.hex())
        for mode, name, digest in records
    }
    if len(found) < len(records) or any("/" in name for name in found):
        raise GitError("a tree of the repository is malformed", "Look at it with `git fsck`.")
    return found


@cache
def _usual(written: bytes) -> str:
    """A mode as git shows it: old repositories hold 100664, or a folder's with a zero before it."""
    mode = int(written[-6:], 8)
    if stat.S_ISREG(mode):
        return MODE_EXECUTABLE if mode & stat.S_IXUSR else MODE_FILE
    if stat.S_ISDIR(mode):
        return _FOLDER
    return MODE_LINK if stat.S_ISLNK(mode) else MODE_SUBMODULE


class Committed:
    """The paths of a commit whose tree object is `name`; `listing` lists them all.

    Several threads may share one: at worst two of them read the same folder.
    """

    def __init__(self, name: str, objects: Reading, listing: Callable[[], bytes]) -> None:
        self._objects = objects
        self._listing = listing
        self._name = name
        self._listed: Mapping[str, _Facts] | None = None
        self._folders: dict[str, Mapping[str, _Facts]] = {}

    def every(self) -> Mapping[str, _Facts]:
        """All of them."""
        if self._listed is None:
            self._listed = parse_tree(self._listing())
        return self._listed

    def find(self, path: str) -> _Facts | None:
        """A file's facts; None where there is none."""
        if self._listed is not None:
            return self._listed.get(path)
        if path.startswith("/"):
            return None
        folder, _, name = path.rpartition("/")
        found = self._folder(folder).get(name)
        return None if found is None or found[0] == _FOLDER else found

    def under(self, folder: str) -> Iterator[str]:
        """The files below a folder, at any depth, the nearest first."""
        waiting = deque([folder])
        while waiting:
            folder = waiting.popleft()
            for name, (mode, _) in self._folder(folder).items():
                path = f"{folder}/{name}" if folder else name
                if mode == _FOLDER:
                    waiting.append(path)
                else:
                    yield path

    def _folder(self, folder: str) -> Mapping[str, _Facts]:
        """What one folder holds; nothing where there is none."""
        if "" not in self._folders:
            self._folders[""] = self._read(self._name) if self._name else {}
        unread: list[str] = []
        while folder not in self._folders:
            unread.append(folder)
            folder = folder.rpartition("/")[0]
        found = self._folders[folder]
        for path in reversed(unread):
            mode, name = found.get(path.rpartition("/")[2], ("", ""))
            found = self._folders[path] = self._read(name) if mode == _FOLDER else {}
        return found

    def _read(self, name: str) -> Mapping[str, _Facts]:
        found = self._objects.find(name)
        if found is None or found.kind != "tree":
            raise GitError(f"the clone lacks the tree {name}", "Fetch it first.")
        return parse_folder(found.data, len(found.id) // 2)


class _Rewound:
    """The paths before `changes`, which led to `head`."""

    def __init__(self, head: _Paths, changes: Sequence[ChangedPath]) -> None:
        self._head = head
        self._changes = {change.path: change for change in changes}

    @cached_property
    def _gone(self) -> Sequence[str]:
        return sorted(path for path, change in self._changes.items() if not change.new_mode)

    def every(self) -> Mapping[str, _Facts]:
        facts = dict(self._head.every())
        for path, change in self._changes.items():
            if change.old_mode:
                facts[path] = change.old_mode, change.old_id
            else:
                facts.pop(path, None)
        return facts

    def find(self, path: str) -> _Facts | None:
        change = self._changes.get(path)
        if change is None:
            return self._head.find(path)
        return (change.old_mode, change.old_id) if change.old_mode else None

    def under(self, folder: str) -> Iterator[str]:
        for path in self._head.under(folder):
            change = self._changes.get(path)
            if change is None or change.old_mode:
                yield path
        yield from under(self._gone, folder)


class _Entries(Mapping[str, TreeEntry]):
    """Entries that are made as they are asked for."""

    def __init__(self, paths: _Paths) -> None:
        self._paths = paths

    def __getitem__(self, path: str) -> TreeEntry:
        found = self._paths.find(path)
        if found is None:
            raise KeyError(path)
        return TreeEntry(path, *found)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._paths.find(path) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths.every())

    def __len__(self) -> int:
        return len(self._paths.every())


class CommitTree:
    """A commit's files, read by blob id: never from disk. Sizes are not known without reading."""

    def __init__(
        self,
        commit: str,
        objects: Reading,
        paths: _Paths,
        fetch: Callable[[Collection[str]], None] = lambda ids: None,
    ) -> None:
        """`fetch` has the clone hold blobs, by their ids, where it can."""
        self.commit = commit
        self.entries: Mapping[str, TreeEntry] = _Entries(paths)
        self._objects = objects
        self._paths = paths
        self._fetch = fetch

    @classmethod
    def empty(cls, objects: Reading) -> CommitTree:
        """The tree of nothing."""
        return cls("", objects, Committed("", objects, bytes))

    def read(self, path: str) -> bytes:
        """See `Tree.read`."""
        return read_blob(self._objects, self.entries.get(path), path)

    def read_ahead(self, paths: Collection[str]) -> None:
        """See `ReadsAhead.read_ahead`."""
        entries = (self.entries.get(path) for path in paths)
        self._fetch({entry.id for entry in entries if entry is not None and entry.is_file})

    def under(self, folder: str) -> Iterable[str]:
        """See `Tree.under`."""
        return self._paths.under(folder)

    def rewound(self, changes: Sequence[ChangedPath], commit: str) -> CommitTree:
        """The tree of `commit`, when `changes` lead from it to this one: no second tree is read."""
        return CommitTree(commit, self._objects, _Rewound(self._paths, changes))


def read_blob(objects: Reading, entry: TreeEntry | None, path: str) -> bytes:
    """A file's content by its blob id. Raises GitError for what is no file, or not to be had."""
    if entry is None or not entry.is_file:
        raise GitError(f"{path!r} is no file of this tree", path=path)
    found = objects.find(entry.id)
    if found is None or found.kind != "blob":
        raise GitError(f"the clone lacks the content of {path!r}", "Fetch it first.", path=path)
    return found.data
