"""The files of a project, as text. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from pipelayer.definition.flat import Definition, Field, to_flat
from pipelayer.deploy import tags
from pipelayer.model import LivePipeline
from pipelayer.project.reading import BAD_CHARACTER
from pipelayer.project.tables import CONTROL
from pipelayer.project.tags import MAX_TAGS


def template_text(template: Definition) -> bytes:
    """A template: objects and parameters."""
    return _json(to_flat(replace(template, values={})))


def values_text(live: LivePipeline, directory: str, values: Mapping[str, Field], *, named: bool) -> bytes:
    """A pipeline's values, and in its metadata the live pipeline that it is. It is `named` only where no
    other has its name.
    """
    metadata: dict[str, object] = {}
    name = live.name
    if named and name != directory.rpartition("/")[2] and "#{" not in name and not _unfit(name):
        metadata["name"] = name
    if live.description and "#{" not in live.description and not BAD_CHARACTER.search(live.description):
        metadata["description"] = live.description
    own = own_tags(live)
    if own and len(own) <= MAX_TAGS:
        metadata["tags"] = own
    metadata["adopt"] = live.id
    written = to_flat(Definition(values=values)).get("values", {})
    return _json({"metadata": metadata, "values": written})


def own_tags(live: LivePipeline) -> dict[str, str]:
    """The tags that users gave it."""
    return {
        key: value
        for key, value in live.tags.items()
        if not key.startswith((tags.PREFIX, "aws:")) and not CONTROL.search(key + value)
    }


def line_of(text: bytes, key: str) -> int:
    """The line of a file of ours on which a key stands, from 1."""
    start = f"{json.dumps(key, ensure_ascii=False)}: ".encode()
    lines = text.splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.strip().startswith(start)), 1)


def _unfit(text: str) -> bool:
    return bool(CONTROL.search(text) or BAD_CHARACTER.search(text))


def _json(document: object) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
