"""The status as JSON keeps to its published schema, and what it says of the whole to what it says of each."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given, settings

from pipelayer.model.status import Status
from pipelayer.model.status_json import STATUS_VERSION, dumps, status_to_json
from pipelayer.schemas import load
from support import statuses

SCHEMA = load("status")


def closed(node: object) -> object:
    """The schema as a test wants it: a field that it doesn't describe is an error."""
    if isinstance(node, dict):
        tight = {key: closed(value) for key, value in node.items()}
        return {**tight, "additionalProperties": False} if "properties" in node and "type" in node else tight
    return [closed(item) for item in node] if isinstance(node, list) else node


VALIDATOR = jsonschema.Draft202012Validator(closed(SCHEMA))


@pytest.mark.parametrize("name", statuses.SCENARIOS)
def test_mornings_keep_to_the_schema(name: str) -> None:
    VALIDATOR.validate(json.loads(dumps(statuses.SCENARIOS[name])))


@settings(deadline=None)
@given(statuses.statuses())
def test_any_status_keeps_to_the_schema_and_survives_as_text(status: Status) -> None:
    text = dumps(status)
    assert text.isascii()
    document = json.loads(text)
    VALIDATOR.validate(document)
    assert document == status_to_json(status)
    assert document["version"] == STATUS_VERSION == SCHEMA["properties"]["version"]["const"]  # type: ignore[index]
    assert (
        document["well"] == (document["reasons"] == []) == all(one["well"] for one in document["pipelines"])
    )
    assert status.exit_code == (0 if document["well"] else 1)


def test_what_weighs_most_comes_first() -> None:
    told = [reason["trouble"] for reason in status_to_json(statuses.morning())["reasons"]]  # type: ignore[union-attr, index, call-overload]
    assert told == [
        "last run failed",
        "missing",
        "changed by hand",
        "could not be asked",
        "could not be asked",
    ]
