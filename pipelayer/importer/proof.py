"""Whether a project says what AWS has: read back as every run reads it, and compared. Pure.

Comes in: the files that would be written, over those that are there. Goes out: why a pipeline would not be
the same, or would be refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelayer.definition.compare import changes
from pipelayer.importer.blueprint import Blueprint, Drawn
from pipelayer.model import Finding, Severity
from pipelayer.project.config import load_config
from pipelayer.project.layout import discover
from pipelayer.project.load import load_places
from pipelayer.project.offline import check_definitions
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.tree import MODE_FILE, ListedTree, Tree, TreeEntry, blob_id


class _Together(Mapping[str, TreeEntry]):
    """Entries over others, of which none is asked for needlessly: that may hash a file."""

    def __init__(self, above: Mapping[str, TreeEntry], below: Mapping[str, TreeEntry]) -> None:
        self._above = above
        self._below = below

    def __getitem__(self, path: str) -> TreeEntry:
        return self._above[path] if path in self._above else self._below[path]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._below, *self._above]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, path: object) -> bool:
        return path in self._above or path in self._below


class Overlay(ListedTree):
    """Files over those of another tree."""

    commit = ""

    def __init__(self, below: Tree, files: Mapping[str, bytes], unread: Mapping[str, int]) -> None:
        self._below = below
        self._files = files
        entries = {path: below.entries[path] for path in below.entries}
        entries |= {path: TreeEntry(path, MODE_FILE, "", size) for path, size in unread.items()}
        entries |= {
            path: TreeEntry(path, MODE_FILE, blob_id(data), len(data)) for path, data in files.items()
        }
        self.entries = entries

    def read(self, path: str) -> bytes:
        """See `Tree.read`."""
        return self._files[path] if path in self._files else self._below.read(path)


def overlay(below: Tree, config: Mapping[str, bytes], blueprint: Blueprint) -> Overlay:
    """The project as it will be; the content of what is fetched isn't known yet."""
    files = {**config, **blueprint.templates}
    unread = {}
    for one in blueprint.pipelines:
        files.update(one.own)
        for script in one.scripts:
            unread[f"{one.directory}/{script.path}"] = script.size
    return Overlay(below, files, unread)


@dataclass(frozen=True)
class Doubt:
    """Why a pipeline would not be taken over as it is: it `changes`, or it would be refused."""

    reason: str
    changes: bool


def disproved(tree: Tree, blueprint: Blueprint, group: str, now: datetime) -> Mapping[str, Doubt]:
    """The doubts about live pipelines, by their ids; empty where all would be taken over as they are."""
    config, findings = load_config(tree, "")
    if config is None:
        return {one.found.live.id: Doubt(findings[0].message, True) for one in blueprint.pipelines}
    loaded, problems = load_places(tree, config, discover(tree, config, ""))
    by_directory = {one.directory: one for one in loaded if one.key.group == group}
    drawn_ones = {drawn.directory for drawn in blueprint.pipelines}
    checked = check_definitions([one for one in loaded if one.directory in drawn_ones], {}, now)
    errors = [one for one in (*problems, *checked) if one.severity is Severity.ERROR]
    found = {}
    for drawn in blueprint.pipelines:
        doubt = _doubt(drawn, by_directory.get(drawn.directory), errors, group, now)
        if doubt:
            found[drawn.found.live.id] = doubt
    return found


def _doubt(
    drawn: Drawn, pipeline: Pipeline | None, errors: Sequence[Finding], group: str, now: datetime
) -> Doubt | None:
    if pipeline is None:
        paths = {*drawn.own, drawn.template}
        unread = (one.message for one in errors if one.at and one.at.path in paths)
        unmatched = f"`dirs` of the group {group} doesn't match {drawn.directory}"
        return Doubt(next(unread, unmatched), changes=True)
    for change in changes(drawn.found.definition, pipeline.definition, now):
        return Doubt(f"`{change.place}` would change", changes=True)
    location = drawn.found.location
    empty = location is not None and not drawn.found.contents.scripts and not drawn.found.left
    for one in errors:
        if _is_about(one, drawn, pipeline):
            where = f" {location} is empty or gone." if empty else ""
            return Doubt(f"{one.message}{where}", changes=False)
    return None


def _is_about(finding: Finding, drawn: Drawn, pipeline: Pipeline) -> bool:
    if finding.key:
        return finding.key == str(pipeline.key)
    return finding.at is not None and finding.at.path in (drawn.template, *drawn.own)
