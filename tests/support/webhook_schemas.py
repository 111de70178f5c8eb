"""GitHub's published webhook schemas: what they find wrong with a payload, and how to complete one.

`tests/tools/extract_webhooks.py` makes the data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from jsonschema.exceptions import best_match

DEFINITIONS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "webhooks.json").read_text("utf-8")
)["definitions"]
WHEN = "2026-03-01T12:00:00Z"
UNKNOWN = object()  # nothing is known, as opposed to None, which is known to be null

FORMATS = FormatChecker(())  # jsonschema itself knows these formats only with packages that we don't have


@FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


@FORMATS.checks("uri")
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"[a-z]+://[^\s<>\"\\^`{|}]+", value) is not None


@FORMATS.checks("uri-template")
def _is_template(value: object) -> bool:
    return not isinstance(value, str) or _is_address(re.sub(r"\{[^\s{}]+\}", "", value))


ALL = Draft7Validator({"definitions": DEFINITIONS}, format_checker=FORMATS)


def problems(event: str, payload: Mapping[str, object]) -> list[str]:
    """What the schema of the event, and of the payload's `action`, finds wrong; nothing if it is valid.

    An event without a schema is a problem too. To the schemas a commit's id is any text.
    """
    event = "pull_request" if event == "pull_request_target" else event  # GitHub sends both the same payload
    names = [f"{event}${payload.get('action')}", f"{event}$event"]
    name = next((name for name in names if name in DEFINITIONS), None)
    if name is None:
        return [f"no schema is known for {event} {payload.get('action', '')}".strip()]
    found = ALL.evolve(schema=DEFINITIONS[name]).iter_errors(payload)
    errors = (
        best_match(iter([error])) for error in found
    )  # of several branches, what is wrong in the likeliest
    return sorted(f"{error.json_path}: {error.message[:200]}" for error in errors if error)


def filled(reference: str, facts: Mapping[str, object]) -> dict[str, object]:
    """The facts, and the plainest valid values of all else that the definition requires.

    That is null where it may be, else false, 1, nothing, or a text that says its own key. Facts stay as they
    are, even those that the schema refuses.
    """
    whole: dict[str, object] = _filled({"$ref": f"#/definitions/{reference}"}, facts, reference)
    return whole


def _filled(schema: Mapping[str, Any], facts: Any, key: str) -> Any:
    match schema:
        case {"$ref": str(reference)}:
            return _filled(DEFINITIONS[reference.rsplit("/", 1)[1]], facts, key)
        case {"allOf": parts}:
            for part in reversed(parts):  # the later parts narrow the first one down: they choose first
                facts = _filled(part, facts, key)
            return facts
        case {"oneOf": branches}:
            if facts is UNKNOWN and {"type": "null"} in branches:
                return None
            tries = [(branch, _filled(branch, facts, key)) for branch in branches]
            valid = (value for branch, value in tries if ALL.evolve(schema=branch).is_valid(value))
            return next(valid, tries[0][1])
    if facts is UNKNOWN:
        facts = _plainest(schema, key)
    if isinstance(facts, Mapping):
        properties, required = schema.get("properties", {}), schema.get("required", [])
        keys = [*facts, *(name for name in required if name not in facts)]
        return {name: _filled(properties.get(name, {}), facts.get(name, UNKNOWN), name) for name in keys}
    if isinstance(facts, list):
        return [_filled(schema.get("items", {}), item, key) for item in facts]
    return facts


def _plainest(schema: Mapping[str, Any], key: str) -> Any:
    kind = schema["type"]
    if "null" in kind:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    address = f"https://github.test/{key}"
    texts = {"date-time": WHEN, "uri": address, "uri-template": address}
    values = {"object": {}, "array": [], "boolean": False, "integer": 1, "number": 1}
    return texts.get(schema.get("format", ""), key) if kind == "string" else values[kind]
