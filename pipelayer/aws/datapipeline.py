"""AWS Data Pipeline's operations as typed methods (AWS Data Pipeline API Reference, version 2012-10-29)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from pipelayer.aws.answers import live_pipeline, verdict
from pipelayer.aws.errors import GONE, aws_call, truncated
from pipelayer.aws.pace import Pace
from pipelayer.definition.flat import Definition, from_api, secret_sources, to_api
from pipelayer.deploy.ports import Clock, Verdict
from pipelayer.errors import AwsError
from pipelayer.model import LivePipeline

if TYPE_CHECKING:
    from mypy_boto3_datapipeline import DataPipelineClient
    from mypy_boto3_datapipeline.type_defs import ListPipelinesOutputTypeDef, TagTypeDef

T = TypeVar("T")

DESCRIBE_AT_ONCE = 25
_LOOK = "`pipelayer status` shows its runs: look before you run it again."


@dataclass(frozen=True)
class RolePatience:
    """How long to go on where AWS doesn't know a role yet: IAM takes a while to spread a new one."""

    clock: Clock
    seconds: float = 60
    pause: float = 5
    stopped: Callable[[], bool] = lambda: False

    def pauses(self) -> Iterator[bool]:
        """Pauses, and yields True for one more try, until the time is over or the run was told to stop."""
        until = self.clock.now() + timedelta(seconds=self.seconds)
        while self.clock.now() + timedelta(seconds=self.pause) <= until:
            self.clock.sleep(self.pause)
            if self.stopped():
                return
            yield True


class LiveDataPipeline:
    """Fulfils `ports.DataPipeline`. One object serves every thread.

    `once` gives a client that makes no call again by itself.

    Every method may wait for AWS's rate limits, and raises what `Pace.call` raises beside AwsError.
    """

    def __init__(
        self,
        client: Callable[[], DataPipelineClient],
        pace: Pace,
        role_patience: RolePatience | None = None,
        *,
        once: Callable[[], DataPipelineClient] | None = None,
    ) -> None:
        self._client = client
        self._once = once or client
        self._pace = pace
        self._patience = role_patience

    def list_pipelines(self) -> Sequence[str]:
        """The ids of every pipeline of the account in this region, all pages read."""
        ids: list[str] = []
        marker = ""
        operation = "ListPipelines"
        while True:
            page = self._call(operation, "", _list_from(marker))
            # An answer without its list would make every pipeline look deleted.
            if "pipelineIdList" not in page:
                raise truncated(operation, "holds no list")
            ids += (one["id"] for one in page["pipelineIdList"] if one.get("id"))
            if not page.get("hasMoreResults"):
                return ids
            if page.get("marker", "") in ("", marker):
                raise truncated(operation, "says that there is more, and not where")
            marker = page["marker"]

    def describe(self, ids: Sequence[str]) -> Sequence[LivePipeline]:
        """The pipelines that exist among `ids`, 25 a call; one that is gone is left out."""
        found: list[LivePipeline] = []
        for start in range(0, len(ids), DESCRIBE_AT_ONCE):
            found += self._describe(ids[start : start + DESCRIBE_AT_ONCE])
        return found

    def _describe(self, ids: Sequence[str]) -> list[LivePipeline]:
        """One batch. A single pipeline that is gone fails the whole call, so a failed batch is halved."""
        operation = "DescribePipelines"
        subject = ids[0] if len(ids) == 1 else f"{len(ids)} pipelines"
        try:
            answer = self._call(operation, subject, lambda aws: aws.describe_pipelines(pipelineIds=list(ids)))
        except AwsError as error:
            if error.code not in GONE:
                raise
            middle = len(ids) // 2
            return self._describe(ids[:middle]) + self._describe(ids[middle:]) if middle else []
        if "pipelineDescriptionList" not in answer:
            raise truncated(operation, "holds no list")
        return [live_pipeline(one) for one in answer["pipelineDescriptionList"]]

    def create(self, name: str, unique_id: str, description: str, tags: Mapping[str, str]) -> str:
        """The new pipeline's id, or the earlier one's where name and unique id are the same."""
        answer = self._call(
            "CreatePipeline",
            f"`{name}`",
            lambda aws: aws.create_pipeline(
                name=name, uniqueId=unique_id, description=description, tags=_tags(tags)
            ),
        )
        if not answer.get("pipelineId"):
            raise truncated("CreatePipeline", "names no pipeline")
        return answer["pipelineId"]

    def put(self, pipeline_id: str, definition: Definition) -> Verdict:
        """Saves the whole definition as `latest`. Check `errored`: AWS saves it all the same."""
        if secret_sources(definition):
            raise ValueError("the definition's secrets were not read: placeholders would be saved")
        api = to_api(definition)
        operation = "PutPipelineDefinition"

        def ask(aws: DataPipelineClient) -> Verdict:
            return verdict(aws.put_pipeline_definition(pipelineId=pipeline_id, **api), operation)

        return self._with_patience(lambda: self._call(operation, pipeline_id, ask))

    def validate(self, pipeline_id: str, definition: Definition) -> Verdict:
        """Asks AWS about a definition; nothing is saved."""
        api = to_api(definition)
        operation = "ValidatePipelineDefinition"

        def ask(aws: DataPipelineClient) -> Verdict:
            return verdict(aws.validate_pipeline_definition(pipelineId=pipeline_id, **api), operation)

        return self._with_patience(lambda: self._call(operation, pipeline_id, ask))

    def get(self, pipeline_id: str, *, active: bool) -> Definition | None:
        """The `active` (or `latest`) definition, None where there is none."""
        answer = self._call(
            "GetPipelineDefinition",
            pipeline_id,
            lambda aws: aws.get_pipeline_definition(
                pipelineId=pipeline_id, version="active" if active else "latest"
            ),
        )
        objects = answer.get("pipelineObjects")
        if not objects:
            return None
        return from_api(objects, answer.get("parameterObjects", []), answer.get("parameterValues", []))

    def activate(self, pipeline_id: str, start: datetime | None = None, *, on_demand: bool = False) -> None:
        """Starts the schedule; `start` is where to resume. `on_demand`: each call is a run of its own, so it
        is made again only where AWS surely didn't take it.
        """

        def ask(aws: DataPipelineClient) -> Verdict:
            if start is None:
                aws.activate_pipeline(pipelineId=pipeline_id)
            else:
                aws.activate_pipeline(pipelineId=pipeline_id, startTimestamp=start)
            return Verdict(errored=False)

        client = self._once if on_demand else self._client
        try:
            self._with_patience(lambda: self._call("ActivatePipeline", pipeline_id, ask, client))
        except AwsError as error:
            if not (on_demand and error.unsure):
                raise
            message = f"{error.message} Nobody knows whether AWS runs it."
            raise AwsError(message, _LOOK, code=error.code, operation=error.operation, unsure=True) from error

    def deactivate(self, pipeline_id: str, *, cancel_active: bool) -> None:
        """Stops the schedule, asynchronously. `cancel_active=False` lets running work finish."""
        self._call(
            "DeactivatePipeline",
            pipeline_id,
            lambda aws: aws.deactivate_pipeline(pipelineId=pipeline_id, cancelActive=cancel_active),
        )

    def delete(self, pipeline_id: str) -> None:
        """Deletes, asynchronously, with the run history. One that is already gone is no error."""
        try:
            self._call("DeletePipeline", pipeline_id, lambda aws: aws.delete_pipeline(pipelineId=pipeline_id))
        except AwsError as error:
            if error.code not in GONE:
                raise

    def add_tags(self, pipeline_id: str, tags: Mapping[str, str]) -> None:
        """Adds or overwrites tags."""
        self._call("AddTags", pipeline_id, lambda aws: aws.add_tags(pipelineId=pipeline_id, tags=_tags(tags)))

    def remove_tags(self, pipeline_id: str, keys: Iterable[str]) -> None:
        """Removes tags."""
        gone = list(keys)
        self._call(
            "RemoveTags", pipeline_id, lambda aws: aws.remove_tags(pipelineId=pipeline_id, tagKeys=gone)
        )

    def _call(
        self,
        operation: str,
        subject: str,
        ask: Callable[[DataPipelineClient], T],
        client: Callable[[], DataPipelineClient] | None = None,
    ) -> T:
        """Makes one call when its turn has come. `subject` names what it is about, for errors."""

        def call() -> T:
            with aws_call(operation, subject):
                return ask((client or self._client)())

        return self._pace.call(operation, call)

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


def _list_from(marker: str) -> Callable[[DataPipelineClient], ListPipelinesOutputTypeDef]:
    """One page of the list."""
    if marker:
        return lambda aws: aws.list_pipelines(marker=marker)
    return lambda aws: aws.list_pipelines()


def _tags(tags: Mapping[str, str]) -> list[TagTypeDef]:
    return [{"key": key, "value": value} for key, value in sorted(tags.items())]
