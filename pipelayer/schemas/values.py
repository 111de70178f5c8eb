"""The schema of values.json and values.GROUP.json."""

from __future__ import annotations

from pipelayer.explain import rules
from pipelayer.project.tags import MAX_TAGS
from pipelayer.schemas import Schema
from pipelayer.schemas.definition import value_table
from pipelayer.schemas.slots import DRAFT, several, shared

_OURS = {
    "myS3InputDir": "Where the files of the directory are uploaded to: s3://bucket/folder.",
    "myName": "The pipeline's name; metadata.name is the form to keep.",
    "myDescription": "The pipeline's description; metadata.description is the form to keep.",
    "myTags": "A list of key:value; metadata.tags is the form to keep.",
}
_SHARED = ("text", "scalar", "secret", "parameterValue", "secretParameterValue")
_STRING: Schema = {"type": ["string", "number"]}


def schema() -> Schema:
    """What a pipeline says of itself, and the values of its parameters."""
    values = value_table()
    known = {
        name: {"description": text, "$ref": "#/definitions/parameterValue"} for name, text in _OURS.items()
    }
    definitions = shared()
    return {
        "$schema": DRAFT,
        "title": "values.json",
        "description": "One pipeline: what it is called, and the values of the template's parameters.",
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            "metadata": {
                "description": "What the pipeline says of itself.",
                "type": ["object", "null"],
                "additionalProperties": False,
                "properties": _metadata(),
                "dependencies": {"adopt": {"not": {"required": ["moved-from"]}}},
            },
            "values": {
                **values,
                "description": "Values of parameters. One may use others: s3://#{myBucket}/code.",
                "type": ["object", "null"],
                "properties": known,
            },
        },
        "definitions": {name: definitions[name] for name in _SHARED},
    }


def _metadata() -> dict[str, Schema]:
    tag = {"type": "string", "pattern": r"^\s*[^:\s][^:]*:"}
    changeable = [rule for rule in rules().values() if not rule.fixed]
    codes: Schema = {
        "enum": [rule.code for rule in changeable],
        "enumDescriptions": [rule.title for rule in changeable],
    }
    return {
        "name": {
            "description": "The name in AWS; default: the directory's name.",
            **_STRING,
            "pattern": r"\S",
        },
        "description": {"description": "The description in AWS.", **_STRING},
        "tags": {
            "description": "Tags in AWS, added to the group's: a table, or a list of key:value.",
            "anyOf": [
                {
                    "type": ["object", "null"],
                    "maxProperties": MAX_TAGS,
                    "propertyNames": {"pattern": "^(?!pipelayer:|aws:)", "minLength": 1, "maxLength": 128},
                    "additionalProperties": _STRING,
                },
                {"type": "array", "maxItems": MAX_TAGS, "items": tag},
            ],
        },
        "adopt": {
            "description": "A live pipeline to take over, by its id (df-…) or its name in AWS.",
            **_STRING,
            "pattern": r"\S",
        },
        "moved-from": {
            "description": "What this pipeline was before: DIR, or GROUP/DIR.",
            **_STRING,
            "minLength": 1,
        },
        "ignore": {
            "description": "Codes of rules that don't matter for this pipeline (docs/rules.md).",
            **several(codes),
        },
    }
