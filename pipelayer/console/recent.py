"""A pipeline's last runs, made of what AWS tells of its objects: one run for each scheduled instant.

One QueryObjects for the runs, DescribeObjects for those that are shown, and for the last attempts of what
failed: AWS takes two such calls a second of the whole account, after a burst of 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelayer.console.instances import by_instant, by_time
from pipelayer.console.log_places import placed
from pipelayer.console.logs import folder
from pipelayer.console.ports import History, Wanted
from pipelayer.definition.flat import Definition
from pipelayer.definition.period import FOREVER
from pipelayer.definition.schedule import is_on_demand, schedules
from pipelayer.model import LivePipeline
from pipelayer.model.history import ENDED, FAILED, ObjectRun, ObjectStatus, Sphere
from pipelayer.model.instance_ids import attempt_in, object_in, scheduled_in
from pipelayer.model.status import Failure, ObjectAtWork, PipelineRun

_ON_DEMAND, _UNKNOWN = timedelta(days=30), timedelta(days=2)
"""How far back one is looked at that has no period, and one whose period nobody knows: it may be short."""

_ORDER = (
    ObjectStatus.FAILED,
    ObjectStatus.TIMEDOUT,
    ObjectStatus.CASCADE_FAILED,
    ObjectStatus.CANCELED,
    ObjectStatus.DEACTIVATING,
    ObjectStatus.SHUTTING_DOWN,
    ObjectStatus.RUNNING,
    ObjectStatus.VALIDATING,
    ObjectStatus.CREATING,
    ObjectStatus.ACTIVATING,
    ObjectStatus.WAITING_FOR_RUNNER,
    ObjectStatus.WAITING_ON_DEPENDENCIES,
    ObjectStatus.PAUSED,
    ObjectStatus.SCHEDULED,
    ObjectStatus.PENDING,
    ObjectStatus.INACTIVE,
    ObjectStatus.UNKNOWN,
    ObjectStatus.FINISHED,
    ObjectStatus.SKIPPED,
)
"""The worse, the earlier: a run is as well as the worst of its objects."""


@dataclass(frozen=True)
class Depth:
    """How much is told. `runs` at most, and none that was scheduled before `since`, where that is given.

    `room` is how many objects are described, though those of the two latest runs always are. Why it failed is
    asked of at most `failures` objects of a run, and of the latest run alone unless in `detail`.
    """

    runs: int = 5
    since: datetime | None = None
    room: int = 25
    failures: int = 3
    detail: bool = False


def recent_runs(
    history: History, live: LivePipeline, definition: Definition | None, now: datetime, depth: Depth
) -> tuple[PipelineRun, ...]:
    """The last runs, the latest first. What is yet to come is none. Raises AwsError."""
    since = depth.since or _since(live, definition, now, depth.runs)
    ids = history.query(live.id, Sphere.INSTANCE, Wanted(scheduled_from=since))
    instances = history.describe(live.id, _newest(ids, now, depth))
    found: dict[datetime | None, list[ObjectRun]] = {}
    for one in instances:
        found.setdefault(one.scheduled or scheduled_in(one.id), []).append(one)
    runs = []
    told = False
    for instant in sorted(found, key=by_time, reverse=True):
        objects = found[instant]
        failed = sorted((one for one in objects if one.status in FAILED), key=_importance)
        asked = failed if depth.detail or not told else []
        runs.append(_run(history, live.id, definition, instant, objects, asked[: depth.failures]))
        told = told or runs[-1].decided
    return tuple(runs)


def _since(live: LivePipeline, definition: Definition | None, now: datetime, runs: int) -> datetime:
    """So long ago that the latest `runs` of its quickest schedule are seen, however long its period is."""
    latest = min(live.latest_run or now, now)
    periods = [schedule.period for schedule in schedules(definition)] if definition else []
    starts = [one for period in periods if (one := period.add(latest, -runs - 1)) != FOREVER]
    on_demand = definition is not None and is_on_demand(definition)
    return max(starts, default=latest - (_ON_DEMAND if on_demand else _UNKNOWN))


def _newest(ids: Iterable[str], now: datetime, depth: Depth) -> Sequence[str]:
    """The ids of the latest runs, as far as there is room. An id ends in the instant that it is due at."""
    begun = by_instant(ids, now)
    found: list[str] = []
    for number, instant in enumerate(sorted(begun, key=by_time, reverse=True)[: depth.runs]):
        if number > 1 and len(found) + len(begun[instant]) > depth.room:
            break
        found += begun[instant]
    return found


def _run(
    history: History,
    pipeline_id: str,
    definition: Definition | None,
    instant: datetime | None,
    objects: Sequence[ObjectRun],
    failed: Sequence[ObjectRun],
) -> PipelineRun:
    """One run. `failed` are those of its objects whose attempts are asked for."""
    heads = {one.id: one.head for one in objects if one.head}
    for one in failed:
        if one.id not in heads and one.status is not ObjectStatus.CASCADE_FAILED:  # which was never tried
            tries = history.query(pipeline_id, Sphere.ATTEMPT, Wanted(instance=one.id))
            heads |= {one.id: max(tries, key=attempt_in)} if tries else {}
    asked = [heads[one.id] for one in failed if one.id in heads]
    found = history.describe(pipeline_id, asked) if asked else ()
    described = {one.id: placed(one, definition, pipeline_id) if definition else one for one in found}
    worst = min((one.status for one in objects), key=_ORDER.index)
    over = all(one.status in ENDED for one in objects)
    parts = tuple(_at_work(one, heads.get(one.id, "")) for one in sorted(objects, key=_importance))
    return PipelineRun(
        instant,
        worst,
        min((one.started for one in objects if one.started), default=None),
        max((one.ended for one in objects if one.ended), default=None) if over else None,
        max((one.attempts for one in parts), default=0),
        parts,
        tuple(_failure(pipeline_id, one, described.get(heads.get(one.id, ""))) for one in failed),
    )


def _importance(one: ObjectRun) -> tuple[int, str]:
    return _ORDER.index(one.status), one.id


def _at_work(one: ObjectRun, head: str) -> ObjectAtWork:
    return ObjectAtWork(_name(one), one.type, one.status, one.started, one.ended, attempt_in(head))


def _failure(pipeline_id: str, instance: ObjectRun, attempt: ObjectRun | None) -> Failure:
    last = attempt or instance
    caused = f"{instance.cascade_failed_on} failed, which it depends on" if instance.cascade_failed_on else ""
    own = folder(pipeline_id, attempt) if attempt else None
    return Failure(
        _name(instance),
        instance.status,
        attempt_in(attempt.id) if attempt else 0,
        last.error or last.reason or instance.error or instance.reason or caused,
        last.error_id or instance.error_id,
        (*([str(own)] if own else []), *last.logs) if attempt else last.logs,
    )


def _name(one: ObjectRun) -> str:
    return one.component or object_in(one.id)
