"""The live pipelines that carry no tag of ours and are called like the project's: what adopting them would
take.

AWS is asked and never changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

from pipelayer.deploy import tags
from pipelayer.deploy.lookup import matching
from pipelayer.deploy.snapshot import Snapshot, take_snapshot
from pipelayer.errors import AwsError, UsageError
from pipelayer.model import Key, LivePipeline
from pipelayer.project.config import Group
from pipelayer.project.load import load_places
from pipelayer.project.pipeline import Pipeline
from pipelayer.run.adopting import Adoption, Search, connect_to, take_over
from pipelayer.run.opening import open_project
from pipelayer.run.ports import Ports
from pipelayer.run.request import Request


@dataclass(frozen=True)
class Offer:
    """A pipeline of the project, and the live ones that are called like it: one, unless `why_not` says why
    none can be offered. `adoption` is the line to write.
    """

    key: Key
    found: tuple[LivePipeline, ...]
    adoption: Adoption | None = None
    why_not: str = ""


@dataclass(frozen=True)
class Offers:
    """All of them, and the groups that AWS couldn't be asked about, in words."""

    items: tuple[Offer, ...]
    notes: tuple[str, ...] = ()


def offers(request: Request, ports: Ports, on_disk: Callable[[str], bool]) -> Offers:
    """What could be adopted, group by group. A pipeline that is live under its key, or says already what it
    takes over, needs nothing. `on_disk` is that of `adopt`.

    Raises UsageError where the configuration is wrong.
    """
    head = open_project(request, ports).head_or_raise()
    pipelines, _ = load_places(head.tree, head.config, head.every)
    snapshots: dict[str, Snapshot] = {}
    wanted: list[tuple[Group, Pipeline, tuple[LivePipeline, ...]]] = []
    notes: list[str] = []
    for group in head.groups:
        region = request.region_of(group.region)
        try:
            cloud = connect_to(request, ports, group)
            if region not in snapshots:
                snapshots[region] = take_snapshot(cloud.pipelines)
        except (AwsError, UsageError) as problem:
            notes.append(f"AWS was not asked about the group {group.name}: {problem.message}")
            continue
        own = [pipeline for pipeline in pipelines if pipeline.key.group == group.name]
        wanted += [(group, one, found) for one in own if (found := _alike(one, snapshots[region]))]
    heirs: defaultdict[str, list[Key]] = defaultdict(list)
    for _, pipeline, found in wanted:
        for live in found:
            heirs[live.id].append(pipeline.key)

    def offer(group: Group, pipeline: Pipeline, found: tuple[LivePipeline, ...]) -> Offer:
        key, live = pipeline.key, found[0]
        rivals = [str(other) for other in heirs[live.id] if other != key]
        if len(found) > 1:
            return Offer(key, found, why_not=f"{len(found)} live pipelines have its name")
        if rivals:
            return Offer(key, found, why_not=f"{live.id} could be that of {', '.join(rivals)} just as well")
        alone = replace(head, groups=(group,))
        search = Search(request, alone, snapshots[request.region_of(group.region)], live, pipelines)
        try:
            return Offer(key, found, take_over(search, key.directory, on_disk))
        except UsageError as problem:
            return Offer(key, found, why_not=problem.message.rstrip("."))

    return Offers(tuple(offer(*one) for one in wanted), tuple(notes))


def _alike(pipeline: Pipeline, snapshot: Snapshot) -> tuple[LivePipeline, ...]:
    """Those without a key of ours that have its name; none where it needs none."""
    if pipeline.adopt or pipeline.moved_from or snapshot.under(tags.key_tag(pipeline.key)):
        return ()
    return tuple(live for live in matching(pipeline.name, snapshot) if tags.KEY not in live.tags)
