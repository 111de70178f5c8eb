"""A pipeline's objects at work: QueryObjects, DescribeObjects, SetStatus (its API Reference)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from pipelayer.aws.answers import instant
from pipelayer.aws.errors import aws_call, truncated
from pipelayer.aws.pace import Pace
from pipelayer.console.ports import ANY, Wanted
from pipelayer.model.history import ObjectOrder, ObjectRun, ObjectStatus, Sphere
from pipelayer.model.instance_ids import attempt_in

if TYPE_CHECKING:
    from mypy_boto3_datapipeline import DataPipelineClient
    from mypy_boto3_datapipeline.literals import OperatorTypeType
    from mypy_boto3_datapipeline.type_defs import (
        DescribeObjectsOutputTypeDef,
        PipelineObjectOutputTypeDef,
        QueryObjectsOutputTypeDef,
        QueryTypeDef,
        SelectorTypeDef,
    )

T = TypeVar("T")

DESCRIBE_AT_ONCE = 25
_LOGS = ("stdout", "stderr", "emrStepLog", "hadoopJobLog")
_OTHER_WORDS = {"TIMEOUT": ObjectStatus.TIMEDOUT, "MARK_FINISHED": ObjectStatus.FINISHED}
_REASONS = ("cancellationReason", "@failureReason")


class LiveHistory:
    """Fulfils `console.ports.History`. One object serves every thread.

    Every method may wait for AWS's rate limits, and raises what `Pace.call` raises beside AwsError.
    """

    def __init__(self, client: Callable[[], DataPipelineClient], pace: Pace) -> None:
        self._client = client
        self._pace = pace

    def query(self, pipeline_id: str, sphere: Sphere, wanted: Wanted = ANY) -> Sequence[str]:
        """The ids of the objects of a sphere that are `wanted`, all pages read."""
        ids: list[str] = []
        marker = ""
        operation = "QueryObjects"
        while True:
            page = self._call(operation, pipeline_id, _page(pipeline_id, sphere, _selectors(wanted), marker))
            ids += page.get("ids", ())
            if not page.get("hasMoreResults"):
                return ids
            if page.get("marker", "") in ("", marker):
                raise truncated(operation, "says that there is more, and not where")
            marker = page["marker"]

    def describe(self, pipeline_id: str, ids: Sequence[str]) -> Sequence[ObjectRun]:
        """These objects, 25 a call, with their expressions evaluated."""
        found: list[ObjectRun] = []
        for start in range(0, len(ids), DESCRIBE_AT_ONCE):
            found += self._described(pipeline_id, ids[start : start + DESCRIBE_AT_ONCE])
        return found

    def _described(self, pipeline_id: str, ids: Sequence[str]) -> Iterator[ObjectRun]:
        """What one call may ask for, all pages read: an answer needn't hold everything."""
        operation, marker = "DescribeObjects", ""
        while True:
            page = self._call(operation, pipeline_id, _description(pipeline_id, ids, marker))
            if "pipelineObjects" not in page:
                raise truncated(operation, "holds no list")
            yield from (object_run(one) for one in page["pipelineObjects"])
            if not page.get("hasMoreResults"):
                return
            if page.get("marker", "") in ("", marker):
                raise truncated(operation, "says that there is more, and not where")
            marker = page["marker"]

    def set_status(self, pipeline_id: str, ids: Sequence[str], order: ObjectOrder) -> None:
        """Tells these objects what to do. AWS does it a while later."""
        wanted = list(ids)
        self._call(
            "SetStatus",
            pipeline_id,
            lambda aws: aws.set_status(pipelineId=pipeline_id, objectIds=wanted, status=str(order)),
        )

    def _call(self, operation: str, subject: str, ask: Callable[[DataPipelineClient], T]) -> T:
        def call() -> T:
            with aws_call(operation, subject):
                return ask(self._client())

        return self._pace.call(operation, call)


def _page(
    pipeline_id: str, sphere: Sphere, selectors: Sequence[SelectorTypeDef], marker: str
) -> Callable[[DataPipelineClient], QueryObjectsOutputTypeDef]:
    query: QueryTypeDef = {"selectors": list(selectors)}

    def ask(aws: DataPipelineClient) -> QueryObjectsOutputTypeDef:
        if marker:
            return aws.query_objects(pipelineId=pipeline_id, sphere=sphere.value, query=query, marker=marker)
        return aws.query_objects(pipelineId=pipeline_id, sphere=sphere.value, query=query)

    return ask


def _description(
    pipeline_id: str, ids: Sequence[str], marker: str
) -> Callable[[DataPipelineClient], DescribeObjectsOutputTypeDef]:
    wanted = list(ids)

    def ask(aws: DataPipelineClient) -> DescribeObjectsOutputTypeDef:
        if marker:
            return aws.describe_objects(
                pipelineId=pipeline_id, objectIds=wanted, evaluateExpressions=True, marker=marker
            )
        return aws.describe_objects(pipelineId=pipeline_id, objectIds=wanted, evaluateExpressions=True)

    return ask


def _selectors(wanted: Wanted) -> Sequence[SelectorTypeDef]:
    found: list[SelectorTypeDef] = []
    if wanted.scheduled_from:
        found.append(_selector("@scheduledStartTime", "GE", _stamp(wanted.scheduled_from)))
    if wanted.scheduled_to:
        found.append(_selector("@scheduledStartTime", "LE", _stamp(wanted.scheduled_to)))
    if wanted.statuses:
        found.append(_selector("@status", "EQ", *sorted(wanted.statuses)))
    if wanted.instance:
        found.append(_selector("@instanceParent", "REF_EQ", wanted.instance))
    return found


def _selector(field: str, operator: OperatorTypeType, *values: str) -> SelectorTypeDef:
    return {"fieldName": field, "operator": {"type": operator, "values": [str(value) for value in values]}}


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def object_run(described: PipelineObjectOutputTypeDef) -> ObjectRun:
    """One object of DescribeObjects. Raises AwsError where it has no id."""
    every: dict[str, list[str]] = {}
    for one in described.get("fields", ()):
        if "key" in one:
            every.setdefault(one["key"], []).append(one.get("stringValue") or one.get("refValue") or "")
    fields = {key: texts[0] for key, texts in every.items()}
    if not described.get("id"):
        raise truncated("DescribeObjects", "has an object without id")
    return ObjectRun(
        id=described["id"],
        sphere=_sphere(fields),
        status=_status(fields.get("@status", "")),
        type=fields.get("type", ""),
        component=fields.get("@componentParent", ""),
        instance=fields.get("@instanceParent", ""),
        number=attempt_in(described["id"]),
        scheduled=instant(fields.get("@scheduledStartTime", "")),
        started=instant(fields.get("@actualStartTime", "")),
        ended=instant(fields.get("@actualEndTime", "")),
        error_id=fields.get("errorId", ""),
        error=fields.get("errorMessage", ""),
        reason=next((fields[key] for key in _REASONS if fields.get(key)), ""),
        cascade_failed_on=fields.get("@cascadeFailedOn", ""),
        log_uri=fields.get("emrLogUri") or fields.get("pipelineLogUri", ""),
        logs=tuple(fields[key] for key in _LOGS if fields.get(key)),
        stack_trace=fields.get("errorStackTrace", ""),
        head=fields.get("@headAttempt", ""),
        runs_on=fields.get("runsOn", ""),
    )


def _sphere(fields: Mapping[str, str]) -> Sphere:
    try:
        return Sphere(fields.get("@sphere", ""))
    except ValueError:
        return Sphere.ATTEMPT if "@instanceParent" in fields else Sphere.INSTANCE


def _status(text: str) -> ObjectStatus:
    """The guide's page on health has TIMEOUT and MARK_FINISHED where the one on status has other words."""
    try:
        return _OTHER_WORDS.get(text.upper()) or ObjectStatus(text.upper())
    except ValueError:
        return ObjectStatus.UNKNOWN
