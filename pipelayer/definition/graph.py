"""Definitions as a graph: what runs, when, on what, from where to where, and what becomes of it.

An activity has one schedule and one machine, its own, a parent's or `Default`'s, and each counts wherever it
stands. A schedule is linked to the activities that begin a run only: what follows them by order or by data is
on it too, and one line for each would hide the rest. Whatever else `Default` refers to would hide it as well
and isn't drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from pipelayer.definition.catalogue import Category, object_types
from pipelayer.definition.inheritance import DEFAULT, Inheritance
from pipelayer.definition.parts import Definition, PipelineObject
from pipelayer.model import EdgeKind, Graph, GraphEdge, GraphNode, Mark, NodeKind

_KINDS = {
    Category.ACTIVITY: NodeKind.ACTIVITY,
    Category.DATA_NODE: NodeKind.DATA_NODE,
    Category.RESOURCE: NodeKind.RESOURCE,
    Category.PRECONDITION: NodeKind.PRECONDITION,
    Category.SCHEDULE: NodeKind.SCHEDULE,
}
# Edges point the way things flow: data into and out of an activity, one activity after another.
_INWARD = {
    "input": EdgeKind.DATA,
    "dependsOn": EdgeKind.ORDER,
    "precondition": EdgeKind.CONDITION,
    "schedule": EdgeKind.SCHEDULE,
}
_OUTWARD = {"output": EdgeKind.DATA, "runsOn": EdgeKind.RUNS_ON}
_FROM_DEFAULT = {"schedule", "runsOn"}
"""What an activity has exactly one of, so that it tells something wherever it comes from."""


def graph(after: Definition, before: Definition | None = None, changed: Collection[str] = ()) -> Graph:
    """The objects of `after` in its order, then those that only `before` has.

    `changed` are the ids of objects that no longer mean the same; one that inherits from such a parent is
    changed with it. Without `before` nothing is marked.
    """
    new = _Side(after)
    if before is None:
        return Graph(tuple(new.nodes.values()), new.drawn)
    old = _Side(before)
    nodes = [replace(node, mark=_mark(new, old, id, changed)) for id, node in new.nodes.items()]
    nodes += [replace(node, mark=Mark.REMOVED) for id, node in old.nodes.items() if id not in new.nodes]
    edges = [edge if edge in old.edges else replace(edge, mark=Mark.ADDED) for edge in new.drawn]
    edges += [replace(edge, mark=Mark.REMOVED) for edge in old.drawn if edge not in new.edges]
    return Graph(tuple(nodes), tuple(edges))


def _mark(new: _Side, old: _Side, id: str, changed: Collection[str]) -> Mark:
    if id not in old.nodes:
        return Mark.ADDED
    return Mark.CHANGED if any(above in changed for above in new.lineage[id]) else Mark.NONE


class _Side:
    """One definition: its nodes, every edge that holds, and the edges that are drawn."""

    nodes: Mapping[str, GraphNode]
    lineage: Mapping[str, tuple[str, ...]]
    edges: Mapping[GraphEdge, None]
    drawn: tuple[GraphEdge, ...]

    def __init__(self, definition: Definition) -> None:
        self._inheritance = Inheritance(definition)
        objects: dict[str, PipelineObject] = {}
        self.nodes = nodes = {}
        for item in definition.objects:
            type = object_types().get(self._inheritance.type(item))
            if type and type.category in _KINDS and item.id != DEFAULT and item.id not in nodes:
                objects[item.id] = item
                nodes[item.id] = GraphNode(item.id, item.name, type.name, _KINDS[type.category])
        self.lineage = {id: tuple(above.id for above in self._own(item)) for id, item in objects.items()}
        self.edges = dict.fromkeys(edge for item in objects.values() for edge in self._edges(item))
        starts = self._starts()
        self.drawn = tuple(
            edge for edge in self.edges if edge.kind is not EdgeKind.SCHEDULE or edge in starts
        )

    def _own(self, item: PipelineObject) -> list[PipelineObject]:
        """The object and its parents."""
        return [above for above in self._inheritance.chain(item) if above.id != DEFAULT]

    def _edges(self, item: PipelineObject) -> Iterator[GraphEdge]:
        """What the object refers to, as far as it is in the graph."""
        for key, kind in (_INWARD | _OUTWARD).items():
            all = key in _FROM_DEFAULT and self._is_activity(item.id)
            chain = self._inheritance.chain(item) if all else self._own(item)
            field = next((above.fields[key] for above in chain if key in above.fields), None)
            for id in field.refs if field else ():
                if id in self.nodes and id != item.id:
                    source, target = (id, item.id) if key in _INWARD else (item.id, id)
                    yield GraphEdge(source, target, kind)

    def _is_activity(self, id: str) -> bool:
        return self.nodes[id].kind is NodeKind.ACTIVITY

    def _starts(self) -> set[GraphEdge]:
        """The edges of schedules that are drawn: to the activities that begin a run, or, of a schedule that
        no activity has, to whatever has it.
        """
        scheduled: dict[str, list[GraphEdge]] = {}
        for edge in self.edges:
            if edge.kind is EdgeKind.SCHEDULE:
                scheduled.setdefault(edge.source, []).append(edge)
        starts: set[GraphEdge] = set()
        for edges in scheduled.values():
            first = self._first({edge.target: None for edge in edges if self._is_activity(edge.target)})
            starts.update(edge for edge in edges if not first or edge.target in first)
        return starts

    def _first(self, activities: Collection[str]) -> set[str]:
        """The activities that wait for no other of them; of those that wait in a circle, the first one."""
        before, after = self._neighbours()

        def passes(id: str) -> bool:
            """Whether one activity is linked to the next across it."""
            return id in activities or not self._is_activity(id)

        def waits(id: str) -> bool:
            makers = (maker for near in before[id] if passes(near) for maker in (near, *before[near]))
            return any(maker in activities and maker != id for maker in makers)

        first: set[str] = set()
        reached: set[str] = set()
        for id in (*(id for id in activities if not waits(id)), *activities):
            if id not in reached:
                first.add(id)
            stack = [id]
            while stack:
                near = stack.pop()
                if near not in reached and passes(near):
                    reached.add(near)
                    stack.extend(after[near])
        return first

    def _neighbours(self) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
        """What comes right before each node and right after it, by order or by data."""
        before: dict[str, list[str]] = {id: [] for id in self.nodes}
        after: dict[str, list[str]] = {id: [] for id in self.nodes}
        for edge in self.edges:
            if edge.kind in {EdgeKind.ORDER, EdgeKind.DATA}:
                before[edge.target].append(edge.source)
                after[edge.source].append(edge.target)
        return before, after
