"""Paths that differ between two trees."""

from __future__ import annotations

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
