"""Values as YAML that `project.source` reads to the same meaning.

A word stays a word and a number keeps its written form; whatever could be taken for something else is quoted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

import yaml

from pipelayer.model import Array, Boolean, Node, Null, Number, Table, Text

Plain = str | int | bool | None | Sequence["Plain"] | Mapping[str, "Plain"]
"""What JSON can say, but for fractions."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_GUESSED = re.compile("true|false|yes|no|on|off|null|y|n", re.IGNORECASE)
_WIDE = 1 << 30
"""Nothing is folded: a text stays on its line."""


def written(value: Plain | Node) -> bytes:
    """The document, in UTF-8. Tables are blocks; lists stand in brackets."""
    events = [
        yaml.StreamStartEvent(),
        yaml.DocumentStartEvent(explicit=False),
        *_events(value),
        yaml.DocumentEndEvent(explicit=False),
        yaml.StreamEndEvent(),
    ]
    text = yaml.emit(events, width=_WIDE, allow_unicode=True)
    assert isinstance(text, str)
    return text.encode("utf-8")


def word(text: str) -> str:
    """A text as it stands within a document that is written by other means."""
    return text if _is_word(text) else json.dumps(text, ensure_ascii=False)


def _is_word(text: str) -> bool:
    """Whether it is read as text without quotes."""
    return _WORD.fullmatch(text) is not None and not _GUESSED.fullmatch(text)


def _events(value: Plain | Node) -> Iterator[yaml.Event]:
    match value:
        case Table():
            yield from _table((entry.key, entry.value) for entry in value.entries)
        case Mapping():
            yield from _table(iter(value.items()))
        case Array():
            yield from _list(value.items)
        case Text():
            yield _text(value.value)
        case str():
            yield _text(value)
        case Number():
            yield _bare(value.text)
        case Boolean():
            yield _bare("true" if value.value else "false")
        case bool():
            yield _bare("true" if value else "false")
        case int():
            yield _bare(str(value))
        case Null() | None:
            yield _bare("null")
        case Sequence():
            yield from _list(value)
        case _:
            assert_never(value)


def _table(entries: Iterator[tuple[str, Plain]] | Iterator[tuple[str, Node]]) -> Iterator[yaml.Event]:
    yield yaml.MappingStartEvent(None, None, implicit=True, flow_style=False)
    for key, value in entries:
        yield _text(key)
        yield from _events(value)
    yield yaml.MappingEndEvent()


def _list(items: Sequence[Plain] | Sequence[Node]) -> Iterator[yaml.Event]:
    yield yaml.SequenceStartEvent(None, None, implicit=True, flow_style=True)
    for item in items:
        yield from _events(item)
    yield yaml.SequenceEndEvent()


def _bare(text: str) -> yaml.Event:
    return yaml.ScalarEvent(None, None, (True, False), text)


def _text(text: str) -> yaml.Event:
    if _is_word(text):
        return _bare(text)
    return yaml.ScalarEvent(None, None, (False, True), text, style='"')
