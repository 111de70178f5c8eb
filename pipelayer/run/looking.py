"""The pipelines of a project beside what AWS has of them: what the daily look and the console's buttons are
about.

AWS is asked with one list and one describe for each region, and never changed.
"""

from __future__ import annotations

import fnmatch
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipelayer.console.offered import Commands
from pipelayer.console.ports import Cloud
from pipelayer.console.seen import Seen
from pipelayer.definition.suggest import did_you_mean
from pipelayer.deploy import tags
from pipelayer.deploy.claims import claimed_by
from pipelayer.deploy.elect import elect
from pipelayer.deploy.snapshot import Snapshot, take_snapshot
from pipelayer.errors import Interrupted, PipelayerError, UsageError
from pipelayer.model import Finding, GroupInfo, Key, LivePipeline, Severity
from pipelayer.project.config import Group
from pipelayer.project.layout import Place
from pipelayer.project.load import load_places
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.reading import shown
from pipelayer.run.head import Head
from pipelayer.run.opening import as_error, open_project
from pipelayer.run.ports import Ports
from pipelayer.run.request import Choice, Request
from pipelayer.run.staging import account_of, no_region, wrong_account


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
    in AWS, an id or a glob. Also those that are live and have no files any more.

    A group of another account than the credentials' is left out with a note, unless it was chosen or is to be
    written. Raises UsageError for that, for a name that means none, and for files or a region that can't be
    had; AwsError where AWS can't be asked.
    """
    opened = open_project(replace(request, choice=Choice.ALL, prune=True), ports)
    head = opened.head
    if head is None:
        raise as_error(opened.findings[0])
    if not head.config.project:
        hint = "Set `project:` in pipelayer.yml, or give the repository an `origin`."
        raise UsageError("The project has no name, so its live pipelines can't be told from others.", hint)
    pipelines, findings = load_places(head.tree, head.config, head.every)
    by_key = {pipeline.key: pipeline for pipeline in pipelines}
    seen: dict[Key, Seen] = {}
    infos: list[GroupInfo] = []
    notes: list[str] = []
    clouds: dict[str, tuple[Cloud, Snapshot]] = {}
    for group in head.groups:
        region = request.region_of(group.region)
        if not region:
            raise no_region(group)
        first = region not in clouds
        cloud = ports.connect(region) if first else clouds[region][0]
        account = account_of(ports, cloud)
        infos.append(GroupInfo(group.name, region, account))
        if group.account and group.account != account:
            if request.groups or request.writes:
                raise wrong_account(group, account)
            notes.append(
                f"The group {group.name} belongs to account {group.account}, and these credentials to "
                f"{account}: it was not looked at."
            )
            continue
        if first:
            clouds[region] = cloud, take_snapshot(cloud.pipelines)
        snapshot = clouds[region][1]
        for place in head.places:
            if place.group == group:
                pipeline = by_key.get(place.key)
                broken = None if pipeline else _why(findings, place)
                seen[place.key] = _seen(place, pipeline, broken, head, snapshot, cloud, infos[-1])
        for extra in _extras(
            head, group, snapshot, cloud, infos[-1], heads_region=first and not request.groups
        ):
            seen.setdefault(extra.key, extra)
    taken = {one.claimed.id for one in seen.values() if one.claimed}
    seen = {key: one for key, one in seen.items() if one.place or not (one.live and one.live.id in taken)}
    strangers = tuple(
        (region, one)
        for region, (_, snapshot) in clouds.items()
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
    snapshot: Snapshot,
    cloud: Cloud,
    where: GroupInfo,
) -> Seen:
    digest = pipeline.definition_digest if pipeline else ""
    election = elect(snapshot.under(tags.key_tag(place.key)), digest)
    claimed = None
    if pipeline and not election.live:
        try:
            claimed = claimed_by(pipeline, snapshot, head.configured)
        except Interrupted:
            raise
        except PipelayerError:
            claimed = None  # what a deploy would refuse, for that reason; here it is only not there
    return Seen(place.key, where, cloud, election, place, pipeline, broken, claimed)


def _why(findings: Sequence[Finding], place: Place) -> Finding | None:
    """The first error of a pipeline that can't be read."""
    paths = {*place.values, place.template}
    errors = [one for one in findings if one.severity is Severity.ERROR]
    own = [one for one in errors if one.key == str(place.key)]
    return next(iter([*own, *(one for one in errors if one.at and one.at.path in paths)]), None)


def _extras(
    head: Head, group: Group, snapshot: Snapshot, cloud: Cloud, where: GroupInfo, *, heads_region: bool
) -> Iterator[Seen]:
    """What is live under keys of this group that the files no longer have; those of groups that are gone are
    the first group's of the region, unless groups were chosen.
    """
    others = {one.name for one in head.config.groups} - {group.name}
    for tag in snapshot.tags:
        project, name = tags.owner(tag)
        ours = project == head.config.project and tag not in head.configured
        if ours and (name == group.name or (heads_region and name not in others)):
            election = elect(snapshot.under(tag), "")
            if election.live or election.leaving:
                directory = tag.partition(":")[2].partition("/")[2]
                yield Seen(Key(project, name, directory), where, cloud, election, stray=name != group.name)


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
