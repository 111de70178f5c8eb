"""The outside world of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelayer.model.status import LiveCommit
from pipelayer.project.tree import Tree

if TYPE_CHECKING:
    from pipelayer.changes.base import Compared, LostBase, NoBase
    from pipelayer.console.ports import Cloud
    from pipelayer.deploy.hands import Journal
    from pipelayer.deploy.ports import Clock


def _nobody(value: str) -> None:
    """Nobody keeps a log to mask."""


def _no_tree(commit: str) -> Tree | None:
    return None


@dataclass(frozen=True)
class Ports:
    """Everything that acts or asks.

    `compared` is what the files are compared with; it is looked at only where `changed` is asked for.
    `connect` makes the cloud of a region. `newest` gives the tree of the branch's tip, None where that is our
    own commit, and raises where it can't be known; without it (on a laptop) nobody asks. `on_secret` hears
    each secret that is read, so that a log can mask it. `tree_at` gives a commit's tree, None where git no
    longer has it, and `commit_at` what git knows of one.
    """

    tree: Tree
    compared: Compared | NoBase | LostBase
    connect: Callable[[str], Cloud]
    has_credentials: bool
    clock: Clock
    journal: Journal
    interrupted: Callable[[], bool]
    default_project: str = ""
    newest: Callable[[], Tree | None] | None = None
    on_secret: Callable[[str], None] = _nobody
    tree_at: Callable[[str], Tree | None] = _no_tree
    commit_at: Callable[[str], LiveCommit] = LiveCommit
