"""From the pipelines of an account to a project on disk.

Comes in: a folder, and which pipelines. Goes out: what would be written and why the rest is left out, to be
looked at before it is written. AWS is asked and never changed; a file that is there is never changed either.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pipelayer.console.ports import Cloud
from pipelayer.deploy import tags
from pipelayer.errors import Interrupted, PipelayerError, UsageError
from pipelayer.importer.blueprint import Blueprint, Drawn, Present, draw
from pipelayer.importer.inputs import Found, apart
from pipelayer.importer.naming import folder_name
from pipelayer.importer.notes import notes
from pipelayer.importer.proof import disproved, overlay
from pipelayer.project.config import (
    DEFAULT_FILE,
    DEFAULT_MAX_PIPELINES,
    DEFAULT_TEMPLATE,
    Config,
)
from pipelayer.project.layout import discover, matches
from pipelayer.project.load import load_places
from pipelayer.project.new_files import NewFile, write_files
from pipelayer.project.reading import shown
from pipelayer.project.tree import DiskTree, Tree
from pipelayer.project.yaml_writing import Plain, written
from pipelayer.run.import_reading import LeftOut, Reader
from pipelayer.run.opening import at_place, config_or_raise, group_of, only_group
from pipelayer.run.staging import wrong_account


@dataclass(frozen=True)
class ImportPlan:
    """What an import will write. `config` is pipelayer.yml, where there is none yet, by its path.

    `left_out` are those that can't be imported as things are, `passed_over` those that are none to import.
    """

    blueprint: Blueprint
    config: Mapping[str, bytes] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    passed_over: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def shared(self) -> Mapping[str, NewFile]:
        """What belongs to no single pipeline."""
        return {path: NewFile(data) for path, data in {**self.config, **self.blueprint.templates}.items()}


@dataclass(frozen=True)
class Destination:
    """The project that is imported into: its folder, what is there, and how AWS is reached."""

    folder: Path
    config: Config
    group: str
    region: str
    account: str
    project: str
    cloud: Cloud

    @property
    def tree(self) -> DiskTree:
        """What lies there now."""
        return DiskTree(self.folder)


def open_destination(
    folder: Path,
    connect: Callable[[str], Cloud],
    *,
    group: str = "",
    region: str = "",
    project: str = "",
    environment_region: str = "",
    default_project: str = "",
) -> Destination:
    """What there is at `folder`, which may not exist yet, and whose account this is.

    Raises UsageError for a configuration that is wrong or says otherwise, and where no region is known.
    """
    config = config_or_raise(DiskTree(folder), "", default_project=project or default_project)
    if config.path and project and config.project != project:
        raise UsageError(
            f"The project is named {shown(config.project)} in {config.path}.", "Leave --project out."
        )
    name = _group(config, group)
    known = config.group(name)
    configured = known.region if known else ""
    if configured and region and configured != region:
        hint = "Leave --region out, or choose another group."
        raise UsageError(f"The group {name} is in {configured}, not in {region}.", hint)
    if not (region or configured or environment_region):
        raise UsageError("No AWS region is set.", "Say --region, or set AWS_REGION.")
    cloud = connect(region or configured or environment_region)
    account = cloud.account()
    if known and known.account and known.account != account:
        raise wrong_account(known, account)
    return Destination(folder, config, name, cloud.region, account, config.project, cloud)


def _group(config: Config, wanted: str) -> str:
    if wanted and not config.path:
        return wanted  # the configuration that is written will have it
    return (group_of(config, wanted) if wanted else only_group(config)).name


def plan(
    destination: Destination,
    read: Sequence[Found | LeftOut],
    now: datetime,
    *,
    count: int,
    broken: bool = False,
) -> ImportPlan:
    """What importing these pipelines would write, proved: read back, each means what AWS has of it.

    One that would not, or that a deploy would refuse, is left out with the reason; with `broken`, those that
    would be refused are written all the same, to be mended in the files. `count` is how many the account has.

    Raises UsageError where the project has no name, and where another group would get them too.
    """
    if not destination.project:
        hint = "Say --project OWNER/REPO: it is what tells this project's pipelines from others in AWS."
        raise UsageError("The project has no name.", hint)
    tree = destination.tree
    found = apart([one for one in read if isinstance(one, Found)])
    left_out = [one for one in read if isinstance(one, LeftOut)]
    present = _present(destination, tree, found)
    alone: set[str] = set()
    while True:  # each round, one more has a template of its own, or is left out
        blueprint = draw(found, present, alone)
        _check_dirs(destination, blueprint)
        config = _config(destination, blueprint, count)
        wrong = disproved(overlay(tree, config, blueprint), blueprint, destination.group, now)
        if together := set(wrong) - alone:
            alone |= together
            continue
        if not wrong or broken:
            break
        left_out += (LeftOut(one.live, wrong[one.live.id]) for one in found if one.live.id in wrong)
        found = [one for one in found if one.live.id not in wrong]
    return ImportPlan(blueprint, config, tuple(left_out), notes=tuple(notes(blueprint)))


def write(destination: Destination, plan: ImportPlan, reader: Reader) -> Iterator[Drawn | LeftOut]:
    """Writes what belongs to no single pipeline, then one pipeline after the other, its values last: a folder
    without values is none yet, and the next import goes on with it.

    A pipeline whose files can't be fetched or written is left out. Raises PipelayerError where the rest can't
    be written either.
    """
    if not plan.blueprint.pipelines:
        return
    write_files(destination.folder, plan.shared)
    for drawn in plan.blueprint.pipelines:
        try:
            fetched = reader.fetch(drawn)
            own = {path: NewFile(data) for path, data in drawn.own.items()}
            write_files(destination.folder, {**fetched, **own})
        except Interrupted:
            raise
        except PipelayerError as problem:
            yield LeftOut(drawn.found.live, " ".join(filter(None, (problem.message, problem.hint))))
        else:
            yield drawn


def _present(destination: Destination, tree: Tree, found: Sequence[Found]) -> Present:
    config = destination.config
    places = discover(tree, config, "")
    pipelines, _ = load_places(tree, config, places)
    owners = {tags.key_tag(place.key): place.key.directory for place in places}
    adopted = {
        one.live.id: owners[one.live.tags[tags.KEY]] for one in found if one.live.tags.get(tags.KEY) in owners
    }
    adopted |= {pipeline.adopt: pipeline.key.directory for pipeline in pipelines if pipeline.adopt}
    templates = {path for path in tree.entries if posixpath.basename(path) == DEFAULT_TEMPLATE}
    return Present(
        adopted=adopted,
        templates={place.key.directory: place.template for place in places},
        files={path: tree.read(path) for path in templates if tree.entries[path].is_file},
        taken=frozenset(_taken(tree, found)),
    )


def _taken(tree: Tree, found: Sequence[Found]) -> Iterator[str]:
    """The names at the top. A folder that holds nothing but what an import cut short fetched is free."""
    begun = {folder_name(one.live.name): one for one in found}
    for top in sorted({path.partition("/")[0] for path in tree.entries}):
        own = begun.get(top)
        held = {path[len(top) + 1 :] for path in tree.under(top)}
        fetched = {script.path for script in own.contents.scripts} if own else set()
        if not held or not held <= {*fetched, DEFAULT_TEMPLATE}:
            yield top


def _config(destination: Destination, blueprint: Blueprint, count: int) -> Mapping[str, bytes]:
    if destination.config.path:
        return {}
    group: dict[str, Plain] = {"region": destination.region, "account": destination.account}
    group["dirs"] = ["*", "*/*"] if blueprint.nested else ["*"]
    if count >= DEFAULT_MAX_PIPELINES:
        group["max-pipelines"] = count + 1  # and the stub
    settings: Plain = {"version": 1, "project": destination.project, "groups": {destination.group: group}}
    return {DEFAULT_FILE: written(settings)}


def _check_dirs(destination: Destination, blueprint: Blueprint) -> None:
    for group in destination.config.groups if destination.config.path else ():
        also = [one.directory for one in blueprint.pipelines if matches(group.dirs, one.directory)]
        if also and group.name != destination.group:
            message = f"The `dirs` of the group {group.name} match {shown(also[0])} too."
            hint = f"It would get one more: name each group's directories in {destination.config.path} first."
            raise at_place(group.at, message, hint)
