"""Which attempts of a pipeline are meant: by default the last of what went wrong in its last run that is
decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pipelayer.console.instances import by_instant, by_time, last_decided, newest
from pipelayer.console.ports import History, Wanted
from pipelayer.definition.suggest import did_you_mean
from pipelayer.errors import UsageError
from pipelayer.model import LivePipeline
from pipelayer.model.history import AT_WORK, BROKEN, RAN, ObjectRun, ObjectStatus, Sphere
from pipelayer.model.instance_ids import attempt_in, object_in, scheduled_in
from pipelayer.project.reading import shown

_WENT_WRONG = BROKEN - {ObjectStatus.CASCADE_FAILED}
"""What failed with another was never tried, so it has no logs."""

_BEGUN = RAN | AT_WORK - {ObjectStatus.WAITING_ON_DEPENDENCIES}
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Asked:
    """`run` is a run's scheduled time, its day, or the id of an instance or attempt; without it the last
    one is meant, as `decided` has it. `object_id` and `attempt` (from 1 on) narrow it down; `every` means all
    attempts that are left.
    """

    run: str = ""
    object_id: str = ""
    attempt: int = 0
    every: bool = False


@dataclass(frozen=True)
class Chosen:
    """The attempts, and the run that they belong to; `others` are objects that went wrong in it, too.
    `untried` are chosen objects that have no attempt, `hosts` the resources that the chosen ones worked on.
    """

    scheduled: datetime | None
    attempts: tuple[ObjectRun, ...] = ()
    others: tuple[ObjectRun, ...] = ()
    untried: tuple[ObjectRun, ...] = ()
    hosts: tuple[str, ...] = ()
    running: bool = False


def choose(history: History, live: LivePipeline, asked: Asked, now: datetime) -> Chosen | None:
    """What is meant; None where the pipeline has no such run. Raises UsageError for what can't be meant."""
    if asked.run.startswith("@"):
        asked = _by_id(asked)
    instances = _instances(history, live, asked.run, now)
    if not instances:
        return None
    picked = _picked(instances, asked)
    chosen: list[ObjectRun] = []
    untried: list[ObjectRun] = []
    for one in picked:
        attempts = _attempts(history, live.id, one, asked)
        chosen += attempts
        if not attempts and (not asked.every or one.status in _WENT_WRONG):
            untried.append(one)
    if asked.attempt and not chosen:
        raise UsageError(
            f"There is no attempt {asked.attempt} of it.", "Without --attempt the last is shown."
        )
    rest = [one for one in instances if one not in picked]
    used = {one.runs_on for one in chosen}
    return Chosen(
        instances[0].scheduled,
        tuple(chosen),
        others=tuple(one for one in rest if one.status in _WENT_WRONG),
        untried=tuple(untried),
        hosts=tuple(one.component for one in rest if used & {one.id, one.component}),
        running=any(one.status in AT_WORK for one in instances),
    )


def _by_id(asked: Asked) -> Asked:
    """An id says which object, and maybe which attempt."""
    scheduled = scheduled_in(asked.run)
    if scheduled is None:
        raise UsageError(f"No run has the id {shown(asked.run)}.", "An id is like @Job_2026-03-01T02:00:00.")
    return replace(
        asked,
        run=scheduled.isoformat(),
        object_id=asked.object_id or object_in(asked.run),
        attempt=asked.attempt or attempt_in(asked.run),
    )


def _instances(history: History, live: LivePipeline, run: str, now: datetime) -> Sequence[ObjectRun]:
    """Those of the run that is meant: the last one that is decided, else the last that has begun; or the last
    of a day.
    """
    if run:
        day, since = _moment(run)
        until = since + timedelta(days=1) - _SECOND if day else since
    else:
        if found := last_decided(history, live, now):
            return found
        begun = history.query(live.id, Sphere.INSTANCE, Wanted(statuses=_BEGUN))
        last = max((at for at in by_instant(begun) if at), default=None)
        if last is None:
            return ()
        since = until = last
    wanted = Wanted(scheduled_from=since, scheduled_to=until)
    return newest(history, live.id, history.query(live.id, Sphere.INSTANCE, wanted))


def _moment(run: str) -> tuple[bool, datetime]:
    """Whether a day is named, and the moment or the day's beginning."""
    try:
        moment = datetime.fromisoformat(run)
    except ValueError:
        hint = "Give a run's scheduled time, such as 2026-03-01T02:00:00 (UTC), its day, or the id of a run."
        raise UsageError(f"{shown(run)} is no run.", hint) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return len(run) <= len("2026-03-01"), moment


def _picked(instances: Sequence[ObjectRun], asked: Asked) -> Sequence[ObjectRun]:
    if asked.object_id:
        found = [one for one in instances if asked.object_id in (one.component, one.id)]
        if not found:
            known = [one.component for one in instances]
            hint = did_you_mean(asked.object_id, known, f"It had {', '.join(map(shown, known[:8]))}.")
            raise UsageError(f"That run had no object {shown(asked.object_id)}.", hint)
        return found
    if asked.every:
        return instances
    wrong = [one for one in instances if one.status in _WENT_WRONG]
    hosts = {one.runs_on for one in instances}
    work = [one for one in instances if not hosts & {one.id, one.component} and one.head]
    at_work = [one for one in work if one.status in AT_WORK]
    tried = [one for one in wrong if one.head]
    return sorted(tried or wrong or at_work or work or instances, key=_when)[-1:]


def _when(one: ObjectRun) -> tuple[datetime, datetime]:
    return by_time(one.ended), by_time(one.started)


def _attempts(history: History, pipeline_id: str, one: ObjectRun, asked: Asked) -> Sequence[ObjectRun]:
    """An instance's attempts that are meant, in their order."""
    if one.head and not asked.every and not asked.attempt:
        return history.describe(pipeline_id, [one.head])
    ids = history.query(pipeline_id, Sphere.ATTEMPT, Wanted(instance=one.id))
    found = sorted(history.describe(pipeline_id, ids), key=lambda each: (each.number, each.id))
    if asked.attempt:
        return [each for each in found if each.number == asked.attempt]
    return found if asked.every else found[-1:]
