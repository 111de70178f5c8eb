"""What the simulated AWS remembers: pipelines, their versions and runs, and everything that ever happened."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .clock import Clock
from .definition import Definition
from .work import Fate, Instance


@dataclass(frozen=True)
class Caller:
    """Who asks, and where: from the request's signature."""

    region: str
    access_key: str


class State(StrEnum):
    """`@pipelineState`; DELETED is ours, for a pipeline that can't be described any more."""

    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    DEACTIVATING = "DEACTIVATING"
    INACTIVE = "INACTIVE"
    FINISHED = "FINISHED"
    DELETING = "DELETING"
    DELETED = "DELETED"


class RunKind(StrEnum):
    SCHEDULED = "scheduled"
    BACKFILL = "backfill"
    """An interval that was over before the pipeline was activated."""
    ON_DEMAND = "on-demand"
    SKIPPED = "skipped"
    """An interval before the startTimestamp of an activation: it is never run."""


class RunStatus(StrEnum):
    """Of a run as a whole: FAILED if an object of it failed and nothing of it goes on."""

    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    SKIPPED = "SKIPPED"


class EventKind(StrEnum):
    CREATED = "created"
    STATE = "state"
    SAVED = "saved"
    """A definition was put."""
    ACTIVATED = "activated"
    TAGS = "tags"


@dataclass
class Run:
    """One run of a pipeline for one interval of one schedule."""

    number: int
    kind: RunKind
    status: RunStatus
    schedule_id: str
    """`""` for a run on demand."""
    scheduled_start: datetime
    scheduled_end: datetime
    started: datetime
    version: int = 0
    """Of the definition that it runs: a key of the pipeline's `versions`."""
    ended: datetime | None = None
    fates: dict[str, list[Fate]] = field(default_factory=dict)
    """What awaits its objects."""
    work: dict[str, Instance] | None = None
    """Its instances by the id of the object; None as long as nothing about them is out of the ordinary."""


@dataclass(frozen=True)
class Order:
    """A SetStatus that takes effect at a later moment."""

    due: datetime
    status: str
    object_ids: tuple[str, ...]


@dataclass
class Pipeline:
    """One pipeline of one account and region."""

    id: str
    region: str
    name: str
    unique_id: str
    description: str
    tags: dict[str, str]
    creator: str
    created: datetime
    number: int
    """It was the account's n-th."""
    state: State = State.PENDING
    latest: Definition | None = None
    active: Definition | None = None
    errored: bool = False
    version: int = 0
    versions: dict[int, Definition] = field(default_factory=dict)
    """Those that were activated."""
    first_activation: datetime | None = None
    last_activation: datetime | None = None
    deactivated: datetime | None = None
    cursors: dict[str, int] = field(default_factory=dict)
    """For each schedule the next interval to be run."""
    next_runs: dict[str, datetime] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    backfilled: int = 0
    paused: set[str] = field(default_factory=set)
    fates: list[Fate] = field(default_factory=list)
    """What awaits the objects of runs to come."""
    orders: list[Order] = field(default_factory=list)
    polls_left: int = 0
    settles_at: datetime | None = None
    lists_until_shown: int = 0

    @property
    def running(self) -> list[Run]:
        return [run for run in self.runs if run.status is RunStatus.RUNNING]


@dataclass(frozen=True)
class Event:
    """Something that changed, and how the pipeline stood after it. `sequence` counts calls and events
    together.
    """

    sequence: int
    at: datetime
    kind: EventKind
    region: str
    pipeline_id: str
    name: str
    before: State | None
    state: State
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Call:
    """One request that arrived, whatever became of it.

    `resource` is a pipeline's id (a name for CreatePipeline), or `bucket/key`; `code` the error that was
    answered, or `""`; `fault` tells that it was an injected one. `status` 0: the connection was dropped.
    `actions` are those that IAM demands for it, for each pipeline, object and role.
    """

    sequence: int
    at: datetime
    service: str
    operation: str
    region: str
    resource: str
    name: str
    status: int
    code: str
    access_key: str
    request: Mapping[str, object]
    actions: Sequence[str] = ()
    fault: bool = False


class Journal:
    """Calls and events in the order in which they happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequence = 0
        self.events: list[Event] = []
        self.calls: list[Call] = []

    def number(self) -> int:
        with self._lock:
            self._sequence += 1
            return self._sequence

    def clear(self) -> None:
        with self._lock:
            self.events, self.calls = [], []


@dataclass
class World:
    """All simulated accounts: one per region, since a region's pipelines are its own."""

    clock: Clock
    seed: int = 0
    journal: Journal = field(default_factory=Journal)
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    """By id, deleted ones included."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    put_log: Callable[[str, str, bytes], None] = lambda bucket, key, body: None
    """Writes an object of S3. Raises LookupError where there is no such bucket."""

    def in_region(self, region: str) -> list[Pipeline]:
        return [p for p in self.pipelines.values() if p.region == region and p.state is not State.DELETED]

    def new_id(self) -> str:
        """`df-` and twenty characters, following from the seed and the number of pipelines made before."""
        number = int.from_bytes(hashlib.sha256(f"{self.seed} {len(self.pipelines)}".encode()).digest())
        alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        text = ""
        for _ in range(20):
            number, place = divmod(number, len(alphabet))
            text += alphabet[place]
        return f"df-{text}"

    def record(self, kind: EventKind, pipeline: Pipeline, before: State | None = None) -> None:
        self.journal.events.append(
            Event(
                sequence=self.journal.number(),
                at=self.clock.now(),
                kind=kind,
                region=pipeline.region,
                pipeline_id=pipeline.id,
                name=pipeline.name,
                before=before,
                state=pipeline.state,
                tags=dict(pipeline.tags),
            )
        )

    def move(self, pipeline: Pipeline, state: State) -> None:
        """Gives a pipeline another state, and records it."""
        if pipeline.state is not state:
            before, pipeline.state = pipeline.state, state
            self.record(EventKind.STATE, pipeline, before)
