"""QueryObjects, DescribeObjects and SetStatus: the objects of a pipeline and the instances that its runs made
of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from .catalogue import object_types
from .clock import stamp
from .definition import Definition
from .errors import invalid
from .shapes import FieldJson, Json, JsonObject, Request, SelectorJson
from .state import Pipeline, Run, RunStatus, State

MAX_SELECTORS = 10
MAX_DESCRIBED = 25
_TIMES = ("@scheduledStartTime", "@scheduledEndTime", "@actualStartTime", "@actualEndTime")


def query_objects(pipeline: Pipeline, request: Request) -> JsonObject:
    """The ids of one sphere's objects that match every selector."""
    selectors = request.get("query", {}).get("selectors", [])
    if len(selectors) > MAX_SELECTORS:
        raise invalid(f"At most {MAX_SELECTORS} selectors are allowed in a query")
    objects = _sphere(pipeline, request["sphere"])
    found = [one for one, fields in objects.items() if all(_matches(fields, s) for s in selectors)]
    start, limit = _page(request)
    page = found[start : start + limit]
    more = len(found) > start + limit
    answer: dict[str, Json] = {"ids": list(page), "hasMoreResults": more}
    return answer | {"marker": str(start + limit)} if more else answer


def describe_objects(pipeline: Pipeline, request: Request) -> JsonObject:
    """The fields of objects and instances; parameters are evaluated on request, other expressions are not."""
    ids = request["objectIds"]
    if len(ids) > MAX_DESCRIBED:
        raise invalid(f"At most {MAX_DESCRIBED} objects can be described at once")
    everything = {
        k: v for sphere in ("COMPONENT", "INSTANCE", "ATTEMPT") for k, v in _sphere(pipeline, sphere).items()
    }
    definition = _definition(pipeline)
    objects: list[Json] = []
    for one in ids:
        if one not in everything:
            raise invalid(f"Object with id: {one} does not exist in the pipeline")
        fields: list[Json] = []
        for field in everything[one]:
            if "stringValue" in field and request.get("evaluateExpressions"):
                fields.append({"key": field["key"], "stringValue": definition.evaluate(field["stringValue"])})
            else:
                key = "stringValue" if "stringValue" in field else "refValue"
                fields.append({"key": field["key"], key: str(field.get(key, ""))})
        objects.append({"id": one, "name": one.removeprefix("@"), "fields": fields})
    return {"pipelineObjects": objects, "hasMoreResults": False}


def set_status(pipeline: Pipeline, request: Request) -> JsonObject:
    """PAUSE and RESUME for components; TRY_CANCEL, RERUN and MARK_FINISHED for instances."""
    if pipeline.state is State.FINISHED:
        raise invalid("The status of objects in a FINISHED pipeline can not be changed")
    components = _sphere(pipeline, "COMPONENT")
    instances = {
        _instance_id(a, run): run for a in _activities(_definition(pipeline)) for run in pipeline.runs
    }
    new = {"TRY_CANCEL": RunStatus.CANCELED, "RERUN": RunStatus.RUNNING, "MARK_FINISHED": RunStatus.FINISHED}
    status = request["status"]
    for one in request["objectIds"]:
        if one in components and status in ("PAUSE", "RESUME"):
            (pipeline.paused.add if status == "PAUSE" else pipeline.paused.discard)(one)
        elif one in instances and status in new:
            instances[one].status = new[status]
        else:
            raise invalid(f"Status {status} can not be set on object {one}")
    return {}


def _definition(pipeline: Pipeline) -> Definition:
    return pipeline.active or pipeline.latest or Definition()


def _activities(definition: Definition) -> list[str]:
    kinds = object_types()
    return [
        i.id for i in definition.by_id.values() if i.type in kinds and kinds[i.type].category == "activity"
    ]


def _instance_id(activity: str, run: Run) -> str:
    return f"@{activity}_{stamp(run.scheduled_start)}"


def _sphere(pipeline: Pipeline, sphere: str) -> Mapping[str, list[FieldJson]]:
    definition = _definition(pipeline)
    if sphere == "COMPONENT":
        return {
            one["id"]: [
                *one["fields"],
                {"key": "@id", "stringValue": one["id"]},
                {"key": "@sphere", "stringValue": sphere},
                {"key": "@status", "stringValue": "PAUSED" if one["id"] in pipeline.paused else "SCHEDULED"},
            ]
            for one in definition.objects
        }
    if sphere not in ("INSTANCE", "ATTEMPT"):
        raise invalid(f"Invalid sphere: {sphere}")
    suffix = "_Attempt=1" if sphere == "ATTEMPT" else ""
    found: dict[str, list[FieldJson]] = {}
    for run in pipeline.runs:
        for activity in _activities(definition):
            texts = {
                "@id": _instance_id(activity, run) + suffix,
                "@sphere": sphere,
                "@status": str(run.status),
                "@scheduledStartTime": stamp(run.scheduled_start),
                "@scheduledEndTime": stamp(run.scheduled_end),
                "@actualStartTime": stamp(run.started),
                "@pipelineId": pipeline.id,
            }
            fields: list[FieldJson] = [{"key": key, "stringValue": text} for key, text in texts.items()]
            fields.append({"key": "@componentParent", "refValue": activity})
            if suffix:
                fields.append({"key": "@instanceParent", "refValue": _instance_id(activity, run)})
            found[texts["@id"]] = fields
    return found


def _matches(fields: list[FieldJson], selector: SelectorJson) -> bool:
    name = selector.get("fieldName", "")
    operator = selector.get("operator", {})
    kind, wanted = operator.get("type", ""), operator.get("values", [])
    if kind in ("LE", "GE", "BETWEEN") and name not in _TIMES:
        raise invalid(f"Operator {kind} can not be used with the field {name}")
    if not wanted or (kind == "BETWEEN" and len(wanted) != 2):
        raise invalid(f"Wrong number of values for the operator {kind}")
    for field in fields:
        value = field.get("refValue", "") if kind == "REF_EQ" else field.get("stringValue", "")
        if field["key"] != name or not value:
            continue
        match kind:
            case "EQ" | "REF_EQ":
                good = value in wanted
            case "LE":
                good = value <= wanted[0]
            case "GE":
                good = value >= wanted[0]
            case "BETWEEN":
                good = wanted[0] <= value <= wanted[1]
            case _:
                raise invalid(f"Unknown operator: {kind}")
        if good:
            return True
    return False


def _page(request: Request) -> tuple[int, int]:
    marker = request.get("marker", "") or "0"
    if not marker.isdecimal():
        raise invalid("Invalid marker")
    return int(marker), min(request.get("limit", 100), 100)
