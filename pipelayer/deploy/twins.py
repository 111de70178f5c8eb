"""Refusing to create what is already there under another key: two pipelines would do the same work each
night.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from pipelayer.definition.compare import changes
from pipelayer.definition.flat import Definition
from pipelayer.deploy import tags
from pipelayer.deploy.elect import is_standing
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.model import LivePipeline
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.uploads import input_location


@dataclass(frozen=True)
class Twin:
    """A live pipeline that a create would double, why it counts as one, and the words that settle it."""

    pipeline: LivePipeline
    reason: str
    hint: str


def find_twin(
    pipeline: Pipeline,
    name: str,
    snapshot: Snapshot,
    configured: Collection[str],
    read: Callable[[str], Definition | None],
    now: datetime,
) -> Twin | None:
    """The live pipeline that creating `pipeline` as `name` would double, or None.

    `configured` holds the key tags of every pipeline that the project still has: those are never twins, so
    that dev and prod may share names. `read` fetches a live definition, asked only where name and digest
    leave it open.
    """
    for other in snapshot.existing:
        tag = other.tags.get(tags.KEY, "")
        if tags.STUB in other.tags or tags.RETIRED in other.tags or tag in configured:
            continue
        if not tag:
            if other.name == name:
                return Twin(
                    other,
                    f"AWS already has a pipeline named {name!r} that Pipelayer doesn't manage",
                    f"If it is this pipeline, take it over: {_adopting(pipeline, other)}",
                )
            continue
        if not is_standing(other):
            continue
        project, _ = tags.owner(tag)
        ours = project == pipeline.key.project
        if ours and other.name == name:
            likeness = "the same name"
        elif ours or other.name == name:
            likeness = _likeness(pipeline, other, read, now)
        else:
            continue
        if likeness:
            return Twin(
                other,
                f"the live pipeline {other.id} ({tag}) has {likeness}",
                _hint(pipeline, tag, other, ours),
            )
    return None


def _likeness(
    pipeline: Pipeline, other: LivePipeline, read: Callable[[str], Definition | None], now: datetime
) -> str:
    state = tags.state_of(other.tags)
    if tags.same(state.definition, pipeline.definition_digest):
        return "the same definition"
    definition = read(other.id)
    if definition is None:
        return ""
    if not changes(definition, pipeline.definition, now):
        return "the same definition"
    same = pipeline.input is not None and input_location(definition) == pipeline.input
    return "the same myS3InputDir" if same else ""


def _adopting(pipeline: Pipeline, other: LivePipeline) -> str:
    whose = f"--to {quote(pipeline.key.directory)} --group {quote(pipeline.key.group)}"
    return f'`pipelayer adopt {other.id} {whose}` writes "metadata": {{"adopt": "{other.id}"}}.'


def _hint(pipeline: Pipeline, tag: str, other: LivePipeline, ours: bool) -> str:
    if not ours:
        return f"If it moved here from another project, take it over: {_adopting(pipeline, other)}"
    moved = tag.partition(":")[2]
    group, _, directory = moved.partition("/")
    origin = directory if group == pipeline.key.group else moved
    return (
        f'If it was moved, say "metadata": {{"moved-from": "{origin}"}}; if it is gone for good, '
        f"deploy once with prune: true and pipelines: {origin}."
    )
