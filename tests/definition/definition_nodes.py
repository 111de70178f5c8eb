"""JSON-like values → nodes with positions, without a reader: each value stands on a line of its own."""

from __future__ import annotations

import json
from itertools import count

from pipelayer.model import Array, Boolean, Entry, Node, Null, Number, Position, Table, Text


def node(value: object, path: str = "pipeline_definition.json") -> Node:
    """The value as a node. Lines count the values from the top, so every place is another line."""
    lines = count(1)

    def build(value: object) -> Node:
        at = Position(path, next(lines), 1)
        match value:
            case bool():
                return Boolean(value, at)
            case str():
                return Text(value, at)
            case int() | float():
                return Number(json.dumps(value), isinstance(value, int), at)
            case None:
                return Null(at)
            case list():
                return Array(tuple(build(item) for item in value), at)
            case dict():
                pairs = (
                    (str(key), Position(path, next(lines), 2), build(inner)) for key, inner in value.items()
                )
                return Table(tuple(Entry(*pair) for pair in pairs), at)
            case _:
                raise TypeError(type(value))

    return build(value)
