"""The published schemas: what the checks let pass fits them, and what people get wrong doesn't."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelayer.definition.catalogue import Group, Slot, common_fields, object_types
from pipelayer.definition.flat import read_definition, to_api
from pipelayer.definition.rules import check
from pipelayer.explain import rules
from pipelayer.model import Severity
from pipelayer.project.config import load_config
from pipelayer.project.load import load_all
from pipelayer.project.metadata import KEYS
from pipelayer.project.source import read_document
from pipelayer.project.tree import DiskTree
from pipelayer.schemas import NAMES, load

ROOT = Path(__file__).parents[2]
NIGHTLY = ROOT / "examples" / "nightly"
NOW = datetime(2030, 1, 1, tzinfo=UTC)
CORPUS = {
    path.stem: json.loads(path.read_text())
    for path in sorted((ROOT / "tests/definition/corpus").glob("*.json"))
}
VALIDATORS = {name: jsonschema.validators.validator_for(load(name))(load(name)) for name in NAMES}
FLAWS = {"PL101", "PL102", "PL105", "PL106", "PL107", "PL108", "PL201", "PL205", "PL206", "PL207", "PL208"}
FLAWS |= {"PL209", "PL210", "PL211", "PL413"}
"""Rules that a schema can hold: they ask for nothing but the value itself."""


def fits(name: str, document: object) -> bool:
    return bool(VALIDATORS[name].is_valid(document))


def problems(name: str, document: object) -> str:
    """What the schema says, to be read when a test fails."""
    return "\n".join(str(error.message)[:300] for error in VALIDATORS[name].iter_errors(document))


def has_errors(document: object) -> bool:
    node, found = read_document("d.json", json.dumps(document).encode())
    assert node is not None
    definition, shape = read_definition(node)
    every = (*found, *shape, *check(definition, NOW))
    return any(finding.severity is Severity.ERROR for finding in every)


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_schema_itself(name: str) -> None:
    schema = load(name)
    jsonschema.validators.validator_for(schema).check_schema(schema)
    assert schema["title"]


def test_every_reference_leads_somewhere() -> None:
    def references(node: object) -> set[str]:
        if isinstance(node, Mapping):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*map(references, node.values()))
        return set().union(*map(references, node)) if isinstance(node, list) else set()

    for name in ("values", "definition"):
        schema = load(name)
        definitions = schema["definitions"]
        assert isinstance(definitions, dict)
        assert {f"#/definitions/{one}" for one in definitions} == references(schema), name


def test_the_examples_fit() -> None:
    config = yaml.safe_load((NIGHTLY / "pipelayer.yml").read_text())
    assert problems("config", config) == ""
    assert problems("definition", json.loads((NIGHTLY / "pipeline_definition.json").read_text())) == ""
    files = sorted(NIGHTLY.glob("*/values*.json"))
    assert len(files) >= 3
    for file in files:
        assert problems("values", json.loads(file.read_text())) == "", file


@pytest.mark.parametrize("name", CORPUS)
def test_what_the_guide_describes_fits_in_both_forms(name: str) -> None:
    assert problems("definition", CORPUS[name]) == ""
    node, _ = read_document("d.json", json.dumps(CORPUS[name]).encode())
    assert node is not None
    assert problems("definition", to_api(read_definition(node)[0])) == ""


@pytest.mark.parametrize("code", sorted(FLAWS))
def test_what_a_rule_calls_wrong_does_not_fit(code: str) -> None:
    rule = rules()[code]
    for path, name in (("pipeline_definition.json", "definition"), ("a/values.json", "values")):
        if path in rule.bad:
            assert not fits(name, json.loads(rule.bad[path]))
        if path in rule.good:
            assert problems(name, json.loads(rule.good[path])) == ""


@pytest.mark.parametrize("code", ["PL021", "PL022", "PL028"])
def test_what_a_rule_calls_wrong_in_a_values_file_does_not_fit(code: str) -> None:
    rule = rules()[code]
    assert not fits("values", json.loads(rule.bad["a/values.json"]))
    assert problems("values", json.loads(rule.good["a/values.json"])) == ""


@pytest.mark.parametrize(
    "rule", [rule for rule in rules().values() if rule.severity is not Severity.ERROR], ids=lambda r: r.code
)
def test_a_warning_is_no_reason_for_an_editor_to_complain(rule: Any) -> None:
    for files in (rule.bad, rule.good):
        for path, text in files.items():
            name = "definition" if path.endswith("pipeline_definition.json") else "values"
            if path.endswith(("pipeline_definition.json", "values.json")) and "«" not in text:
                assert problems(name, json.loads(text)) == ""


WRONG: dict[Slot, Any] = {
    Slot.INTEGER: "many",
    Slot.DOUBLE: "many",
    Slot.BOOLEAN: "perhaps",
    Slot.PERIOD: "1 fortnight",
    Slot.REFERENCE: "a string",
    Slot.STRING: {"ref": "Default"},
}


@pytest.mark.parametrize("name", [name for name in object_types() if name != "Default"])
def test_each_field_of_each_type_is_checked(name: str) -> None:
    for key, field in object_types()[name].fields.items():
        if key.startswith("@") or key == "type" or field.group in {Group.RUNTIME, Group.SYSTEM}:
            continue
        wrong = [None, "", {"ref": ""}, [[]], {"x": "y"}, WRONG.get(field.slot)]
        wrong += ["no such word"] if field.enum else []
        for value in wrong:
            document = {"objects": [{"id": "X", "type": name, key: value}]}
            assert not fits("definition", document), (key, value)
        if field.group is not Group.FORBIDDEN and field.slot is not Slot.REFERENCE:
            for value in ("#{myOwn}", [word.upper() for word in field.enum]):
                document = {"objects": [{"id": "X", "type": name, key: value}]}
                assert problems("definition", document) == "", (key, value)


@pytest.mark.parametrize(
    "document",
    [
        {"metadata": {"nmae": "x"}},
        {"metadata": {"name": ["x"]}},
        {"metadata": {"name": " "}},
        {"metadata": {"ignore": ["PL101"]}},
        {"metadata": {"ignore": ["PL999"]}},
        {"metadata": {"tags": ["no colon"]}},
        {"metadata": {"tags": {"pipelayer:key": "x"}}},
        {"metadata": {"tags": {str(number): "x" for number in range(8)}}},
        {"metadata": {"adopt": "df-1", "moved-from": "b"}},
        {"valeus": {}},
        {"values": []},
        {"values": {"myA": None}},
        {"values": {"myA": {"ref": "x"}}},
        {"values": {"myPassword": {"env": "X"}}},
        {"values": {"*myPassword": {"env": ""}}},
        {"values": {"*myPassword": {"env": "X", "secretsmanager": "Y"}}},
        [],
    ],
)
def test_mistakes_in_a_values_file_do_not_fit(document: object) -> None:
    assert not fits("values", document)


def test_a_values_file_has_every_key_that_is_read() -> None:
    schema: Any = load("values")
    assert set(schema["properties"]["metadata"]["properties"]) == set(KEYS)
    everything = {
        "metadata": {
            "name": 7,
            "description": "",
            "tags": ["a:b", "c :"],
            "adopt": "df-1",
            "ignore": ["PL706"],
        },
        "values": {
            "myA": ["x", 1, True],
            "*myB": {"secretsmanager": "arn#key"},
            "myS3InputDir": "s3://#{myA}",
        },
    }
    assert problems("values", everything) == ""


# ---- whatever the checks let pass, fits

NAMES_OF_FIELDS = sorted(
    {*common_fields(), "type", "name", "myOwn", "*mySecret", "*password", "unknown", "@status"}
)
texts = st.sampled_from(
    [
        *(
            "",
            "x",
            "#{myA}",
            "1 day",
            "2 HOURS",
            "1 Weeks",
            "15 minutes",
            "ondemand_period",
            "true",
            "False",
            "2",
            "-1",
        ),
        *(
            " 3 ",
            "1.5",
            ".5",
            "1e3",
            "cron",
            "TimeSeries",
            "ONDEMAND",
            "none",
            "Cascade",
            "overwrite_existing",
        ),
        *(
            "s3://acme/x",
            "2024-01-01T00:00:00",
            "FIRST_ACTIVATION_DATE_TIME",
            "Default",
            "Schedule",
            "A",
            "1 hr",
        ),
    ]
)
scalars = texts | st.booleans() | st.integers(-2, 3) | st.sampled_from([0.5, 1.0, 2.5])
single = (
    scalars
    | st.sampled_from(["A", "B", "Default", "", 1]).map(lambda id: {"ref": id})
    | st.sampled_from([None, {}, {"env": "X"}, {"env": 1}, {"secretsmanager": "a"}, {"ref": "A", "x": 1}, []])
)
fields = st.dictionaries(st.sampled_from(NAMES_OF_FIELDS), single | st.lists(single, max_size=2), max_size=4)
typed = st.sampled_from(
    [{}, *({"type": name} for name in object_types()), {"type": ["Schedule"]}, {"type": "Nope"}]
)
objects = st.builds(
    lambda id, type, more: {"id": id, **more, **type},
    st.sampled_from(["A", "B", "Default", 7, ""]),
    typed,
    fields,
)
attributes = st.dictionaries(
    st.sampled_from(["type", "default", "optional", "isArray", "allowedValues", "*x"]),
    single | st.lists(single),
    max_size=3,
)
parameters = st.builds(
    lambda id, more: {"id": id, **more}, st.sampled_from(["myA", "*myB", "other", "my", 3]), attributes
)
tables = st.dictionaries(
    st.sampled_from(["myA", "*myB", "myTags", "other"]), single | st.lists(single, max_size=2), max_size=3
)
definitions = st.builds(
    lambda objects, rest: {"objects": objects, **rest},
    st.lists(objects, min_size=1, max_size=3),
    st.fixed_dictionaries(
        {}, optional={"parameters": st.lists(parameters, max_size=2), "values": tables, "extra": single}
    ),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(definitions)
def test_a_definition_without_errors_fits(document: object) -> None:
    if not has_errors(document):
        assert problems("definition", document) == ""


@settings(max_examples=200)
@given(st.sampled_from(sorted(CORPUS)), st.data())
def test_a_changed_definition_of_the_guide_without_errors_fits(name: str, data: st.DataObject) -> None:
    document = json.loads(json.dumps(CORPUS[name]))
    item = data.draw(st.sampled_from(document.get("objects") or document["pipelineObjects"]))
    key = data.draw(st.sampled_from([*item, *NAMES_OF_FIELDS]))
    item[key] = data.draw(texts if key == "type" else single | st.lists(single, max_size=2))
    if not has_errors(document):
        assert problems("definition", document) == ""
    node, _ = read_document("d.json", json.dumps(document).encode())
    assert node is not None
    api = to_api(read_definition(node)[0])
    if not has_errors(api):
        assert problems("definition", api) == ""


metadata = st.dictionaries(
    st.sampled_from([*KEYS, "nope"]),
    single
    | st.lists(st.sampled_from(["a:b", "PL706", "PL101", ":x", "x", " k : v", 5]), max_size=3)
    | st.dictionaries(st.sampled_from(["a", "pipelayer:x", "", "b"]), scalars, max_size=2),
    max_size=3,
)
values_files = st.fixed_dictionaries(
    {}, optional={"metadata": metadata | st.none(), "values": tables | single}
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values_files)
def test_a_values_file_without_errors_fits(tmp_path: Path, document: object) -> None:
    (tmp_path / "a").mkdir(exist_ok=True)
    (tmp_path / "a" / "values.json").write_text(json.dumps(document))
    (tmp_path / "pipeline_definition.json").write_text('{"objects": []}')
    tree = DiskTree(tmp_path)
    config, _ = load_config(tree, "", default_project="acme/nightly")
    assert config is not None
    _, found = load_all(tree, config, "")
    if not any(finding.severity is Severity.ERROR for finding in found):
        assert problems("values", document) == ""
