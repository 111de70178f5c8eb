"""A pipeline's objects and what they have to do with each other, as data that a report shows as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NodeKind(StrEnum):
    """What an object is for. Only what runs, is run upon, or says when is in a graph."""

    ACTIVITY = "activity"
    DATA_NODE = "data-node"
    RESOURCE = "resource"
    PRECONDITION = "precondition"
    SCHEDULE = "schedule"


class Mark(StrEnum):
    """What became of a node or an edge. `none`: it is as it was, or there is nothing to compare it with."""

    NONE = "none"
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class EdgeKind(StrEnum):
    """What an edge says. `data`: something flows from its source to its target. `order`: the target runs
    after the source. `condition`: the source must hold before the target. `runs-on`: the source is an
    activity, the target its machine. `schedule`: the source says when the target begins.
    """

    DATA = "data"
    ORDER = "order"
    CONDITION = "condition"
    RUNS_ON = "runs-on"
    SCHEDULE = "schedule"


@dataclass(frozen=True)
class GraphNode:
    """One object: its id, the name that people gave it, and the type as AWS calls it."""

    id: str
    label: str
    type: str
    kind: NodeKind
    mark: Mark = Mark.NONE


@dataclass(frozen=True)
class GraphEdge:
    """From one object to another, by their ids."""

    source: str
    target: str
    kind: EdgeKind
    mark: Mark = Mark.NONE


@dataclass(frozen=True)
class Graph:
    """The objects that are there in the order of the definition, then those that are gone."""

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
