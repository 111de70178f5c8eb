"""The pipelines of a project beside what AWS has of them: what the daily look and the console's buttons are
about.

AWS is asked with one list and one describe for each region, and never changed.
"""

from __future__ import annotations

import fnmatch
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipelayer.changes.select import ending_with
from pipelayer.console.offered import Commands
from pipelayer.console.seen import Seen
from pipelayer.definition.suggest import did_you_mean
from pipelayer.deploy import tags
from pipelayer.deploy.claims import claimed_by
from pipelayer.deploy.elect import elect
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.errors import Interrupted, PipelayerError, UsageError
from pipelayer.model import Finding, GroupInfo, Key, LivePipeline, Severity
from pipelayer.project.layout import Place
from pipelayer.project.load import load_places
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.reading import shown
from pipelayer.run.head import Head
from pipelayer.run.opening import open_project
from pipelayer.run.ports import Ports
from pipelayer.run.request import Choice, Request
from pipelayer.run.staging import OutOfReach, Reached, reach


@dataclass(frozen=True)
class View:
    """What was seen, in the order of the keys. `strangers` are pipelines of these regions that belong to no
    project, by their region. `notes` say which groups were not looked at. `broken`: some file can't be read.
    """

    seen: tuple[Seen, ...]
    groups: tuple[GroupInfo, ...]
    strangers: tuple[tuple[str, LivePipeline], ...] = ()
    notes: tuple[str, ...] = ()
    head: Head | None = None
    broken: bool = False

    def commands(self, request: Request) -> Commands:
        """What somebody types who goes on from here, as they typed this request."""
        several = self.head is not None and len(self.head.config.groups) > 1
        return Commands(request.retry_command, request.retry_options, several)


def look(request: Request, ports: Ports) -> View:
    """Every pipeline of the request's groups, or those that it names: by a directory, GROUP/DIRECTORY, a name
    in AWS, an id or a glob, or by the last part of a directory where one alone has it. Also those that are
    live and have no files any more.

    A group of another account than the credentials' is left out with a note, unless it was chosen or is to be
    written.

    Raises UsageError for that, for a name that means none, and for files or a region that can't be had;
    AwsError where AWS can't be asked.
    """
    head = open_project(replace(request, choice=Choice.ALL, prune=True), ports).head_or_raise()
    if not head.config.project:
        hint = "Set `project:` in pipelayer.yml, or give the repository an `origin`."
        if not head.config.path:
            hint = f"There is no {request.config} here. Is this the project's folder? Or: {hint}"
        raise UsageError("The project has no name, so its live pipelines can't be told from others.", hint)
    pipelines, findings = load_places(head.tree, head.config, head.every)
    by_key = {pipeline.key: pipeline for pipeline in pipelines}
    seen: dict[Key, Seen] = {}
    infos: list[GroupInfo] = []
    notes: list[str] = []
    snapshots: dict[str, Snapshot] = {}
    for group in reach(request, ports, head.groups):
        infos.append(group.info)
        if isinstance(group, OutOfReach):
            if request.groups or request.writes or not group.info.region:
                raise group.refusal
            notes.append(f"{group.refusal.message.rstrip('.')}: it was not looked at.")
            continue
        snapshots[group.info.region] = group.snapshot
        for place in head.places:
            if place.group == group.group:
                pipeline = by_key.get(place.key)
                broken = None if pipeline else _why(findings, place)
                seen[place.key] = _seen(place, pipeline, broken, head, group)
        for extra in _extras(head, group, unknown=not request.groups):
            seen.setdefault(extra.key, extra)
    taken = {one.claimed.id for one in seen.values() if one.claimed}
    seen = {key: one for key, one in seen.items() if one.place or not (one.live and one.live.id in taken)}
    strangers = tuple(
        (region, one)
        for region, snapshot in snapshots.items()
        for one in _strangers(snapshot)
        if one.id not in taken
    )
    ordered = tuple(seen[key] for key in sorted(seen))
    wrong = any(one.severity is Severity.ERROR for one in findings)
    view = View(ordered, tuple(infos), strangers, tuple(notes), head, wrong)
    return replace(view, seen=_named(request.names, ordered, strangers, view.commands(request)))


def _seen(
    place: Place,
    pipeline: Pipeline | None,
    broken: Finding | None,
    head: Head,
    group: Reached,
) -> Seen:
    digest = pipeline.definition_digest if pipeline else ""
    election = elect(group.snapshot.under(tags.key_tag(place.key)), digest)
    claimed = None
    if pipeline and not election.live:
        try:
            claimed = claimed_by(pipeline, group.snapshot, head.configured)
        except Interrupted:
            raise
        except PipelayerError:
            claimed = None  # what a deploy would refuse, for that reason; here it is only not there
    return Seen(place.key, group.info, group.cloud, election, place, pipeline, broken, claimed)


def _why(findings: Sequence[Finding], place: Place) -> Finding | None:
    """The first error of a pipeline that can't be read."""
    paths = {*place.values, place.template}
    errors = [one for one in findings if one.severity is Severity.ERROR]
    own = [one for one in errors if one.key == str(place.key)]
    return next(iter([*own, *(one for one in errors if one.at and one.at.path in paths)]), None)


def _extras(head: Head, group: Reached, *, unknown: bool) -> Iterator[Seen]:
    """What is live under keys of this group that the files no longer have; those of groups that are gone are
    the first group's of the region, where they are wanted.
    """
    own = group.info.name
    others = {one.name for one in head.config.groups} - {own}
    for tag in group.snapshot.tags:
        project, name = tags.owner(tag)
        ours = project == head.config.project and tag not in head.configured
        if ours and (name == own or (unknown and group.heads_region and name not in others)):
            election = elect(group.snapshot.under(tag), "")
            if election.live or election.leaving:
                directory = tag.partition(":")[2].partition("/")[2]
                yield Seen(
                    Key(project, name, directory), group.info, group.cloud, election, stray=name != own
                )


def _strangers(snapshot: Snapshot) -> Iterator[LivePipeline]:
    for one in snapshot.existing:
        if not {tags.KEY, tags.STUB, tags.RETIRED} & set(one.tags):
            yield one


def _globbed(one: Seen, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(call, pattern) for call in one.calls)


def _named(
    names: Sequence[str],
    seen: tuple[Seen, ...],
    strangers: Sequence[tuple[str, LivePipeline]],
    commands: Commands,
) -> tuple[Seen, ...]:
    if not names:
        return seen
    chosen: set[Key] = set()
    for name in names:
        plain = name.removeprefix("./").rstrip("/")
        found = {one.key for one in seen if plain in one.calls}
        found = found or {one.key for one in seen if not one.stray and _globbed(one, plain)}
        if not found and not any(name in (one.id, one.name) for _, one in strangers):
            ends = ending_with(plain, (one.key.directory for one in seen if not one.stray))
            found = {one.key for one in seen if not one.stray and [one.key.directory] == ends}
        if not found:
            known = sorted(call for one in seen for call in one.calls)
            listed = ", ".join(shown(one.key.directory) for one in seen[:8])
            listed += f" and {len(seen) - 8} more" if len(seen) > 8 else ""
            hint = did_you_mean(plain, known, f"There are {listed}." if seen else "There is none at all.")
            for _, one in strangers:
                if name in (one.id, one.name):
                    message = f"{one.id} ({shown(one.name)}) isn't this project's, nor any other's."
                    raise UsageError(
                        message, f"`{commands.typed('adopt', shlex.quote(name))}` takes it over."
                    )
            raise UsageError(f"No pipeline is named {shown(name)}.", hint)
        chosen |= found
    return tuple(one for one in seen if one.key in chosen)
