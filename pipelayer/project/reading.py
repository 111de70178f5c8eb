"""What the JSON reader and the YAML reader share: codes, limits, places and the way to stop."""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import StrEnum

from pipelayer.model import Finding, Position, Severity

MAX_BYTES = 5_000_000
MAX_DEPTH = 100
MAX_VALUES = 300_000
"""Values in one file. AWS takes 100 objects of 50 fields: nobody comes near by writing."""

BAD_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no AWS string may hold (AWS Data Pipeline API Reference, the patterns of `id` and `stringValue`)."""


class Code(StrEnum):
    """PL00: what is wrong with a file's text."""

    ENCODING = "PL001"
    TOO_BIG = "PL002"
    JSON = "PL003"
    DUPLICATE_KEY = "PL004"
    YAML = "PL005"
    YAML_FEATURE = "PL006"


class Unreadable(Exception):
    """Reading stops here. It never leaves the readers: `read_document` turns it into its finding."""

    def __init__(self, code: Code, message: str, at: Position, hint: str) -> None:
        super().__init__(message)
        self.finding = Finding(Severity.ERROR, code, message, at, hint)


class Places:
    """Offsets in a text → positions."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(self, offset: int) -> Position:
        """Where the character number `offset` (from 0) stands."""
        line = bisect_right(self._starts, offset)
        return Position(self._path, line, offset - self._starts[line - 1] + 1)


def bad_character(character: str, at: Position) -> Unreadable:
    """A character that no AWS string may hold."""
    message = f"The character U+{ord(character):04X} can't stand in a definition: AWS refuses it."
    return Unreadable(Code.ENCODING, message, at, "Remove it.")


def duplicate(key: str, at: Position, first: Position) -> Finding:
    """A key that comes twice in one table; readers keep the first."""
    message = f"The key {shown(key)} comes twice in this table; the first is in line {first.line}."
    hint = "Remove one: other tools silently keep only the last."
    return Finding(Severity.ERROR, Code.DUPLICATE_KEY, message, at, hint)


def too_deep(at: Position) -> Unreadable:
    """More than `MAX_DEPTH` brackets within each other."""
    message = f"Lists and tables stand more than {MAX_DEPTH} deep here."
    return Unreadable(Code.TOO_BIG, message, at, "A definition needs five or six levels.")


def too_many(at: Position) -> Unreadable:
    """More than `MAX_VALUES` values, aliases counted with what they stand for."""
    message = f"The file holds more than {MAX_VALUES:,} values."
    return Unreadable(Code.TOO_BIG, message, at, "AWS takes 100 objects of 50 fields in one pipeline.")


def shown(text: str) -> str:
    """User text for a message: quoted with backticks, one line, not too long."""
    flat = text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
    return f"`{flat if len(flat) <= 80 else flat[:79] + '…'}`"
