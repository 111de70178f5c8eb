"""Time passing over pipelines: what runs when, what is missed, what comes to an end.

Developer Guide, "Scheduling Pipelines": `cron` runs at the start of each interval, `timeseries` at its end;
every interval that was missed is run at once when a pipeline is activated.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from . import orders, working
from .clock import parse_stamp, stamp
from .definition import Definition
from .errors import invalid
from .settings import CurrentTimeseriesInterval, Settings
from .state import Pipeline, Run, RunKind, RunStatus, State, World
from .timetable import Timetable

MOST_RUNS = 2000
"""So many runs of one pipeline are kept one by one; `Pipeline.backfilled` counts all."""


def timetables(definition: Definition, first_activation: datetime) -> list[Timetable]:
    """The schedules of a definition that is valid."""
    if definition.on_demand:
        return []
    found = []
    for item in definition.of_type("Schedule"):
        period = item.period()
        if period is None:
            continue
        occurrences = item.own_text("occurrences")
        found.append(
            Timetable(
                schedule_id=item.id,
                start=parse_stamp(item.own_text("startDateTime")) or first_activation.replace(microsecond=0),
                period=period,
                at_end=definition.schedule_type == "timeseries",
                end=parse_stamp(item.own_text("endDateTime")),
                occurrences=int(occurrences) if occurrences else None,
            )
        )
    return found


def start(pipeline: Pipeline, settings: Settings, now: datetime, resume: datetime | None) -> None:
    """The part of ActivatePipeline that concerns runs. `resume` is its startTimestamp."""
    definition = pipeline.active
    if definition is None or pipeline.first_activation is None:
        return
    if definition.on_demand:
        _run_once(pipeline, definition, settings, now)
        return
    for table in timetables(definition, pipeline.first_activation):
        cursor = pipeline.cursors.get(table.schedule_id, 0)
        if resume is not None:
            wanted = table.first_slot_from(resume)
            for n in range(cursor, min(table.count(wanted), cursor + MOST_RUNS)):
                _add(pipeline, table, n, RunKind.SKIPPED, now)
            cursor = max(cursor, wanted)
        missed = _missed(table, cursor, now, first=pipeline.first_activation == now)
        over = table.count(missed)
        pipeline.backfilled += max(0, over - cursor)
        for n in range(cursor, min(over, cursor + MOST_RUNS)):
            _add(pipeline, table, n, RunKind.BACKFILL, now)
        pipeline.cursors[table.schedule_id] = missed


def refuse_current_interval(definition: Definition, settings: Settings, now: datetime) -> None:
    """The open question of a timeseries start in the past whose first run is still to come."""
    if settings.switches.current_timeseries_interval is CurrentTimeseriesInterval.ACCEPTED:
        return
    for table in timetables(definition, now):
        if table.at_end and table.start < now.replace(microsecond=0) and table.due(0) > now:
            raise invalid("The scheduled start time lies in the past.")


def _missed(table: Timetable, cursor: int, now: datetime, *, first: bool) -> int:
    """The first interval that isn't over yet: those before it are backfilled. A start now is in time."""
    moment = now.replace(microsecond=0) - timedelta(microseconds=1) if first else now
    return max(cursor, table.first_due_after(moment))


def _run_once(pipeline: Pipeline, definition: Definition, settings: Settings, now: datetime) -> None:
    text = definition.default.own_text("maxActiveInstances") if definition.default else ""
    limit = int(text) if text.isdecimal() else 1
    if len(pipeline.running) >= limit:
        raise invalid(
            "Web service limit exceeded: Exceeded number of concurrent executions. Please set the field "
            "'maxActiveInstances' to a higher value or wait for the running ones to complete."
        )
    at = now
    while any(stamp(run.scheduled_start) == stamp(at) for run in pipeline.runs):
        at += timedelta(seconds=1)  # the ids of instances tell seconds apart, and no less
    _append(pipeline, Run(len(pipeline.runs) + 1, RunKind.ON_DEMAND, RunStatus.RUNNING, "", at, at, now))


def _add(pipeline: Pipeline, table: Timetable, n: int, kind: RunKind, now: datetime) -> None:
    if len(pipeline.runs) >= MOST_RUNS:
        return
    status = RunStatus.SKIPPED if kind is RunKind.SKIPPED else RunStatus.RUNNING
    started = table.due(n) if kind is RunKind.SCHEDULED else now
    number, slots = len(pipeline.runs) + 1, (table.slot(n), table.slot(n + 1))
    _append(pipeline, Run(number, kind, status, table.schedule_id, *slots, started))


def _append(pipeline: Pipeline, run: Run) -> None:
    working.bind(pipeline, run)
    pipeline.runs.append(run)


def settle(world: World, settings: Settings, pipeline: Pipeline) -> None:
    """Brings one pipeline up to the present: due runs, finished runs, transitions that are over."""
    now = world.clock.now()
    if pipeline.state is State.SCHEDULED:
        _run_due(pipeline, now)
    orders.carry_out(world, settings, pipeline)
    for run in pipeline.running:
        working.settle(world, settings, pipeline, run)
    if pipeline.state is State.SCHEDULED and _all_done(pipeline):
        world.move(pipeline, State.FINISHED)
    if pipeline.state in (State.DEACTIVATING, State.DELETING):
        _end_transition(world, settings, pipeline, now)


def _run_due(pipeline: Pipeline, now: datetime) -> None:
    if pipeline.active is None or pipeline.first_activation is None:
        return
    pipeline.next_runs = {}
    for table in timetables(pipeline.active, pipeline.first_activation):
        cursor = pipeline.cursors.get(table.schedule_id, 0)
        upto = max(cursor, table.first_due_after(now))
        for n in range(cursor, min(table.count(upto), cursor + MOST_RUNS)):
            _add(pipeline, table, n, RunKind.SCHEDULED, now)
        pipeline.cursors[table.schedule_id] = upto
        if table.count(upto + 1) > upto:
            pipeline.next_runs[table.schedule_id] = table.due(upto)


def _all_done(pipeline: Pipeline) -> bool:
    if pipeline.active is None or pipeline.active.on_demand or pipeline.running:
        return False
    return bool(pipeline.cursors) and not pipeline.next_runs


def begin_transition(pipeline: Pipeline, settings: Settings, now: datetime) -> None:
    """DEACTIVATING or DELETING begins: it takes so many polls, or so long."""
    pipeline.polls_left = settings.settle_polls
    seconds = settings.settle_seconds
    pipeline.settles_at = None if seconds is None else now + timedelta(seconds=seconds)


def observe(pipeline: Pipeline) -> None:
    """DescribePipelines has shown this pipeline."""
    if pipeline.state is State.DELETING or not pipeline.running:
        pipeline.polls_left = max(0, pipeline.polls_left - 1)


def _end_transition(world: World, settings: Settings, pipeline: Pipeline, now: datetime) -> None:
    at = pipeline.settles_at
    if (at > now) if at is not None else (pipeline.polls_left > 0):
        return
    if pipeline.state is State.DELETING:
        world.move(pipeline, State.DELETED)
        pipeline.latest = pipeline.active = None  # its runs stay, for whoever asks what ever ran
    elif not pipeline.running:
        world.move(pipeline, State.INACTIVE)
