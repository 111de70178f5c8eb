from __future__ import annotations

import json

import botocore.session
import pytest
from botocore.validate import ParamValidator
from definition_nodes import node
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.flat import (
    PLACEHOLDER,
    Definition,
    Field,
    Parameter,
    PipelineObject,
    Ref,
    SecretKind,
    SecretSource,
    canonical,
    from_api,
    read_definition,
    read_values,
    secret_sources,
    secrets_of,
    to_api,
    to_flat,
    with_secrets,
)
from pipelayer.model import Severity

ids = st.text("aZ*@#{}é\U0001f600 ", min_size=1, max_size=3)
keys = st.sampled_from(
    ["x", "type", "parent", "fields", "attributes", "ref", "default", "é", "@now", "myField"]
)
texts = st.sampled_from(["", "#{myA}", "ref", "\ud800", "é\n", "1", "true", "env"]) | st.text(max_size=3)
secrets = st.builds(SecretSource, st.sampled_from(SecretKind), ids)


def tables(
    names: st.SearchStrategy[str], values: st.SearchStrategy[object]
) -> st.SearchStrategy[dict[str, Field]]:
    lists = st.lists(values, min_size=1, max_size=3)
    return st.dictionaries(names, lists.map(lambda found: Field(tuple(found))), max_size=4)  # type: ignore[arg-type]


@st.composite
def definitions(draw: st.DrawFn, *, sources: bool = True) -> Definition:
    hidden = texts | secrets if sources else texts
    starred = keys.map("*{}".format)

    def fields() -> dict[str, Field]:
        return {
            **draw(tables(keys, texts | st.builds(Ref, texts))),
            **draw(tables(starred, hidden)),
        }

    def plain() -> dict[str, Field]:
        return {
            **draw(tables(keys, texts)),
            **draw(tables(starred, hidden)),
        }

    objects = tuple(PipelineObject(id, draw(texts), fields()) for id in draw(st.sets(ids, max_size=4)))
    parameters = tuple(Parameter(id, plain()) for id in draw(st.sets(ids, max_size=3)))
    return Definition(objects, parameters, plain())


@given(definitions())
def test_the_flat_form_loses_nothing(d: Definition) -> None:
    flat = json.loads(json.dumps(to_flat(d)))
    assert read_definition(node(flat)) == (d, ())


@given(definitions(sources=False))
def test_the_api_form_loses_nothing(d: Definition) -> None:
    api = to_api(d)
    assert from_api(api["pipelineObjects"], api["parameterObjects"], api["parameterValues"]) == d
    assert read_definition(node(json.loads(json.dumps(api)))) == (d, ())


@given(definitions())
def test_the_digest_is_blind_to_order_and_secrets(d: Definition) -> None:
    shuffled = Definition(
        d.objects[::-1],
        tuple(Parameter(p.id, dict(reversed(p.attributes.items()))) for p in reversed(d.parameters)),
        dict(reversed(d.values.items())),
    )
    assert canonical(shuffled) == canonical(d)
    assert canonical(with_secrets(d, lambda source: source.name)) == canonical(d)
    other = Definition((*d.objects, PipelineObject("an id of its own", "", {})), d.parameters, d.values)
    assert canonical(other) != canonical(d)


def test_what_is_sent_fits_the_services_own_model() -> None:
    d, _ = read_definition(
        node({"objects": [{"id": "A", "n": 2, "l": ["x", {"ref": "B"}]}], "values": {"myA": True}})
    )
    operation = (
        botocore.session.Session().get_service_model("datapipeline").operation_model("PutPipelineDefinition")
    )
    report = ParamValidator().validate({"pipelineId": "df-1", **to_api(d)}, operation.input_shape)
    assert not report.has_errors(), report.generate_report()


def test_numbers_and_booleans_become_the_strings_that_aws_wants() -> None:
    d, findings = read_definition(
        node({"objects": [{"id": 7, "n": 2, "f": 1.50, "t": True, "o": [False, "x"], "none": []}]})
    )
    assert findings == ()
    fields = {"n": ("2",), "f": ("1.5",), "t": ("true",), "o": ("false", "x")}
    assert d.objects == (PipelineObject("7", "7", {key: Field(values) for key, values in fields.items()}),)


def test_a_list_of_one_is_its_value() -> None:
    one, _ = read_definition(node({"objects": [{"id": "A", "x": ["1"]}], "values": {"myA": ["v"]}}))
    other, _ = read_definition(node({"objects": [{"id": "A", "x": "1"}], "values": {"myA": "v"}}))
    assert one == other
    assert to_flat(one) == {"objects": [{"id": "A", "x": "1"}], "values": {"myA": "v"}}


def test_both_forms_may_stand_in_one_list() -> None:
    """AWS's samples hold the API form under the flat form's `objects`."""
    api = {
        "id": "A",
        "name": "N",
        "fields": [{"key": "k", "stringValue": "1"}, {"key": "k", "refValue": "B"}],
    }
    d, findings = read_definition(node({"objects": [api, {"id": "B", "k": "2"}]}))
    assert findings == ()
    assert d.objects[0] == PipelineObject("A", "N", {"k": Field(("1", Ref("B")))})


BAD = [
    ([], "PL101", 1),
    ({}, "PL107", 1),
    ({"objects": {}}, "PL101", 3),
    ({"objects": [1, {"id": "A"}]}, "PL101", 4),
    ({"objects": [{"Id": "x"}]}, "PL102", 4),
    ({"objects": [{"id": ""}]}, "PL102", 6),
    ({"objects": [{"id": ["A"]}]}, "PL102", 6),
    ({"objects": [{"id": "A"}, {"id": "A"}]}, "PL103", 9),
    ({"objects": [{"id": "A", "name": None}]}, "PL105", 8),
    ({"objects": [{"id": "A", "x": None}]}, "PL105", 8),
    ({"objects": [{"id": "A", "x": {"ref": "A", "more": 1}}]}, "PL105", 8),
    ({"objects": [{"id": "A", "x": ["1", ["2"]]}]}, "PL105", 10),
    ({"objects": [{"id": "A", "x": {"env": "X"}}]}, "PL106", 8),
    ({"objects": [], "pipelineObjects": []}, "PL101", 4),
    ({"objects": [], "parameters": [{"id": "myA", "default": {"ref": "x"}}]}, "PL105", 10),
    ({"objects": [], "values": []}, "", 0),
    ({"objects": [], "values": 3}, "PL101", 5),
    ({"objects": [], "values": [{"id": "myA"}]}, "PL101", 6),
    ({"objects": [{"id": "A", "fields": [{"key": "x"}, 1]}]}, "PL101", 9),
]


@pytest.mark.parametrize(("document", "code", "line"), BAD)
def test_each_wrong_shape_has_its_place_and_a_hint(document: object, code: str, line: int) -> None:
    _, findings = read_definition(node(document))
    if not code:
        assert findings == ()
        return
    first = findings[0]
    assert first.at is not None
    assert (first.code, first.at.line, first.severity) == (code, line, Severity.ERROR)
    assert first.hint


def test_the_rest_is_read_all_the_same() -> None:
    d, findings = read_definition(
        node({"objects": [None, {"id": "A", "bad": {}, "good": "1"}], "values": {"myA": None, "myB": "2"}})
    )
    assert d == Definition((PipelineObject("A", "A", {"good": Field(("1",))}),), (), {"myB": Field(("2",))})
    assert len(findings) == 3


def test_an_unknown_top_level_key_is_a_warning_with_a_suggestion() -> None:
    _, (finding,) = read_definition(node({"objects": [], "paramters": []}))
    assert (finding.severity, finding.hint) == (Severity.WARNING, "Did you mean `parameters`?")
    assert read_definition(node({"objects": [], "metadata": {}}))[1] == ()


def test_positions_of_keys_values_and_elements() -> None:
    d, _ = read_definition(node({"objects": [{"id": "A", "x": ["1", "2"]}]}))
    field = d.objects[0].fields["x"]
    places = [field.key_at, field.at, field.position(0), field.position(1)]
    assert [at.line for at in places if at] == [7, 8, 9, 10]


def test_secrets_of_every_kind() -> None:
    document = {
        "objects": [{"id": "Db", "*password": {"env": "PW"}, "username": "u"}],
        "parameters": [{"id": "*myKey", "default": {"secretsmanager": "arn"}, "description": "d"}],
        "values": {"*myOther": ["plain", {"env": "PW"}], "myPlain": "x"},
    }
    d, findings = read_definition(node(document))
    assert findings == ()
    password, arn = SecretSource(SecretKind.ENV, "PW"), SecretSource(SecretKind.SECRETS_MANAGER, "arn")
    assert secrets_of(d) == {
        "Db.*password": (password,),
        "parameters.*myKey.default": (arn,),
        "values.*myOther": ("plain", password),
    }
    assert secret_sources(d) == (password, arn)
    assert to_api(d)["parameterValues"][1] == {"id": "*myOther", "stringValue": PLACEHOLDER}
    resolved = with_secrets(d, lambda source: f"<{source.name}>")
    assert secret_sources(resolved) == ()
    assert resolved.objects[0].fields["*password"] == Field(("<PW>",))
    assert canonical(resolved) == canonical(d)
    assert b"PW" not in canonical(resolved)
    assert b"plain" not in canonical(resolved)


def test_a_secret_where_nothing_is_encrypted_is_refused() -> None:
    values, (finding,) = read_values(node({"myPassword": {"env": "X"}, "*myPassword": {"env": "X"}}))
    assert list(values) == ["*myPassword"]
    assert (finding.code, "`*myPassword`" in finding.hint) == ("PL106", True)


def test_an_answer_of_another_shape_than_promised_is_left_out() -> None:
    d = from_api(
        [{"id": "A", "fields": [{"key": "x"}, 3, {"key": "y", "stringValue": "1"}]}, {}], [{"id": "myA"}]
    )
    assert d == Definition((PipelineObject("A", "A", {"y": Field(("1",))}),), (Parameter("myA", {}),), {})
