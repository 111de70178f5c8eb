"""Which runs of a pipeline's objects an order is about.

AWS calls them instances: one for each object and interval. Those of one interval together are a run of the
pipeline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from pipelayer.console.ports import History, Wanted
from pipelayer.definition.catalogue import Category, object_types
from pipelayer.model import LivePipeline
from pipelayer.model.history import BROKEN, RAN, ObjectRun, ObjectStatus, Sphere, decided
from pipelayer.model.instance_ids import scheduled_in

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def runs(history: History, pipeline_id: str, wanted: Wanted) -> tuple[ObjectRun, ...]:
    """The instances that are `wanted`, oldest first."""
    return _described(history, pipeline_id, history.query(pipeline_id, Sphere.INSTANCE, wanted))


def last_decided(history: History, live: LivePipeline, now: datetime) -> tuple[ObjectRun, ...]:
    """All instances of the last run of which it is known how it went; none where there is no such run.

    Only runs that may be it are described: those in which something had its turn, from the latest on.
    """
    for since in _windows(now, live.created):
        ids = history.query(live.id, Sphere.INSTANCE, Wanted(scheduled_from=since))
        every = by_instant(ids)
        if not every:
            continue
        ran = frozenset(history.query(live.id, Sphere.INSTANCE, Wanted(scheduled_from=since, statuses=RAN)))
        for instant in sorted(every, key=by_time, reverse=True):
            if ran.isdisjoint(every[instant]):
                continue
            found = _described(history, live.id, every[instant])
            if decided(one.status for one in found):
                return found
    return ()


def last_begun(history: History, live: LivePipeline, now: datetime) -> datetime | None:
    """For when the last run that has begun was scheduled; None where there is none, or AWS tells no time."""
    for since in _windows(now, live.created):
        every = by_instant(history.query(live.id, Sphere.INSTANCE, Wanted(scheduled_from=since)), now)
        if every:
            return max((one for one in every if one), default=None)
    return None


def newest(history: History, pipeline_id: str, ids: Sequence[str]) -> tuple[ObjectRun, ...]:
    """Those of the latest run among these ids of instances. No others are described."""
    every = by_instant(ids)
    if not every:
        return ()
    found = _described(history, pipeline_id, every[max(every, key=by_time)])
    return tuple(one for one in found if one.scheduled == found[-1].scheduled)


def by_instant(ids: Iterable[str], now: datetime | None = None) -> dict[datetime | None, list[str]]:
    """The ids of instances by the instants that they tell, where `now` is given without what is yet to come.
    Those that tell no time are under None.
    """
    found: dict[datetime | None, list[str]] = {}
    for one in ids:
        instant = scheduled_in(one)
        if instant is None or now is None or instant <= now:
            found.setdefault(instant, []).append(one)
    return found


def by_time(instant: datetime | None) -> datetime:
    """To sort by: what has no time comes before all that have one."""
    return instant or _LONG_AGO


def _described(history: History, pipeline_id: str, ids: Sequence[str]) -> tuple[ObjectRun, ...]:
    found = history.describe(pipeline_id, ids) if ids else ()
    return tuple(sorted(found, key=lambda one: (by_time(one.scheduled), one.id)))


def _windows(now: datetime, created: datetime | None) -> Iterator[datetime | None]:
    """From when on to ask. Nothing gives the last runs alone, and a pipeline may have run for years: so the
    time that is asked for grows until something is found.
    """
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
    return tuple(told or (one for one in roots if one.status in BROKEN))


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
