"""What every rule looks at: a template, worked out once for all its pipelines, and one pipeline's values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from pipelayer.definition.catalogue import Category, FieldType, ObjectType, common_fields, object_types
from pipelayer.definition.codes import Code
from pipelayer.definition.expressions import Resolver, references
from pipelayer.definition.inheritance import DEFAULT, Inheritance
from pipelayer.definition.parts import Definition, Field, Parameter, PipelineObject
from pipelayer.definition.shapes import bounded
from pipelayer.model import Finding, Position, Severity


@dataclass(frozen=True)
class Typed:
    """A field with one of its values, and what the catalogue says of it. `written`: before parameters were
    put in place, where there are any.
    """

    item: PipelineObject
    key: str
    type: FieldType
    text: str
    at: Position | None
    written: str = ""

    @property
    def place(self) -> str:
        return f"{self.item.id}.{self.key}"


@dataclass(frozen=True)
class Template:
    """Objects and parameters, and the names of the values that are given: what pipelines share."""

    objects: tuple[PipelineObject, ...]
    parameters: tuple[Parameter, ...]
    given: frozenset[str]

    @cached_property
    def by_id(self) -> Mapping[str, PipelineObject]:
        return {item.id: item for item in self.objects}

    @cached_property
    def declared(self) -> Mapping[str, Parameter]:
        return {parameter.id: parameter for parameter in self.parameters}

    @cached_property
    def defaults(self) -> Mapping[str, Field]:
        return Definition(parameters=self.parameters).defaults

    @cached_property
    def used(self) -> frozenset[str]:
        """The names that the expressions of the objects use, the first part of each path."""
        return frozenset(
            part
            for item in self.objects
            for field in item.fields.values()
            for text in field.texts
            if "#{" in text
            for name in references(text)
            for part in (name, name.partition(".")[0])
        )

    @cached_property
    def inheritance(self) -> Inheritance:
        return Inheritance(Definition(self.objects))

    @cached_property
    def parents(self) -> frozenset[str]:
        """The ids of the objects that others inherit from."""
        found = (item.fields.get("parent") for item in self.objects)
        return frozenset(id for parent in found if parent for id in parent.refs)

    @cached_property
    def effective(self) -> Mapping[str, Mapping[str, Field]]:
        """Each object's fields after inheritance."""
        return {item.id: self.inheritance.fields(item) for item in self.objects}

    @cached_property
    def types(self) -> Mapping[str, ObjectType]:
        """The type of each object that has a known one."""
        known = object_types()
        named = {item.id: self.inheritance.type(item) for item in self.objects}
        return {id: known[name] for id, name in named.items() if name in known}

    def of_type(self, *names: str) -> list[PipelineObject]:
        """The objects of these types, those left out that others inherit from."""
        return [item for item in self._leaves if (t := self.types.get(item.id)) and t.name in names]

    def of_category(self, category: Category) -> list[PipelineObject]:
        """The objects of this category, those left out that others inherit from."""
        return [item for item in self._leaves if (t := self.types.get(item.id)) and t.category is category]

    @cached_property
    def _leaves(self) -> list[PipelineObject]:
        return [item for item in self.objects if item.id != DEFAULT and item.id not in self.parents]

    def targets(self, item: PipelineObject, key: str) -> list[PipelineObject]:
        """The objects that a field refers to, inherited or its own; what leads nowhere is left out."""
        field = self.effective[item.id].get(key)
        return [self.by_id[id] for id in field.refs if id in self.by_id] if field else []

    def is_plain(self, item: PipelineObject) -> bool:
        """Whether it is no object of a type of its own: `Default`, or one that only others inherit from."""
        return item.id == DEFAULT or item.id not in self.types

    def known_fields(self, item: PipelineObject) -> Mapping[str, FieldType]:
        """The fields that the object may have. One without a type may have any."""
        type = self.types.get(item.id)
        return type.fields if type and item.id != DEFAULT else common_fields()

    @cached_property
    def _typed(self) -> tuple[tuple[Typed, ...], tuple[Typed, ...]]:
        plain: list[Typed] = []
        open: list[Typed] = []
        for item in self.objects:
            fields = self.known_fields(item)
            for key, field in item.fields.items():
                if (known := fields.get(key)) is None:
                    continue
                for index, value in enumerate(field.values):
                    if isinstance(value, str):
                        typed = Typed(item, key, known, value, field.position(index))
                        (open if "#{" in value else plain).append(typed)
        return tuple(plain), tuple(open)

    @property
    def plain(self) -> tuple[Typed, ...]:
        """Every string without an expression in a field that the catalogue knows."""
        return self._typed[0]

    @property
    def open(self) -> tuple[Typed, ...]:
        """Every string with one, as written."""
        return self._typed[1]


@dataclass(frozen=True)
class Context:
    """A definition under examination, with its values. `now` is None where the time doesn't count."""

    template: Template
    definition: Definition
    now: datetime | None = None

    @cached_property
    def resolver(self) -> Resolver:
        return Resolver(self.definition.values, self.template.defaults)

    @cached_property
    def given(self) -> Mapping[str, Field]:
        """What each parameter stands for."""
        return {**self.template.defaults, **self.definition.values}

    @cached_property
    def resolved(self) -> tuple[Typed, ...]:
        """The template's open strings with parameters in place, as far as that goes.

        A parameter's value stands where it was given.
        """
        return tuple(self._resolved())

    def _resolved(self) -> Iterator[Typed]:
        for typed in self.template.open:
            text = self.resolver.text(typed.text)
            if text is not None:
                at = self.resolver.origin(typed.text) or typed.at
                yield Typed(typed.item, typed.key, typed.type, text, at, typed.text)

    def texts(self, item: PipelineObject, key: str) -> list[tuple[str, Position | None]]:
        """The strings under `key`, inherited or its own, with parameters in place where they can be."""
        field = self.template.effective[item.id].get(key)
        found: list[tuple[str, Position | None]] = []
        for index, value in enumerate(field.values if field else ()):
            if field is None or not isinstance(value, str):
                continue
            at = field.position(index)
            if "#{" in value:
                found.append((self.resolver.partial(value), self.resolver.origin(value) or at))
            else:
                found.append((value, at))
        return found

    def text(self, item: PipelineObject, key: str) -> str | None:
        """The one string under `key`, None where there is none or something remains for AWS to evaluate."""
        match self.texts(item, key):
            case [(text, _)] if "#{" not in text:
                return text
            case _:
                return None

    def is_true(self, item: PipelineObject, key: str) -> bool:
        return (self.text(item, key) or "").casefold() == "true"


def error(code: Code, message: str, at: Position | None, hint: str = "") -> Finding:
    """AWS would refuse this."""
    return Finding(Severity.ERROR, code, bounded(message), at, bounded(hint))


def warning(code: Code, message: str, at: Position | None, hint: str = "") -> Finding:
    """AWS takes this, but it is hardly what was meant."""
    return Finding(Severity.WARNING, code, bounded(message), at, bounded(hint))


def note(code: Code, message: str, at: Position | None, hint: str = "") -> Finding:
    """Nothing is wrong; it is worth knowing."""
    return Finding(Severity.NOTE, code, bounded(message), at, bounded(hint))


def own_at(item: PipelineObject, *keys: str) -> Position | None:
    """Where the last of these keys that the object has itself stands, else where the object does."""
    own = [item.fields[key] for key in keys if key in item.fields]
    return (own[-1].key_at or own[-1].at) if own else item.at
