"""JSON (RFC 8259) with positions, and with messages for people who wrote it by hand.

The standard library's reader tells neither where a value stands nor that a key comes twice; the packages
that do are lenient on purpose or no longer kept up.
"""

from __future__ import annotations

import json
import re

from pipelayer.model import (
    Array,
    Boolean,
    Entry,
    Finding,
    Node,
    Null,
    Number,
    Position,
    Table,
    Text,
)
from pipelayer.project.reading import (
    BAD_CHARACTER,
    MAX_DEPTH,
    MAX_VALUES,
    Code,
    Places,
    Unreadable,
    bad_character,
    duplicate,
    shown,
    too_deep,
    too_many,
)

_SPACE = re.compile(r"[ \t\n\r]*+")
_SIMPLE_STRING = re.compile(r'"([^"\\\x00-\x1f]*+)"')
_STRING_BODY = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?([eE][+-]?[0-9]++)?(?![0-9A-Za-z_.+-])")
_WORD = re.compile(r"[^\s,:\[\]{}\"]++")
_CLOSING = {"{": "}", "[": "]"}
_LITERALS = {"true": "`true`", "false": "`false`", "null": "`null`", "none": "`null`", "undefined": "`null`"}


def read_json(path: str, text: str, findings: list[Finding]) -> Node:
    """The document's value. Faults that can be read past go to `findings`; the others raise `Unreadable`."""
    reader = _Reader(path, text, findings)
    if not text.strip(" \t\n\r"):
        hint = "A half-written file? The smallest document is {}."
        raise Unreadable(Code.JSON, "The file is empty.", Position(path), hint)
    node = reader.value(0)
    if (rest := reader.peek()) != "":
        hint = "One file holds one value: is a bracket closed too early?"
        raise reader.stop(f"There is more text after the end of the document: {shown(rest)}.", hint)
    return node


class _Reader:
    def __init__(self, path: str, text: str, findings: list[Finding]) -> None:
        self._text = text
        self._offset = 0
        self._places = Places(path, text)
        self._findings = findings
        self._count = 0
        self._open: list[Position] = []

    def peek(self) -> str:
        """The next character that isn't space, without taking it; "" at the end."""
        match = _SPACE.match(self._text, self._offset)
        self._offset = match.end() if match else self._offset
        return self._text[self._offset : self._offset + 1]

    def stop(self, message: str, hint: str, offset: int | None = None) -> Unreadable:
        """What is raised where reading can't go on."""
        at = self._places.at(self._offset if offset is None else offset)
        return Unreadable(Code.JSON, message, at, hint)

    def value(self, depth: int) -> Node:
        """The value that begins here."""
        first = self.peek()
        at = self._places.at(self._offset)
        self._count += 1
        if self._count > MAX_VALUES:
            raise too_many(at)
        match first:
            case '"':
                return Text(self._string(), at)
            case "{" | "[":
                if depth >= MAX_DEPTH:
                    raise too_deep(at)
                self._offset += 1
                self._open.append(at)
                node = self._table(at, depth + 1) if first == "{" else self._array(at, depth + 1)
                self._open.pop()
                return node
            case _:
                return self._literal(at)

    def _literal(self, at: Position) -> Node:
        if (number := _NUMBER.match(self._text, self._offset)) is not None:
            self._offset = number.end()
            return Number(number[0], number[1] is None and number[2] is None, at)
        found = _WORD.match(self._text, self._offset)
        word = found[0] if found else ""
        match word:
            case "true" | "false":
                self._offset += len(word)
                return Boolean(word == "true", at)
            case "null":
                self._offset += len(word)
                return Null(at)
        raise self._unexpected("a value")

    def _table(self, at: Position, depth: int) -> Table:
        entries: list[Entry] = []
        seen: dict[str, Position] = {}
        if self.peek() == "}":
            self._offset += 1
            return Table((), at)
        while True:
            if self.peek() != '"':
                raise self._unexpected("a key in double quotes")
            key_at = self._places.at(self._offset)
            key = self._string()
            if self.peek() != ":":
                raise self._unexpected(f"a colon after the key {shown(key)}")
            self._offset += 1
            node = self.value(depth)
            if (first := seen.setdefault(key, key_at)) is key_at:
                entries.append(Entry(key, key_at, node))
            else:
                self._findings.append(duplicate(key, key_at, first))
            if self._ends("}"):
                return Table(tuple(entries), at)

    def _array(self, at: Position, depth: int) -> Array:
        items: list[Node] = []
        if self.peek() == "]":
            self._offset += 1
            return Array((), at)
        while True:
            items.append(self.value(depth))
            if self._ends("]"):
                return Array(tuple(items), at)

    def _ends(self, bracket: str) -> bool:
        """Whether the list or table ends here. A trailing comma is reported and read past."""
        match self.peek():
            case ",":
                comma = self._offset
                self._offset += 1
                if self.peek() == bracket:
                    fault = self.stop(f"A comma stands before the closing `{bracket}`.", "Remove it.", comma)
                    self._findings.append(fault.finding)
                    self._offset += 1
                    return True
                return False
            case found if found == bracket:
                self._offset += 1
                return True
            case _:
                raise self._unexpected(f"a comma or `{bracket}`")

    def _string(self) -> str:
        simple = _SIMPLE_STRING.match(self._text, self._offset)
        if simple is not None:
            self._offset = simple.end()
            return simple[1]
        body = _STRING_BODY.match(self._text, self._offset)
        end = body.end() if body else self._offset + 1
        if self._text[end : end + 1] != '"':
            raise self._broken_string(end)
        value = json.loads(self._text[self._offset : end + 1])
        assert isinstance(value, str)
        if (bad := BAD_CHARACTER.search(value)) is not None:
            fault = bad_character(bad[0], self._places.at(self._offset))
            self._findings.append(fault.finding)
            value = BAD_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", value)
        self._offset = end + 1
        return value

    def _broken_string(self, end: int) -> Unreadable:
        match self._text[end : end + 1]:
            case "":
                return self.stop("The file ends inside this string.", 'Close it with `"`.')
            case "\n" | "\r":
                hint = 'Close the string with `"`, or write a line break inside it as \\n.'
                return self.stop("A line ends inside this string.", hint)
            case "\t":
                return self.stop("A tab stands inside this string.", "Write it as \\t.", end)
            case "\\":
                wrong = self._text[end : end + 2]
                hint = (
                    'Write a backslash itself as \\\\; JSON knows \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX.'
                )
                return self.stop(f"JSON has no escape {shown(wrong)}.", hint, end)
            case other:
                return self.stop(
                    f"The character U+{ord(other):04X} can't stand in a string.", "Remove it.", end
                )

    def _unexpected(self, wanted: str) -> Unreadable:
        if self.peek() == "":
            where = f"; the bracket of line {self._open[-1].line} is still open" if self._open else ""
            hint = "Is the file half-written? Close what is open."
            return self.stop(f"The file ends where {wanted} should be{where}.", hint)
        found = _WORD.match(self._text, self._offset)
        word = found[0] if found else self._text[self._offset]
        return self.stop(f"There should be {wanted} here, not {shown(word)}.", _advice(word, wanted))


def _advice(word: str, wanted: str) -> str:
    if word.startswith(("//", "/*", "#")):
        return "JSON has no comments: remove it, or write the file as YAML."
    if word.startswith(("'", "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}")):
        return 'Strings stand in double quotes: "like this".'
    if wanted != "a value":
        closing = word in _CLOSING.values()
        return "Is a bracket or a value missing before it?" if closing else "Is something missing before it?"
    if (literal := _LITERALS.get(word.lower())) is not None:
        return f"Write {literal}."
    if word[0] in "+-.0123456789" or word in {"NaN", "Infinity"}:
        return 'JSON has numbers like 5, -0.5 and 1e3; write anything else as a string: "012".'
    if word in {"]", "}", ",", ":"}:
        return "Is a value missing before it?"
    return 'Strings stand in double quotes: "like this".'
