"""Paths that differ between two trees."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipelayer.project.tree import Tree


class Status(StrEnum):
    """What happened to a path. A rename is a deletion and an addition: both ends matter."""

    ADDED = "added"
    DELETED = "deleted"
    MODIFIED = "modified"
    TYPE_CHANGED = "type changed"


@dataclass(frozen=True)
class ChangedPath:
    """A path that differs between two trees:

    Mode and blob id on both sides, empty on the side that lacks it.
    """

    path: str
    old_mode: str
    new_mode: str
    old_id: str
    new_id: str

    @property
    def status(self) -> Status:
        """What happened to it; between an executable and a plain file the type is the same."""
        if not self.old_mode:
            return Status.ADDED
        if not self.new_mode:
            return Status.DELETED
        return Status.MODIFIED if self.old_mode[:3] == self.new_mode[:3] else Status.TYPE_CHANGED


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
