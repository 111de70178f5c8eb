"""The work tree as it lies on disk, which may be no commit's."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from pipelayer.changes.blobs import Objects
from pipelayer.changes.commits import read_blob
from pipelayer.errors import PipelayerError
from pipelayer.project.tree import (
    MODE_EXECUTABLE,
    MODE_FILE,
    MODE_LINK,
    MODE_SUBMODULE,
    DiskTree,
    ListedTree,
    Tree,
    TreeEntry,
    blob_id,
)

_MOST_HASHED = 64 * 1024 * 1024
"""Bytes that are read only to tell which commit lies on disk: a fraction of a second."""


def is_same(committed: Tree, disk: Tree, prefix: str) -> bool:
    """Whether both hold the same files below `prefix`. What takes long to tell counts as different."""
    paths = {path for path in disk.entries if path.startswith(prefix)}
    if paths != {path for path in committed.entries if path.startswith(prefix)}:
        return False
    hashed = 0
    for path in sorted(paths):
        before = committed.entries[path]
        try:
            after = disk.entries[path]
        except PipelayerError:
            return False
        hashed += after.size or 0
        if (before.mode, before.id) != (after.mode, after.id) or hashed > _MOST_HASHED:
            return False
    return True


class Entries(Mapping[str, TreeEntry]):
    """Entries that are made when they are first asked for:

    Listing tens of thousands of names then costs little.
    """

    def __init__(self, paths: Mapping[str, str], make: Callable[[str, str], TreeEntry]) -> None:
        self._paths = paths
        self._make = make
        self._made: dict[str, TreeEntry] = {}

    def __getitem__(self, path: str) -> TreeEntry:
        found = self._made.get(path)
        if found is None:
            found = self._made[path] = self._make(path, self._paths[path])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, path: object) -> bool:
        return path in self._paths


class WorkTree(ListedTree):
    """A repository's files on disk. Links are named and never followed; ids are of the bytes on disk.

    Of a sparse checkout, what was left out is read from the index: it is not deleted, only not here. A file
    is hashed when its entry is first asked for, so listing reads no content.
    """

    def __init__(
        self,
        root: Path,
        index: Sequence[str],
        objects: Objects,
        algorithm: str,
        commit: Callable[[WorkTree], str],
        *,
        untracked: bool,
    ) -> None:
        """`index` holds the records of `git ls-files -s -t -z`: `TAG MODE ID STAGE<tab>PATH`. `commit` tells
        which one's files these are.
        """
        self._root = root
        self._objects = objects
        self._algorithm = algorithm
        self._commit = commit
        self._sound: dict[str, bool] = {"": True}
        self.entries = Entries(self._list(index, untracked), self._entry)

    @cached_property
    def commit(self) -> str:
        """See `Tree.commit`; empty where the files on disk are no commit's. Found when first asked for."""
        return self._commit(self)

    def read(self, path: str) -> bytes:
        """See `Tree.read`."""
        entry = self.entries.get(path)
        if entry is not None and entry.is_file and entry.size is not None:
            return self._bytes(path)
        return read_blob(self._objects, entry, path)

    def _list(self, index: Sequence[str], untracked: bool) -> dict[str, str]:
        """Path → `MODE - ID` where the index knows better than the disk, else empty."""
        listed = dict.fromkeys(DiskTree(self._root).entries, "") if untracked else {}
        for record in index:
            facts, tab, path = record.partition("\t")
            if not tab or path in listed:
                continue
            tag, mode, name, _ = facts.split(" ")
            if mode == MODE_SUBMODULE:
                if not untracked or not any(other.startswith(f"{path}/") for other in listed):
                    listed[path] = f"{mode} - {name}"
            elif self._on_disk(path):
                listed[path] = ""
            elif tag == "S":
                listed[path] = f"{mode} - {name}"
        return listed

    def _on_disk(self, path: str) -> bool:
        if not self._real_folder(path.rpartition("/")[0]):
            return False
        try:
            kind = os.lstat(self._root / path).st_mode
        except (OSError, ValueError):
            return False
        return stat.S_ISREG(kind) or stat.S_ISLNK(kind)

    def _real_folder(self, folder: str) -> bool:
        """Whether each part of it is a folder and no link: a link could lead anywhere."""
        known = self._sound.get(folder)
        if known is None:
            try:
                known = self._real_folder(folder.rpartition("/")[0]) and stat.S_ISDIR(
                    os.lstat(self._root / folder).st_mode
                )
            except (OSError, ValueError):
                known = False
            self._sound[folder] = known
        return known

    def _entry(self, path: str, facts: str) -> TreeEntry:
        if facts:
            mode, _, name = facts.split(" ")
            return TreeEntry(path, mode, name)
        try:
            kind = os.lstat(self._root / path).st_mode
            data = os.fsencode(os.readlink(self._root / path)) if stat.S_ISLNK(kind) else None
        except OSError as problem:
            raise _unreadable(path, problem) from None
        if data is not None:
            return TreeEntry(path, MODE_LINK, blob_id(data, self._algorithm), len(data))
        data = self._bytes(path)
        mode = MODE_EXECUTABLE if kind & stat.S_IXUSR else MODE_FILE
        return TreeEntry(path, mode, blob_id(data, self._algorithm), len(data))

    def _bytes(self, path: str) -> bytes:
        try:
            descriptor = os.open(self._root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                return file.read()
        except OSError as problem:
            raise _unreadable(path, problem) from None


def _unreadable(path: str, problem: OSError) -> PipelayerError:
    return PipelayerError(
        f"{path!r} can't be read: {(problem.strerror or 'it is gone').lower()}",
        "Check that it is a file that you may read, and no link.",
        path=path,
    )
