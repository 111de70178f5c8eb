"""What becomes of pipelines that the files no longer have, in every region that a run looks at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pipelayer.deploy.prune import Pruning
from pipelayer.deploy.stage import Stage
from pipelayer.deploy.tags import key_tag
from pipelayer.model import Kind, PipelinePlan, Selected, Verb
from pipelayer.project.pipeline import Pipeline
from pipelayer.run.opening import Opened
from pipelayer.run.request import Choice, Request
from pipelayer.run.verdicts import UNASKED


def plan_removals(
    request: Request,
    opened: Opened,
    stages: Sequence[Stage],
    pipelines: Sequence[Pipeline],
    *,
    broken: bool,
    now: datetime,
) -> tuple[PipelinePlan, ...]:
    """Has each stage plan what is live under keys that are gone; gives the plans of those that the change
    removed and that no stage found.
    """
    only_named = request.choice is Choice.NAMED
    pruning = Pruning(opened.removed_key, opened.is_named, only_named=only_named, broken=broken)
    for stage in stages:
        region = stage.survey.cloud.region
        near = [one for one in pipelines if request.region_of(one.group.region) == region]
        stage.plan_removals(near, pruning, now)
    found = {plan.key for stage in stages for plan in stage.removals}
    absent = (item for item in opened.selection.items if item.removed and item.key not in found)
    return tuple(
        PipelinePlan(item.key, item.name, Kind.REMOVED, _where(item, request, opened, stages))
        for item in absent
    )


def _where(item: Selected, request: Request, opened: Opened, stages: Sequence[Stage]) -> str:
    """What is known of one that was not found."""
    if request.verb in (Verb.UPLOAD, Verb.ACTIVATE):
        return f"`{request.verb}` leaves alone what was removed"
    group = opened.chosen.before[key_tag(item.key)].group
    region = request.region_of(group.region)
    near = [stage for stage in stages if stage.survey.cloud.region == region]
    if not near:
        return f"{UNASKED} in {region}" if stages and region else UNASKED
    if group.account and group.account != near[0].survey.cloud.account():
        return f"{UNASKED} in account {group.account}"
    heir = next((heir for stage in near if (heir := stage.heir(item.key))), None)
    return f"it goes on as {heir.group}/{heir.directory}" if heir else "AWS has nothing of it"
