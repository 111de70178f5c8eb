"""Pausing a pipeline, and deleting one: that goes the way that a deploy goes for what was removed."""

from __future__ import annotations

from collections.abc import Sequence

from pipelayer.console.instances import last_begun
from pipelayer.console.subject import UNDER_WAY, Deed, Subject, Wishes, moment, order, refused, unchanged
from pipelayer.definition.expressions import Resolver
from pipelayer.definition.flat import Definition
from pipelayer.deploy.ports import Clock
from pipelayer.deploy.prune import Removed, plan_removed
from pipelayer.model import LivePipeline, PipelineState, Step
from pipelayer.model.order import Button

_CANCELED = "the work that is canceled is lost"


def order_pause(subject: Subject, live: LivePipeline, wishes: Wishes) -> Deed:
    """Stops the schedule. Running work finishes, or is canceled."""
    match live.state:
        case PipelineState.PENDING:
            return unchanged(Button.PAUSE, subject, "it was never activated, so nothing of it runs")
        case PipelineState.FINISHED:
            return unchanged(Button.PAUSE, subject, "it has finished, so nothing of it runs")
        case PipelineState.INACTIVE:
            return unchanged(Button.PAUSE, subject, "it is paused already")
        case PipelineState.DEACTIVATING if not wishes.cancel_running:
            what = "wait until it is paused, which was ordered already; running work finishes"
        case _:
            what = "stop its schedule; running work finishes"
    notes = []
    if subject.pipeline and subject.pipeline.on_demand:
        notes.append(
            f"it is on demand: nothing of it runs by itself, and {subject.offer('run')} runs it paused too"
        )
    if subject.being_written:
        notes.append(f"{UNDER_WAY}: that may set it going again")
    forever = ""
    if wishes.cancel_running:
        what, forever = "stop its schedule, and cancel its running work", _CANCELED
    return Deed(order(Button.PAUSE, subject, what, forever=forever, notes=notes), subject, wishes)


def order_delete(subject: Subject, wishes: Wishes, clock: Clock) -> Deed:
    """Deletes what is live, with what earlier runs left of it."""
    button, live = Button.DELETE, subject.live
    gone = Removed(subject.key, subject.election, wanted=True, named=True)
    plan = plan_removed(gone, too_many=False, cancel=wishes.cancel_running)
    if not plan.steps:
        return refused(button, subject, "nothing of it is in AWS")
    made = order(
        button,
        subject,
        _what_is_done(subject, live),
        forever=_lost(subject, live, clock) + (f"; {_CANCELED}" if wishes.cancel_running else ""),
        notes=(*_what_else_goes(plan.steps, live), *_what_stays(subject, live)),
    )
    return Deed(made, subject, wishes, plan=plan)


def _what_is_done(subject: Subject, live: LivePipeline | None) -> str:
    if live is None:
        return "delete what an earlier run left of it"
    begun = live in subject.election.leaving
    return "finish its deletion, which was begun" if begun else "stop it, and delete it"


def _lost(subject: Subject, live: LivePipeline | None, clock: Clock) -> str:
    if live is None or live.state is PipelineState.PENDING:
        return "its definition can't be had back"
    begun = last_begun(subject.cloud.history, live, clock.now())
    last = f"; its last run was that of {moment(begun)}" if begun else ""
    since = f" since {live.created:%Y-%m-%d}" if live.created else ""
    return f"its definition and its run history{since} can't be had back{last}"


def _what_else_goes(steps: Sequence[Step], live: LivePipeline | None) -> list[str]:
    others = sorted({step.target for step in steps} - {live.id if live else ""})
    return [f"{', '.join(others)} goes too, which an earlier run left of it"] if live and others else []


def _what_stays(subject: Subject, live: LivePipeline | None) -> list[str]:
    found = []
    definition = subject.cloud.pipelines.get(live.id, active=False) if live else None
    if places := _places(definition):
        found.append(f"what is in S3 stays: {', '.join(places)}")
    if subject.configured:
        found.append(
            "the files still have it, so the next deploy makes a new one: remove its directory, or pause "
            "it instead"
        )
    else:
        prune = subject.commands.whole_group("deploy", subject.key, "--prune")
        found.append(f"its files are gone: `{prune}` deletes all such pipelines")
    if subject.being_written:
        found.append(UNDER_WAY)
    return found


def _places(definition: Definition | None) -> list[str]:
    """Where in S3 its files and its logs are, as far as that can be told here."""
    if definition is None:
        return []
    resolver = Resolver(definition.values, definition.defaults)
    default = definition.object("Default")
    found = [
        resolver.text("#{myS3InputDir}"),
        resolver.text(default.text("pipelineLogUri") or "") if default else "",
    ]
    return [one for one in found if one and one.startswith("s3://")]
