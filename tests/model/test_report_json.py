"""The report as JSON keeps to its published schema, and the schemas to the code."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from pipelayer.model import Report
from pipelayer.model.report_json import REPORT_VERSION, dumps, report_to_json
from support import reports
from support.report_strategies import reports as any_report


def schema(name: str) -> Any:
    return json.loads((resources.files("pipelayer") / "schemas" / name).read_text("utf-8"))


def closed(node: Any) -> Any:
    """The schema as a test wants it: a field that it doesn't describe is an error."""
    if isinstance(node, dict):
        tight = {key: closed(value) for key, value in node.items()}
        return {**tight, "additionalProperties": False} if "properties" in node and "type" in node else tight
    return [closed(item) for item in node] if isinstance(node, list) else node


VALIDATOR = jsonschema.Draft202012Validator(closed(schema("report.json")))


@pytest.mark.parametrize("name", ["report.json", "pipelayer.json"])
def test_the_schemas_are_sound_and_every_field_is_described(name: str) -> None:
    document = schema(name)
    jsonschema.Draft202012Validator.check_schema(document)

    def visit(node: Any, path: str) -> None:
        for key, child in node.get("properties", {}).items():
            named = child["$ref"].rsplit("/", 1)[1] if "$ref" in child else ""
            described = child.get("description") or document["$defs"][named].get("description")
            assert described, f"{path}.{key}"
            visit(child, f"{path}.{key}")
            visit(child.get("items", {}), f"{path}.{key}[]")

    visit(document, name)
    for part in document.get("$defs", {}).values():
        visit(part, name)


@pytest.mark.parametrize("name", reports.SCENARIOS)
def test_real_reports_keep_to_the_schema(name: str) -> None:
    VALIDATOR.validate(json.loads(dumps(reports.SCENARIOS[name])))


@settings(deadline=None)
@given(any_report())
def test_any_report_keeps_to_the_schema_and_survives_as_text(report: Report) -> None:
    text = dumps(report)
    assert text.isascii()
    document = json.loads(text)
    VALIDATOR.validate(document)
    assert document == report_to_json(report)
    assert document["version"] == REPORT_VERSION == schema("report.json")["properties"]["version"]["const"]


def test_a_name_that_is_no_unicode_survives() -> None:
    path = json.loads(dumps(reports.HOSTILE))["findings"][0]["path"]
    assert path.encode("utf-8", "surrogateescape") == b"a`b|c/]( \xff\n.json"


@pytest.mark.parametrize(
    ("document", "good"),
    [
        ({"version": 1}, True),
        ({}, False),
        ({"version": 2}, False),
        ({"version": 1, "defualts": {}}, False),
        ({"version": 1, "groups": {}}, False),
        ({"version": 1, "groups": {"dev": {"account": "123456789012", "max-pipelines": 5}}}, True),
        ({"version": 1, "groups": {"dev": {"account": 12345678901}}}, False),
        ({"version": 1, "groups": {"dev:x": {}}}, False),
        ({"version": 1, "groups": {"dev": {"values": {"a": 1, "b": ["x", True], "*c": {"env": "D"}}}}}, True),
        ({"version": 1, "groups": {"dev": {"values": {"*c": {"envv": "D"}}}}}, False),
        ({"version": 1, "defaults": {"dirs": ["*"], "region": "us-gov-west-1"}}, True),
        ({"version": 1, "defaults": {"account": "123456789012"}}, False),
    ],
)
def test_the_schema_of_the_configuration(document: Any, good: bool) -> None:
    assert jsonschema.Draft202012Validator(schema("pipelayer.json")).is_valid(document) is good
