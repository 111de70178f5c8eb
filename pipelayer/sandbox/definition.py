"""A saved definition as the service sees it: parameters evaluated, fields inherited."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .shapes import FieldJson, ObjectJson, ParameterJson, ValueJson
from .timetable import Period, parse_period

EXPRESSION = re.compile(r"#\{([^{}]*)\}")
PARAMETER = re.compile(r"#\{\s*(\*?my\w+)\s*\}")
DEPTH = 20


@dataclass(frozen=True)
class Definition:
    """What PutPipelineDefinition saves."""

    objects: Sequence[ObjectJson] = ()
    parameters: Sequence[ParameterJson] = ()
    values: Sequence[ValueJson] = ()

    def with_values(self, values: Sequence[ValueJson]) -> Definition:
        """The same with these parameter values, each in the place of those of its id (ActivatePipeline)."""
        given = {value["id"] for value in values}
        return Definition(
            self.objects, self.parameters, [*(v for v in self.values if v["id"] not in given), *values]
        )

    @cached_property
    def settings(self) -> Mapping[str, Sequence[str]]:
        """Each parameter's values: those given, else its default."""
        found: dict[str, list[str]] = {}
        for parameter in self.parameters:
            defaults = [a["stringValue"] for a in parameter["attributes"] if a["key"] == "default"]
            if defaults:
                found[parameter["id"]] = defaults
        given: dict[str, list[str]] = {}
        for value in self.values:
            given.setdefault(value["id"], []).append(value["stringValue"])
        return found | given

    def evaluate(self, text: str) -> str:
        """`text` with every parameter that has one value replaced by it; other expressions stay."""

        def replace(match: re.Match[str]) -> str:
            values = self.settings.get(match[1], ())
            return values[0] if len(values) == 1 else match[0]

        for _ in range(DEPTH):
            after = PARAMETER.sub(replace, text)
            if after == text:
                break
            text = after
        return text

    @cached_property
    def by_id(self) -> Mapping[str, Item]:
        return {one["id"]: Item(self, one) for one in self.objects}

    @cached_property
    def default(self) -> Item | None:
        return self.by_id.get("Default")

    def of_type(self, type_name: str) -> list[Item]:
        return [item for item in self.by_id.values() if item.type == type_name]

    @cached_property
    def schedule_type(self) -> str:
        """`cron`, `timeseries` or `ondemand`: Default's, or the first that an object names; cron if none
        does.
        """
        items = list(self.by_id.values())
        first = [self.default] if self.default else []
        for item in [*first, *items]:
            if found := item.own_text("scheduleType"):
                return found.lower()
        return "cron"

    @property
    def on_demand(self) -> bool:
        return self.schedule_type == "ondemand"


@dataclass(frozen=True)
class Item:
    """One object of a definition."""

    of: Definition = field(repr=False)
    json: ObjectJson

    @property
    def id(self) -> str:
        return self.json["id"]

    @property
    def type(self) -> str:
        """`""` for Default and for objects that only others inherit from."""
        return next((f.get("stringValue", "") for f in self.json["fields"] if f["key"] == "type"), "")

    @cached_property
    def own(self) -> Mapping[str, Sequence[FieldJson]]:
        """Its own fields, repeated keys together."""
        found: dict[str, list[FieldJson]] = {}
        for one in self.json["fields"]:
            found.setdefault(one["key"], []).append(one)
        return found

    @property
    def ancestors(self) -> list[Item]:
        """Where fields come from that it hasn't: the chain of parents, in the end Default."""
        found: list[Item] = []
        item = self
        for _ in range(DEPTH):
            refs = [f["refValue"] for f in item.own.get("parent", ()) if "refValue" in f]
            parent = self.of.by_id.get(refs[0]) if refs else self.of.default
            if parent is None or parent in found or parent.id == self.id:
                break
            found.append(parent)
            item = parent
        return found

    def effective(self, key: str) -> Sequence[FieldJson]:
        """The field's values, inherited ones included."""
        for item in [self, *self.ancestors]:
            if values := item.own.get(key):
                return values
        return ()

    def has(self, key: str) -> bool:
        return bool(self.effective(key))

    def own_text(self, key: str) -> str:
        """The first value of a field of its own, parameters evaluated; `""` if there is none."""
        return next(
            (self.of.evaluate(f["stringValue"]) for f in self.own.get(key, ()) if "stringValue" in f), ""
        )

    def text(self, key: str) -> str:
        """The same, inherited ones included."""
        fields = self.effective(key)
        return next((self.of.evaluate(f["stringValue"]) for f in fields if "stringValue" in f), "")

    def period(self) -> Period | None:
        return parse_period(self.own_text("period"))
