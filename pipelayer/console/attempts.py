"""Which attempts of a pipeline are meant: by default the last of what went wrong in its last run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from pipelayer.console.ports import History, Wanted
from pipelayer.definition.suggest import did_you_mean
from pipelayer.errors import UsageError
from pipelayer.model.history import ObjectRun, ObjectStatus, Sphere
from pipelayer.project.reading import shown

WENT_WRONG = (ObjectStatus.FAILED, ObjectStatus.TIMEDOUT, ObjectStatus.CANCELED)
_AT_WORK = (ObjectStatus.RUNNING, ObjectStatus.WAITING_FOR_RUNNER)
_LOOK_BACK = (timedelta(days=7), timedelta(days=90), None)
_ATTEMPT = re.compile(r"_Attempt=([0-9]+)$")
_AT = re.compile(r"_([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})$")


@dataclass(frozen=True)
class Asked:
    """`run` is a run's scheduled time, its day, or the id of an instance or attempt; without it the last one
    is meant. `object_id` and `attempt` (from 1 on) narrow it down; `every` means all attempts that are left.
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


def choose(history: History, pipeline_id: str, asked: Asked, now: datetime) -> Chosen | None:
    """What is meant; None where the pipeline has no such run. Raises UsageError for what can't be meant."""
    if asked.run.startswith("@"):
        asked = _by_id(asked)
    scheduled = _scheduled(history, pipeline_id, asked.run, now)
    if scheduled is None:
        return None
    found = history.query(pipeline_id, Sphere.INSTANCE, Wanted(scheduled_from=scheduled))
    instances = [
        one
        for one in history.describe(pipeline_id, _not_after(found, scheduled))
        if one.scheduled == scheduled
    ]
    picked = _picked(instances, asked)
    chosen: list[ObjectRun] = []
    untried: list[ObjectRun] = []
    for one in picked:
        attempts = _attempts(history, pipeline_id, one, asked)
        chosen += attempts
        if not attempts and (not asked.every or one.status in WENT_WRONG):
            untried.append(one)
    if asked.attempt and not chosen:
        raise UsageError(
            f"There is no attempt {asked.attempt} of it.", "Without --attempt the last is shown."
        )
    rest = [one for one in instances if one not in picked]
    used = {one.runs_on for one in chosen}
    return Chosen(
        scheduled,
        tuple(chosen),
        others=tuple(one for one in rest if one.status in WENT_WRONG),
        untried=tuple(untried),
        hosts=tuple(one.component for one in rest if used & {one.id, one.component}),
        running=any(one.status in _AT_WORK for one in instances),
    )


def _by_id(asked: Asked) -> Asked:
    """An id says which object, and maybe which attempt."""
    instance = _ATTEMPT.sub("", asked.run)
    number, at = _ATTEMPT.search(asked.run), _AT.search(instance)
    if at is None:
        raise UsageError(f"No run has the id {shown(asked.run)}.", "An id is like @Job_2026-03-01T02:00:00.")
    return replace(
        asked,
        run=at[1],
        object_id=asked.object_id or instance[1 : at.start()],
        attempt=asked.attempt or (int(number[1]) if number else 0),
    )


def _scheduled(history: History, pipeline_id: str, run: str, now: datetime) -> datetime | None:
    """The scheduled time of the run that is meant: the last one that has begun, or the last of that day."""
    if not run:
        for back in _LOOK_BACK:
            since = now - back if back else None
            ids = history.query(pipeline_id, Sphere.INSTANCE, Wanted(started_from=since))
            if ids:
                return max(_times(history, pipeline_id, ids), default=None)
        return None
    day, wanted = _moment(run)
    ids = history.query(pipeline_id, Sphere.INSTANCE, Wanted(scheduled_from=wanted))
    times = _times(history, pipeline_id, ids)
    return max((at for at in times if (at.date() == day if day else at == wanted)), default=None)


def _moment(run: str) -> tuple[date | None, datetime]:
    """The day, or None where a moment of it is named, and the moment."""
    try:
        moment = datetime.fromisoformat(run)
    except ValueError:
        hint = "Give a run's scheduled time, such as 2026-03-01T02:00:00 (UTC), its day, or the id of a run."
        raise UsageError(f"{shown(run)} is no run.", hint) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return (moment.date() if len(run) <= len("2026-03-01") else None), moment


def _times(history: History, pipeline_id: str, ids: Sequence[str]) -> set[datetime]:
    """The scheduled times of instances. Their ids end with them (Developer Guide, "Viewing Pipeline Logs"):
    only one that doesn't has to be described.
    """
    marks = {one: _AT.search(one) for one in ids}
    plain = [one for one, mark in marks.items() if mark is None]
    found = {one.scheduled for one in history.describe(pipeline_id, plain)} if plain else set()
    read = {datetime.fromisoformat(mark[1]).replace(tzinfo=UTC) for mark in marks.values() if mark}
    return read | {at for at in found if at is not None}


def _not_after(ids: Sequence[str], scheduled: datetime) -> Sequence[str]:
    """Without those of which the id says that they are of a later run."""
    own = f"{scheduled:%Y-%m-%dT%H:%M:%S}"
    return [one for one in ids if (mark := _AT.search(one)) is None or mark[1] == own]


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
    wrong = [one for one in instances if one.status in WENT_WRONG]
    hosts = {one.runs_on for one in instances}
    work = [one for one in instances if not hosts & {one.id, one.component} and one.head]
    at_work = [one for one in work if one.status in _AT_WORK]
    tried = [one for one in wrong if one.head]
    return sorted(tried or wrong or at_work or work or instances, key=_when)[-1:]


def _when(one: ObjectRun) -> tuple[datetime, datetime]:
    earliest = datetime.min.replace(tzinfo=UTC)
    return one.ended or earliest, one.started or earliest


def _attempts(history: History, pipeline_id: str, one: ObjectRun, asked: Asked) -> Sequence[ObjectRun]:
    """An instance's attempts that are meant, in their order."""
    if one.head and not asked.every and not asked.attempt:
        return history.describe(pipeline_id, [one.head])
    ids = history.query(pipeline_id, Sphere.ATTEMPT, Wanted(instance=one.id))
    found = sorted(history.describe(pipeline_id, ids), key=lambda each: (each.number, each.id))
    if asked.attempt:
        return [each for each in found if each.number == asked.attempt]
    return found if asked.every else found[-1:]
