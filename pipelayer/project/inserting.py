"""One entry more in the `metadata` of a values file, and every other character where it was. Pure.

Comes in: the file's bytes. Goes out: its new bytes. They are read again before they are returned: they say
what the file said and the one entry, or nothing is returned. So an unusual way to write YAML can end in an
error, never in a damaged file.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property

from pipelayer.errors import UsageError
from pipelayer.model import Entry, Node, Null, Position, Table, Text
from pipelayer.project.reading import shown
from pipelayer.project.source import read_document

_BOM = "\ufeff"
_METADATA = "metadata"
_YAML_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What ends a line in YAML's positions (YAML 1.1, "Line Break Characters"); in JSON's, `\\n` alone does."""

_BREAK = re.compile("\r\n|\r|\n")
_LAST_LINE = re.compile("(?:\r\n|\r|\n)[ \t]*$")
_INDENT = re.compile("[ \t]*")
_NOTHING = re.compile("null|Null|NULL|~|")


@dataclass(frozen=True)
class Inserted:
    """The file's new bytes, and where the value stands in them."""

    data: bytes
    at: Position


def insert_metadata(path: str, data: bytes, key: str, value: str) -> Inserted:
    """Makes `key` the first entry of `metadata` in the values file `path`, which has no such key there yet.

    Raises UsageError where the file can't be read, or is written so that nothing can be added to it without
    changing something else.
    """
    document, problems = read_document(path, data)
    if document is None:
        problem = problems[-1]  # where reading stopped
        at = problem.at or Position(path)
        raise UsageError(problem.message, problem.hint, path=path, line=at.line, column=at.column)
    text = data.decode("utf-8")
    bom = _BOM if text.startswith(_BOM) else ""
    written = _Written(path, text.removeprefix(bom), document).with_metadata(key, value)
    changed = (bom + written).encode("utf-8")
    again, _ = read_document(path, changed)
    metadata = again.get(_METADATA) if isinstance(again, Table) and _has_room(document) else None
    found = metadata.get(key) if isinstance(metadata, Table) else None
    if found is None or again != _with_metadata(document, key, value):
        message = f"{shown(path)} is written so that nothing can be added without changing something else."
        hint = f'Write "{key}": {json.dumps(value)} into its `metadata` by hand.'
        raise UsageError(message, hint, path=path)
    return Inserted(changed, found.at)


def _has_room(document: Node) -> bool:
    """Whether the document, and its metadata, is a table or nothing: then there is nothing to write over."""
    metadata = document.get(_METADATA) if isinstance(document, Table) else None
    return isinstance(document, Table | Null) and isinstance(metadata, Table | Null | None)


def _with_metadata(document: Node, key: str, value: str) -> Table:
    """What the file has to say in the end."""
    at = document.at
    entries = document.entries if isinstance(document, Table) else ()
    before = next((entry.value for entry in entries if entry.key == _METADATA), None)
    others = before.entries if isinstance(before, Table) else ()
    metadata = Table((Entry(key, at, Text(value, at)), *others), at)
    if before is None:
        return Table((Entry(_METADATA, at, metadata), *entries), at)
    return Table(tuple(Entry(e.key, at, metadata if e.key == _METADATA else e.value) for e in entries), at)


@dataclass(frozen=True)
class _Written:
    """A file's text and what it says. What `with_metadata` returns may be wrong for unusual YAML."""

    path: str
    text: str
    document: Node

    def with_metadata(self, key: str, value: str) -> str:
        """The text with the entry in `metadata`, and that in the document where there is none."""
        entry = f"{self._key(key)}: {json.dumps(value)}"
        metadata = self.document.get(_METADATA) if isinstance(self.document, Table) else None
        if metadata is not None:
            return self._into(metadata, entry)
        entry = f"{self._key(_METADATA)}: {{{entry}}}"
        if isinstance(self.document, Null) and not self._word(self.document):
            gap = "" if not self.text or self.text.endswith(("\n", "\r")) else self._break
            return f"{self.text}{gap}{entry}{self._break}"
        return self._into(self.document, entry)

    def _key(self, word: str) -> str:
        """A key with quotes where JSON wants them, or where the document's first key has them."""
        entries = self.document.entries if isinstance(self.document, Table) else ()
        quoted = entries and self.text.startswith('"', self._offset(entries[0].key_at))
        return f'"{word}"' if quoted or self.path.endswith(".json") else word

    def _into(self, node: Node, entry: str) -> str:
        """The text with the entry as the first one of a table, or in the place of nothing."""
        start = self._offset(node.at)
        if not isinstance(node, Table):
            space = " " if self.text[:start].endswith(":") else ""
            end = start + len(self._word(node))
            return f"{self.text[:start]}{space}{{{entry}}}{self.text[end:]}"
        if not node.entries:
            return self._inserted(self.text.find("{", start) + 1, entry)
        first = node.entries[0].key_at
        before = self.text[start : self._offset(first)]
        if "{" in before:
            gap = _LAST_LINE.search(before)
            return self._inserted(self._offset(first), f"{entry},{gap[0] if gap else ' '}")
        line = self._starts[first.line - 1]
        indent = _INDENT.match(self.text, line)
        return self._inserted(line, f"{indent[0] if indent else ''}{entry}{self._break}")

    def _inserted(self, offset: int, more: str) -> str:
        return self.text[:offset] + more + self.text[offset:]

    def _word(self, node: Node) -> str:
        """How nothing is written there: as a word, or not at all."""
        found = _NOTHING.match(self.text, self._offset(node.at))
        return found[0] if found else ""

    def _offset(self, at: Position) -> int:
        """YAML's empty values may stand below the last line."""
        if at.line > len(self._starts):
            return len(self.text)
        return self._starts[at.line - 1] + at.column - 1

    @cached_property
    def _starts(self) -> list[int]:
        breaks = re.compile("\n") if self.path.endswith(".json") else _YAML_BREAK
        return [0, *(match.end() for match in breaks.finditer(self.text))]

    @property
    def _break(self) -> str:
        """How the file ends its lines."""
        found = _BREAK.search(self.text)
        return found[0] if found else "\n"
