"""The object types of Data Pipeline: their required, alternative, typed and reference fields.

From the tables of the AWS Data Pipeline Developer Guide, "Pipeline Object Reference"; names and types only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class ObjectType:
    category: str
    required: Sequence[str]
    one_of: Sequence[Sequence[str]]
    forbidden: Sequence[str]
    slots: Mapping[str, str]
    """What each known field holds: String, Integer, …, `reference`."""
    enums: Mapping[str, Sequence[str]]


@cache
def object_types() -> Mapping[str, ObjectType]:
    text = resources.files(__package__).joinpath("data/object_types.json").read_text("utf-8")
    return {
        name: ObjectType(
            category=entry["category"],
            required=entry.get("required", ()),
            one_of=entry.get("one_of", ()),
            forbidden=entry.get("forbidden", ()),
            slots=entry.get("slots", {}),
            enums=entry.get("enums", {}),
        )
        for name, entry in json.loads(text).items()
    }
