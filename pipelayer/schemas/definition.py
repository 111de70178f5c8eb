"""The schema of pipeline_definition.json, made from the catalogue of object types."""

from __future__ import annotations

from collections.abc import Mapping

from pipelayer.definition.catalogue import FieldType, Group, ObjectType, common_fields, object_types
from pipelayer.definition.inheritance import DEFAULT
from pipelayer.definition.rules.parameters import TYPES
from pipelayer.schemas import Schema
from pipelayer.schemas.slots import DRAFT, field, shared

_WRITTEN_BY_AWS = {Group.RUNTIME, Group.SYSTEM}
_ATTRIBUTES = {
    "description": "What the parameter is for.",
    "default": "Its value where none is given.",
    "optional": "true if it may have no value.",
    "isArray": "true if it may have several values.",
    "allowedValues": "The only values that it may have.",
    "helpText": "More about it.",
    "helpLink": "An address with more about it.",
    "watermark": "An example of a value.",
}


def schema() -> Schema:
    """A definition in the flat form of the AWS CLI or in the API form."""
    return {
        "$schema": DRAFT,
        "title": "pipeline_definition.json",
        "description": "Objects and parameters of an AWS Data Pipeline definition.",
        "type": "object",
        "anyOf": [{"required": ["objects"]}, {"required": ["pipelineObjects"]}],
        "allOf": [
            {"not": {"required": names}}
            for names in (
                ["objects", "pipelineObjects"],
                ["parameters", "parameterObjects"],
                ["values", "parameterValues"],
            )
        ],
        "properties": {
            "objects": {"description": "What the pipeline is made of.", "$ref": "#/definitions/objects"},
            "parameters": {
                "description": "What differs between pipelines of one definition.",
                "$ref": "#/definitions/parameters",
            },
            "values": {
                "description": "Values of parameters, weaker than those of values.json.",
                "$ref": "#/definitions/values",
            },
            "pipelineObjects": {"$ref": "#/definitions/objects"},
            "parameterObjects": {"$ref": "#/definitions/parameters"},
            "parameterValues": {"$ref": "#/definitions/values"},
        },
        "definitions": {
            "objects": {"type": "array", "items": {"$ref": "#/definitions/object"}},
            "parameters": {"type": "array", "items": {"$ref": "#/definitions/parameter"}},
            "values": {"anyOf": [{"$ref": "#/definitions/valueTable"}, _api_list("id", text="scalar")]},
            "object": _either("fields", "flatObject"),
            "parameter": _either("attributes", "flatParameter"),
            "flatObject": _object(),
            "flatParameter": _parameter(),
            "valueTable": value_table(),
            **shared(),
            **{f"type{name}": _typed(type) for name, type in object_types().items()},
            "typeOfDefault": {"properties": _fields(common_fields())},
        },
    }


def value_table() -> Schema:
    """Parameters with their values, as they also stand in values.json."""
    return {
        "type": "object",
        "patternProperties": {
            r"^\*": {"$ref": "#/definitions/secretParameterValue"},
            r"^(?!\*)": {"$ref": "#/definitions/parameterValue"},
        },
    }


def _object() -> Schema:
    return {
        "properties": {
            "name": {
                "description": "What AWS shows; the id, if it is left out.",
                "$ref": "#/definitions/text",
            },
            "type": {
                "description": "What the object is. `Default` needs none.",
                "anyOf": [
                    {"enum": list(object_types())},
                    {"type": "array", "items": [{"enum": list(object_types())}]},
                ],
            },
        },
        "patternProperties": {
            r"^\*": {"$ref": "#/definitions/secretValue"},
            r"^(?!\*)": {"$ref": "#/definitions/value"},
        },
        "if": {"properties": {"id": {"const": DEFAULT}}},
        "then": {"$ref": "#/definitions/typeOfDefault"},
        "else": {
            "allOf": [
                {
                    "if": {"required": ["type"], "properties": {"type": {"const": name}}},
                    "then": {"$ref": f"#/definitions/type{name}"},
                }
                for name in object_types()
            ]
        },
    }


def _typed(type: ObjectType) -> Schema:
    kind = type.category.value.replace("_", " ")
    return {"title": type.name, "description": f"{type.name}, a {kind}.", "properties": _fields(type.fields)}


def _fields(fields: Mapping[str, FieldType]) -> dict[str, Schema]:
    """The fields that people write."""
    return {
        name: field(name, type)
        for name, type in fields.items()
        if name != "type" and not name.startswith("@") and type.group not in _WRITTEN_BY_AWS
    }


def _parameter() -> Schema:
    default = {"description": _ATTRIBUTES["default"]}
    return {
        "properties": {
            "id": {"type": "string", "pattern": r"^\*?my"},
            "type": {
                "description": "String, if it is left out.",
                "anyOf": [{"enum": list(TYPES)}, {"$ref": "#/definitions/parameterValue"}],
            },
            **{name: {"description": text} for name, text in _ATTRIBUTES.items()},
        },
        "patternProperties": {
            r"^\*": {"$ref": "#/definitions/secretParameterValue"},
            r"^(?!\*|default$)": {"$ref": "#/definitions/parameterValue"},
        },
        "if": {"properties": {"id": {"pattern": r"^\*"}}},
        "then": {"properties": {"default": {**default, "$ref": "#/definitions/secretParameterValue"}}},
        "else": {"properties": {"default": {**default, "$ref": "#/definitions/parameterValue"}}},
    }


def _either(api_key: str, flat: str) -> Schema:
    """An object or a parameter: in the API form if its list of keys and values is there, else flat."""
    listed = {"type": "array", "contains": {"type": "object", "required": ["key"]}}
    return {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"description": "Unique in the definition.", "$ref": "#/definitions/text"}},
        "if": {"required": [api_key], "properties": {api_key: listed}},
        "then": {"properties": {api_key: _api_list("key", text="text" if api_key == "fields" else "scalar")}},
        "else": {"$ref": f"#/definitions/{flat}"},
    }


def _api_list(key: str, *, text: str) -> Schema:
    """`[{"key": k, "stringValue": s}, {"key": k, "refValue": id}, …]`."""
    plain = {"$ref": f"#/definitions/{text}"}
    return {
        "type": "array",
        "items": {
            "type": "object",
            "required": [key],
            "properties": {
                key: {"$ref": "#/definitions/text"},
                "stringValue": plain,
                "refValue": {"$ref": "#/definitions/scalar"},
            },
            "if": {"properties": {key: {"pattern": r"^\*"}}},
            "then": {"properties": {"stringValue": {"anyOf": [plain, {"$ref": "#/definitions/secret"}]}}},
            "oneOf": [{"required": ["stringValue"]}, {"required": ["refValue"]}],
        },
    }
