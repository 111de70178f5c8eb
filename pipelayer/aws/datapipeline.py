"""AWS Data Pipeline's operations as typed methods (AWS Data Pipeline API Reference, version 2012-10-29)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipelayer.aws.errors import GONE, aws_call, truncated
from pipelayer.definition.flat import Definition, from_api, secret_sources, to_api
from pipelayer.deploy.ports import Clock, Message, Verdict
from pipelayer.errors import AwsError
from pipelayer.model import LivePipeline, PipelineState

if TYPE_CHECKING:
    from mypy_boto3_datapipeline import DataPipelineClient
    from mypy_boto3_datapipeline.type_defs import (
        PipelineDescriptionTypeDef,
        PutPipelineDefinitionOutputTypeDef,
        TagTypeDef,
        ValidatePipelineDefinitionOutputTypeDef,
    )

DESCRIBE_AT_ONCE = 25


@dataclass(frozen=True)
class RolePatience:
    """How long to go on where AWS doesn't know a role yet: IAM takes a while to spread a new one."""

    clock: Clock
    seconds: float = 60
    pause: float = 5

    def pauses(self) -> Iterator[bool]:
        """Pauses, and yields True for one more try, until the time is over."""
        until = self.clock.now() + timedelta(seconds=self.seconds)
        while self.clock.now() + timedelta(seconds=self.pause) <= until:
            self.clock.sleep(self.pause)
            yield True


class LiveDataPipeline:
    """Fulfils `ports.DataPipeline`. One object serves every thread."""

    def __init__(
        self, client: Callable[[], DataPipelineClient], role_patience: RolePatience | None = None
    ) -> None:
        self._client = client
        self._patience = role_patience

    def list_pipelines(self) -> Sequence[str]:
        """The ids of every pipeline of the account in this region, all pages read."""
        ids: list[str] = []
        operation = "ListPipelines"
        with aws_call(operation):
            for page in self._client().get_paginator("list_pipelines").paginate():
                # An answer without its list would make every pipeline look deleted.
                if "pipelineIdList" not in page:
                    raise truncated(operation, "holds no list")
                if page.get("hasMoreResults") and not page.get("marker"):
                    raise truncated(operation, "says that there is more, and not where")
                ids += (one["id"] for one in page["pipelineIdList"] if one.get("id"))
        return ids

    def describe(self, ids: Sequence[str]) -> Sequence[LivePipeline]:
        """The pipelines that exist among `ids`, 25 a call; one that is gone is left out."""
        found: list[LivePipeline] = []
        for start in range(0, len(ids), DESCRIBE_AT_ONCE):
            found += self._describe(ids[start : start + DESCRIBE_AT_ONCE])
        return found

    def _describe(self, ids: Sequence[str]) -> list[LivePipeline]:
        """One batch. A single pipeline that is gone fails the whole call, so a failed batch is halved."""
        operation = "DescribePipelines"
        try:
            with aws_call(operation, ids[0] if len(ids) == 1 else f"{len(ids)} pipelines"):
                answer = self._client().describe_pipelines(pipelineIds=list(ids))
        except AwsError as error:
            if error.code not in GONE:
                raise
            middle = len(ids) // 2
            return self._describe(ids[:middle]) + self._describe(ids[middle:]) if middle else []
        if "pipelineDescriptionList" not in answer:
            raise truncated(operation, "holds no list")
        return [_live(one) for one in answer["pipelineDescriptionList"]]

    def create(self, name: str, unique_id: str, description: str, tags: Mapping[str, str]) -> str:
        """The new pipeline's id, or the earlier one's where name and unique id are the same."""
        with aws_call("CreatePipeline", f"`{name}`"):
            answer = self._client().create_pipeline(
                name=name, uniqueId=unique_id, description=description, tags=_tags(tags)
            )
        if not answer.get("pipelineId"):
            raise truncated("CreatePipeline", "names no pipeline")
        return answer["pipelineId"]

    def put(self, pipeline_id: str, definition: Definition) -> Verdict:
        """Saves the whole definition as `latest`. Check `errored`: AWS saves it all the same."""
        if secret_sources(definition):
            raise ValueError("the definition's secrets were not read: placeholders would be saved")
        api = to_api(definition)

        def ask() -> Verdict:
            with aws_call("PutPipelineDefinition", pipeline_id):
                answer = self._client().put_pipeline_definition(pipelineId=pipeline_id, **api)
            return _verdict(answer, "PutPipelineDefinition")

        return self._with_patience(ask)

    def validate(self, pipeline_id: str, definition: Definition) -> Verdict:
        """Asks AWS about a definition; nothing is saved."""
        api = to_api(definition)

        def ask() -> Verdict:
            with aws_call("ValidatePipelineDefinition", pipeline_id):
                answer = self._client().validate_pipeline_definition(pipelineId=pipeline_id, **api)
            return _verdict(answer, "ValidatePipelineDefinition")

        return self._with_patience(ask)

    def get(self, pipeline_id: str, *, active: bool) -> Definition | None:
        """The `active` (or `latest`) definition, None where there is none."""
        with aws_call("GetPipelineDefinition", pipeline_id):
            answer = self._client().get_pipeline_definition(
                pipelineId=pipeline_id, version="active" if active else "latest"
            )
        objects = answer.get("pipelineObjects")
        if not objects:
            return None
        return from_api(objects, answer.get("parameterObjects", []), answer.get("parameterValues", []))

    def activate(self, pipeline_id: str, start: datetime | None = None) -> None:
        """Starts the schedule; `start` is where to resume."""

        def ask() -> Verdict:
            with aws_call("ActivatePipeline", pipeline_id):
                if start is None:
                    self._client().activate_pipeline(pipelineId=pipeline_id)
                else:
                    self._client().activate_pipeline(pipelineId=pipeline_id, startTimestamp=start)
            return Verdict(errored=False)

        self._with_patience(ask)

    def deactivate(self, pipeline_id: str, *, cancel_active: bool) -> None:
        """Stops the schedule, asynchronously. `cancel_active=False` lets running work finish."""
        with aws_call("DeactivatePipeline", pipeline_id):
            self._client().deactivate_pipeline(pipelineId=pipeline_id, cancelActive=cancel_active)

    def delete(self, pipeline_id: str) -> None:
        """Deletes, asynchronously, with the run history. One that is already gone is no error."""
        try:
            with aws_call("DeletePipeline", pipeline_id):
                self._client().delete_pipeline(pipelineId=pipeline_id)
        except AwsError as error:
            if error.code not in GONE:
                raise

    def add_tags(self, pipeline_id: str, tags: Mapping[str, str]) -> None:
        """Adds or overwrites tags."""
        with aws_call("AddTags", pipeline_id):
            self._client().add_tags(pipelineId=pipeline_id, tags=_tags(tags))

    def remove_tags(self, pipeline_id: str, keys: Iterable[str]) -> None:
        """Removes tags."""
        with aws_call("RemoveTags", pipeline_id):
            self._client().remove_tags(pipelineId=pipeline_id, tagKeys=list(keys))

    def _with_patience(self, ask: Callable[[], Verdict]) -> Verdict:
        """Asks again while AWS complains about a role and the patience lasts; then its last word stands."""
        pauses = self._patience.pauses() if self._patience else iter(())
        while True:
            try:
                verdict = ask()
            except AwsError as error:
                about_role = error.code == "InvalidRequestException" and _names_role(error.message)
                if not (about_role and next(pauses, False)):
                    raise
            else:
                about_role = any(_names_role(message.text) for message in verdict.errors)
                if not (about_role and next(pauses, False)):
                    return verdict


def _names_role(text: str) -> bool:
    """The only sign: AWS documents no code for a role that it doesn't know yet."""
    return "role" in text.lower()


def _tags(tags: Mapping[str, str]) -> list[TagTypeDef]:
    return [{"key": key, "value": value} for key, value in sorted(tags.items())]


def _live(described: PipelineDescriptionTypeDef) -> LivePipeline:
    fields = {one["key"]: one.get("stringValue", "") for one in described.get("fields", ()) if "key" in one}
    if not described.get("pipelineId"):
        raise truncated("DescribePipelines", "has a pipeline without id")
    return LivePipeline(
        id=described["pipelineId"],
        name=described.get("name", ""),
        description=described.get("description", ""),
        tags={tag["key"]: tag.get("value", "") for tag in described.get("tags", ())},
        state=_state(fields.get("@pipelineState", "")),
        created=_instant(fields.get("@creationTime", "")),
        unique_id=fields.get("uniqueId", ""),
        first_run=_instant(fields.get("@scheduledStartTime", "")),
        next_run=_instant(fields.get("@nextRunTime", "")),
    )


def _state(text: str) -> PipelineState:
    try:
        return PipelineState(text.upper())
    except ValueError:
        return PipelineState.UNKNOWN


def _instant(text: str) -> datetime | None:
    """`2012-12-13T01:24:06`: UTC without saying so."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _verdict(
    answer: PutPipelineDefinitionOutputTypeDef | ValidatePipelineDefinitionOutputTypeDef, operation: str
) -> Verdict:
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
