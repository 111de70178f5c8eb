"""`pipewelder.json` of Pipelayer's ancestor (github.com/SimpleFinance/pipewelder), in the shape of our own
configuration.

Comes in: its document. Goes out: one as `pipelayer.yml` would hold it, each part at the place where it was
written. What is wrong in it is for the reader of that to say.
"""

from __future__ import annotations

from dataclasses import replace

from pipelayer.model import Array, Entry, Node, Number, Table, Text

FILE = "pipewelder.json"
_DEFAULTS = "defaults"
_VALUES = "values"


def translated(node: Node) -> Node:
    """Every key but `defaults` names a group, whose settings come before those of `defaults`, one by one and
    `values` as a whole. Our defaults have no values, so a group without any gets theirs.
    """
    if not isinstance(node, Table):
        return node
    shared = next((entry for entry in node.entries if entry.key == _DEFAULTS), None)
    values = _shared_values(node)
    groups = tuple(
        replace(entry, value=_group(entry.value, values)) for entry in node.entries if entry.key != _DEFAULTS
    )
    top = [Entry("version", node.at, Number("1", True, node.at))]
    if shared:
        top.append(replace(shared, value=_without(shared.value, _VALUES)))
    if groups:
        top.append(Entry("groups", node.at, Table(groups, node.at)))
    return Table(tuple(top), node.at)


def has_shared_values(node: Node) -> bool:
    """Whether a document's `defaults` have values, which our own can't."""
    values = _shared_values(node)
    return values is not None and isinstance(values.value, Table) and bool(values.value.entries)


def _shared_values(node: Node) -> Entry | None:
    shared = node.get(_DEFAULTS) if isinstance(node, Table) else None
    return _entry(shared, _VALUES) if shared else None


def _group(node: Node, values: Entry | None) -> Node:
    node = _without(node)
    if values is None or not isinstance(node, Table) or node.get(_VALUES):
        return node
    return replace(node, entries=(*node.entries, values))


def _entry(node: Node, key: str) -> Entry | None:
    entries = node.entries if isinstance(node, Table) else ()
    return next((entry for entry in entries if entry.key == key and not _is_nothing(entry.value)), None)


def _without(node: Node, *keys: str) -> Node:
    """Without these keys, and without what says nothing: an empty region is the environment's."""
    if not isinstance(node, Table):
        return node
    kept = (entry for entry in node.entries if entry.key not in keys and not _is_nothing(entry.value))
    return replace(node, entries=tuple(kept))


def _is_nothing(node: Node) -> bool:
    return (isinstance(node, Text) and not node.value) or (isinstance(node, Array) and not node.items)
