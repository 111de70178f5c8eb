"""Which live pipeline to take over, by which directory, and the line that says so (`metadata.adopt`).

Comes in: a pipeline's id or name. Goes out: an edit of the directory's values file, for whoever may write it.
AWS is asked and never changed: the next deploy does what the line says.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelayer.definition.suggest import did_you_mean
from pipelayer.deploy import tags
from pipelayer.deploy.elect import elect
from pipelayer.deploy.lookup import look_up, matching
from pipelayer.deploy.ports import Cloud
from pipelayer.deploy.snapshot import Snapshot, take_snapshot
from pipelayer.errors import UsageError
from pipelayer.model import Key, LivePipeline, Position, Table
from pipelayer.project.config import Group, forms
from pipelayer.project.inserting import insert_metadata
from pipelayer.project.layout import Place
from pipelayer.project.load import load_places
from pipelayer.project.pipeline import Pipeline, load_pipeline
from pipelayer.project.reading import shown
from pipelayer.project.saving import Edit
from pipelayer.project.source import read_document
from pipelayer.run.head import Head
from pipelayer.run.opening import at_place, first_error, open_project
from pipelayer.run.ports import Ports
from pipelayer.run.request import Request
from pipelayer.run.staging import account_of, no_region, wrong_account

_ADOPT = "adopt"
_MOVED_FROM = "moved-from"
_MOST_LISTED = 8


@dataclass(frozen=True)
class Adoption:
    """A live pipeline, the directory that takes it over, and where that is written.

    `at` is None where the live pipeline is the directory's own by now, so that nothing need say it. `edit` is
    None where there is nothing to write. `notes` are sentences about what a deploy would meet.
    """

    live: LivePipeline
    key: Key
    at: Position | None = None
    edit: Edit | None = None
    notes: tuple[str, ...] = ()


def adopt(
    request: Request, ports: Ports, wanted: str, directory: str, on_disk: Callable[[str], bool]
) -> Adoption:
    """Finds the live pipeline `wanted` (its id, else its name in AWS) and the line that takes it over.

    `request` tells the project and the group. Without a `directory`, the one that is called like the live
    pipeline is meant. `on_disk` tells whether anything is at a path, be it a file of the project or not.

    Raises UsageError for every reason for which a deploy would refuse the claim, AwsError where AWS can't be
    asked.
    """
    head = open_project(request, ports).head_or_raise()
    if len(head.groups) > 1:
        hint = "Choose one with `group`, on the command line with `--group`."
        raise UsageError("A pipeline can be adopted by one group only.", hint)
    snapshot = take_snapshot(connect_to(request, ports, head.groups[0]).pipelines)
    live = look_up(wanted, snapshot)
    pipelines, _ = load_places(head.tree, head.config, head.every)
    return take_over(Search(request, head, snapshot, live, pipelines), directory, on_disk)


def take_over(search: Search, directory: str, on_disk: Callable[[str], bool]) -> Adoption:
    """How the pipeline that a search is about is taken over by the directory, see `adopt`. Its head has one
    group.
    """
    request, head, snapshot, live = search.request, search.head, search.snapshot, search.live
    place = search.place(directory)
    if search.owner:
        return Adoption(live, place.key)
    pipeline = search.heir(place)
    written = _written(head, place, _ADOPT)
    if written is None:
        at, edit = _edit(head, place, live.id, on_disk)
        new = edit.before is None and request.names_untracked
        unknown = (f"`git add {edit.path}`: what git doesn't track doesn't count.",) if new else ()
        return Adoption(live, place.key, at, edit, (*search.notes(pipeline), *unknown))
    if live not in matching(pipeline.adopt, snapshot):
        hint = "Remove that line first: once it was deployed, it has done its work."
        raise at_place(written, f"{shown(place.key.directory)} has another `{_ADOPT}` already.", hint)
    return Adoption(live, place.key, written, notes=search.notes(pipeline))


def connect_to(request: Request, ports: Ports, group: Group) -> Cloud:
    """AWS as a group has it. Raises UsageError for another account than the group's, and without a region."""
    region = request.region_of(group.region)
    if not region:
        raise no_region(group)
    cloud = ports.connect(region)
    account = account_of(ports, cloud)
    if group.account and group.account != account:
        raise wrong_account(group, account)
    return cloud


@dataclass(frozen=True)
class Search:
    """A live pipeline, and the files among which its heir is looked for."""

    request: Request
    head: Head
    snapshot: Snapshot
    live: LivePipeline
    pipelines: Sequence[Pipeline]

    @property
    def tag(self) -> str:
        """What it was deployed as, "" where Pipelayer never did."""
        return self.live.tags.get(tags.KEY, "")

    @property
    def owner(self) -> Place | None:
        """The directory that it belongs to, of any group of the project."""
        return self.head.configured.get(self.tag)

    def place(self, directory: str) -> Place:
        """The one to take it over. Raises UsageError where that can't be told, or another one has it."""
        named = self.at_place(directory) if directory else None
        if self.owner is None:
            return named or self._called_alike()
        if self.owner.key not in {place.key for place in ([named] if named else self.head.places)}:
            message = f"{self.live.id} belongs to {shown(str(self.owner.key))} of this project."
            raise UsageError(message, "One live pipeline can be one directory's only.")
        return self.owner

    def at_place(self, directory: str) -> Place:
        plain = posixpath.normpath(directory)
        for place in self.head.places:
            if plain in (place.key.directory, place.directory):
                return place
        known = [place.key.directory for place in self.head.places]
        otherwise = "A pipeline is a directory with values.json that one of the group's `dirs` matches."
        if self.request.names_untracked:
            otherwise += " Files that git doesn't track don't count: `git add` them first."
        raise UsageError(f"No pipeline lies in {shown(directory)}.", did_you_mean(plain, known, otherwise))

    def _called_alike(self) -> Place:
        """The one whose pipeline has the live one's name, else the one whose directory is called so."""
        name, places = self.live.name, self.head.places
        named = {pipeline.key for pipeline in self.pipelines if pipeline.name == name}
        found = [place for place in places if place.key in named]
        found = found or [place for place in places if posixpath.basename(place.directory) == name]
        if len(found) == 1:
            return found[0]
        listed = [shown(place.key.directory) for place in found or places]
        more = f" and {len(listed) - _MOST_LISTED} more" if len(listed) > _MOST_LISTED else ""
        raise UsageError(
            f"{'Several directories are' if found else 'No directory is'} called {shown(name)}.",
            f"Say which one takes {self.live.id} over with `to`, on the command line with `--to`: "
            f"{', '.join(listed[:_MOST_LISTED])}{more}.",
        )

    def heir(self, place: Place) -> Pipeline:
        """The pipeline of a directory that is free to take it over. Raises UsageError where it isn't."""
        pipeline, problems = load_pipeline(self.head.tree, place)
        if pipeline is None or place.twins:
            raise first_error(problems)
        own = elect(self.snapshot.under(tags.key_tag(place.key)), pipeline.definition_digest).live
        if own:
            message = f"{shown(place.key.directory)} is {own.id} ({shown(own.name)}) already."
            raise UsageError(message, "One directory can be one live pipeline only: adopt it in another.")
        moved = _written(self.head, place, _MOVED_FROM)
        if moved:
            message = f"{shown(place.key.directory)} says with `{_MOVED_FROM}` which one it takes over."
            raise at_place(moved, message, "Remove that line first: the two exclude each other.")
        for rival in self.pipelines:
            word = self._claim_of(rival) if rival.key != place.key else ""
            at = _written(self.head, self.head.configured[tags.key_tag(rival.key)], word) if word else None
            if at:
                message = f"{shown(str(rival.key))} takes over {self.live.id} already, by `{word}`."
                raise at_place(at, message, "One live pipeline can become only one: remove that line first.")
        return pipeline

    def _claim_of(self, rival: Pipeline) -> str:
        """By which key of its metadata another directory wants it, "" where it doesn't."""
        groups = (rival.group, self.head.groups[0])
        regions = {self.request.region_of(group.region) for group in groups}
        accounts = {group.account for group in groups if group.account}
        if len(regions) > 1 or len(accounts) > 1:
            return ""  # what it means lies elsewhere
        if rival.adopt and self.live in matching(rival.adopt, self.snapshot):
            return _ADOPT
        return _MOVED_FROM if self.tag in map(tags.key_tag, rival.moved_from) else ""

    def notes(self, pipeline: Pipeline) -> tuple[str, ...]:
        """What a deploy would meet."""
        found = []
        if self.tag:
            found.append(f"It was deployed as {shown(self.tag)}: see that nothing deploys it as that again.")
        if pipeline.named and pipeline.name != self.live.name:
            found.append(
                f"The files name it {shown(pipeline.name)}, and AWS can't rename: a deploy would replace it. "
                "Remove the name, and it keeps its id, its history and its old name."
            )
        return tuple(found)


def _edit(head: Head, place: Place, live_id: str, on_disk: Callable[[str], bool]) -> tuple[Position, Edit]:
    """The line, in the values file of the group where several groups have the directory: one live pipeline
    can become only one of theirs.
    """
    path, before = place.values[0], None
    if sum(other.directory == place.directory for other in head.every) > 1:
        path = f"{place.directory}/values.{place.key.group}{posixpath.splitext(path)[1]}"
        path = next((own for own in forms(path) if own in place.values), path)
    if path in place.values:
        before = head.tree.read(path)
    elif there := [form for form in forms(path) if on_disk(form)]:
        raise UsageError(f"{shown(there[0])} is there, and git doesn't track it.", "`git add` it first.")
    start = before if before is not None else b"{}\n" if path.endswith(".json") else b""
    inserted = insert_metadata(path, start, _ADOPT, live_id)
    return inserted.at, Edit(path, before, inserted.data)


def _written(head: Head, place: Place, key: str) -> Position | None:
    """Where the metadata of a pipeline says something under `key`, in the strongest file that does."""
    for path in reversed(place.values):
        document, _ = read_document(path, head.tree.read(path))
        metadata = document.get("metadata") if isinstance(document, Table) else None
        value = metadata.get(key) if isinstance(metadata, Table) else None
        if value:
            return value.at
    return None
