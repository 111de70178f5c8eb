"""What the terminal and the issue say alike of a status. It holds the status's text as it is, not yet
harmless.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from pipelayer.model import PipelineState
from pipelayer.model.history import ObjectStatus
from pipelayer.model.live import Health
from pipelayer.model.status import Drift, PipelineRun, PipelineStatus, Reason, Status, Trouble
from pipelayer.render.measures import day
from pipelayer.render.words import Mood, count, duration, listed

_WAITING = {Drift.NOT_DEPLOYED, Drift.NOT_UPLOADED}
_STATES = {
    PipelineState.PENDING: "never activated",
    PipelineState.INACTIVE: "paused",
    PipelineState.DEACTIVATING: "paused",
    PipelineState.FINISHED: "finished",
}


def ended(status: ObjectStatus) -> str:
    """A status as people say it."""
    match status:
        case ObjectStatus.TIMEDOUT:
            return "timed out"
        case ObjectStatus.CASCADE_FAILED:
            return "failed with another"
        case ObjectStatus.WAITING_FOR_RUNNER:
            return "waits for a runner"
        case ObjectStatus.WAITING_ON_DEPENDENCIES:
            return "waits for others"
        case ObjectStatus.SCHEDULED | ObjectStatus.PENDING:
            return "not begun"
        case _:
            return status.value.lower().replace("_", " ")


def mood_of_run(status: ObjectStatus) -> Mood:
    """How a run, or one object's part in it, is meant."""
    match status:
        case ObjectStatus.FINISHED:
            return Mood.GOOD
        case ObjectStatus.FAILED | ObjectStatus.TIMEDOUT | ObjectStatus.CASCADE_FAILED:
            return Mood.BAD
        case ObjectStatus.CANCELED:
            return Mood.WARNING
        case ObjectStatus.PAUSED:
            return Mood.PAUSED
        case (
            ObjectStatus.RUNNING
            | ObjectStatus.ACTIVATING
            | ObjectStatus.CREATING
            | ObjectStatus.VALIDATING
            | ObjectStatus.DEACTIVATING
            | ObjectStatus.SHUTTING_DOWN
            | ObjectStatus.WAITING_FOR_RUNNER
            | ObjectStatus.WAITING_ON_DEPENDENCIES
            | ObjectStatus.SCHEDULED
            | ObjectStatus.PENDING
            | ObjectStatus.INACTIVE
            | ObjectStatus.SKIPPED
            | ObjectStatus.UNKNOWN
        ):
            return Mood.QUIET
        case _:
            assert_never(status)


def mood_of(one: PipelineStatus) -> Mood:
    """How a pipeline's line is meant."""
    if not one.well:
        return Mood.BAD
    kinds = {drifted.kind for drifted in one.drifts}
    if Drift.PAUSED in kinds:
        return Mood.PAUSED
    if Drift.FINISHED in kinds:
        return Mood.QUIET
    return Mood.WARNING if kinds else Mood.GOOD


def drifts(one: PipelineStatus) -> str:
    """How files and AWS stand to each other."""
    kinds = dict.fromkeys(drifted.kind.value for drifted in one.drifts)
    unhealthy = ["health ERROR"] if any(r.trouble is Trouble.UNHEALTHY for r in one.reasons) else []
    return ", ".join([*(kinds or [Drift.IN_STEP.value]), *unhealthy])


def took(run: PipelineRun, now: datetime) -> str:
    """How long it took, or has by now; empty where it isn't known."""
    if run.duration is None:
        known = run.started and run.status is ObjectStatus.RUNNING
        return f"for {lasted(run.started, now)}" if run.started and known else ""
    return lasted(now, now + run.duration)


def told(status: ObjectStatus, started: datetime | None, ended_at: datetime | None, now: datetime) -> str:
    """How a run, or one object's part in it, went, and how long it took or has by now."""
    if started and ended_at:
        return ", ".join(filter(None, [ended(status), lasted(started, ended_at)]))
    if started and status is ObjectStatus.RUNNING:
        return f"running for {lasted(started, now)}, since {day(started, now)}"
    return ended(status)


def lasted(start: datetime, end: datetime) -> str:
    """How long it is from one time to a later one."""
    seconds = (end - start).total_seconds()
    if seconds < 3600:
        return duration(seconds)
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def last_run(one: PipelineStatus) -> str:
    """How its latest run went; why there is none to be told."""
    if one.runs:
        return ended(one.runs[0].status)
    if not one.id:
        return ""
    if any(reason.trouble is Trouble.NOT_ASKED for reason in one.reasons):
        return "not told"
    return "none yet" if one.latest_run is None else "not told"


def no_next_run(one: PipelineStatus) -> str:
    """Why there is no next run, in a word."""
    if one.state in _STATES and not (one.state is PipelineState.PENDING and one.on_demand):
        return _STATES[one.state]
    return "on demand" if one.on_demand else ""


def health(one: PipelineStatus) -> str:
    """AWS's word for it, empty where it has none yet."""
    return "" if one.health is Health.UNKNOWN else one.health.value


def headline(status: Status) -> str:
    """The whole look in a sentence."""
    number = len(status.pipelines)
    unwell = sum(not one.well for one in status.pipelines)
    if not number:
        return "There is no pipeline to look at"
    if not unwell:
        every = "Both" if number == 2 else f"All {number:,}"
        return "The pipeline is well" if number == 1 else f"{every} pipelines are well"
    needs = "needs" if unwell == 1 else "need"
    of = f"{unwell:,} of {count(number, 'pipeline')}" if number > 1 else "The pipeline"
    return f"{of} {needs} somebody"


def numbers(status: Status) -> str:
    """What is behind the headline: reasons first, then what is told besides."""
    troubles = Counter(reason.trouble for reason in one_each(status))
    found = [f"{troubles[trouble]:,} {_counted(trouble)}" for trouble in Trouble if troubles[trouble]]
    kinds = [{drifted.kind for drifted in one.drifts} for one in status.pipelines]
    paused = sum(Drift.PAUSED in kind for kind in kinds)
    finished = sum(Drift.FINISHED in kind for kind in kinds)
    waiting = sum(bool(kind & _WAITING) for kind in kinds)
    besides = [
        *([f"{paused:,} paused"] if paused else []),
        *([f"{finished:,} finished"] if finished else []),
        *([f"{waiting:,} to be deployed"] if waiting else []),
    ]
    return " · ".join(filter(None, [", ".join(found), ", ".join(besides)]))


def one_each(status: Status) -> Iterator[Reason]:
    """The reasons, one of each trouble for each pipeline: some have two of a kind."""
    seen = set()
    for reason in status.reasons:
        if (reason.trouble, reason.key) not in seen:
            seen.add((reason.trouble, reason.key))
            yield reason


def _counted(trouble: Trouble) -> str:
    return "failed" if trouble is Trouble.FAILED else trouble.value


def told_alike(status: Status) -> list[tuple[Reason, list[str]]]:
    """The reasons in order, with the names that each is told of: what is said of several is said once."""
    several = len(status.groups) > 1
    found: dict[Reason, list[str]] = {}
    for reason in status.reasons:
        name = f"{reason.name} · {reason.key.group}" if several else reason.name
        key = replace(reason, key=status.reasons[0].key, name="", command="")
        same = reason if reason.trouble is not Trouble.NOT_ASKED else key
        found.setdefault(same, []).append(name)
    return list(found.items())


def strangers(status: Status) -> str:
    """What is live here and belongs to no project, in a sentence; empty where there is none."""
    found = status.strangers
    if not found.count:
        return ""
    more = [f"{found.count - len(found.names):,} more"] if found.count > len(found.names) else []
    names = listed([*(f"`{name[:60]}`" for name in found.names), *more])
    belong = "belongs" if found.count == 1 else "belong"
    return (
        f"{count(found.count, 'pipeline')} of this account {belong} to no project ({names}): "
        f"`{found.hint}` takes {'it' if found.count == 1 else 'them'} into files."
    )
