"""Values of the sandbox as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import datetime

from .shapes import Json


def jsonable(value: object) -> Json:
    """Dataclasses as objects, times in ISO 8601, enums by value."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(key): jsonable(one) for key, one in value.items()}
        case Set():
            return sorted(str(one) for one in value)
        case Sequence():
            return [jsonable(one) for one in value]
        case _ if is_dataclass(value):
            return {field.name: jsonable(getattr(value, field.name)) for field in fields(value)}
        case _:
            return str(value)
