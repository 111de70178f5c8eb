"""What a definition means to those who own it: which fields a value reaches, when it runs, what it costs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipelayer.definition.compare import Change
from pipelayer.definition.expressions import Resolver, references
from pipelayer.definition.inheritance import Inheritance
from pipelayer.definition.parts import Definition, Field
from pipelayer.definition.schedule import (
    Schedule,
    ScheduleType,
    is_on_demand,
    next_runs,
    schedules,
)
from pipelayer.definition.secrecy import secret_names
from pipelayer.model import FieldChange, ResourceChange, Runs, Subject

MOST_RUNS = 5
"""Runs that are foretold."""


def told(changes: Collection[Change], before: Definition, after: Definition) -> tuple[FieldChange, ...]:
    """The changes as the report has them: a value's or a default's with the fields that it reaches on either
    side.
    """
    reached = {name: dict.fromkeys(places) for name, places in reaches(after).items()}
    for name, places in reaches(before).items():
        reached.setdefault(name, {}).update(dict.fromkeys(places))

    def reaching(one: Change) -> tuple[str, ...]:
        match one.subject:
            case Subject.VALUE:
                return tuple(reached.get(one.name, ()))
            case Subject.PARAMETER if one.place.endswith(".default"):
                given = one.name in before.values and one.name in after.values
                return () if given else tuple(reached.get(one.name, ()))  # a value outweighs it
            case _:
                return ()

    return tuple(
        FieldChange(
            one.place,
            one.before,
            one.after,
            one.rule.value if one.rule else "",
            reaching(one),
            one.subject,
            one.name,
        )
        for one in changes
    )


def reaches(definition: Definition) -> Mapping[str, tuple[str, ...]]:
    """For each parameter the fields whose text uses it, also through other parameters, as `object.field`."""
    users: dict[str, dict[str, None]] = {}
    for item in definition.objects:
        for key, field in item.fields.items():
            for name in _names(field):
                users.setdefault(name, {})[f"{item.id}.{key}"] = None
    given = {**definition.defaults, **definition.values}
    through = {name: tuple(dict.fromkeys(_names(field))) for name, field in given.items()}
    found: dict[str, dict[str, None]] = {}
    for start in given:
        for name in _above(start, through):
            found.setdefault(name, {}).update(users.get(start, {}))
    return {name: tuple(places) for name, places in found.items()}


def _above(start: str, through: Mapping[str, Collection[str]]) -> Iterator[str]:
    """A parameter and all those that its value is made of; a circle ends where it closes."""
    known, waiting = {start}, [start]
    while waiting:
        yield (name := waiting.pop())
        fresh = [used for used in through.get(name, ()) if used not in known]
        known.update(fresh)
        waiting += fresh


def _names(field: Field) -> Iterator[str]:
    for text in field.texts:
        yield from (name.partition(".")[0] for name in references(text))


def runs(
    definition: Definition, now: datetime, phase: datetime | None = None, resume: datetime | None = None
) -> Runs:
    """The next runs of all its schedules together. `phase` is when a schedule begins that begins with the
    first activation; where nobody knows, the note says what happens. `resume` is the start of the first
    interval that is run at all.
    """
    if is_on_demand(definition):
        return Runs(note="on demand")
    found = [_begun(schedule, phase) for schedule in schedules(definition)]
    times = {
        time for schedule in found for time in next_runs(schedule, _after(schedule, now, resume), MOST_RUNS)
    }
    waiting = [schedule for schedule in found if schedule.start is None]
    notes = [f"at its activation, then every {schedule.period}" for schedule in waiting]
    if found and not times and not notes:
        notes = ["none, the schedule has ended"]
    return Runs(tuple(sorted(times))[:MOST_RUNS], ", ".join(dict.fromkeys(notes)))


def _after(schedule: Schedule, now: datetime, resume: datetime | None) -> datetime:
    """After when the first run comes: one at the start of its interval may be the very start."""
    if resume is None:
        return now
    at_end = schedule.type is ScheduleType.TIMESERIES
    return max(now, resume if at_end else resume - timedelta(seconds=1))


def _begun(schedule: Schedule, phase: datetime | None) -> Schedule:
    start = schedule.start or phase
    if start is None:
        return schedule
    return replace(schedule, start=start if start.tzinfo else start.replace(tzinfo=UTC))


def resources(before: Definition | None, after: Definition) -> tuple[ResourceChange, ...]:
    """The resources of both sides that AWS bills by the instance."""
    hidden = secret_names(after) | (secret_names(before) if before else frozenset())
    old, new = (_billed(side, hidden) if side else {} for side in (before, after))
    found = []
    for id in dict.fromkeys([*new, *old]):
        type, instances = new.get(id) or old[id]
        found.append(ResourceChange(id, type, old.get(id, ("", ""))[1], instances if id in new else ""))
    return tuple(found)


def _billed(definition: Definition, hidden: Collection[str]) -> Mapping[str, tuple[str, str]]:
    """Type and instances of each resource by its id."""
    inheritance = Inheritance(definition)

    def shown(given: Mapping[str, Field]) -> Mapping[str, Field]:
        return {name: field for name, field in given.items() if name not in hidden}

    resolver = Resolver(shown(definition.values), shown(definition.defaults))
    found = {}
    for item in definition.objects:
        type = inheritance.type(item)
        fields = inheritance.fields(item)

        def text(key: str, fields: Mapping[str, Field] = fields) -> str:
            return ", ".join(map(resolver.partial, fields[key].texts)) if key in fields else ""

        match type:
            case "Ec2Resource":
                count, kind = text("instanceCount") or "1", text("instanceType")
                parts = [_instances(count, kind, text("spotBidPrice"))]
            case "EmrCluster":
                parts = []
                for role in ("master", "core", "task"):
                    count = "1" if role == "master" else text(f"{role}InstanceCount")
                    kind = text(f"{role}InstanceType")
                    if count or kind:
                        bid = text(f"{role}InstanceBidPrice")
                        parts.append(f"{_instances(count, kind, bid)} ({role})")
            case _:
                continue
        ends = [f"ends after {text('terminateAfter')}"] if text("terminateAfter") else []
        found[item.id] = (type, ", ".join([*parts, *ends]))
    return found


def _instances(count: str, kind: str, bid: str) -> str:
    """What is not said is AWS's own choice."""
    spot = f", spot for at most {bid} USD an hour" if bid else ""
    return f"{count or '?'} × {kind or 'the default type'}{spot}"
