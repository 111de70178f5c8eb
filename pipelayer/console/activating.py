"""Running a pipeline that is on demand, and setting a paused one going again.

Both are AWS's Activate. It makes live whatever was saved last, and a paused pipeline that isn't told from
when on to run catches up with everything that it missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from pipelayer.console.instances import last_begun
from pipelayer.console.subject import (
    UNDER_WAY,
    Deed,
    Subject,
    Wishes,
    moment,
    order,
    refused,
    unchanged,
)
from pipelayer.definition.compare import changes
from pipelayer.definition.editing import resume_at
from pipelayer.definition.flat import Definition
from pipelayer.definition.schedule import Schedule, first_future, is_on_demand, next_runs, schedules
from pipelayer.deploy import words
from pipelayer.deploy.ports import Clock
from pipelayer.model import LivePipeline, PipelineState
from pipelayer.model.order import Button

_INSTANT = timedelta(microseconds=1)
PAUSED = frozenset({PipelineState.INACTIVE, PipelineState.DEACTIVATING})
_ASIDE = "somebody saved another definition on it without activating that, and this puts it to work"
_WRITTEN = f"{UNDER_WAY}: what it has saved by now, be it half of it, would run"


def order_run(subject: Subject, live: LivePipeline, clock: Clock) -> Deed:
    """One run of a pipeline that is on demand. AWS has no such thing for one that has a schedule."""
    latest = subject.cloud.pipelines.get(live.id, active=False)
    if latest is None:
        return refused(
            Button.RUN,
            subject,
            "AWS holds no definition for it",
            f"{subject.offer('deploy')} saves it.",
        )
    if not is_on_demand(latest):
        return _scheduled(subject, live)
    forever = f"a run can't be undone{f'; {_WRITTEN}' if subject.being_written else ''}"
    notes = subject.notes(latest, clock.now())
    return Deed(
        order(Button.RUN, subject, "run it once, now", forever=forever, notes=notes),
        subject,
        definition=latest,
    )


def _scheduled(subject: Subject, live: LivePipeline) -> Deed:
    if live.state in PAUSED:
        hint = f"It is paused: {subject.offer('resume')} sets it going again."
    else:
        next_one = f" Its next run is at {moment(live.next_run)}." if live.next_run else ""
        hint = f"{subject.offer('rerun')} runs its last run again.{next_one}"
    return refused(
        Button.RUN, subject, "it has a schedule, and AWS runs only what is on demand when told to", hint
    )


def order_resume(subject: Subject, live: LivePipeline, wishes: Wishes, clock: Clock) -> Deed:
    """Sets a paused pipeline going again, from its next slot on."""
    button, now = Button.RESUME, clock.now()
    if live.state is PipelineState.PENDING:
        hint = f"{subject.offer('deploy')} starts it."
        return refused(button, subject, "it was never activated, so there is nothing to resume", hint)
    if live.state is PipelineState.FINISHED:
        return refused(button, subject, "it has finished, and AWS starts it no more", subject.with_later_end)
    if live.state not in PAUSED:
        return unchanged(button, subject, "it isn't paused")
    aws = subject.cloud.pipelines
    active, latest = aws.get(live.id, active=True), aws.get(live.id, active=False)
    if active is None:
        return refused(
            button,
            subject,
            "AWS holds no active definition for it",
            f"{subject.offer('deploy')} mends it.",
        )
    if is_on_demand(active):
        hint = f"{subject.offer('run')} runs it; nothing else does."
        return refused(button, subject, "it is on demand, so there is nothing to resume", hint)
    phase, definition = subject.facts(active).phase, latest or active
    first = _next(definition, phase, now)
    if first is None and not wishes.catch_up and schedules(definition):
        why = "its schedule has no run left in the future"
        return refused(button, subject, why, subject.with_later_end)
    begins = f": its next run is at {moment(first)}" if first else ""
    what, asked = f"resume it{begins}; what it missed is left out", []
    if wishes.catch_up:
        missed = _missed(subject, live, active, phase, now)
        what = f"resume it{begins}; it has missed nothing"
        if missed != 0:
            what = f"resume it where it stopped: AWS runs {_counted(missed)} that it missed at once"
            asked.append("what is caught up with can't be undone")
    if aside := changes(active, definition, now):
        asked.append(f"{_ASIDE}: {words.listed([words.change(one) for one in aside])}")
    if subject.being_written:
        asked.append(_WRITTEN)
    notes = subject.notes(definition, now)
    made = order(button, subject, what, forever="; ".join(asked), notes=notes)
    return Deed(made, subject, wishes, definition)


def _counted(missed: int | None) -> str:
    if missed is None:
        return "every run"
    return f"{missed:,} run{'s' * (missed != 1)}"


def start_of(deed: Deed, live: LivePipeline, now: datetime) -> datetime | None:
    """What AWS is told as the time from which on to run: None where it is to begin where it stopped, or where
    it has a single run and no schedule.
    """
    if deed.wishes.catch_up or deed.definition is None or live.state not in PAUSED:
        return None
    return resume_at(deed.definition, now, deed.subject.facts(deed.definition).phase) or now


def _begun(definition: Definition, phase: datetime | None) -> Iterator[tuple[Schedule, datetime]]:
    """The schedules of which is known when they began."""
    for schedule in schedules(definition):
        if start := schedule.start or phase:
            yield replace(schedule, start=start), start


def _next(definition: Definition, phase: datetime | None, now: datetime) -> datetime | None:
    runs = (next_runs(schedule, now, 1) for schedule, _ in _begun(definition, phase))
    return min((run for found in runs for run in found), default=None)


def _missed(
    subject: Subject, live: LivePipeline, definition: Definition, phase: datetime | None, now: datetime
) -> int | None:
    """How many runs AWS would make up for, None where nobody can tell."""
    last = last_begun(subject.cloud.history, live, now)
    begun = list(_begun(definition, phase))
    if last is None or not begun:
        return None
    missed = 0
    for schedule, start in begun:
        over = first_future(schedule, start, now)
        limits = [over] if schedule.occurrences is None else [over, schedule.occurrences]
        if schedule.end:
            limits.append(schedule.period.slots_until(start, schedule.end - _INSTANT))
        missed += max(0, min(limits) - schedule.period.slots_until(start, last))
    return missed
