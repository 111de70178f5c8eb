"""A tree of files, wherever it lies: a commit or a work tree (both in `changes/`), or a folder."""

from __future__ import annotations

import hashlib
import os
import stat
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Protocol, runtime_checkable

from pipelayer.errors import PipelayerError

MODE_FILE = "100644"
MODE_EXECUTABLE = "100755"
MODE_LINK = "120000"
MODE_SUBMODULE = "160000"

UNFINISHED = ".pipelayer."
"""How a file of ours begins to be called until it is whole: for everybody else it isn't there yet."""

_READ_ONLY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True)
class TreeEntry:
    """One file. `id` is its git blob id in hex, `size` its bytes, None where only reading tells."""

    path: str
    mode: str
    id: str
    size: int | None = None

    @property
    def is_file(self) -> bool:
        """Whether it has content: no link and no submodule."""
        return self.mode in {MODE_FILE, MODE_EXECUTABLE}


class Tree(Protocol):
    """Files by their path relative to the repository. What is no UTF-8 in a path is surrogate-escaped."""

    @property
    def entries(self) -> Mapping[str, TreeEntry]:
        """Every file. Iterating reads no content; asking for one entry may hash that file."""
        ...

    @property
    def commit(self) -> str:
        """The full id of the commit that this is, empty for files on disk."""
        ...

    def read(self, path: str) -> bytes:
        """The content of the file `path`, which is one of `entries` and no link.

        Raises `PipelayerError` where it can't be had.
        """
        ...

    def under(self, folder: str) -> Iterable[str]:
        """The paths below a folder, at any depth; a commit's tree reads no other folder for it."""
        ...


@runtime_checkable
class ReadsAhead(Protocol):
    """A tree whose files may lie on a server, from which each would else be fetched by itself."""

    def read_ahead(self, paths: Collection[str]) -> None:
        """Has these files at hand, as far as they can be had. One that can't be is told by `Tree.read`."""
        ...


def under(paths: Sequence[str], folder: str) -> Iterator[str]:
    """Those of the sorted `paths` that lie below a folder: they stand together."""
    start = f"{folder}/" if folder else ""
    for path in islice(paths, bisect_left(paths, start), None):
        if not path.startswith(start):
            return
        yield path


def blob_id(data: bytes, algorithm: str = "sha1") -> str:
    """The id that git gives a blob of these bytes: the hash of "blob SIZE\\0" and the content."""
    return hashlib.new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class ListedTree:
    """What trees share that know all of their paths from the start."""

    entries: Mapping[str, TreeEntry]

    def under(self, folder: str) -> Iterable[str]:
        """See `Tree.under`."""
        return under(self._sorted, folder)

    @cached_property
    def _sorted(self) -> Sequence[str]:
        return sorted(self.entries)


class DiskTree(ListedTree):
    """A plain folder outside any repository: everything in it counts, links are named but never followed."""

    commit = ""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.entries = _DiskEntries(root)

    def read(self, path: str) -> bytes:
        """See `Tree.read`."""
        return _read(self._root, path)


class _DiskEntries(Mapping[str, TreeEntry]):
    """Lists the folder once, hashes a file only when its entry is asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._paths = dict.fromkeys(sorted(_walk(root)))
        self._entries: dict[str, TreeEntry] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def __getitem__(self, path: str) -> TreeEntry:
        if path not in self._paths:
            raise KeyError(path)
        if (entry := self._entries.get(path)) is None:
            entry = self._entries[path] = self._entry(path)
        return entry

    def _entry(self, path: str) -> TreeEntry:
        full = self._root / path
        try:
            mode = full.lstat().st_mode
            target = os.fsencode(full.readlink()) if stat.S_ISLNK(mode) else None
        except OSError as error:
            raise _gone(path, error) from error
        if target is not None:
            return TreeEntry(path, MODE_LINK, blob_id(target), len(target))
        data = _read(self._root, path)
        return TreeEntry(
            path, MODE_EXECUTABLE if mode & stat.S_IXUSR else MODE_FILE, blob_id(data), len(data)
        )


def _walk(root: Path) -> Iterator[str]:
    """Files and links below `root`. Sockets, pipes and devices are no files, `.git` is not the user's.

    What somebody is just writing is not there yet.
    """
    for folder, names, files in os.walk(root):
        relative = Path(folder).relative_to(root).as_posix()
        prefix = "" if relative == "." else f"{relative}/"
        links = [name for name in names if os.path.islink(os.path.join(folder, name))]
        names[:] = [name for name in names if name != ".git"]
        for name in (*links, *(file for file in files if file != ".git" and not file.startswith(UNFINISHED))):
            full = os.path.join(folder, name)
            if name in links or os.path.islink(full) or os.path.isfile(full):
                yield prefix + name


def _read(root: Path, path: str) -> bytes:
    """Open without following a link as the last part; the folders above it were walked, not followed."""
    try:
        descriptor = os.open(root / path, _READ_ONLY)
        with os.fdopen(descriptor, "rb") as file:
            return file.read()
    except OSError as error:
        raise _gone(path, error) from error


def _gone(path: str, error: OSError) -> PipelayerError:
    reason = (error.strerror or "it can't be opened").lower()
    hint = "Check that it is a file that you may read, and no link."
    return PipelayerError(f"{path!r} can't be read: {reason}.", hint, path=path)
