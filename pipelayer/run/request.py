"""What a run is asked to do, whoever asks: the action, the command line or a Python program."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pipelayer.model import Verb

WRITING = frozenset({Verb.UPLOAD, Verb.ACTIVATE, Verb.DEPLOY})


class Choice(StrEnum):
    """How pipelines are chosen."""

    CHANGED = "changed"
    ALL = "all"
    NAMED = "named"


class UnknownBase(StrEnum):
    """What to do when the base commit can't be had. Never "nothing changed"."""

    ALL = "all"
    FAIL = "fail"


class Source(StrEnum):
    """Where files are read from: the commit's blobs, tracked files as they lie on disk, or everything on
    disk.
    """

    COMMIT = "commit"
    TRACKED = "tracked"
    WORKTREE = "worktree"


class FailOn(StrEnum):
    """The least severity that fails the run."""

    ERROR = "error"
    WARNING = "warning"


class ReplaceOrder(StrEnum):
    """What happens first in a replacement. Deleting first leaves a gap, so it is done only where the account
    has no free place.
    """

    CREATE_FIRST = "create-first"
    DELETE_FIRST = "delete-first"


class AskAws(StrEnum):
    """Whether validation may or must ask AWS."""

    AUTO = "auto"
    REQUIRED = "required"
    NEVER = "never"


@dataclass(frozen=True)
class Request:
    """One run's orders. The names are those of the action's inputs.

    `root` is the project's folder relative to the repository. `names` count only where `choice` is `named`.
    `may_create_stub` is false for a pull request, which never creates anything in AWS. `environment_region`
    is used where the configuration names none. `built_files`: files that no commit holds are deployed too;
    `names_untracked`: untracked ones aren't, which somebody on a laptop may not expect.
    `retry_command` begins the command that an outcome offers for trying again, `retry_options` end it.
    """

    verb: Verb
    root: str = ""
    config: str = "pipelayer.yml"
    groups: tuple[str, ...] = ()
    choice: Choice = Choice.ALL
    names: tuple[str, ...] = ()
    on_unknown_base: UnknownBase = UnknownBase.ALL
    run_on_demand: bool = False
    replace_on_demand: bool = False
    respect_paused: bool = True
    cancel_running: bool = False
    replace: ReplaceOrder = ReplaceOrder.CREATE_FIRST
    prune: bool = False
    secret_salt: str = field(default="", repr=False)
    fail_on: FailOn = FailOn.ERROR
    dry_run: bool = False
    aws: AskAws = AskAws.AUTO
    concurrency: int = 8
    may_create_stub: bool = True
    environment_region: str = ""
    built_files: bool = False
    names_untracked: bool = False
    retry_command: str = "pipelayer"
    retry_options: tuple[str, ...] = ()

    def region_of(self, configured: str) -> str:
        """A group's region: the one that is configured, else the environment's."""
        return configured or self.environment_region

    @property
    def writes(self) -> bool:
        """Whether this run may change anything that is live."""
        return self.verb in WRITING and not self.dry_run
