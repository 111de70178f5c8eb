"""The files of a project while a made-up history changes them.

Paths are relative to the project's folder; those that begin with `../` lie outside it. As in any tree of git,
no path is at once a file and a folder.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

FILE, PROGRAM, LINK, MODULE = "100644", "100755", "120000", "160000"

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """What git has under a path: a file's bytes, a link's target, or a submodule's commit."""

    mode: str
    data: bytes


def choose(things: Sequence[T], number: int) -> T:
    """One of them, counted round."""
    return things[number % len(things)]


class Files:
    """A tree that can be changed. `in_folder`: the project is a folder, so something may lie outside."""

    def __init__(self, entries: Mapping[str, Entry], *, in_folder: bool) -> None:
        self.entries = dict(entries)
        self.in_folder = in_folder

    def put(self, path: str, entry: Entry) -> None:
        """Sets a path; whatever is in its way goes."""
        if path.startswith("../") and not self.in_folder:
            return
        parent = posixpath.dirname(path)
        while parent:
            self.entries.pop(parent, None)
            parent = posixpath.dirname(parent)
        self.take(path)
        self.entries[path] = entry

    def take(self, folder: str) -> dict[str, Entry]:
        """Takes a path and all below it away, and gives that by what follows `folder` in its path."""
        found = self.below(folder)
        for rest in found:
            del self.entries[folder + rest]
        return found

    def below(self, folder: str) -> dict[str, Entry]:
        """A path and all below it, by what follows `folder` in its path."""
        return {
            path[len(folder) :]: entry
            for path, entry in self.entries.items()
            if f"{path}/".startswith(f"{folder}/")
        }

    def graft(self, folder: str, found: Mapping[str, Entry]) -> None:
        """Puts what was taken somewhere else."""
        for rest, entry in found.items():
            self.put(folder + rest, entry)

    def path(self, number: int) -> str | None:
        """A path of the project."""
        return _one_of(self._inside(), number)

    def folder(self, number: int) -> str | None:
        """A directory of the project: a pipeline's, or one in it or around it."""
        found = {posixpath.dirname(path) for path in self._inside()}
        return _one_of(found | {posixpath.dirname(folder) for folder in found}, number)

    def pipeline(self, number: int) -> str | None:
        """A directory with values."""
        return _one_of(self._pipelines(), number)

    def between(self, number: int) -> str | None:
        """A directory around one with values."""
        return _one_of((posixpath.dirname(folder) for folder in self._pipelines()), number)

    def _pipelines(self) -> set[str]:
        named = (path for path in self._inside() if posixpath.basename(path).startswith("values."))
        return {posixpath.dirname(path) for path in named}

    def _inside(self) -> list[str]:
        # Git checks nothing out that has a link for its .gitmodules.
        return [path for path in self.entries if not path.startswith(("../", ".gitmodules"))]


def _one_of(paths: Iterable[str], number: int) -> str | None:
    known = sorted(set(paths) - {""})
    return choose(known, number) if known else None


def merged(base: Files, ours: Files, theirs: Files, *, prefer_theirs: bool) -> Files:
    """Path by path what either side changed; where both did, one side has its way."""
    first, second = (theirs, ours) if prefer_theirs else (ours, theirs)
    result = Files({}, in_folder=base.in_folder)
    # The preferred side's paths come last, so that they win where a file meets a folder.
    for path in sorted(base.entries.keys() | ours.entries.keys() | theirs.entries.keys()):
        before, one, other = (tree.entries.get(path) for tree in (base, first, second))
        if one == before and other is not None:
            result.put(path, other)
    for path, entry in first.entries.items():
        if entry != base.entries.get(path):
            result.put(path, entry)
    return result
