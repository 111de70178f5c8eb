"""The forms of a definition: the flat one of the AWS CLI, and the API's lists of keys and values.

Nothing is lost between them (AWS Data Pipeline Developer Guide, "Pipeline Definition File Syntax";
API Reference, PipelineObject, ParameterObject and ParameterValue).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NotRequired, TypedDict, assert_never

from pipelayer.definition.parts import (
    Definition,
    Field,
    Parameter,
    PipelineObject,
    Ref,
    SecretKind,
    SecretSource,
    Value,
    is_secret,
)
from pipelayer.definition.reading import read_definition, read_values
from pipelayer.definition.secrecy import (
    has_secrets,
    secret_attribute,
    secret_sources,
    secrets_of,
    with_secrets,
)

__all__ = [
    "PLACEHOLDER",
    "ApiDefinition",
    "Definition",
    "Field",
    "Parameter",
    "PipelineObject",
    "Ref",
    "SecretKind",
    "SecretSource",
    "Value",
    "canonical",
    "from_api",
    "has_secrets",
    "read_definition",
    "read_values",
    "secret_sources",
    "secrets_of",
    "to_api",
    "to_flat",
    "with_secrets",
]

PLACEHOLDER = "pipelayer-secret-placeholder"
"""Stands for a secret that wasn't read: AWS is asked about the definition without it."""

_PLACEHOLDERS = {"Integer": "0", "Double": "0.0", "AWS::S3::ObjectKey": f"s3://{PLACEHOLDER}/{PLACEHOLDER}"}


class ApiField(TypedDict):
    """`Field` of the API Reference: one of `stringValue` and `refValue`."""

    key: str
    stringValue: NotRequired[str]
    refValue: NotRequired[str]


class ApiObject(TypedDict):
    """`PipelineObject` of the API Reference."""

    id: str
    name: str
    fields: list[ApiField]


class ApiAttribute(TypedDict):
    """`ParameterAttribute` of the API Reference."""

    key: str
    stringValue: str


class ApiParameter(TypedDict):
    """`ParameterObject` of the API Reference."""

    id: str
    attributes: list[ApiAttribute]


class ApiParameterValue(TypedDict):
    """`ParameterValue` of the API Reference."""

    id: str
    stringValue: str


class ApiDefinition(TypedDict):
    """What PutPipelineDefinition and ValidatePipelineDefinition take beside the pipeline's id."""

    pipelineObjects: list[ApiObject]
    parameterObjects: list[ApiParameter]
    parameterValues: list[ApiParameterValue]


def to_flat(definition: Definition) -> dict[str, object]:
    """The flat form, ready for `json.dumps`: a list only where there are several values."""
    flat: dict[str, object] = {"objects": [_flat_object(item) for item in definition.objects]}
    if definition.parameters:
        flat["parameters"] = [
            {"id": item.id, **_flat_fields(item.attributes)} for item in definition.parameters
        ]
    if definition.values:
        flat["values"] = _flat_fields(definition.values)
    return flat


def to_api(definition: Definition) -> ApiDefinition:
    """The API form. A secret that wasn't read is sent as a placeholder."""
    return {
        "pipelineObjects": [
            {
                "id": item.id,
                "name": item.name,
                "fields": [_api_field(key, value) for key, value in _pairs(item.fields)],
            }
            for item in definition.objects
        ],
        "parameterObjects": [
            {
                "id": item.id,
                "attributes": [
                    {"key": key, "stringValue": _text(value)} for key, value in _pairs(item.attributes)
                ],
            }
            for item in definition.parameters
        ],
        "parameterValues": [
            {"id": key, "stringValue": _text(value, _placeholder(definition, key))}
            for key, value in _pairs(definition.values)
        ],
    }


def from_api(
    objects: Sequence[Mapping[str, object]],
    parameters: Sequence[Mapping[str, object]] = (),
    values: Sequence[Mapping[str, object]] = (),
) -> Definition:
    """What GetPipelineDefinition answered. What isn't of the shape that the API promises is left out."""
    return Definition(
        objects=tuple(
            PipelineObject(
                str(item["id"]), str(item.get("name", item["id"])), _collect(item.get("fields"), "key")
            )
            for item in objects
            if "id" in item
        ),
        parameters=tuple(
            Parameter(str(item["id"]), _collect(item.get("attributes"), "key"))
            for item in parameters
            if "id" in item
        ),
        values=_collect(values, "id"),
    )


def canonical(definition: Definition) -> bytes:
    """Bytes that are equal for equal definitions: for the digest.

    The order of objects and keys doesn't count, a list of one is its value, every secret is one placeholder.
    """
    shape = {
        "objects": sorted(
            [item.id, item.name, _canonical_fields(item.fields)] for item in definition.objects
        ),
        "parameters": sorted(
            [
                item.id,
                [
                    [key, _canonical_values(field, secret=secret_attribute(item, key))]
                    for key, field in sorted(item.attributes.items())
                    if field.values
                ],
            ]
            for item in definition.parameters
        ),
        "values": _canonical_fields(definition.values),
    }
    return json.dumps(shape, separators=(",", ":")).encode("ascii")


def _canonical_fields(fields: Mapping[str, Field]) -> list[list[object]]:
    return [
        [key, _canonical_values(field, secret=is_secret(key))]
        for key, field in sorted(fields.items())
        if field.values
    ]


def _canonical_values(field: Field, *, secret: bool) -> list[list[str]]:
    return [["secret"]] if secret else [_canonical_value(value) for value in field.values]


def _canonical_value(value: Value) -> list[str]:
    match value:
        case str():
            return ["text", value]
        case Ref():
            return ["ref", value.id]
        case SecretSource():
            return ["secret"]
    assert_never(value)


def _flat_object(item: PipelineObject) -> dict[str, object]:
    named = {} if item.name == item.id else {"name": item.name}
    return {"id": item.id, **named, **_flat_fields(item.fields)}


def _flat_fields(fields: Mapping[str, Field]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, field in fields.items():
        values = [_flat_value(value) for value in field.values]
        if values:
            flat[key] = values[0] if len(values) == 1 else values
    return flat


def _flat_value(value: Value) -> object:
    match value:
        case str():
            return value
        case Ref():
            return {"ref": value.id}
        case SecretSource():
            return {value.kind.value: value.name}
    assert_never(value)


def _pairs(fields: Mapping[str, Field]) -> Iterable[tuple[str, Value]]:
    return ((key, value) for key, field in fields.items() for value in field.values)


def _api_field(key: str, value: Value) -> ApiField:
    return (
        {"key": key, "refValue": value.id}
        if isinstance(value, Ref)
        else {"key": key, "stringValue": _text(value)}
    )


def _text(value: Value, placeholder: str = PLACEHOLDER) -> str:
    """Parameters hold no references; one that was built by hand is sent as the id that it names."""
    match value:
        case str():
            return value
        case Ref():
            return value.id
        case SecretSource():
            return placeholder
    assert_never(value)


def _placeholder(definition: Definition, id: str) -> str:
    """What stands for a secret value must be one that its parameter could have."""
    parameter = next((one for one in definition.parameters if one.id == id), None)
    allowed = parameter.attributes.get("allowedValues") if parameter else None
    if allowed and allowed.texts:
        return allowed.texts[0]
    type = parameter.attributes.get("type") if parameter else None
    return _PLACEHOLDERS.get(type.texts[0] if type and type.texts else "", PLACEHOLDER)


def _collect(pairs: object, key_name: str) -> dict[str, Field]:
    """A key that comes several times holds a list."""
    found: dict[str, list[Value]] = {}
    for pair in pairs if isinstance(pairs, Sequence) else ():
        if not isinstance(pair, Mapping):
            continue
        key, text, ref = pair.get(key_name), pair.get("stringValue"), pair.get("refValue")
        if isinstance(key, str) and isinstance(ref, str):
            found.setdefault(key, []).append(Ref(ref))
        elif isinstance(key, str) and isinstance(text, str):
            found.setdefault(key, []).append(text)
    return {key: Field(tuple(values)) for key, values in found.items()}
