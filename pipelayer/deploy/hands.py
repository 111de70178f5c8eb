"""What carrying out a plan has at hand: everything that acts or asks, passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pipelayer.deploy.known import KnownSecrets
from pipelayer.deploy.ledger import STOPPED, Ledger
from pipelayer.deploy.ports import Clock, Cloud
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.errors import Interrupted
from pipelayer.model import Key, PipelinePlan, Step


class Journal(Protocol):
    """Hears of each step while a run is under way. Called by several threads."""

    def begins(self, plan: PipelinePlan, step: Step) -> None:
        """The step is about to be taken."""
        ...

    def done(self, plan: PipelinePlan, step: Step) -> None:
        """The step was taken."""
        ...

    def progress(self, key: Key | None, doing: str, done: int, total: int) -> None:
        """Of something long, `done` parts of `total` are behind: a pipeline's files, or, without a key, the
        pipelines of a group.
        """
        ...

    def says(self, key: Key | None, text: str) -> None:
        """Something worth knowing that is no step."""
        ...


@dataclass(frozen=True)
class Hands:
    """The effects of an execution.

    `journal` hears of each step and keeps it. `read` gives a file's bytes by its path in the repository.
    `superseded` says whether a newer commit now decides over this pipeline. `interrupted` says whether the
    run was told to stop, `retry` which command does a pipeline again.
    """

    cloud: Cloud
    secrets: KnownSecrets
    clock: Clock
    journal: Ledger
    read: Callable[[str], bytes]
    snapshot: Snapshot
    superseded: Callable[[Key], bool]
    interrupted: Callable[[], bool]
    retry: Callable[[Key], str]
    upload_threads: int = 8

    def go_on(self) -> None:
        """Does nothing, but raises Interrupted where the run was told to stop."""
        if self.interrupted():
            raise Interrupted(STOPPED)
