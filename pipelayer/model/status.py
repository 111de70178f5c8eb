"""The daily look as data: how every pipeline of a project is, and what of it needs a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pipelayer.model.history import FAILED, ObjectStatus, decided
from pipelayer.model.live import Health, PipelineState
from pipelayer.model.report import GroupInfo
from pipelayer.model.selection import Key


class Drift(StrEnum):
    """How the files and AWS stand to each other, what weighs most first."""

    DOUBLED = "doubled"
    LEAVING = "being deleted"
    MISSING = "missing"
    NEVER_ACTIVATED = "never activated"
    CHANGED_BY_HAND = "changed by hand"
    SAVED_ASIDE = "saved aside"
    EXTRA = "extra"
    BROKEN = "broken files"
    UNKNOWN = "unknown"
    NOT_DEPLOYED = "not deployed yet"
    NOT_UPLOADED = "files not uploaded yet"
    PAUSED = "paused"
    FINISHED = "finished"
    IN_STEP = "in step"


class Trouble(StrEnum):
    """What needs a person, what weighs most first."""

    FAILED = "last run failed"
    DOUBLED = "doubled"
    LEAVING = "being deleted"
    MISSING = "missing"
    NEVER_ACTIVATED = "never activated"
    NO_NEXT_RUN = "no next run"
    UNHEALTHY = "unhealthy"
    CHANGED_BY_HAND = "changed by hand"
    SAVED_ASIDE = "saved aside"
    EXTRA = "extra"
    BROKEN = "broken files"
    UNKNOWN = "unknown"
    NOT_ASKED = "could not be asked"


@dataclass(frozen=True)
class Difference:
    """One field that differs, with its parameters in place: `files` is what the files have, `live` what AWS
    has; empty where that side has none. Secrets are never among them.
    """

    place: str
    files: str
    live: str


@dataclass(frozen=True)
class Drifted:
    """One way in which a pipeline is not in step: in a sentence, and with the `command` that mends it, empty
    where there is none.
    """

    kind: Drift
    sentence: str
    command: str = ""
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class ObjectAtWork:
    """One object's part in a run. `name` is its id in the definition. `attempts` is 0 where AWS doesn't tell,
    or none was made.
    """

    name: str
    type: str
    status: ObjectStatus
    started: datetime | None = None
    ended: datetime | None = None
    attempts: int = 0


@dataclass(frozen=True)
class Failure:
    """Why one object failed: what AWS says of its last attempt, and where that wrote its logs in S3."""

    object: str
    status: ObjectStatus
    attempt: int = 0
    error: str = ""
    error_id: str = ""
    logs: tuple[str, ...] = ()


@dataclass(frozen=True)
class PipelineRun:
    """What belongs to one scheduled instant. `status` is the worst of its objects'; `attempts` as theirs."""

    scheduled: datetime | None
    status: ObjectStatus
    started: datetime | None = None
    ended: datetime | None = None
    attempts: int = 0
    objects: tuple[ObjectAtWork, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def duration(self) -> timedelta | None:
        """From its first start to its last end, None while there isn't both."""
        if self.started is None or self.ended is None or self.ended < self.started:
            return None
        return self.ended - self.started

    @property
    def failed(self) -> bool:
        """Whether it didn't do its work. What a person canceled did not fail."""
        return self.status in FAILED

    @property
    def decided(self) -> bool:
        """Whether it is known how it went."""
        return decided(one.status for one in self.objects)


@dataclass(frozen=True)
class LiveCommit:
    """The commit that was deployed. `made` and `behind` (how many commits the files are ahead of it) are
    None where git doesn't know.
    """

    id: str
    made: datetime | None = None
    behind: int | None = None


@dataclass(frozen=True)
class Reason:
    """One reason why not all is well."""

    trouble: Trouble
    key: Key
    name: str
    sentence: str
    command: str = ""


@dataclass(frozen=True)
class PipelineStatus:
    """One pipeline. `id` is empty and `state` None where nothing is live; `directory` is relative to the
    repository, empty where the files no longer have it.

    `next_run` is None where AWS tells none; `runs` are the latest first. `drifts` are empty where files and
    AWS agree, what weighs most first. `unasked` says what AWS wouldn't tell, and why.
    """

    key: Key
    name: str
    region: str
    directory: str = ""
    id: str = ""
    state: PipelineState | None = None
    health: Health = Health.UNKNOWN
    on_demand: bool = False
    last_activation: datetime | None = None
    latest_run: datetime | None = None
    next_run: datetime | None = None
    runs: tuple[PipelineRun, ...] = ()
    drifts: tuple[Drifted, ...] = ()
    commit: LiveCommit | None = None
    reasons: tuple[Reason, ...] = ()
    unasked: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether it needs nobody."""
        return not self.reasons

    @property
    def last_decided(self) -> PipelineRun | None:
        """The latest run of which it is known how it ended: one that is under way proves nothing yet."""
        return next((run for run in self.runs if run.decided), None)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Why the latest run failed; none where it didn't."""
        last = self.last_decided
        return last.failures if last and last.failed else ()

    @property
    def drift(self) -> Drift:
        """How it is in one word: what weighs most."""
        return self.drifts[0].kind if self.drifts else Drift.IN_STEP


@dataclass(frozen=True)
class Strangers:
    """How many pipelines of these regions no project has, and a few of their names."""

    count: int = 0
    names: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Status:
    """The whole look. `at` is the moment of it, `commit` that of the files, empty outside a repository.

    `notes` say what was not looked at. `named`: only pipelines that somebody named were looked at.
    """

    project: str
    at: datetime
    groups: tuple[GroupInfo, ...] = ()
    pipelines: tuple[PipelineStatus, ...] = ()
    strangers: Strangers = field(default_factory=Strangers)
    notes: tuple[str, ...] = ()
    commit: str = ""
    named: bool = False

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why not all is well, what weighs most first."""
        order = list(Trouble)
        found = [reason for one in self.pipelines for reason in one.reasons]
        return tuple(sorted(found, key=lambda reason: (order.index(reason.trouble), reason.key)))

    @property
    def well(self) -> bool:
        """Whether nothing needs a person. What somebody paused on purpose, what has finished and what waits
        for a deploy is told, and is well.
        """
        return not self.reasons

    @property
    def exit_code(self) -> int:
        """0 where all is well, else 1."""
        return 0 if self.well else 1
