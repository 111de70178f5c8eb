"""Running again what has run, and canceling what runs: AWS's SetStatus, on the runs of objects."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pipelayer.console.activating import PAUSED
from pipelayer.console.instances import last_decided, runs, to_rerun
from pipelayer.console.ports import Wanted
from pipelayer.console.subject import UNDER_WAY, Deed, Subject, Wishes, moment, order, refused, unchanged
from pipelayer.deploy.ports import Clock
from pipelayer.model import LivePipeline, PipelineState
from pipelayer.model.history import AT_WORK, BROKEN, RAN, ObjectRun, ObjectStatus
from pipelayer.model.order import Button

_NEVER_RAN = "it was never activated, so nothing of it has run"
_BEGUN: tuple[ObjectStatus, ...] = tuple(sorted(RAN | AT_WORK))
_FINISHED = "it has finished, and AWS takes no such order for a finished pipeline"


def order_rerun(subject: Subject, live: LivePipeline, wishes: Wishes, clock: Clock) -> Deed:
    """Runs the last run again, or all since a time, or that of one time; or what failed of them."""
    button = Button.RERUN
    if live.state is PipelineState.PENDING:
        return unchanged(button, subject, _NEVER_RAN)
    if live.state is PipelineState.FINISHED:
        return refused(button, subject, _FINISHED, subject.with_later_end)
    chosen = _chosen(subject, live, wishes, clock)
    if not chosen and wishes.of_run:
        hint = f"{subject.offer('status')} shows its last ones. Times are UTC, to the second."
        return refused(button, subject, f"it has no run of {moment(wishes.of_run)} that has ended", hint)
    if not chosen:
        return unchanged(button, subject, f"nothing of it has ended{_since(wishes)}")
    busy = {one.scheduled for one in chosen if one.status in AT_WORK}
    if wishes.failed:
        chosen = tuple(one for one in chosen if one.status in BROKEN)
    else:
        chosen = tuple(one for one in chosen if one.scheduled not in busy)
        if not chosen:
            return _under_way(subject, max(filter(None, busy), default=None))
    if not chosen:
        which = _since(wishes) or (" of that run" if wishes.of_run else " of its last run")
        hint = "" if wishes.since or wishes.of_run else "`--since TIME` looks further back."
        return unchanged(button, subject, f"nothing{which} has failed", hint)
    told = to_rerun(chosen)
    if not told:
        return unchanged(
            button, subject, "what ended of it is well, and nothing of that is work to run again"
        )
    notes = []
    if busy:
        notes.append("what is still under way goes on")
    if live.state in PAUSED:
        notes.append("it is paused, and no document says whether AWS runs anything before it is resumed")
    if subject.being_written:
        notes.append(UNDER_WAY)
    if follow := len(chosen) - len(told):
        notes.append(f"{follow} more go{'es' * (follow == 1)} with that: AWS reruns them by itself")
    made = order(
        button,
        subject,
        f"run {_listed(told)} again",
        forever="what runs again can't be undone",
        objects=told,
        notes=notes,
    )
    return Deed(made, subject, wishes, send=[one.id for one in told])


def _under_way(subject: Subject, scheduled: datetime | None) -> Deed:
    hint = f"{subject.offer('cancel')} ends it; with `--failed` only what has failed of it runs again."
    return refused(Button.RERUN, subject, f"its run of {moment(scheduled)} is still under way", hint)


def _chosen(subject: Subject, live: LivePipeline, wishes: Wishes, clock: Clock) -> tuple[ObjectRun, ...]:
    """Everything that had its turn, or has it now, of the runs that are meant."""
    history = subject.cloud.history
    if wishes.of_run:
        wanted = Wanted(scheduled_from=wishes.of_run, scheduled_to=wishes.of_run, statuses=_BEGUN)
        return runs(history, live.id, wanted)
    if wishes.since:
        return runs(history, live.id, Wanted(scheduled_from=wishes.since, statuses=_BEGUN))
    return tuple(one for one in last_decided(history, live, clock.now()) if one.status in _BEGUN)


def order_cancel(subject: Subject, live: LivePipeline) -> Deed:
    """Cancels what runs or waits to. The schedule goes on."""
    button = Button.CANCEL
    if live.state is PipelineState.PENDING:
        return unchanged(button, subject, _NEVER_RAN)
    if live.state is PipelineState.FINISHED:
        return unchanged(button, subject, "it has finished: nothing of it runs")
    found = runs(subject.cloud.history, live.id, Wanted(statuses=AT_WORK))
    if not found:
        return unchanged(button, subject, "nothing of it runs or waits to")
    notes = [UNDER_WAY] if subject.being_written else []
    if live.state not in PAUSED:
        notes.append(f"its schedule goes on: {subject.offer('pause')} stops that")
    made = order(
        button,
        subject,
        f"cancel {_listed(found)}",
        forever="what is canceled is lost, and its retries with it",
        objects=found,
        notes=notes,
    )
    return Deed(made, subject, send=[one.id for one in found])


def _since(wishes: Wishes) -> str:
    return f" since {moment(wishes.since)}" if wishes.since else ""


def _listed(found: Collection[ObjectRun]) -> str:
    """How many objects, and of which runs."""
    times: list[datetime] = sorted({one.scheduled for one in found if one.scheduled})
    what = f"{len(found)} object{'s' * (len(found) != 1)}"
    if not times:
        return what
    if len(times) == 1:
        return f"{what} of the run of {moment(times[0])}"
    return f"{what} of {len(times)} runs, {moment(times[0])} to {moment(times[-1])}"
