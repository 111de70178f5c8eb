"""Runs and their instances: begun, brought up to the present, completed, canceled.

A run that nothing special awaits is not kept object by object: its instances follow from the definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from . import logs
from .clock import stamp
from .definition import Definition
from .engine import Engine
from .parts import Part, parts
from .settings import MaximumRetries, Settings
from .state import Pipeline, Run, RunStatus, World
from .work import BROKEN, OVER, Fate, Instance, WorkStatus


def bind(pipeline: Pipeline, run: Run) -> None:
    """Gives a new run its definition and the fates that await it."""
    run.version = max(pipeline.versions, default=0)
    kept: list[Fate] = []
    for fate in pipeline.fates:
        if fate.scheduled_start and fate.scheduled_start != stamp(run.scheduled_start):
            kept.append(fate)
            continue
        run.fates.setdefault(fate.object_id, []).append(fate)
        if fate.runs != 1:
            kept.append(replace(fate, runs=max(0, fate.runs - 1)))
    pipeline.fates = kept


def settle(world: World, settings: Settings, pipeline: Pipeline, run: Run) -> None:
    """Brings a running run up to the present."""
    now = world.clock.now()
    if run.work is None and not _special(settings, pipeline, run):
        run.status, run.ended = RunStatus.FINISHED, run.started
        return
    advance(world, settings, pipeline, run)
    if run.status is RunStatus.RUNNING:
        return
    run.ended = max(
        [run.started, *(one.ended for one in (run.work or {}).values() if one.ended)], default=now
    )


def _special(settings: Settings, pipeline: Pipeline, run: Run) -> bool:
    return settings.run_seconds != 0 or bool(run.fates or pipeline.paused) or settings.write_logs


def advance(
    world: World, settings: Settings, pipeline: Pipeline, run: Run, hurry: WorkStatus | None = None
) -> None:
    """Lets everything of the run happen that is due, or with `hurry` all of it, with that result."""
    found = parts_of(pipeline, run)
    run.work = run.work if run.work is not None else _fresh(run, found)
    engine = _engine(settings, pipeline, run, found, run.work, world.clock.now(), hurry)
    engine.advance()
    run.status = _status(engine)
    for part in found.values():
        logs.write(world, pipeline, run, part, run.work[part.id])


def complete(world: World, settings: Settings, pipeline: Pipeline, run: Run, status: RunStatus) -> None:
    """What is under way ends now, and so does all that follows."""
    if status is RunStatus.CANCELED:
        cancel(world, settings, pipeline, run)
        return
    advance(world, settings, pipeline, run, WorkStatus(status))
    run.status, run.ended = status, world.clock.now()


def cancel(world: World, settings: Settings, pipeline: Pipeline, run: Run) -> None:
    """DeactivatePipeline with cancelActive: what isn't over is CANCELED."""
    advance(world, settings, pipeline, run)
    if run.status is not RunStatus.RUNNING:
        return
    now = world.clock.now()
    for one in (run.work or {}).values():
        if one.status not in OVER:
            one.end(WorkStatus.CANCELED, now, "Pipeline deactivated")
    run.status, run.ended = RunStatus.CANCELED, now


def work_of(settings: Settings, pipeline: Pipeline, run: Run) -> Mapping[str, Instance]:
    """The instances of a run, whether they are kept or follow from the definition."""
    if run.work is not None:
        return run.work
    found = parts_of(pipeline, run)
    work = _fresh(run, found)
    if run.status is RunStatus.SKIPPED:
        for one in work.values():
            one.status = WorkStatus.SKIPPED
        return work
    ended = run.ended or run.started
    _engine(settings, pipeline, run, found, work, ended, WorkStatus.FINISHED).advance()
    return work


def parts_of(pipeline: Pipeline, run: Run) -> Mapping[str, Part]:
    """The objects of a run."""
    return parts(definition_of(pipeline, run), run.schedule_id)


def definition_of(pipeline: Pipeline, run: Run) -> Definition:
    return pipeline.versions.get(run.version) or Definition()


def _fresh(run: Run, found: Mapping[str, Part]) -> dict[str, Instance]:
    return {one: Instance(one, fates=list(run.fates.get(one, ()))) for one in found}


def _engine(
    settings: Settings,
    pipeline: Pipeline,
    run: Run,
    found: Mapping[str, Part],
    work: Mapping[str, Instance],
    now: datetime,
    hurry: WorkStatus | None,
) -> Engine:
    return Engine(
        parts=found,
        work=work,
        begun=run.started,
        now=now,
        seconds=settings.run_seconds,
        retry_seconds=settings.retry_seconds,
        first_is_retry=settings.switches.maximum_retries is MaximumRetries.IN_ALL,
        paused=frozenset() if hurry else frozenset(pipeline.paused),
        hurry=hurry,
    )


def _status(engine: Engine) -> RunStatus:
    if engine.active:
        return RunStatus.RUNNING
    found = {one.status for one in engine.work.values()}
    if found & (BROKEN - {WorkStatus.CANCELED}):
        return RunStatus.FAILED
    return RunStatus.CANCELED if WorkStatus.CANCELED in found else RunStatus.FINISHED
