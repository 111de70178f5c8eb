"""YAML with positions: the part of it that says the same as JSON, and nothing that guesses.

A scalar without quotes is `true`, `false`, null or a number only where JSON would read it so; everything else
is the text as written. So `yes`, `2024-01-01`, `1:30` and an account number that begins with 0 are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from pipelayer.model import Array, Boolean, Entry, Finding, Node, Null, Number, Position, Table, Text
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

_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = {"!", f"{_TAG}str"}
_GUESSED_TAGS = {f"{_TAG}{name}" for name in ("int", "float", "bool", "null")}
_KNOWN_TAGS = {None, *_TEXT_TAGS, *_GUESSED_TAGS, f"{_TAG}map", f"{_TAG}seq"}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_MERGE = "<<"
_NESTING = "exceeded maximum nesting depth"
"""From libyaml 0.2.6 on its scanner has a limit of its own, which it meets before we see our first event."""


@dataclass
class _Open:
    """A list or table that is being read. `weight` counts its values, aliases with what they stand for."""

    at: Position
    anchor: str | None
    is_table: bool
    items: list[tuple[Node, bool]] = field(default_factory=list)
    weight: int = 1


def read_yaml(path: str, text: str, findings: list[Finding]) -> Node:
    """The document's value. Faults that can be read past go to `findings`; the others raise `Unreadable`."""
    if (control := yaml.reader.Reader.NON_PRINTABLE.search(text)) is not None:
        message = f"The character U+{ord(control[0]):04X} can't stand in YAML."
        at = Places(path, text).at(control.start())
        raise Unreadable(Code.ENCODING, message, at, 'Remove it, or write it in double quotes as "\\xNN".')
    try:
        return _Reader(path, findings).read(_events(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = _position(path, mark)
        if error.problem == _NESTING:
            raise too_deep(at) from None
        message = f"This is no YAML: {error.problem or error.context or 'it breaks off'}."
        hint = "Check the indentation, the quotes and the brackets here and in the line before."
        raise Unreadable(Code.YAML, message, at, hint) from None
    except yaml.YAMLError as error:
        message = f"This is no YAML: {shown(str(error))}."
        raise Unreadable(Code.YAML, message, Position(path), "Remove unusual characters.") from None


def _events(text: str) -> Iterator[yaml.Event]:
    """The parser's events: it keeps its own stack, so that no depth of brackets exhausts Python's."""
    return iter(yaml.parse(text, Loader=_LOADER))


def _position(path: str, mark: yaml.Mark | yaml._yaml.Mark | None) -> Position:
    return Position(path, mark.line + 1, mark.column + 1) if mark else Position(path)


class _Reader:
    def __init__(self, path: str, findings: list[Finding]) -> None:
        self._path = path
        self._findings = findings
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._weight = 0

    def read(self, events: Iterator[yaml.Event]) -> Node:
        document: Node | None = None
        for event in events:
            at = _position(self._path, event.start_mark)
            done: Node | None = None
            match event:
                case yaml.DocumentStartEvent() if document is not None:
                    hint = "Keep one, or make two files."
                    raise self._refuse("The file holds a second document.", at, hint)
                case yaml.ScalarEvent():
                    done = self._add(self._scalar(event, at), event.anchor, 1, plain=not event.style)
                case yaml.AliasEvent():
                    done = self._add(*self._alias(event.anchor, at), plain=False)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._check_tag(event.tag, at)
                    if len(self._stack) >= MAX_DEPTH:
                        raise too_deep(at)
                    is_table = isinstance(event, yaml.MappingStartEvent)
                    self._stack.append(_Open(at, event.anchor, is_table))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    top = self._stack.pop()
                    node = self._table(top) if top.is_table else Array(tuple(n for n, _ in top.items), top.at)
                    done = self._add(node, top.anchor, top.weight, plain=False)
                case _:
                    pass
            document = done if done is not None else document
        return document if document is not None else Null(Position(self._path))

    def _add(self, node: Node, anchor: str | None, weight: int, *, plain: bool) -> Node | None:
        """Put a finished value where it belongs; it is returned if it is the document."""
        if anchor is not None:
            self._anchors[anchor] = (node, weight)
        if not self._stack:
            return node
        top = self._stack[-1]
        top.items.append((node, plain))
        top.weight += weight
        if top.weight > MAX_VALUES:
            raise too_many(node.at)
        return None

    def _alias(self, name: str | None, at: Position) -> tuple[Node, None, int]:
        found = self._anchors.get(name or "")
        if found is None:
            hint = f"Mark a value before it with &{name}; a value can't hold itself."
            raise self._refuse(f"The alias {shown(f'*{name}')} stands for nothing.", at, hint)
        node, weight = found
        return node, None, weight

    def _scalar(self, event: yaml.ScalarEvent, at: Position) -> Node:
        self._check_tag(event.tag, at)
        value = event.value
        if (bad := BAD_CHARACTER.search(value)) is not None:
            raise bad_character(bad[0], at)
        guessed = event.tag in _GUESSED_TAGS
        if not guessed and (event.style or event.tag is not None):
            return Text(value, at)
        if value in _NULLS:
            return Null(at)
        if value in _BOOLEANS:
            return Boolean(_BOOLEANS[value], at)
        if (number := _NUMBER.fullmatch(value)) is not None:
            return Number(value, number[1] is None and number[2] is None, at)
        return Text(value, at)

    def _table(self, top: _Open) -> Table:
        entries: dict[str, Entry] = {}
        merged: list[Entry] = []
        for (key_node, plain), (value, _) in zip(top.items[::2], top.items[1::2], strict=True):
            key = _written(key_node)
            if key is None:
                hint = 'Write a word or a "quoted string" before the colon.'
                raise self._refuse("A list or a table can't be a key.", key_node.at, hint)
            if key == _MERGE and plain:
                merged.extend(self._merged(value))
            elif (first := entries.setdefault(key, Entry(key, key_node.at, value))).key_at != key_node.at:
                self._findings.append(duplicate(key, key_node.at, first.key_at))
        for entry in merged:
            entries.setdefault(entry.key, entry)
        return Table(tuple(entries.values()), top.at)

    def _merged(self, value: Node) -> Iterator[Entry]:
        """`<<: *base` adds what the table does not say itself (YAML's merge key)."""
        for part in value.items if isinstance(value, Array) else (value,):
            if not isinstance(part, Table):
                raise self._refuse("`<<` takes a table.", part.at, "Write <<: *name, or quote the key.")
            yield from part.entries

    def _check_tag(self, tag: str | None, at: Position) -> None:
        if tag not in _KNOWN_TAGS:
            hint = "Write the plain value: tags are not needed here, and none but YAML's own is accepted."
            raise self._refuse(f"The tag {shown(str(tag))} is not accepted.", at, hint)

    def _refuse(self, message: str, at: Position, hint: str) -> Unreadable:
        return Unreadable(Code.YAML_FEATURE, message, at, hint)


def _written(node: Node) -> str | None:
    """A key as it is written; `yes`, `1` and `null` are words like any other there."""
    match node:
        case Text():
            return node.value
        case Number():
            return node.text
        case Boolean():
            return "true" if node.value else "false"
        case Null():
            return "null"
        case Array() | Table():
            return None
