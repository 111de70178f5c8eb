"""What every rule looks at: the definition, worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pipelayer.definition.catalogue import FieldType, ObjectType, common_fields, object_types
from pipelayer.definition.codes import Code
from pipelayer.definition.expressions import Resolver
from pipelayer.definition.inheritance import DEFAULT, Inheritance
from pipelayer.definition.parts import Definition, Field, PipelineObject
from pipelayer.model import Finding, Position, Severity

_LONGEST = 500


@dataclass(frozen=True)
class Typed:
    """A field with one of its values, and what the catalogue says of it."""

    item: PipelineObject
    key: str
    type: FieldType
    text: str
    at: Position | None

    @property
    def place(self) -> str:
        return f"{self.item.id}.{self.key}"


@dataclass(frozen=True)
class Context:
    """A definition under examination."""

    definition: Definition

    @cached_property
    def objects(self) -> Mapping[str, PipelineObject]:
        """The objects by their ids."""
        return {item.id: item for item in self.definition.objects}

    @cached_property
    def inheritance(self) -> Inheritance:
        return Inheritance(self.definition)

    @cached_property
    def resolver(self) -> Resolver:
        return Resolver(self.definition.values, self.definition.defaults)

    @cached_property
    def parents(self) -> frozenset[str]:
        """The ids of the objects that others inherit from."""
        found = (item.fields.get("parent") for item in self.definition.objects)
        return frozenset(id for parent in found if parent for id in parent.refs)

    @cached_property
    def effective(self) -> Mapping[str, Mapping[str, Field]]:
        """Each object's fields after inheritance."""
        return {item.id: self.inheritance.fields(item) for item in self.definition.objects}

    @cached_property
    def types(self) -> Mapping[str, ObjectType]:
        """The type of each object that has a known one."""
        known = object_types()
        named = {item.id: self.inheritance.type(item) for item in self.definition.objects}
        return {id: known[name] for id, name in named.items() if name in known}

    def field_type(self, item: PipelineObject, key: str) -> FieldType | None:
        """What the catalogue says of a field. One without a type (`Default`, a parent) may have any."""
        return self.known_fields(item).get(key)

    def known_fields(self, item: PipelineObject) -> Mapping[str, FieldType]:
        """The fields that the object may have."""
        type = self.types.get(item.id)
        return type.fields if type and item.id != DEFAULT else common_fields()

    @cached_property
    def typed(self) -> tuple[Typed, ...]:
        """Every plain string in a field that the catalogue knows, with its parameters in place.

        What only AWS can evaluate is left out. A parameter's value stands where that was given.
        """
        return tuple(self._typed())

    def _typed(self) -> Iterator[Typed]:
        for item in self.definition.objects:
            for key, field in item.fields.items():
                known = self.field_type(item, key)
                if known is None:
                    continue
                for index, value in enumerate(field.values):
                    if isinstance(value, str) and (text := self.resolver.text(value)) is not None:
                        at = self.resolver.origin(value) or field.position(index)
                        yield Typed(item, key, known, text, at)


def error(code: Code, message: str, at: Position | None, hint: str = "") -> Finding:
    """AWS would refuse this."""
    return Finding(Severity.ERROR, code, _bounded(message), at, _bounded(hint))


def warning(code: Code, message: str, at: Position | None, hint: str = "") -> Finding:
    """AWS takes this, but it is hardly what was meant."""
    return Finding(Severity.WARNING, code, _bounded(message), at, _bounded(hint))


def _bounded(text: str) -> str:
    """What a user wrote may be long; a message is not."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
