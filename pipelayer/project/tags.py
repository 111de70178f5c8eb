"""The tags that users give their pipelines: a table, or a list of `key:value`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from pipelayer.model import Array, Node, Null, Position, Table
from pipelayer.project.reading import shown
from pipelayer.project.tables import CONTROL, Findings, Vocabulary

MAX_TAGS = 7
"""AWS takes ten (AWS Data Pipeline API Reference, CreatePipeline); three are Pipelayer's."""

_RESERVED = ("pipelayer:", "aws:")

Tags = Mapping[str, tuple[str, Position | None]]
"""Tag → its value and where it stands."""


def read_tags(node: Node | None, read: Vocabulary, code: str) -> Tags:
    """Tags as they stand in `metadata` or in a group."""
    match node:
        case None | Null():
            return {}
        case Table():
            values = ((entry.key, read.text(entry.value, "a tag"), entry.key_at) for entry in node.entries)
            return {key: (value, at) for key, value, at in values if value is not None}
        case Array():
            return split_tags(read.texts(node, "`tags`") or (), read.findings, code)
        case _:
            read.wrong(node, "`tags`", "a table or a list of `key:value`")
            return {}


def split_tags(written: Iterable[tuple[str, Position | None]], findings: Findings, code: str) -> Tags:
    """Tags written as `key:value`; what follows the first colon is the value."""
    tags: dict[str, tuple[str, Position | None]] = {}
    for text, at in written:
        key, colon, value = text.partition(":")
        if not colon:
            findings.error(code, f"The tag {shown(text)} has no colon.", at, "Write `key:value`.")
        elif key.strip() in tags:
            findings.error(code, f"The tag {shown(key.strip())} comes twice.", at, "Remove one.")
        else:
            tags[key.strip()] = (value.strip(), at)
    return tags


def check_tags(tags: Tags, findings: Findings, code: str) -> None:
    """What AWS takes, and what is left for users."""
    for key, (value, at) in tags.items():
        if key.startswith(_RESERVED):
            hint = "Choose another name: Pipelayer and AWS keep their own marks there."
            findings.error(code, f"The tag {shown(key)} is reserved.", at, hint)
        if not 1 <= len(key) <= 128 or CONTROL.search(key):
            hint = "A tag's key has 1 to 128 characters, on one line."
            findings.error(code, f"{shown(key)} can't be a tag.", at, hint)
        if len(value) > 256 or CONTROL.search(value):
            hint = "A tag's value has up to 256 characters, on one line."
            findings.error(code, f"The value of the tag {shown(key)} doesn't fit.", at, hint)
    if len(tags) > MAX_TAGS:
        at = next(islice(tags.values(), MAX_TAGS, None))[1]
        message = (
            f"There are {len(tags)} tags, the group's included; a pipeline can have {MAX_TAGS} of yours."
        )
        findings.error(code, message, at, "AWS takes ten, and Pipelayer needs three to know its pipelines.")
