"""What an object has after inheritance: its own fields, its parents', and `Default`'s.

Source: AWS Data Pipeline Developer Guide, "Pipeline Definition File Syntax": what isn't set on an object
comes from its `parent`; an object without one inherits from `Default`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelayer.definition.parts import Definition, Field, PipelineObject

DEFAULT = "Default"
_NOT_INHERITED = frozenset({"type", "parent"})


class Inheritance:
    """The effective fields of a definition's objects. A circle of parents ends where it closes."""

    def __init__(self, definition: Definition) -> None:
        self._objects = {item.id: item for item in reversed(definition.objects)}
        self._chains: dict[int, tuple[PipelineObject, ...]] = {}

    def chain(self, item: PipelineObject) -> tuple[PipelineObject, ...]:
        """The object, its parents and `Default`, nearest first."""
        known = self._chains.get(id(item))  # two objects may have the same id
        if known is None or known[0] is not item:
            known = self._chains[id(item)] = self._chain(item)
        return known

    def _chain(self, item: PipelineObject) -> tuple[PipelineObject, ...]:
        found: dict[str, PipelineObject] = {item.id: item}
        while True:
            parent = item.fields.get("parent")
            targets = parent.refs if parent else ()
            above = self._objects.get(targets[0] if targets else DEFAULT)
            if above is None or above.id in found:
                break
            found[above.id] = item = above
        return tuple(found.values())

    def fields(self, item: PipelineObject) -> Mapping[str, Field]:
        """The fields that the object has, the nearest winning. Of its own, `type` and `parent` too."""
        merged: dict[str, Field] = {}
        for above in reversed(self.chain(item)):
            own = above.id == item.id
            merged.update({key: f for key, f in above.fields.items() if own or key not in _NOT_INHERITED})
        return merged

    def type(self, item: PipelineObject) -> str:
        """The object's type, its parents' where it has none of its own."""
        for above in self.chain(item):
            if above.type and above.id != DEFAULT:
                return above.type
        return item.type
