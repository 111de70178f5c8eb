"""What AWS tells of a pipeline's objects at work: its components, their runs (instances), and the attempts of
each run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Sphere(StrEnum):
    """Which of its objects a pipeline is asked about (AWS Data Pipeline API Reference, QueryObjects)."""

    COMPONENT = "COMPONENT"
    INSTANCE = "INSTANCE"
    ATTEMPT = "ATTEMPT"


class ObjectStatus(StrEnum):
    """`@status` (AWS Data Pipeline Developer Guide, "Interpreting Pipeline Status Codes")."""

    ACTIVATING = "ACTIVATING"
    CANCELED = "CANCELED"
    CASCADE_FAILED = "CASCADE_FAILED"
    CREATING = "CREATING"
    """No page names it; a resource of the AWS CLI's own tests has it."""
    DEACTIVATING = "DEACTIVATING"
    FAILED = "FAILED"
    FINISHED = "FINISHED"
    INACTIVE = "INACTIVE"
    PAUSED = "PAUSED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    SKIPPED = "SKIPPED"
    TIMEDOUT = "TIMEDOUT"
    VALIDATING = "VALIDATING"
    WAITING_FOR_RUNNER = "WAITING_FOR_RUNNER"
    WAITING_ON_DEPENDENCIES = "WAITING_ON_DEPENDENCIES"
    UNKNOWN = "UNKNOWN"


FAILED = frozenset({ObjectStatus.FAILED, ObjectStatus.TIMEDOUT, ObjectStatus.CASCADE_FAILED})
"""It didn't do its work. What was canceled is not among them: a person wanted that."""

BROKEN = FAILED | {ObjectStatus.CANCELED}
"""Its work is not done, for whatever reason: what running again is for."""

RAN = BROKEN | {ObjectStatus.FINISHED}
"""It had its turn. What was SKIPPED had none: the pipeline was activated from a later time on."""

ENDED = RAN | {ObjectStatus.SKIPPED}
"""Nothing of it is still to come."""

AT_WORK = frozenset(
    {
        ObjectStatus.ACTIVATING,
        ObjectStatus.RUNNING,
        ObjectStatus.WAITING_FOR_RUNNER,
        ObjectStatus.WAITING_ON_DEPENDENCIES,
    }
)
"""It runs, or will without anybody's doing: what canceling is for."""


def decided(statuses: Iterable[ObjectStatus]) -> bool:
    """Whether it is known how a run went, by the statuses of its objects: one has failed, or all have ended.
    One that was skipped as a whole proves nothing. The last run is the latest that is decided.
    """
    found = frozenset(statuses)
    return bool(found & FAILED) or bool(found & RAN and found <= ENDED)


class ObjectOrder(StrEnum):
    """What an object can be told, as far as anybody here does: a component to pause, an instance the rest.

    Source: AWS Data Pipeline API Reference, SetStatus.
    """

    PAUSE = "PAUSE"
    TRY_CANCEL = "TRY_CANCEL"
    RERUN = "RERUN"


@dataclass(frozen=True)
class ObjectRun:
    """One object at work, as DescribeObjects shows it. Times are UTC and aware; None where AWS doesn't tell.

    `component` is the object of the definition that it comes of, `instance` the run that an attempt belongs
    to; both are empty where there is none. `number` is an attempt's, from 1 on. `log_uri` is the folder that
    the definition has its logs written to, with expressions evaluated (of a cluster its `emrLogUri`), and
    `logs` are addresses that AWS or the definition gives for single ones. `cascade_failed_on` is the run that
    made this one fail. `head` is an instance's last attempt, and `runs_on` the run of the resource that it
    works on.

    Fields: AWS Data Pipeline Developer Guide, "Pipeline Object Reference"; `@headAttempt` is in the AWS CLI's
    tests of `list-runs`.
    """

    id: str
    sphere: Sphere
    status: ObjectStatus = ObjectStatus.UNKNOWN
    type: str = ""
    component: str = ""
    instance: str = ""
    number: int = 0
    scheduled: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    error_id: str = ""
    error: str = ""
    reason: str = ""
    cascade_failed_on: str = ""
    log_uri: str = ""
    logs: tuple[str, ...] = ()
    stack_trace: str = ""
    head: str = ""
    runs_on: str = ""
