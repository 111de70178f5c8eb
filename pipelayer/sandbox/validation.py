"""What ValidatePipelineDefinition and PutPipelineDefinition say about a definition.

Comes in: a definition. Goes out: errors (they forbid activating) and warnings, by object. The strings are
AWS's own where one is known. Nothing here is shared with the product that is tested against it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from .catalogue import ObjectType, object_types
from .clock import parse_stamp
from .definition import EXPRESSION, Definition, Item
from .errors import Refusal, invalid
from .timetable import parse_period

MAX_FIELDS = 50
MAX_OBJECT_BYTES = 15_360
MAX_PARAMETERS = 50

_PARAMETER_NAME = re.compile(r"(?<![\w.])(\*?my[A-Z_]\w*)")
_NUMBER = {"Integer": re.compile(r"-?\d+"), "Double": re.compile(r"-?\d+(\.\d+)?")}
_TARGET = {
    "parent": "Default",
    "schedule": "Schedule",
    "runsOn": "Resource",
    "dependsOn": "Activity",
    "precondition": "Precondition",
    "input": "DataNode",
    "output": "DataNode",
    "database": "Database",
    "dataFormat": "DataFormat",
    "onFail": "Action",
    "onSuccess": "Action",
    "onLateAction": "Action",
}


@dataclass
class Verdict:
    """Messages by object id, in the order in which they were found."""

    errors: dict[str, list[str]] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)

    def error(self, object_id: str, message: str) -> None:
        self.errors.setdefault(object_id, []).append(message)

    def warn(self, object_id: str, message: str) -> None:
        self.warnings.setdefault(object_id, []).append(message)


def fatal(definition: Definition, max_objects: int) -> Refusal | None:
    """What makes Put save nothing at all (API Reference, PutPipelineDefinition)."""
    if len(definition.objects) > max_objects:
        return invalid("Web service limit exceeded: Exceeded maximum number of objects allowed per pipeline")
    if any(a["stringValue"] == "" for p in definition.parameters for a in p["attributes"]):
        return Refusal("InternalFailure", "An internal error has occurred.", 500)
    twice = len({one["id"] for one in definition.objects}) < len(definition.objects)
    if twice or any(_is_empty(dict(f)) for one in definition.objects for f in one["fields"]):
        return invalid(
            "Pipeline definition has errors: Could not save the pipeline definition due to FATAL errors: "
            "[com.amazon.setl.webservice.ValidationError@108d7ea9] "
            "Please call Validate to validate your pipeline"
        )
    return None


def _is_empty(one: dict[str, object]) -> bool:
    return one.get("stringValue", one.get("refValue", "")) == ""


def check(definition: Definition, now: datetime) -> Verdict:
    """Everything that is wrong with a definition on its own."""
    verdict = Verdict()
    for object_id, times in Counter(one["id"] for one in definition.objects).items():
        if times > 1:
            verdict.error(object_id, f"Object id '{object_id}' is not unique.")
    for item in definition.by_id.values():
        _check_limits(item, verdict)
        _check_type(item, verdict)
        _check_references(item, verdict)
        _check_expressions(item, verdict)
    _check_parameters(definition, verdict)
    _check_schedules(definition, verdict, now)
    _recommend(definition, verdict)
    return verdict


def _check_limits(item: Item, verdict: Verdict) -> None:
    fields = item.json["fields"]
    if len(fields) > MAX_FIELDS:
        verdict.error(item.id, f"Exceeded maximum number of fields allowed per object: {MAX_FIELDS}")
    texts = [t for f in fields for t in (f["key"], f.get("stringValue", ""), f.get("refValue", ""))]
    if sum(len(text.encode()) for text in [item.id, item.json["name"], *texts]) > MAX_OBJECT_BYTES:
        verdict.error(item.id, f"Exceeded maximum size of an object: {MAX_OBJECT_BYTES} bytes")
    for one in fields:
        if _is_empty(dict(one)):
            verdict.error(item.id, f"'{one['key']}' must not be empty.")


def _check_type(item: Item, verdict: Verdict) -> None:
    type_name = item.type or ("Default" if item.id == "Default" else "")
    if not type_name:
        return
    kind = object_types().get(type_name)
    if kind is None:
        verdict.error(item.id, f"Invalid type '{item.type}'. Object type is not supported.")
        return
    for key in kind.required:
        if not item.has(key):
            verdict.error(item.id, f"Missing required field '{key}'.")
    for group in kind.one_of:
        if not any(item.has(key) for key in group):
            verdict.error(item.id, f"At least one of the following fields is required: {', '.join(group)}.")
    for key in kind.forbidden:
        if key in item.own:
            verdict.error(item.id, f"Field '{key}' is not allowed on objects of type '{item.type}'.")
    for key, fields in item.own.items():
        slot = kind.slots.get(key, "String")
        for value in fields:
            if "stringValue" in value and slot != "reference":
                text = item.of.evaluate(value["stringValue"])
                if not _fits(item, kind, key, text):
                    verdict.error(item.id, _invalid_value(key, text, slot))


def _fits(item: Item, kind: ObjectType, key: str, text: str) -> bool:
    """Whether a literal is one of its field's type; schedules are looked at on their own."""
    if EXPRESSION.search(text) or not text or item.type == "Schedule":
        return True
    match kind.slots.get(key):
        case "Integer" | "Double" as slot:
            return _NUMBER[slot].fullmatch(text) is not None
        case "Boolean":
            return text.lower() in ("true", "false")
        case "Period":
            return parse_period(text) is not None
        case _:
            allowed = kind.enums.get(key)
            return allowed is None or text.lower() in [one.lower() for one in allowed]


def _invalid_value(key: str, text: str, slot: str) -> str:
    return f"INVALID_FIELD_VALUE:  '{key}' value '{text}' is not a valid {slot}."


def _check_references(item: Item, verdict: Verdict) -> None:
    kind = object_types().get(item.type or "Default")
    slots = dict(kind.slots) if kind else {}
    slots["parent"] = "reference"
    for key, fields in item.own.items():
        target = _TARGET.get(key, "Object")
        for value in fields:
            if "refValue" not in value:
                if slots.get(key) == "reference":
                    verdict.error(item.id, _wrong_type(key, target, "String"))
                continue
            found = item.of.by_id.get(value["refValue"])
            if found is None:
                verdict.error(
                    item.id, f"Object '{value['refValue']}' referenced in field '{key}' does not exist."
                )
            elif key == "schedule" and found.type != "Schedule":
                verdict.error(item.id, _wrong_type(key, target, found.type or "Default"))
            elif slots.get(key, "reference") != "reference":
                verdict.error(item.id, _wrong_type(key, slots[key], found.type or "Default"))


def _wrong_type(key: str, wanted: str, found: str) -> str:
    return f"'{key}' values must be of type '{wanted}'. Found values of type '{found}'"


def _check_expressions(item: Item, verdict: Verdict) -> None:
    definition = item.of
    fields_anywhere = {f["key"] for one in definition.objects for f in one["fields"]}
    declared = {parameter["id"] for parameter in definition.parameters}
    for one in item.json["fields"]:
        for expression in EXPRESSION.findall(definition.evaluate(one.get("stringValue", ""))):
            unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", expression)
            for name in _PARAMETER_NAME.findall(unquoted):
                known = name in fields_anywhere or name in definition.settings or name in declared
                if not known:
                    verdict.error(item.id, f"Unable to resolve '#{{{name}}}' in field '{one['key']}'.")


def _check_parameters(definition: Definition, verdict: Verdict) -> None:
    if len(definition.parameters) > MAX_PARAMETERS:
        verdict.error("Parameters", f"Exceeded maximum number of parameters: {MAX_PARAMETERS}")
    for parameter in definition.parameters:
        name = parameter["id"]
        attributes: dict[str, list[str]] = {}
        for attribute in parameter["attributes"]:
            attributes.setdefault(attribute["key"], []).append(attribute["stringValue"])
        if not re.fullmatch(r"\*?my\w+", name):
            verdict.error(name, f"Parameter id '{name}' must start with 'my'.")
        optional = attributes.get("optional", ["false"])[0].lower() == "true"
        values = definition.settings.get(name, ())
        if not values and not optional:
            verdict.error(name, f"No value was given for the parameter '{name}'.")
        allowed = attributes.get("allowedValues")
        slot = attributes.get("type", ["String"])[0]
        for value in values:
            text = definition.evaluate(value)
            if allowed and text not in allowed:
                verdict.error(
                    name, f"Value '{text}' is not among the allowed values of the parameter '{name}'."
                )
            pattern = _NUMBER.get(slot)
            if pattern and not pattern.fullmatch(text):
                verdict.error(name, f"Value '{text}' of the parameter '{name}' is not a valid {slot}.")


def _check_schedules(definition: Definition, verdict: Verdict, now: datetime) -> None:
    schedules = definition.of_type("Schedule")
    if definition.on_demand:
        default = definition.default
        if default is None or not default.own_text("scheduleType"):
            verdict.error("Default", "The schedule type 'ondemand' must be specified on the Default object.")
        for item in schedules:
            period, start = item.own_text("period"), item.own_text("startAt")
            if (period, start) != ("ONDEMAND_PERIOD", "ONDEMAND_ACTIVATION_TIME"):
                verdict.error(
                    item.id, "A Schedule object is not allowed when the schedule type is 'ondemand'."
                )
        kinds = {item.own_text("scheduleType").lower() for item in definition.by_id.values()} - {""}
        if len(kinds) > 1:
            verdict.error("Default", "The schedule type 'ondemand' must be the only one in the pipeline.")
        return
    for item in schedules:
        _check_schedule(item, verdict)
        begin = item.own_text("startDateTime")
        at = parse_stamp(begin)
        if at is None or at >= now:
            continue
        for other in definition.by_id.values():
            if other.own_text("failureAndRerunMode").lower() == "cascade":
                verdict.warn(
                    other.id,
                    f"{other.id} has 'failureAndRerunMode' field set to 'cascade' and you are about to "
                    f"create a backfill with scheduleStartTime {begin}. This can result in rapid "
                    "creation of pipeline objects in case of failures.",
                )


def _check_schedule(item: Item, verdict: Verdict) -> None:
    text = item.own_text("period")
    period = parse_period(text)
    if text and period is None:
        verdict.error(item.id, _invalid_value("period", text, "Period"))
    elif period and period.too_short:
        verdict.error(item.id, "INVALID_FIELD_VALUE:  'period' value must be at least 15 minutes.")
    elif period and period.too_long:
        verdict.error(item.id, "INVALID_FIELD_VALUE:  'period' value must be at most 3 years.")
    times: dict[str, datetime] = {}
    for key in ("startDateTime", "endDateTime"):
        if text := item.own_text(key):
            at = parse_stamp(text)
            if at is None:
                verdict.error(
                    item.id, f"INVALID_FIELD_VALUE:  '{key}' value must be a literal datetime value."
                )
            else:
                times[key] = at
    start_at = item.own_text("startAt")
    if start_at and start_at.upper() != "FIRST_ACTIVATION_DATE_TIME":
        verdict.error(item.id, _invalid_value("startAt", start_at, "Enumeration"))
    for one, other in (("startAt", "startDateTime"), ("occurrences", "endDateTime")):
        if one in item.own and other in item.own:
            verdict.error(item.id, f"Only one of '{one}' and '{other}' may be specified.")
    if len(times) == 2 and times["endDateTime"] <= times["startDateTime"]:
        verdict.error(item.id, "INVALID_FIELD_VALUE:  'endDateTime' must be after 'startDateTime'.")
    occurrences = item.own_text("occurrences")
    if occurrences and not (occurrences.isdecimal() and int(occurrences) > 0):
        verdict.error(item.id, _invalid_value("occurrences", occurrences, "Integer"))


def _recommend(definition: Definition, verdict: Verdict) -> None:
    if definition.default is None or not definition.default.own_text("pipelineLogUri"):
        verdict.warn(
            "Default",
            "'pipelineLogUri'is missing. It is recommended to set this value on Default object for better "
            "troubleshooting.",
        )
    for item in definition.by_id.values():
        if item.type in ("Ec2Resource", "EmrCluster") and not item.has("terminateAfter"):
            verdict.warn(
                item.id,
                "'terminateAfter' is missing. It is recommended to set this to avoid leaving resource "
                "running for long duration.",
            )
