"""QueryObjects and DescribeObjects (their API Reference): the objects of a pipeline, the instances that its
runs made of them, and the attempts of those.
"""

from __future__ import annotations

from typing import Literal

from . import describe
from .errors import invalid
from .expressions import evaluate, looking
from .settings import Settings
from .shapes import FieldJson, Json, JsonObject, Request, SelectorJson
from .spheres import Spheres
from .state import Pipeline

MAX_SELECTORS = 10
MAX_DESCRIBED = 25
_COMPARABLE = ("name", "@sphere", "parent", "@componentParent", "@instanceParent", "@status")
_TIMES = ("@scheduledStartTime", "@scheduledEndTime", "@actualStartTime", "@actualEndTime")


def query_objects(pipeline: Pipeline, settings: Settings, request: Request) -> JsonObject:
    """The ids of one sphere's objects that match every selector."""
    selectors = request.get("query", {}).get("selectors", [])
    if len(selectors) > MAX_SELECTORS:
        raise invalid(f"At most {MAX_SELECTORS} selectors are allowed in a query")
    start, limit = _page(request)
    try:
        objects = Spheres(pipeline, settings).sphere(request["sphere"])
    except KeyError as problem:
        raise invalid(f"Invalid sphere: {request['sphere']}") from problem
    found = [one for one, fields in objects.items() if all(_matches(fields, s) for s in selectors)]
    page = found[start : start + limit]
    more = len(found) > start + limit
    answer: dict[str, Json] = {"ids": list(page), "hasMoreResults": more}
    return answer | {"marker": str(start + limit)} if more else answer


def describe_objects(pipeline: Pipeline, settings: Settings, request: Request) -> JsonObject:
    """The fields of objects of whatever sphere, a page of them; on request with expressions evaluated."""
    ids = request["objectIds"]
    if len(ids) > MAX_DESCRIBED:
        raise invalid(f"At most {MAX_DESCRIBED} objects can be described at once")
    every = Spheres(pipeline, settings)
    start, _ = _page(request)
    objects: list[Json] = []
    for one in ids[start : start + settings.describe_page_size]:
        fields = every.fields(one)
        if fields is None:
            raise invalid(f"Object with id: {one} does not exist in the pipeline")
        if request.get("evaluateExpressions"):
            fields = _evaluated(every, fields)
        name = next((f.get("stringValue", "") for f in fields if f["key"] == "name"), "")
        component = every.definition.by_id.get(one)
        shown: list[Json] = describe.shown(fields, settings.switches.secret_fields)
        objects.append(
            {"id": one, "name": component.json["name"] if component else name or one, "fields": shown}
        )
    upto = start + settings.describe_page_size
    more = len(ids) > upto
    answer: dict[str, Json] = {"pipelineObjects": objects, "hasMoreResults": more}
    return answer | {"marker": str(upto)} if more else answer


def _evaluated(every: Spheres, fields: list[FieldJson]) -> list[FieldJson]:
    """The same with parameters, own fields and those of linked objects in the place of expressions."""
    texts = _by_key(fields, "stringValue")
    links = _by_key(fields, "refValue")
    look = looking(
        texts, lambda reference: _by_key(every.fields(links.get(reference, "")) or [], "stringValue")
    )
    found: list[FieldJson] = []
    for one in fields:
        if "stringValue" in one:
            text = evaluate(every.definition.evaluate(one["stringValue"]), look)
            found.append({"key": one["key"], "stringValue": text})
        else:
            found.append(one)
    return found


def _by_key(fields: list[FieldJson], kind: Literal["stringValue", "refValue"]) -> dict[str, str]:
    return {one["key"]: one[kind] for one in reversed(fields) if kind in one}


def _matches(fields: list[FieldJson], selector: SelectorJson) -> bool:
    name = selector.get("fieldName", "")
    operator = selector.get("operator", {})
    kind, wanted = operator.get("type", ""), operator.get("values", [])
    if kind in ("LE", "GE", "BETWEEN") and name not in _TIMES:
        raise invalid(f"Operator {kind} can not be used with the field {name}")
    if kind in ("EQ", "REF_EQ") and name not in (*_COMPARABLE, *_TIMES):
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
