"""Two definitions → what changed in meaning, and which of AWS's rules for editing each change would break.

Source: AWS Data Pipeline Developer Guide, "Editing Your Pipeline", limitations of an activated one. Secrets
are neither compared nor shown, and a start time that was only moved to the future is no change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import assert_never

from pipelayer.definition.expressions import Resolver, references
from pipelayer.definition.parts import (
    SECRET_MARK,
    Definition,
    Field,
    PipelineObject,
    Ref,
    SecretSource,
    Value,
    is_secret,
)
from pipelayer.definition.schedule import (
    FIRST_ACTIVATION,
    Schedule,
    equal_schedules,
    format_datetime,
    schedules,
)
from pipelayer.definition.secrecy import secret_attribute, secret_names, used_by_secrets
from pipelayer.model import Subject


class EditRule(StrEnum):
    """What AWS forbids on an activated pipeline. The last two go further: nothing is saved on a finished
    pipeline, and no operation renames any.
    """

    REMOVED_OBJECT = "an object can't be removed"
    PERIOD = "a schedule's period can't change"
    REFERENCE = "a reference can't change"
    OUTPUT = "a new object can't write to an existing one"
    START = "a schedule's start can't change"
    FINISHED = "a finished pipeline can't be edited"
    NAME = "a pipeline can't be renamed"


@dataclass(frozen=True)
class Change:
    """One difference. `place` is `object.field`, `object`, `parameters.id.attribute`, `values.id`, or words
    where it is about the whole pipeline. `name` is the object's, parameter's or value's own: a place has more
    than one reading.

    `before` is empty for what is new, `after` for what is gone; `rule` is None where AWS allows the edit.
    """

    place: str
    before: str
    after: str
    rule: EditRule | None = None
    subject: Subject = field(
        default=Subject.OBJECT, compare=False
    )  # follows from the place, as a reader does
    name: str = field(default="", compare=False)


_SECRET = "(secret)"  # noqa: S105 - what stands in its place

_STAGED = ("input", "output")
"""References whose order has a meaning: it numbers the staging folders."""

_TIMING = ("period", "startAt", "startDateTime", "endDateTime", "occurrences")
_TIMING_RULES = {"period": EditRule.PERIOD, "startAt": EditRule.START, "startDateTime": EditRule.START}


def changes(live: Definition, desired: Definition, now: datetime) -> tuple[Change, ...]:
    """What differs between the live definition and the desired one; empty where both mean the same."""
    comparison = _Comparison(live, desired, now)
    return tuple(change for change in comparison.all() if not comparison.is_only_written(change))


class _Side:
    """One definition, ready to be asked. What is `hidden` is compared and not shown."""

    def __init__(self, definition: Definition, hidden: Collection[str]) -> None:
        self.definition = definition
        self.objects = {item.id: item for item in definition.objects}
        self.resolver = Resolver(definition.values, definition.defaults)
        self._shown = Resolver(_without(definition.values, hidden), _without(definition.defaults, hidden))
        self.schedules = {schedule.object_id: schedule for schedule in schedules(definition)}

    def show(self, field: Field | None) -> str:
        """The field's values with their parameters in place: what is compared, and what is shown."""
        return ", ".join(self._show(value) for value in field.values) if field else ""

    @cached_property
    def known(self) -> frozenset[str]:
        """The parameters that are declared, given or used."""
        declared = (item.id for item in self.definition.parameters)
        in_defaults = (name for field in self.definition.defaults.values() for name in _names(field))
        return frozenset().union(declared, self.definition.values, in_defaults, *self.uses)

    @cached_property
    def uses(self) -> tuple[set[str], set[str]]:
        """The names that its schedules' timing uses, and those that anything else does."""
        timing: set[str] = set()
        others = {name for field in self.definition.values.values() for name in _names(field)}
        for item in self.definition.objects:
            for key, used in item.fields.items():
                (timing if item.id in self.schedules and key in _TIMING else others).update(_names(used))
        return timing, others

    def meaning(self, field: Field | None) -> tuple[Value, ...]:
        values = field.values if field else ()
        return tuple(self.resolver.partial(value) if isinstance(value, str) else value for value in values)

    def _show(self, value: Value) -> str:
        match value:
            case str():
                return self._shown.partial(value)
            case Ref():
                return f"ref {value.id}"
            case SecretSource():
                return _SECRET
        assert_never(value)


class _Comparison:
    def __init__(self, live: Definition, desired: Definition, now: datetime) -> None:
        self.hidden = secret_names(live) | secret_names(desired)
        self.live, self.desired, self.now = _Side(live, self.hidden), _Side(desired, self.hidden), now

    def all(self) -> Iterator[Change]:
        for id, item in self.desired.objects.items():
            if (before := self.live.objects.get(id)) is None:
                yield self._new_object(item)
            else:
                yield from (replace(change, name=id) for change in self._object(before, item))
        for id, gone in self.live.objects.items():
            if id not in self.desired.objects:
                yield Change(id, gone.type or "object", "", EditRule.REMOVED_OBJECT, name=id)
        yield from self._parameters()
        yield from self._values()

    def _new_object(self, item: PipelineObject) -> Change:
        output = item.fields.get("output")
        writes_to_existing = any(id in self.live.objects for id in (output.refs if output else ()))
        rule = EditRule.OUTPUT if writes_to_existing else None
        return Change(item.id, "", item.type or "object", rule, name=item.id)

    def _object(self, before: PipelineObject, after: PipelineObject) -> Iterator[Change]:
        if before.name != after.name:
            yield Change(f"{after.id}.name", before.name, after.name)
        live, desired = self.live.schedules.get(after.id), self.desired.schedules.get(after.id)
        timing: tuple[str, ...] = ()
        if live is not None and desired is not None:
            timing = _TIMING
            yield from self._schedule(live, desired)
        is_schedule = after.type == "Schedule"
        for key in _keys(before.fields, after.fields):
            if key in timing or is_secret(key) or key.startswith("@"):
                continue
            old, new = before.fields.get(key), after.fields.get(key)
            rule = _TIMING_RULES.get(key) if is_schedule else None
            if key == "type":
                rule = EditRule.REMOVED_OBJECT  # what has another type is another object
            elif key not in _STAGED and sorted(_refs(old)) == sorted(_refs(new)) != []:
                continue  # the same objects in another order
            elif _refs(old) != _refs(new):
                rule = EditRule.REFERENCE
            place = f"{after.id}.{key}"
            if f"{SECRET_MARK}{key}" in {*before.fields, *after.fields}:  # it was open, or will be
                if self.live.meaning(old) != self.desired.meaning(new):
                    yield Change(place, _SECRET if old else "", _SECRET if new else "", rule)
                continue
            yield from self._field(place, old, new, rule)

    def _field(
        self, place: str, old: Field | None, new: Field | None, rule: EditRule | None
    ) -> Iterator[Change]:
        if self.live.meaning(old) != self.desired.meaning(new):
            yield Change(place, self.live.show(old), self.desired.show(new), rule)

    def _schedule(self, live: Schedule, desired: Schedule) -> Iterator[Change]:
        if equal_schedules(live, desired, self.now):
            return
        id = desired.object_id
        if not live.period.same(desired.period):
            yield Change(f"{id}.period", str(live.period), str(desired.period), EditRule.PERIOD)
        elif not _same_slots(live, desired, self.now):
            yield Change(f"{id}.startDateTime", _start(live), _start(desired), EditRule.START)
        elif not equal_schedules(replace(live, end=desired.end), desired, self.now):
            yield Change(f"{id}.occurrences", _occurrences(live), _occurrences(desired))
        if live.end != desired.end:
            yield Change(f"{id}.endDateTime", _time(live.end), _time(desired.end))

    def _parameters(self) -> Iterator[Change]:
        live = {item.id: item for item in self.live.definition.parameters}
        desired = {item.id: item for item in self.desired.definition.parameters}
        for id in _keys(live, desired):
            old, new = live.get(id), desired.get(id)
            if old is None or new is None:
                before, after = ("parameter" if side else "" for side in (old, new))
                yield Change(f"parameters.{id}", before, after, None, Subject.PARAMETER, id)
                continue
            for key in _keys(old.attributes, new.attributes):
                pair = old.attributes.get(key), new.attributes.get(key)
                if not secret_attribute(new, key) and _raw(pair[0]) != _raw(pair[1]):
                    before, after = (self._texts(id, field) for field in pair)
                    yield Change(f"parameters.{id}.{key}", before, after, None, Subject.PARAMETER, id)

    def _values(self) -> Iterator[Change]:
        """A value that equals the default is no value: what counts is what the parameter comes to.

        One that only a schedule's timing uses was compared there, by the slots that it leads to.
        """
        live, desired = self.live.definition, self.desired.definition
        timing, others = (old | new for old, new in zip(self.live.uses, self.desired.uses, strict=True))
        for id in _keys(live.values, desired.values):
            if not is_secret(id) and id not in timing - others:
                old, new = (side.resolver.field(id) for side in (self.live, self.desired))
                if _raw(old) != _raw(new):
                    texts = self._texts(id, old), self._texts(id, new)
                    yield Change(f"values.{id}", *texts, None, Subject.VALUE, id)

    def is_only_written(self, change: Change) -> bool:
        """Whether a change is about a parameter that one side doesn't know, neither by itself nor by its use:
        then all that it comes to shows in the fields that use it on the other side, where they are compared.
        """
        if change.subject not in (Subject.PARAMETER, Subject.VALUE) or is_secret(change.name):
            return False
        if change.name in self._not_compared:
            return False
        return change.name not in self.live.known & self.desired.known

    @cached_property
    def _not_compared(self) -> frozenset[str]:
        """What shows nowhere else: what feeds secrets, and objects that one side alone has."""
        live, desired = self.live.definition, self.desired.definition
        secret = used_by_secrets(live) | used_by_secrets(desired)
        alone = self.live.objects.keys() ^ self.desired.objects.keys()
        items = (item for item in (*live.objects, *desired.objects) if item.id in alone)
        return secret | {name for item in items for field in item.fields.values() for name in _names(field)}

    def _texts(self, id: str, field: Field | None) -> str:
        """What a parameter holds."""
        if field is None:
            return ""
        return _SECRET if id in self.hidden else ", ".join(field.texts)


def _without(fields: Mapping[str, Field], hidden: Collection[str]) -> Mapping[str, Field]:
    return {name: field for name, field in fields.items() if name not in hidden}


def _names(field: Field) -> Iterator[str]:
    for text in field.texts:
        yield from references(text)


def _same_slots(live: Schedule, desired: Schedule, now: datetime) -> bool:
    """Whether both begin alike, wherever they end."""
    live, desired = (replace(schedule, end=None, occurrences=None) for schedule in (live, desired))
    return equal_schedules(live, desired, now)


def _start(schedule: Schedule) -> str:
    return _time(schedule.start) or FIRST_ACTIVATION


def _time(instant: datetime | None) -> str:
    return format_datetime(instant) if instant else ""


def _occurrences(schedule: Schedule) -> str:
    """With the start that they are counted from: the same number from another start is another end."""
    return "" if schedule.occurrences is None else f"{schedule.occurrences} from {_start(schedule)}"


def _raw(field: Field | None) -> tuple[Value, ...]:
    return field.values if field else ()


def _refs(field: Field | None) -> tuple[str, ...]:
    return field.refs if field else ()


def _keys(*tables: Mapping[str, object]) -> Iterator[str]:
    """Every key of the tables, in the order of the last one first."""
    return iter(dict.fromkeys(key for table in reversed(tables) for key in table))
