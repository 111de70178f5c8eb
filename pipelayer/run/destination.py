"""The project that an import writes into: its folder, what is there by now, and how its AWS is reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipelayer.console.ports import Cloud
from pipelayer.deploy import tags
from pipelayer.errors import UsageError
from pipelayer.model import LivePipeline
from pipelayer.project.config import PROJECT, Config
from pipelayer.project.layout import Place, discover
from pipelayer.project.load import load_places
from pipelayer.project.reading import shown
from pipelayer.project.tree import DiskTree
from pipelayer.run.opening import config_or_raise, group_of, only_group
from pipelayer.run.staging import wrong_account


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

    def named(self) -> str:
        """The project's name. Raises UsageError where it has none."""
        if self.project:
            return self.project
        hint = "Say --project OWNER/REPO: it is what tells this project's pipelines from others in AWS."
        raise UsageError("The project has no name.", hint)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The pipelines that are there."""
        return discover(self.tree, self.config, "")

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders in which `dirs` lets a pipeline of the group lie: "" is the top."""
        group = self.config.group(self.group)
        dirs = group.dirs if group and self.config.path else ("*", "*/*")
        bases = [pattern.rpartition("/") for pattern in dirs if pattern.rpartition("/")[2] in ("*", "**")]
        return tuple(base for base, _, _ in bases if not set(base) & set("*?["))

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
    if project and not PROJECT.fullmatch(project):
        raise UsageError(f"A project can't be named {shown(project)}.", "Say OWNER/REPO, or any such name.")
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


def present_in(destination: Destination, lives: Sequence[LivePipeline]) -> dict[str, str]:
    """The directories of those that the project has already, by their ids: it deployed them, or is about to
    take them over.
    """
    places = destination.places
    pipelines, _ = load_places(destination.tree, destination.config, places)
    owners = {tags.key_tag(place.key): place.key.directory for place in places}
    adopts: dict[str, str] = {}
    for pipeline in pipelines:
        directory = pipeline.key.directory
        owners |= {tags.key_tag(origin): directory for origin in pipeline.moved_from}
        adopts |= {pipeline.adopt: directory} if pipeline.adopt else {}
    found = {}
    for live in lives:
        own = adopts.get(live.id) or adopts.get(live.name) or owners.get(live.tags.get(tags.KEY, ""))
        if own:
            found[live.id] = own
    return found
