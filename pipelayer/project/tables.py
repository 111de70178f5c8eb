"""Reading a table whose keys are known: wrong types, unknown keys and strange words become findings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from pipelayer.definition.suggest import did_you_mean
from pipelayer.model import Array, Boolean, Finding, Node, Null, Number, Position, Severity, Table, Text
from pipelayer.project.reading import shown

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What has no place in a name, a tag or an S3 key."""


@dataclass
class Findings:
    """Gathers findings; `key` is the pipeline's that they are about, if any."""

    key: str = ""
    items: list[Finding] = field(default_factory=list)

    def error(self, code: str, message: str, at: Position | None, hint: str = "") -> None:
        """What blocks."""
        self.items.append(Finding(Severity.ERROR, code, message, at, hint, self.key))

    def warning(self, code: str, message: str, at: Position | None, hint: str = "") -> None:
        """What is strange, but may be meant."""
        self.items.append(Finding(Severity.WARNING, code, message, at, hint, self.key))


@dataclass(frozen=True)
class Vocabulary:
    """Reads values of known types and says in `findings`, under `shape` and `unknown`, what isn't so."""

    findings: Findings
    shape: str
    unknown: str

    def keys(self, table: Table, known: Sequence[str], what: str) -> None:
        """Every key is one of `known`."""
        for entry in table.entries:
            if entry.key not in known:
                hint = did_you_mean(entry.key, known, f"{what} knows {_listed(known)}.")
                message = f"{what} has no key {shown(entry.key)}."
                self.findings.error(self.unknown, message, entry.key_at, hint)

    def table(self, node: Node | None, what: str) -> Table | None:
        """A table; nothing written counts as an empty one."""
        match node:
            case Table():
                return node
            case None:
                return None
            case Null():
                return Table((), node.at)
            case _:
                self.wrong(node, what, "a table")
                return None

    def text(self, node: Node | None, what: str) -> str | None:
        """A string; a number is taken as it is written."""
        match node:
            case Text():
                return node.value
            case Number():
                return node.text
            case None:
                return None
            case _:
                self.wrong(node, what, "a string")
                return None

    def texts(self, node: Node | None, what: str) -> tuple[tuple[str, Position], ...] | None:
        """A list of strings with their places; a single string counts as a list of one."""
        if node is None:
            return None
        if isinstance(node, Text | Number):
            node = Array((node,), node.at)
        if not isinstance(node, Array):
            self.wrong(node, what, "a list of strings")
            return None
        read = [(self.text(item, f"each item of {what}"), item.at) for item in node.items]
        return tuple((text, at) for text, at in read if text is not None)

    def wrong(self, node: Node, what: str, wanted: str) -> None:
        """`node` isn't what it should be."""
        message = f"{what[0].upper()}{what[1:]} is {wanted}, not {kind(node)}."
        self.findings.error(self.shape, message, node.at, f"Write {wanted} here, or leave the key out.")


def kind(node: Node) -> str:
    """What a node is, in words."""
    match node:
        case Text():
            return "a string"
        case Number():
            return "a number"
        case Boolean():
            return "true or false"
        case Null():
            return "empty"
        case Array():
            return "a list"
        case Table():
            return "a table"
    assert_never(node)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
