"""What DescribePipelines, GetPipelineDefinition and a validation answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import health
from .clock import stamp
from .definition import Definition
from .settings import SecretFields, Settings
from .shapes import FieldJson, Json, JsonObject
from .state import Pipeline, RunKind
from .validation import Verdict

MASK = "********"


def pipeline(one: Pipeline, settings: Settings) -> JsonObject:
    """A PipelineDescription with the fields that live pipelines have."""
    fields = {
        "@pipelineState": str(one.state),
        "name": one.name,
        "@creationTime": stamp(one.created),
        "@id": one.id,
        "@sphere": "PIPELINE",
        "@version": str(one.version),
        "@userId": one.creator,
        "@accountId": settings.account,
        "uniqueId": one.unique_id,
        "pipelineCreator": one.creator,
    }
    if one.description:
        fields["description"] = one.description
    if one.last_activation:
        fields["@lastActivationTime"] = stamp(one.last_activation)
        fields |= _times(one, settings)
    answer: dict[str, Json] = {
        "pipelineId": one.id,
        "name": one.name,
        "fields": [{"key": key, "stringValue": value} for key, value in fields.items()],
        "tags": [{"key": key, "value": value} for key, value in one.tags.items()],
    }
    return answer | {"description": one.description} if one.description else answer


def _times(one: Pipeline, settings: Settings) -> dict[str, str]:
    found = health.of_pipeline(one, settings)
    fields = {"@healthStatus": found.status} if found.status else {}
    if found.at:
        fields["@healthStatusUpdatedTime"] = stamp(found.at)
    done = [run for run in one.runs if run.kind is not RunKind.SKIPPED]
    if done:
        fields["@latestRunTime"] = stamp(done[-1].started)
    if one.deactivated:
        fields["@lastDeactivatedTime"] = stamp(one.deactivated)
    if one.next_runs:
        fields["@nextRunTime"] = stamp(min(one.next_runs.values()))
    if one.active is None or one.first_activation is None:
        return fields
    for item in one.active.of_type("Schedule")[:1]:
        fields["@scheduledStartTime"] = item.own_text("startDateTime") or stamp(one.first_activation)
        fields["@scheduledPeriod"] = item.own_text("period")
        if end := item.own_text("endDateTime"):
            fields["@scheduledEndTime"] = end
    return fields


def definition(one: Definition, secrets: SecretFields) -> JsonObject:
    """A GetPipelineDefinition answer; an empty part is left out."""
    objects: list[Json] = [
        {"id": o["id"], "name": o["name"], "fields": shown(o["fields"], secrets)} for o in one.objects
    ]
    answer: dict[str, Json] = {"pipelineObjects": objects}
    if one.parameters:
        answer["parameterObjects"] = [
            {
                "id": p["id"],
                "attributes": [
                    {"key": a["key"], "stringValue": _mask(p["id"], a["stringValue"], secrets)}
                    if a["key"] == "default"
                    else {"key": a["key"], "stringValue": a["stringValue"]}
                    for a in p["attributes"]
                    if not (a["key"] == "default" and _omitted(p["id"], secrets))
                ],
            }
            for p in one.parameters
        ]
    if one.values:
        answer["parameterValues"] = [
            {"id": v["id"], "stringValue": _mask(v["id"], v["stringValue"], secrets)}
            for v in one.values
            if not _omitted(v["id"], secrets)
        ]
    return answer


def shown(fields: Sequence[FieldJson], secrets: SecretFields) -> list[Json]:
    """An object's fields, its secrets as the switch says."""
    found: list[Json] = []
    for one in fields:
        if _omitted(one["key"], secrets):
            continue
        if "stringValue" in one:
            text = _mask(one["key"], one["stringValue"], secrets)
            found.append({"key": one["key"], "stringValue": text})
        else:
            found.append({"key": one["key"], "refValue": one.get("refValue", "")})
    return found


def _omitted(key: str, secrets: SecretFields) -> bool:
    return key.startswith("*") and secrets is SecretFields.OMITTED


def _mask(key: str, text: str, secrets: SecretFields) -> str:
    return MASK if key.startswith("*") and secrets is SecretFields.MASKED else text


def verdict(found: Verdict) -> JsonObject:
    """As AWS answers: a list without entries is left out."""
    answer: dict[str, Json] = {"errored": bool(found.errors)}
    if found.errors:
        answer["validationErrors"] = _messages(found.errors, "errors")
    if found.warnings:
        answer["validationWarnings"] = _messages(found.warnings, "warnings")
    return answer


def _messages(found: Mapping[str, Sequence[str]], kind: str) -> list[Json]:
    return [{"id": object_id, kind: list(messages)} for object_id, messages in found.items()]
