"""What AWS says of one pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class PipelineState(StrEnum):
    """`@pipelineState` (AWS Data Pipeline Developer Guide, "Interpreting Pipeline Status Codes")."""

    PENDING = "PENDING"
    VALIDATING = "VALIDATING"
    ACTIVATING = "ACTIVATING"
    SCHEDULED = "SCHEDULED"
    DEACTIVATING = "DEACTIVATING"
    INACTIVE = "INACTIVE"
    FINISHED = "FINISHED"
    DELETING = "DELETING"
    UNKNOWN = "UNKNOWN"


class Health(StrEnum):
    """`@healthStatus`; UNKNOWN where no run has told yet (AWS Data Pipeline Developer Guide, "Interpreting
    Pipeline and Component Health State").
    """

    HEALTHY = "HEALTHY"
    ERROR = "ERROR"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class LivePipeline:
    """One pipeline as DescribePipelines shows it. Times are UTC and aware; None where AWS doesn't tell.

    `first_run` is `@scheduledStartTime`, `next_run` is `@nextRunTime`, `latest_run` is `@latestRunTime`,
    `activated` is `@lastActivationTime`.
    """

    id: str
    name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    state: PipelineState = PipelineState.UNKNOWN
    created: datetime | None = None
    unique_id: str = ""
    first_run: datetime | None = None
    next_run: datetime | None = None
    latest_run: datetime | None = None
    activated: datetime | None = None
    health: Health = Health.UNKNOWN
