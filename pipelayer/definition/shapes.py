"""What a node of a document is."""

from __future__ import annotations

from typing import assert_never

from pipelayer.model import Array, Boolean, Node, Null, Number, Table, Text


def scalar(node: Node) -> str | None:
    """The string that AWS is sent for a string, a number or a boolean."""
    match node:
        case Text():
            return node.value
        case Number():
            return node.text
        case Boolean():
            return "true" if node.value else "false"
        case Null() | Array() | Table():
            return None
    assert_never(node)


def kind(node: Node) -> str:
    """What a node is, in words for a message."""
    match node:
        case Text():
            return "a string"
        case Number():
            return "a number"
        case Boolean():
            return "true or false"
        case Null():
            return "null"
        case Array():
            return "a list"
        case Table():
            return "a table"
    assert_never(node)


LONGEST = 500
"""Characters of a message. What a user wrote may be longer."""


def bounded(text: str) -> str:
    """A text as long as a message may be, on one line: it quotes what users wrote."""
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def with_article(noun: str) -> str:
    """`an object`, `a parameter`."""
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
