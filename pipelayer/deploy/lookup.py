"""A live pipeline by what a person calls it: its id, or its name in AWS. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pipelayer.definition.suggest import did_you_mean
from pipelayer.deploy import tags
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.errors import UsageError
from pipelayer.model import LivePipeline, PipelineState
from pipelayer.project.reading import shown


def look_up(wanted: str, snapshot: Snapshot) -> LivePipeline:
    """The one pipeline with this id or, failing that, this name, of those that can be taken over.

    Raises UsageError where there is none, where it can't be taken over, and where several have the name.
    """
    found = matching(wanted, snapshot)
    if len(found) == 1:
        return found[0]
    if found:
        listed = "; ".join(f"{one.id} ({one.state}{_created(one)})" for one in found)
        raise UsageError(
            f"{len(found)} pipelines are named {shown(wanted)}: {listed}.", "Give the id of one."
        )
    for one in _called(wanted, snapshot.pipelines):
        hint = "`aws datapipeline list-pipelines` lists the others."
        raise UsageError(f"{one.id} ({shown(one.name)}) can't be taken over: {_unfit(one)}.", hint)
    known = [word for one in snapshot.pipelines if not _unfit(one) for word in (one.name, one.id)]
    message = f"No pipeline of this account and region has the id or the name {shown(wanted)}."
    raise UsageError(message, did_you_mean(wanted, known, "Check the spelling, the group and its region."))


def matching(wanted: str, snapshot: Snapshot) -> Sequence[LivePipeline]:
    """Those that `metadata.adopt` may mean by this id or name; more than one is too many."""
    return _called(wanted, [one for one in snapshot.pipelines if not _unfit(one)])


def _called(wanted: str, pipelines: Sequence[LivePipeline]) -> Sequence[LivePipeline]:
    by_id = [one for one in pipelines if one.id == wanted]
    return by_id or sorted((one for one in pipelines if one.name == wanted), key=lambda one: one.id)


def _unfit(pipeline: LivePipeline) -> str:
    """Why it can't be taken over, "" where it can."""
    if tags.STUB in pipeline.tags:
        return "it is the one that validations are asked on, and never runs"
    if tags.RETIRED in pipeline.tags:
        successor = pipeline.tags[tags.RETIRED]
        return f"{successor} took its place" if successor.startswith("df-") else "it is on its way out"
    if pipeline.state is PipelineState.DELETING:
        return "it is being deleted"
    return ""


def _created(pipeline: LivePipeline) -> str:
    return f", created {pipeline.created:%Y-%m-%d %H:%M} UTC" if pipeline.created else ""
