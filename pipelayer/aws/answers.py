"""What AWS Data Pipeline's answers mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelayer.aws.errors import truncated
from pipelayer.deploy.ports import Message, Verdict
from pipelayer.model import LivePipeline, PipelineState
from pipelayer.model.live import Health

if TYPE_CHECKING:
    from mypy_boto3_datapipeline.type_defs import (
        PipelineDescriptionTypeDef,
        PutPipelineDefinitionOutputTypeDef,
        ValidatePipelineDefinitionOutputTypeDef,
    )


def live_pipeline(described: PipelineDescriptionTypeDef) -> LivePipeline:
    """One pipeline of DescribePipelines. Raises AwsError where it has no id."""
    fields = {one["key"]: one.get("stringValue", "") for one in described.get("fields", ()) if "key" in one}
    if not described.get("pipelineId"):
        raise truncated("DescribePipelines", "has a pipeline without id")
    return LivePipeline(
        id=described["pipelineId"],
        name=described.get("name", ""),
        description=described.get("description", ""),
        tags={tag["key"]: tag.get("value", "") for tag in described.get("tags", ())},
        state=_state(fields.get("@pipelineState", "")),
        created=instant(fields.get("@creationTime", "")),
        unique_id=fields.get("uniqueId", ""),
        first_run=instant(fields.get("@scheduledStartTime", "")),
        next_run=instant(fields.get("@nextRunTime", "")),
        latest_run=instant(fields.get("@latestRunTime", "")),
        activated=instant(fields.get("@lastActivationTime", "")),
        health=_health(fields.get("@healthStatus", "")),
    )


def _state(text: str) -> PipelineState:
    try:
        return PipelineState(text.upper())
    except ValueError:
        return PipelineState.UNKNOWN


def _health(text: str) -> Health:
    try:
        return Health(text.upper())
    except ValueError:
        return Health.UNKNOWN  # "No Completed Executions" and the like


def instant(text: str) -> datetime | None:
    """`2012-12-13T01:24:06`: UTC without saying so."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def verdict(
    answer: PutPipelineDefinitionOutputTypeDef | ValidatePipelineDefinitionOutputTypeDef, operation: str
) -> Verdict:
    """What AWS thinks of a definition. Raises AwsError where the answer leaves out whether it accepts it."""
    if "errored" not in answer:
        raise truncated(operation, "doesn't say whether the definition is accepted")
    return Verdict(
        errored=answer["errored"],
        errors=tuple(
            Message(one.get("id", ""), text)
            for one in answer.get("validationErrors", ())
            for text in one.get("errors", ())
        ),
        warnings=tuple(
            Message(one.get("id", ""), text)
            for one in answer.get("validationWarnings", ())
            for text in one.get("warnings", ())
        ),
    )
