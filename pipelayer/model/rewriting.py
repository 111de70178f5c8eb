"""A value of this room with every text in it written anew: for what must not be shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TypeVar, cast

from pipelayer.model.document import Position
from pipelayer.model.finding import Finding
from pipelayer.model.graph import GraphEdge, GraphNode
from pipelayer.model.plan import PipelinePlan, Step
from pipelayer.model.preview import FileChange
from pipelayer.model.report import Outcome, Report
from pipelayer.model.selection import Key, Selected
from pipelayer.model.status import LiveCommit, PipelineStatus, Status

_T = TypeVar("_T")

_IDENTITIES: Mapping[type, Collection[str]] = {
    Finding: {"key"},
    Selected: {"directory"},
    PipelinePlan: {"live_id"},
    Step: {"target"},
    Outcome: {"key", "pipeline_id", "previous_id"},
    Report: {"commit", "base"},
    FileChange: {"path"},
    GraphNode: {"id"},
    GraphEdge: {"source", "target"},
    PipelineStatus: {"id", "directory"},
    LiveCommit: {"id"},
    Status: {"commit"},
}
"""Fields by which somebody finds something again: they stay."""


def rewritten(value: _T, write: Callable[[str], str]) -> _T:
    """The value with `write` done to each text; what has none stays the same object. Keys, positions and
    whatever identifies something stay, or nobody would find what is meant.
    """
    return cast("_T", _walked(value, write))


def _walked(value: object, write: Callable[[str], str]) -> object:
    match value:
        case Enum() | Key() | Position():
            return value
        case str():
            return write(value)
        case tuple() | list() | frozenset() | set():
            return type(value)(_walked(item, write) for item in value)
        case Mapping():
            return {_walked(key, write): _walked(item, write) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            changes = {
                field.name: new
                for field in fields(value)
                if field.name not in _IDENTITIES.get(type(value), ())
                and (new := _walked(old := getattr(value, field.name), write)) != old
            }
            return replace(value, **changes) if changes else value
        case _:
            return value
