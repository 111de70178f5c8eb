"""JSON or YAML text as values that know where they stand in their file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file: `path` relative to the repository with `/` between its parts, line and column from
    1.
    """

    path: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True)
class Text:
    """A string."""

    value: str
    at: Position = field(compare=False)


@dataclass(frozen=True)
class Number:
    """A number in its written form: `2` is `"2"`, `1.50` is `"1.50"`. AWS takes strings only, so no digit is
    lost.
    """

    text: str
    is_integer: bool
    at: Position = field(compare=False)


@dataclass(frozen=True)
class Boolean:
    """`true` or `false`."""

    value: bool
    at: Position = field(compare=False)


@dataclass(frozen=True)
class Null:
    """JSON's `null`, YAML's empty value."""

    at: Position = field(compare=False)


@dataclass(frozen=True)
class Array:
    """A list."""

    items: tuple[Node, ...]
    at: Position = field(compare=False)


@dataclass(frozen=True)
class Entry:
    """One key of a table with its value; `key_at` is where the key stands."""

    key: str
    key_at: Position = field(compare=False)
    value: Node


@dataclass(frozen=True)
class Table:
    """An object. Keys are unique: the reader has refused duplicates."""

    entries: tuple[Entry, ...]
    at: Position = field(compare=False)

    def get(self, key: str) -> Node | None:
        """The value under `key`, or None where there is none."""
        return next((entry.value for entry in self.entries if entry.key == key), None)


Node = Text | Number | Boolean | Null | Array | Table
