"""What a run makes of the objects of a definition: instances, and the attempts of each.

Source: AWS Data Pipeline Developer Guide, "Pipeline Components, Instances, and Attempts" and "Interpreting
Pipeline Status Codes".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class WorkStatus(StrEnum):
    """`@status` of an instance or an attempt."""

    WAITING_ON_DEPENDENCIES = "WAITING_ON_DEPENDENCIES"
    WAITING_FOR_RUNNER = "WAITING_FOR_RUNNER"
    PAUSED = "PAUSED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    TIMEDOUT = "TIMEDOUT"
    CANCELED = "CANCELED"
    CASCADE_FAILED = "CASCADE_FAILED"
    SKIPPED = "SKIPPED"


WAITING = {WorkStatus.WAITING_ON_DEPENDENCIES, WorkStatus.PAUSED}
AT_WORK = {WorkStatus.RUNNING, WorkStatus.WAITING_FOR_RUNNER}
BROKEN = {WorkStatus.FAILED, WorkStatus.TIMEDOUT, WorkStatus.CANCELED, WorkStatus.CASCADE_FAILED}
OVER = BROKEN | {WorkStatus.FINISHED, WorkStatus.SKIPPED}


@dataclass(frozen=True)
class Fate:
    """What becomes of one object in runs that are still to come.

    `runs` runs get it (0: all from now on), or only the one that is scheduled for `scheduled_start`
    (`2026-03-01T02:00:00`). In each of them the first `attempts` attempts (0: all) end with `status` after
    `seconds`, the others well. Without `ends` they don't end by themselves: they are RUNNING, or
    WAITING_FOR_RUNNER if `status` says so. A rerun goes well, unless the fate is for `reruns` too.

    `stdout` and `stderr` are what the attempts write, and `log` what Task Runner does.
    """

    object_id: str = ""
    status: WorkStatus = WorkStatus.FAILED
    error_message: str = ""
    error_id: str = ""
    error_stack_trace: str = ""
    runs: int = 1
    scheduled_start: str = ""
    attempts: int = 0
    seconds: float | None = None
    ends: bool = True
    reruns: bool = False
    stdout: str = ""
    stderr: str = ""
    log: str = ""

    def __post_init__(self) -> None:
        if self.status not in {*(BROKEN - {WorkStatus.CASCADE_FAILED}), *AT_WORK, WorkStatus.FINISHED}:
            raise ValueError(f"an attempt does not become {self.status} by itself")


@dataclass
class Attempt:
    """`ends` is when it will be over with `outcome`; None: when somebody completes it."""

    number: int
    status: WorkStatus
    started: datetime
    ends: datetime | None
    outcome: WorkStatus
    ended: datetime | None = None
    fate: Fate | None = None
    reason: str = ""
    """Why it was canceled."""
    logged: bool = False

    def end(self, status: WorkStatus, at: datetime, reason: str = "") -> None:
        self.status, self.ended, self.reason = status, at, reason


@dataclass
class Instance:
    """One object of the definition in one run. Data nodes have no attempts: they are there or not."""

    component: str
    status: WorkStatus = WorkStatus.WAITING_ON_DEPENDENCIES
    since: datetime | None = None
    """Not before this moment does it begin: set by a rerun."""
    started: datetime | None = None
    ended: datetime | None = None
    attempts: list[Attempt] = field(default_factory=list)
    tries_left: int = 0
    again_at: datetime | None = None
    """When it is tried again."""
    cascade_failed_on: str = ""
    """The object because of which it failed."""
    reason: str = ""
    fates: list[Fate] = field(default_factory=list)

    @property
    def head(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    def end(self, status: WorkStatus, at: datetime, reason: str = "") -> None:
        """It is over, and with it the attempt that is under way."""
        self.status, self.ended, self.reason, self.again_at = status, at, reason, None
        if self.head is not None and self.head.ended is None:
            self.head.end(status, at, reason)

    def again(self, at: datetime) -> None:
        """It is to be done once more, not before this moment, and meets no fate that isn't for reruns too."""
        self.status, self.since = WorkStatus.WAITING_ON_DEPENDENCIES, at
        self.started = self.ended = None
        self.cascade_failed_on = self.reason = ""
        self.fates = [fate for fate in self.fates if fate.reruns]
