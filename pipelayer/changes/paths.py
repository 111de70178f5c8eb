"""Paths that differ between two trees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelayer.project.tree import Tree


@dataclass(frozen=True)
class ChangedPath:
    """A path that differs between two trees: mode and blob id on both sides, empty on the side that lacks it.

    A rename is a deletion and an addition: both ends matter.
    """

    path: str
    old_mode: str
    new_mode: str
    old_id: str
    new_id: str


def compare(base: Tree, head: Tree) -> tuple[ChangedPath, ...]:
    """The paths that differ, from both trees' entries;

    For work trees, which git's tree diff can't see whole.
    """
    old, new = base.entries, head.entries
    changed: list[ChangedPath] = []
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before is None or after is None or (before.mode, before.id) != (after.mode, after.id):
            changed.append(
                ChangedPath(
                    path,
                    before.mode if before else "",
                    after.mode if after else "",
                    before.id if before else "",
                    after.id if after else "",
                )
            )
    return tuple(changed)


def parse_diff(raw: bytes) -> Iterator[ChangedPath]:
    """`git diff-tree --raw -z`: `:OLDMODE NEWMODE OLDID NEWID STATUS`, NUL, path, NUL."""
    fields = raw.decode("utf-8", "surrogateescape").split("\0")
    for facts, path in zip(fields[0::2], fields[1::2], strict=False):
        old_mode, new_mode, old_id, new_id, _ = facts.removeprefix(":").split(" ")
        had, has = old_mode != "000000", new_mode != "000000"
        yield ChangedPath(
            path,
            old_mode if had else "",
            new_mode if has else "",
            old_id if had else "",
            new_id if has else "",
        )
