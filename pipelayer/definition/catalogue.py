"""The object types that AWS knows, with their fields: names, kinds and groups, from the package's data.

Source: AWS Data Pipeline Developer Guide, "Pipeline Object Reference", one page for each type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from importlib.resources import files


class Group(StrEnum):
    """How a type treats a field. `undocumented` ones were seen at work and in no table of the guide."""

    REQUIRED = "required"
    ONE_OF = "one_of"
    INVOCATION = "invocation"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"
    RUNTIME = "runtime"
    SYSTEM = "system"
    UNDOCUMENTED = "undocumented"


class Slot(StrEnum):
    """What a field holds. `any`: the types that have it disagree."""

    STRING = "String"
    INTEGER = "Integer"
    DOUBLE = "Double"
    BOOLEAN = "Boolean"
    DATE_TIME = "DateTime"
    PERIOD = "Period"
    ENUMERATION = "Enumeration"
    REFERENCE = "reference"
    ANY = "any"


class Category(StrEnum):
    """What a type is for."""

    ACTIVITY = "activity"
    ACTION = "action"
    DATA_FORMAT = "data_format"
    DATA_NODE = "data_node"
    DATABASE = "database"
    DEFAULT = "default"
    PRECONDITION = "precondition"
    RESOURCE = "resource"
    SCHEDULE = "schedule"
    UTILITY = "utility"


@dataclass(frozen=True)
class FieldType:
    """One field of a type. `enum` is empty where any value will do."""

    group: Group
    slot: Slot
    multi: bool = False
    enum: tuple[str, ...] = ()
    deprecated: bool = False


@dataclass(frozen=True)
class ObjectType:
    """One type. Of each group in `one_of` an object needs at least one field, its own or inherited."""

    name: str
    category: Category
    one_of: tuple[tuple[str, ...], ...]
    fields: Mapping[str, FieldType]

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The fields that no object of this type goes without."""
        return tuple(name for name, field in self.fields.items() if field.group is Group.REQUIRED)


@lru_cache(maxsize=1)
def object_types() -> Mapping[str, ObjectType]:
    """Every type by its name. Read once, when first asked for."""
    data = json.loads(files(__package__).joinpath("data/object_types.json").read_text("utf-8"))
    return {name: _object_type(name, entry) for name, entry in data.items()}


@lru_cache(maxsize=1)
def common_fields() -> Mapping[str, FieldType]:
    """Every field of any type, for `Default` and for parents, which may have any of them.

    One that the types disagree about may hold anything.
    """
    found: dict[str, FieldType] = {}
    for type in object_types().values():
        for name, field in type.fields.items():
            general = FieldType(Group.OPTIONAL, field.slot, field.multi, field.enum)
            same = found.setdefault(name, general)
            if (same.slot, same.enum) != (field.slot, field.enum):
                found[name] = FieldType(Group.OPTIONAL, Slot.ANY, multi=True)
    return found


def _object_type(name: str, entry: Mapping[str, object]) -> ObjectType:
    fields, groups = entry["fields"], entry["one_of_groups"]
    assert isinstance(fields, dict)
    assert isinstance(groups, list)
    return ObjectType(
        name,
        Category(str(entry["category"])),
        tuple(tuple(group) for group in groups),
        {
            key: FieldType(
                Group(field["group"]),
                Slot(field["slot"]),
                field.get("multi", False),
                tuple(field.get("enum", ())),
                field.get("deprecated", False),
            )
            for key, field in fields.items()
        },
    )
