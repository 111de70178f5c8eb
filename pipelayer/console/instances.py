"""Which runs of a pipeline's objects an order is about.

AWS calls them instances: one for each object and interval. Those of one interval together are a run of the
pipeline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from pipelayer.console.ports import History, Wanted
from pipelayer.definition.catalogue import Category, object_types
from pipelayer.model import LivePipeline
from pipelayer.model.history import ObjectRun, ObjectStatus, Sphere

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
BROKEN = (ObjectStatus.FAILED, ObjectStatus.CASCADE_FAILED, ObjectStatus.TIMEDOUT, ObjectStatus.CANCELED)
ENDED = (ObjectStatus.FINISHED, *BROKEN)
AT_WORK = (
    ObjectStatus.ACTIVATING,
    ObjectStatus.RUNNING,
    ObjectStatus.WAITING_FOR_RUNNER,
    ObjectStatus.WAITING_ON_DEPENDENCIES,
)


def runs(history: History, pipeline_id: str, wanted: Wanted) -> tuple[ObjectRun, ...]:
    """The instances that are `wanted`, oldest first."""
    ids = history.query(pipeline_id, Sphere.INSTANCE, wanted)
    found = history.describe(pipeline_id, ids) if ids else ()
    return tuple(sorted(found, key=lambda one: (one.scheduled or _LONG_AGO, one.id)))


def last_run(
    history: History, live: LivePipeline, now: datetime, statuses: Sequence[ObjectStatus] = ()
) -> tuple[ObjectRun, ...]:
    """The instances of the last interval that has any with one of these statuses, and of it only such;
    without any given, those of the last interval that has begun.

    Nothing gives the last ones alone, and a pipeline may have run for years: so the time that is asked for
    grows until something is found.
    """
    for since in _windows(now, live.created):
        found = runs(history, live.id, Wanted(scheduled_from=since, statuses=tuple(statuses)))
        begun = [one for one in found if statuses or one.scheduled is None or one.scheduled <= now]
        if begun:
            last = max((one.scheduled for one in begun if one.scheduled), default=None)
            return tuple(one for one in begun if one.scheduled == last)
    return ()


def _windows(now: datetime, created: datetime | None) -> Iterator[datetime | None]:
    days = 1
    while days <= 64:
        since = now - timedelta(days=days)
        if created and since < created:
            break
        yield since
        days *= 4
    yield None  # what was caught up with is scheduled before the pipeline was created


def to_rerun(chosen: Collection[ObjectRun]) -> tuple[ObjectRun, ...]:
    """Those of the chosen ones that AWS has to be told about; the others follow of themselves.

    With an activity AWS reruns its resource, and what failed because of another one is rerun with that: told
    itself, it would fail again. Canceled preconditions were canceled by the failure of what they belong to.
    Source: AWS Data Pipeline Developer Guide, "Cascading Failures and Reruns".
    """
    roots = [one for one in chosen if not _follows(one, chosen)]
    told = [one for one in roots if _leads(one)]
    return tuple(told or roots)


def _follows(one: ObjectRun, chosen: Collection[ObjectRun]) -> bool:
    """Whether it failed because of another of the chosen ones. Where AWS doesn't say which, any that failed
    of itself may be the one.
    """
    if one.status is not ObjectStatus.CASCADE_FAILED:
        return False
    others = [other for other in chosen if other.scheduled == one.scheduled and other is not one]
    if one.cascade_failed_on:
        return any(one.cascade_failed_on in (other.id, other.component) for other in others)
    return any(other.status in BROKEN and other.status is not one.status for other in others)


def _leads(one: ObjectRun) -> bool:
    found = object_types().get(one.type)
    match found.category if found else Category.ACTIVITY:
        case Category.ACTIVITY:
            return True
        case Category.RESOURCE:
            return False
        case Category.PRECONDITION:
            return one.status in BROKEN and one.status is not ObjectStatus.CANCELED
        case _:
            return one.status in BROKEN
