"""What one field may hold, as JSON Schema: a string of some kind, a reference, a secret, or a list of them.

Numbers and booleans may stand for strings everywhere, and a list where the guide knows one value is no error:
the schema refuses only what the checks call one.
"""

from __future__ import annotations

import re

from pipelayer.definition.catalogue import FieldType, Group, Slot
from pipelayer.definition.parts import is_secret
from pipelayer.definition.period import Unit
from pipelayer.schemas import Schema

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The newest draft that every editor knows."""

TEXT: Schema = {"type": ["string", "number", "boolean"], "minLength": 1}
SCALAR: Schema = {"type": ["string", "number", "boolean"]}
EXPRESSION: Schema = {"type": "string", "pattern": r"#\{"}
REFERENCE: Schema = {
    "description": "A reference to another object.",
    "type": "object",
    "required": ["ref"],
    "additionalProperties": False,
    "properties": {"ref": {"description": "The other object's id.", "$ref": "#/definitions/text"}},
}
SECRET: Schema = {
    "description": "Where the secret is kept; read only when deploying.",
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "properties": {
        "env": {
            "description": "A variable of the deploying step's environment.",
            "$ref": "#/definitions/text",
        },
        "secretsmanager": {
            "description": "An ARN in AWS Secrets Manager, and `#key` for one key of it.",
            "$ref": "#/definitions/text",
        },
    },
}

_NOTHING: Schema = {"type": "array", "maxItems": 0}
"""A list of nothing is no field."""

_WORDS = {
    Slot.STRING: "A string",
    Slot.INTEGER: "A whole number",
    Slot.DOUBLE: "A number",
    Slot.BOOLEAN: "true or false",
    Slot.DATE_TIME: "A time in UTC, like 2024-01-01T00:00:00",
    Slot.PERIOD: "A period, like 1 day or 15 minutes",
    Slot.ENUMERATION: "One of a few words",
    Slot.REFERENCE: 'A reference, {"ref": "id"}',
    Slot.ANY: "A value",
}
_GROUPS = {
    Group.REQUIRED: "needed, here or inherited",
    Group.ONE_OF: "one of several that are needed",
    Group.UNDOCUMENTED: "seen at work, in no table of the guide",
}


def several(item: Schema) -> Schema:
    """One value, or a list of such."""
    return {"anyOf": [item, {"type": "array", "items": item}]}


def shared() -> dict[str, Schema]:
    """What the others refer to, by name."""
    ref, text, secret = ({"$ref": f"#/definitions/{name}"} for name in ("reference", "text", "secret"))
    return {
        "text": TEXT,
        "scalar": SCALAR,
        "reference": REFERENCE,
        "secret": SECRET,
        "value": several({"anyOf": [text, ref]}),
        "secretValue": several({"anyOf": [text, secret, ref]}),
        "secretString": several({"anyOf": [text, secret]}),
        "parameterValue": several({"$ref": "#/definitions/scalar"}),
        "secretParameterValue": several(
            {"anyOf": [{"$ref": "#/definitions/scalar"}, {"$ref": "#/definitions/secret"}]}
        ),
        "aLimit": several({"anyOf": [_item(Slot.INTEGER), _item(Slot.PERIOD)]}),
        **{_name(slot): several(_item(slot)) for slot in _WORDS if slot not in {Slot.ANY, Slot.ENUMERATION}},
    }


def field(name: str, type: FieldType) -> Schema:
    """What the catalogue says of one field."""
    if type.group is Group.FORBIDDEN:
        return {"description": "An object of this type can't have this field.", **_NOTHING}
    said = [_WORDS[type.slot], _GROUPS.get(type.group, ""), "several are allowed" if type.multi else ""]
    found: Schema = {"description": "; ".join(filter(None, said)) + "."}
    if type.deprecated:
        found["deprecated"] = True
    if is_secret(name):
        return {**found, "$ref": "#/definitions/secretString"}
    if type.enum:
        return {**found, **several(_enumeration(type.enum, type.slot))}
    if type.slot is Slot.ENUMERATION:
        return {**found, "$ref": f"#/definitions/{_name(Slot.STRING)}"}
    if name == "terminateAfter" and type.slot is Slot.INTEGER:
        return {**found, "$ref": "#/definitions/aLimit"}
    if type.slot is Slot.ANY:
        return {**found, "$ref": "#/definitions/value"}
    return {**found, "$ref": f"#/definitions/{_name(type.slot)}"}


def _name(slot: Slot) -> str:
    return f"a{slot.value[0].upper()}{slot.value[1:]}"


def _item(slot: Slot) -> Schema:
    match slot:
        case Slot.REFERENCE:
            return {"$ref": "#/definitions/reference"}
        case Slot.INTEGER:
            return {"anyOf": [{"type": "integer"}, _pattern(r"^\s*[+-]?[0-9]+\s*$"), EXPRESSION]}
        case Slot.DOUBLE:
            number = r"^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"
            return {"anyOf": [{"type": "number"}, _pattern(number), EXPRESSION]}
        case Slot.BOOLEAN:
            return {"anyOf": [{"type": "boolean"}, *_words(("true", "false")), EXPRESSION]}
        case Slot.PERIOD:
            units = "|".join(_any_case(unit) for unit in Unit)
            period = rf"^\s*[0-9]+\s+({units})[sS]?\s*$"
            return {"anyOf": [_pattern(period), _pattern(f"^{_any_case('ONDEMAND_PERIOD')}$"), EXPRESSION]}
        case Slot.STRING | Slot.DATE_TIME | Slot.ENUMERATION | Slot.ANY:
            return {"$ref": "#/definitions/text"}


def _enumeration(words: tuple[str, ...], slot: Slot) -> Schema:
    plain: list[Schema] = [{"type": "boolean"}] if slot is Slot.BOOLEAN else []
    return {"anyOf": [*plain, *_words(words), EXPRESSION]}


def _words(words: tuple[str, ...]) -> list[Schema]:
    """The words for editors to complete, and the same in any case."""
    return [{"enum": list(words)}, _pattern(f"^({'|'.join(_any_case(word) for word in words)})$")]


def _pattern(pattern: str) -> Schema:
    return {"type": "string", "pattern": pattern}


def _any_case(word: str) -> str:
    """A pattern for the word without regard to case, in the dialect that all schemas share."""
    return "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else re.escape(c) for c in word)
