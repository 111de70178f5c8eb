"""Which objects of a definition a run makes instances of, and which of them wait for which.

Activities wait for what they depend on, for their inputs and their preconditions; a data node for the
activities that write it, and for its preconditions (Developer Guide, "Data Nodes", "Preconditions",
"Resolving Common Problems"). A resource is there as long as an activity needs it ("Scheduling Pipelines").

Assumed, as no document says it: data nodes, preconditions and resources have an instance where an activity of
the run leads to them, and a precondition that several objects share has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .catalogue import object_types
from .definition import Definition, Item

RETRIES = 3
"""`maximumRetries` where nothing is said."""


@dataclass(frozen=True)
class Part:
    """One object. `needs` are the objects that it waits for, `resource` is what it runs on (or ``)."""

    id: str
    type: str
    category: str
    needs: tuple[str, ...]
    resource: str
    cascades: bool
    retries: int
    retry_minutes: float

    @property
    def has_attempts(self) -> bool:
        return self.category != "data_node"


def parts(definition: Definition, schedule_id: str) -> Mapping[str, Part]:
    """The objects of a run of one schedule (all for a run on demand), in the order of the definition."""
    wanted: set[str] = set()
    waiting = [
        one.id
        for one in definition.by_id.values()
        if category(one) == "activity" and _schedule(one) in ("", schedule_id or _schedule(one))
    ]
    while waiting:
        found = waiting.pop()
        if found in wanted or found not in definition.by_id:
            continue
        item = definition.by_id[found]
        if category(item) in ("activity", "data_node", "precondition", "resource"):
            wanted.add(found)
            keys = ("input", "output", "precondition", "runsOn")
            waiting += [ref for key in keys for ref in refs(item, key)]
    return {one.id: _part(one, wanted) for one in definition.by_id.values() if one.id in wanted}


def category(item: Item) -> str:
    """`activity`, `data_node`, …; `""` for what is no type that is known."""
    kinds = object_types()
    return kinds[item.type].category if item.type in kinds else ""


def refs(item: Item, key: str) -> list[str]:
    """What a field refers to, inherited ones included."""
    return [one["refValue"] for one in item.effective(key) if "refValue" in one]


def _schedule(item: Item) -> str:
    return next(iter(refs(item, "schedule")), "")


def _part(item: Item, wanted: set[str]) -> Part:
    kind = category(item)
    retries = item.text("maximumRetries")
    mode = item.text("failureAndRerunMode").lower()
    delay = parse_minutes(item.text("retryDelay"))
    return Part(
        id=item.id,
        type=item.type,
        category=kind,
        needs=tuple(dict.fromkeys(one for one in _needs(item, kind) if one in wanted and one != item.id)),
        resource=next((one for one in refs(item, "runsOn") if one in wanted), "")
        if kind in ("activity", "precondition")
        else "",
        cascades=mode == "cascade" and kind != "resource",
        retries=int(retries) if retries.isdecimal() else RETRIES,
        retry_minutes=10 if delay is None else delay,
    )


def _needs(item: Item, kind: str) -> Iterator[str]:
    if kind in ("activity", "data_node"):
        yield from refs(item, "precondition")
    if kind == "activity":
        yield from refs(item, "dependsOn")
        yield from refs(item, "input")
    if kind == "data_node":
        for other in item.of.by_id.values():
            writes = category(other) == "activity" and item.id in refs(other, "output")
            if writes and item.id not in refs(other, "input"):
                yield other.id


def parse_minutes(text: str) -> float | None:
    """The minutes of a period such as `10 minutes`; None for none, and for one of months."""
    from .timetable import parse_period

    period = parse_period(text)
    return period.minutes if period is not None and not period.months else None
