"""What AWS's guide describes raises no error; what AWS would refuse, by one field, is caught."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from definition_nodes import node
from definition_samples import ALL

from pipelayer.definition.catalogue import Group, Slot, object_types
from pipelayer.definition.flat import read_definition, to_api, to_flat
from pipelayer.definition.rules import check
from pipelayer.model import Finding, Severity
from pipelayer.sandbox.definition import Definition as SandboxDefinition
from pipelayer.sandbox.validation import check as sandbox_check
from pipelayer.sandbox.validation import fatal

CORPUS = {
    path.stem: json.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("corpus/*.json"))
}
EVERYTHING: dict[str, Any] = {**CORPUS, **ALL}
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def findings(document: object) -> tuple[Finding, ...]:
    definition, shape = read_definition(node(document))
    return (*shape, *check(definition, NOW))


def errors(document: object) -> list[Finding]:
    return [finding for finding in findings(document) if finding.severity is Severity.ERROR]


def test_there_is_a_definition_for_every_type() -> None:
    assert object_types().keys() <= CORPUS.keys()


@pytest.mark.parametrize("name", CORPUS)
def test_what_the_guide_describes_raises_nothing(name: str) -> None:
    assert findings(CORPUS[name]) == ()


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_sandbox_agrees(name: str) -> None:
    api = json.loads(json.dumps(to_api(read_definition(node(EVERYTHING[name]))[0])))
    seen = SandboxDefinition(api["pipelineObjects"], api["parameterObjects"], api["parameterValues"])
    assert fatal(seen, 100) is None
    assert sandbox_check(seen, NOW).errors == {}


WRONG = {
    Slot.INTEGER: "many",
    Slot.DOUBLE: "many",
    Slot.BOOLEAN: "perhaps",
    Slot.PERIOD: "1 fortnight",
    Slot.DATE_TIME: "tomorrow",
    Slot.ENUMERATION: "no such word",
    Slot.REFERENCE: "a string",
    Slot.STRING: {"ref": "Default"},
    Slot.ANY: "",
}


def mutations(name: str) -> Iterator[tuple[str, Any]]:
    """Every definition that differs in one field and that AWS would refuse."""
    document = to_flat(read_definition(node(EVERYTHING[name]))[0])
    objects: Any = document["objects"]
    parents = {item["parent"]["ref"] for item in objects if "parent" in item}

    def changed(index: int, **fields: object) -> Any:
        copied: Any = copy.deepcopy(document)
        copied["objects"][index].update(fields)
        item = copied["objects"][index]
        for key in [key for key, value in item.items() if value is None]:
            del item[key]
        return copied

    for index, item in enumerate(objects):
        place = f"{name}: {item['id']}"
        type = object_types().get(item.get("type", ""))
        if type is None or item["id"] == "Default":
            continue
        yield f"{place} of no known type", changed(index, type="NoSuchType")
        yield f"{place} with an id twice", {**document, "objects": [*objects, {**item}]}
        if item["id"] not in parents and "parent" not in item:
            yield f"{place} without type", changed(index, type=None)
        for key in item.keys() - {"id", "name", "type"}:
            yield f"{place}.{key} empty", changed(index, **{key: ""})
            yield f"{place}.{key} to nowhere", changed(index, **{key: {"ref": "NoSuchObject"}})
            yield (
                f"{place}.{key} null",
                {**changed(index), "objects": [*objects[:index], {**item, key: None}]},
            )
            field = type.fields.get(key)
            if field is not None and not (field.slot is Slot.ENUMERATION and not field.enum):
                yield f"{place}.{key} of another kind", changed(index, **{key: WRONG[field.slot]})
            if field is not None and field.group is Group.REQUIRED and key not in objects[0]:
                yield f"{place}.{key} missing", changed(index, **{key: None})
        for group in type.one_of:
            if not any(key in objects[0] for key in group) and "parent" not in item:
                yield f"{place} without {group}", changed(index, **dict.fromkeys(group))
        for key, field in type.fields.items():
            if field.group is Group.FORBIDDEN:
                wrong = {"ref": item["id"]} if field.slot is Slot.REFERENCE else "x"
                yield f"{place}.{key} forbidden", changed(index, **{key: wrong})


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_mutation_that_aws_would_refuse_is_caught(name: str) -> None:
    missed = [what for what, document in mutations(name) if not errors(document)]
    assert missed == []


def test_the_mutations_are_many() -> None:
    assert sum(1 for name in EVERYTHING for _ in mutations(name)) > 2000
