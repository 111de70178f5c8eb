"""SetStatus (its API Reference): components are paused and resumed, instances canceled, run again, or marked
as finished.

Source of what a rerun does: Developer Guide, "Cascading Failures and Reruns".

Assumed, as no document says it: a rerun of what isn't over is refused; canceling or finishing what is over
changes nothing; a rerun makes a new attempt, with all its tries, and so does the resource that is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from . import working
from .errors import invalid
from .parts import Part
from .settings import Settings
from .shapes import JsonObject, Request
from .spheres import Spheres, instance_id
from .state import Order, Pipeline, Run, RunStatus, State, World
from .work import BROKEN, OVER, Instance, WorkStatus

_COMPONENTS = ("PAUSE", "RESUME")
_INSTANCES = ("TRY_CANCEL", "RERUN", "MARK_FINISHED")


def set_status(world: World, settings: Settings, pipeline: Pipeline, request: Request) -> JsonObject:
    """Takes the order, to be carried out at once or, with the switch, a while later."""
    if pipeline.state is State.FINISHED:
        raise invalid("The status of objects in a FINISHED pipeline can not be changed")
    ids, status = request["objectIds"], request["status"]
    components = Spheres(pipeline, settings).definition.by_id
    if status not in (*_COMPONENTS, *_INSTANCES):
        raise invalid(f"Invalid status: {status}")
    known = _instances(pipeline)
    for one in ids:
        if one not in (components if status in _COMPONENTS else known):
            raise invalid(f"Status {status} can not be set on object {one}")
        if status == "RERUN":
            run, part = known[one]
            if working.work_of(settings, pipeline, run)[part.id].status not in OVER:
                raise invalid(f"Object {one} can not be rerun before it is over")
    lag = timedelta(seconds=settings.switches.set_status_lag_seconds)
    pipeline.orders.append(Order(world.clock.now() + lag, status, tuple(ids)))
    carry_out(world, settings, pipeline)
    return {}


def carry_out(world: World, settings: Settings, pipeline: Pipeline) -> None:
    """Does what was ordered and is due."""
    now = world.clock.now()
    due = [one for one in pipeline.orders if one.due <= now]
    pipeline.orders = [one for one in pipeline.orders if one.due > now]
    for order in due:
        if order.status == "PAUSE":
            pipeline.paused |= set(order.object_ids)
        elif order.status == "RESUME":
            pipeline.paused -= set(order.object_ids)
            for run in pipeline.running:
                _resume(run, order.object_ids, now)
        else:
            _tell(world, settings, pipeline, order)


def _tell(world: World, settings: Settings, pipeline: Pipeline, order: Order) -> None:
    known = _instances(pipeline)
    touched: list[Run] = []
    for one in order.object_ids:
        run, part = known[one]
        run.work = dict(working.work_of(settings, pipeline, run))
        _change(working.parts_of(pipeline, run), run.work, part, order.status, world.clock.now())
        if run not in touched:
            touched.append(run)
    for run in touched:
        run.status = RunStatus.RUNNING
        working.settle(world, settings, pipeline, run)


def _change(
    known: Mapping[str, Part], work: Mapping[str, Instance], part: Part, status: str, now: datetime
) -> None:
    one = work[part.id]
    if status == "RERUN":
        broken = [o for o in (*part.needs, part.resource) if o and work[o].status in BROKEN]
        if one.status is WorkStatus.CASCADE_FAILED and any(other != part.resource for other in broken):
            return  # it "will fail and return the object to the CASCADE_FAILED state"
        _rerun(known, work, part, now)
    elif status == "MARK_FINISHED":
        one.cascade_failed_on = ""
        one.started = one.started or now
        one.end(WorkStatus.FINISHED, one.ended or now)
        _wake(known, work, part, now)
    elif one.status not in OVER:
        one.end(WorkStatus.CANCELED, now, "Canceled by user")


def _rerun(known: Mapping[str, Part], work: Mapping[str, Instance], part: Part, now: datetime) -> None:
    work[part.id].again(now)
    if part.resource and work[part.resource].status in OVER:
        work[part.resource].again(now)
    if part.category == "resource":
        for user in known.values():
            if user.resource == part.id and work[user.id].status in BROKEN:
                work[user.id].again(now)
    if part.cascades or part.category == "resource":
        _wake(known, work, part, now)


def _wake(known: Mapping[str, Part], work: Mapping[str, Instance], part: Part, now: datetime) -> None:
    """Its consumers that failed because of it wait again."""
    for other in known.values():
        one = work[other.id]
        if one.cascade_failed_on == part.id and one.status in BROKEN:
            one.again(now)
            if other.resource and work[other.resource].status in OVER:
                work[other.resource].again(now)
            _wake(known, work, other, now)


def _resume(run: Run, ids: Iterable[str], now: datetime) -> None:
    for one in ids:
        found = (run.work or {}).get(one)
        if found is not None and found.status is WorkStatus.PAUSED:
            found.status, found.since = WorkStatus.WAITING_ON_DEPENDENCIES, now


def _instances(pipeline: Pipeline) -> Mapping[str, tuple[Run, Part]]:
    return {
        instance_id(part.id, run): (run, part)
        for run in pipeline.runs
        for part in working.parts_of(pipeline, run).values()
    }
