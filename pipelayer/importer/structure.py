"""Definitions that differ in texts alone share one template; what differs is each one's value. Pure.

The template with a pipeline's values means what AWS has: a parameter stands only where AWS evaluates
expressions, and for a text that holds none itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipelayer.definition.catalogue import Slot, common_fields, object_types
from pipelayer.definition.expressions import Expression, parse, references
from pipelayer.definition.flat import Definition, Field, Parameter, PipelineObject, Ref, Value
from pipelayer.importer.naming import parameter_name

MOST_LIFTED = 25
"""More parameters than this for what differs, and a template would be harder to read than several. AWS takes
50 in all (AWS Data Pipeline Developer Guide, "Creating a Custom Template").
"""

_LONGEST = 10_240
_FIXED_SLOTS = frozenset({Slot.ENUMERATION, Slot.BOOLEAN, Slot.REFERENCE})
_FIXED_KEYS = frozenset({"type", "parent", "scheduleType", "startAt", "failureAndRerunMode", "stage"})
"""What decides how a definition is read stands in the template, to be read there."""

Place = tuple[str, str, int, int]
"""Object, field, which of its values, which part of that."""


@dataclass(frozen=True)
class Structure:
    """One template (a definition without values) and the values of each pipeline by its id."""

    template: Definition
    values: Mapping[str, Mapping[str, Field]]


def structures(definitions: Mapping[str, Definition]) -> tuple[Structure, ...]:
    """The definitions by their pipelines' ids, sorted into as few templates as mean the same; the most used
    first.
    """
    alike: dict[object, dict[str, Definition]] = {}
    for id, definition in definitions.items():
        alike.setdefault(_shape(definition), {})[id] = definition
    found = [structure for same in alike.values() for structure in _structures(same)]
    return tuple(sorted(found, key=lambda one: (-len(one.values), min(one.values))))


def names_in(definition: Definition) -> frozenset[str]:
    """Every name that an expression of this definition may mean: parameters, values, fields."""
    found = {*definition.values, *(one.id for one in definition.parameters)}
    for item in definition.objects:
        found.update(item.fields)
        for field in item.fields.values():
            found.update(name for text in field.texts for name in references(text))
    return frozenset(found)


def _shape(definition: Definition) -> object:
    """What two definitions have in common if one template can be both."""
    objects = [
        (item.id, item.name, *sorted((key, _fixed(item, key, field)) for key, field in item.fields.items()))
        for item in definition.objects
    ]
    parameters = [
        (one.id, *sorted((key, field.values) for key, field in one.attributes.items()))
        for one in definition.parameters
    ]
    return tuple(sorted(objects)), tuple(sorted(parameters, key=repr))


def _fixed(item: PipelineObject, key: str, field: Field) -> tuple[object, ...]:
    """A field without the texts that may differ."""
    may_differ = _may_differ(item, key)
    return tuple(
        repr(value) if isinstance(value, Ref) or not may_differ else _skeleton(str(value))
        for value in field.values
    )


def _may_differ(item: PipelineObject, key: str) -> bool:
    if key in _FIXED_KEYS or key.startswith(("*", "@")):
        return False
    type = object_types().get(item.type)
    known = (type.fields if type else common_fields()).get(key)
    return known is None or known.slot not in _FIXED_SLOTS


def _skeleton(text: str) -> str:
    """The expressions of a text, and where between them there is anything else."""
    parts = parse(text)
    if len(text) > _LONGEST or any(isinstance(one, Expression) and one.node is None for one in parts):
        return text
    return "".join(one.source if isinstance(one, Expression) else "\0" for one in parts)


def _structures(same: Mapping[str, Definition]) -> Iterator[Structure]:
    """One structure, or one for each pipeline where too much differs."""
    lifted = _lift(same)
    if lifted is not None:
        yield lifted
    else:
        for id, definition in same.items():
            yield Structure(replace(definition, values={}), {id: definition.values})


def _lift(same: Mapping[str, Definition]) -> Structure | None:
    differing = _differing(tuple(same.values()))
    if len(differing) > MOST_LIFTED:
        return None
    used = {name for definition in same.values() for name in names_in(definition)}
    keys = Counter(key for places in differing.values() for key in {key for _, key, _, _ in places})
    names: dict[Place, str] = {}
    values = {id: dict(definition.values) for id, definition in same.items()}
    first = next(iter(same.values()))
    declared: list[Parameter] = []
    for texts, places in differing.items():
        object_id, key, *_ = places[0]
        item = first.object(object_id)
        alone = keys[key] == 1
        words = (key,) if alone else (object_id, key)
        if item and item.type == "Schedule" and key == "period" and alone:
            words = ("schedule", "period")  # as it is named in most projects
        name = parameter_name(words, used)
        used.add(name)
        names |= dict.fromkeys(places, name)
        declared.append(_declaration(name, places))
        for id, text in zip(same, texts, strict=True):
            values[id][name] = Field((text,))
    objects = tuple(_with_names(item, names) for item in first.objects)
    return Structure(Definition(objects, (*first.parameters, *declared)), values)


def _declaration(name: str, places: Sequence[Place]) -> Parameter:
    where = ", ".join(dict.fromkeys(f"{object_id}.{key}" for object_id, key, *_ in places))
    return Parameter(name, {"type": Field(("String",)), "description": Field((where[:_LONGEST],))})


def _differing(definitions: Sequence[Definition]) -> Mapping[tuple[str, ...], list[Place]]:
    """The texts that differ, one for each definition, and the places where just these stand."""
    found: dict[tuple[str, ...], list[Place]] = {}
    for item in definitions[0].objects:
        others = [definition.object(item.id) or item for definition in definitions]
        for key, field in item.fields.items():
            if not _may_differ(item, key):
                continue
            for index, value in enumerate(field.values):
                if isinstance(value, Ref):
                    continue
                parts = [_literals(other.fields[key].values[index]) for other in others]
                for part, texts in enumerate(zip(*parts, strict=True)):
                    if len(set(texts)) > 1:
                        found.setdefault(texts, []).append((item.id, key, index, part))
    return found


def _literals(value: Value) -> list[str]:
    return ["" if isinstance(one, Expression) else one.text for one in parse(str(value))]


def _with_names(item: PipelineObject, names: Mapping[Place, str]) -> PipelineObject:
    def text(key: str, index: int, value: Value) -> Value:
        if not any((item.id, key, index, part) in names for part in range(_parts(value))):
            return value
        pieces = (
            f"#{{{names[item.id, key, index, part]}}}"
            if (item.id, key, index, part) in names
            else one.source
            if isinstance(one, Expression)
            else one.text
            for part, one in enumerate(parse(str(value)))
        )
        return "".join(pieces)

    fields = {
        key: Field(tuple(text(key, index, value) for index, value in enumerate(field.values)))
        for key, field in item.fields.items()
    }
    return replace(item, fields=fields)


def _parts(value: Value) -> int:
    return 0 if isinstance(value, Ref) else len(parse(str(value)))
