"""The fields of a pipeline's components, instances and attempts.

The names are those of the Developer Guide's "Pipeline Object Reference" (runtime and system fields), of its
example of PollForTask's answer, and of the AWS CLI's tests of `list-runs`, which hold two live instances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property

from . import health
from .clock import stamp
from .definition import Definition, Item
from .parts import Part, parts
from .settings import InstanceErrors, Settings
from .shapes import FieldJson
from .state import Pipeline, Run
from .work import OVER, Attempt, Instance, WorkStatus
from .working import definition_of, work_of

HOST = "ip-10-0-0-1.ec2.internal"
_CLASHING = {"parent", "name"}


def instance_id(component: str, run: Run) -> str:
    """`@Job_2026-03-01T02:00:00`."""
    return f"@{component}_{stamp(run.scheduled_start)}"


def attempt_id(component: str, run: Run, number: int) -> str:
    return f"{instance_id(component, run)}_Attempt={number}"


class Spheres:
    """All objects of one pipeline, by sphere and id."""

    def __init__(self, pipeline: Pipeline, settings: Settings) -> None:
        self.pipeline = pipeline
        self._settings = settings
        self._parts: dict[tuple[int, str], Mapping[str, Part]] = {}
        self._found: dict[str, tuple[Run, Part, Instance, Attempt | None]] = {}

    @property
    def definition(self) -> Definition:
        return self.pipeline.active or self.pipeline.latest or Definition()

    @cached_property
    def components(self) -> Mapping[str, list[FieldJson]]:
        states = health.of_components(self.pipeline, self._settings)
        return {one.id: [*one.json["fields"], *self._component(one, states)] for one in self._items()}

    @cached_property
    def instances(self) -> Mapping[str, list[FieldJson]]:
        return {instance_id(part.id, run): self._instance(run, part, one) for run, part, one in self._work()}

    @cached_property
    def attempts(self) -> Mapping[str, list[FieldJson]]:
        return {
            attempt_id(part.id, run, attempt.number): self._attempt(run, part, one, attempt)
            for run, part, one in self._work()
            for attempt in one.attempts
        }

    def sphere(self, name: str) -> Mapping[str, list[FieldJson]]:
        """Raises KeyError for a sphere that there isn't."""
        return {"COMPONENT": self.components, "INSTANCE": self.instances, "ATTEMPT": self.attempts}[name]

    def fields(self, object_id: str) -> list[FieldJson] | None:
        """Those of one object of whatever sphere; None if there is none."""
        if object_id in self.components:
            return self.components[object_id]
        return self.instances.get(object_id) or self.attempts.get(object_id)

    def _items(self) -> Iterable[Item]:
        return self.definition.by_id.values()

    def _work(self) -> Iterator[tuple[Run, Part, Instance]]:
        for run in self.pipeline.runs:
            known = self._parts_of(run)
            for component, one in work_of(self._settings, self.pipeline, run).items():
                yield run, known[component], one

    def _parts_of(self, run: Run) -> Mapping[str, Part]:
        key = run.version, run.schedule_id
        if key not in self._parts:
            self._parts[key] = parts(definition_of(self.pipeline, run), run.schedule_id)
        return self._parts[key]

    def _component(self, item: Item, states: Mapping[str, health.Health]) -> list[FieldJson]:
        paused = item.id in self.pipeline.paused
        texts = {
            "@id": item.id,
            "@sphere": "COMPONENT",
            "@pipelineId": self.pipeline.id,
            "@version": str(self.pipeline.version),
            "@status": "PAUSED" if paused else "SCHEDULED",
        }
        found = states.get(item.id)
        if found is not None:
            texts |= found.fields()
        fields = _texts(texts)
        if found is not None:
            fields += [{"key": "@activeInstances", "refValue": one} for one in found.active]
        return fields

    def _instance(self, run: Run, part: Part, one: Instance) -> list[FieldJson]:
        texts = {
            **self._common(run, part, "INSTANCE", instance_id(part.id, run), one.status),
            **_moments(one.started, one.ended),
        }
        if one.reason:
            texts["cancellationReason"] = one.reason
        waiting = one.status is WorkStatus.WAITING_ON_DEPENDENCIES
        refs = [("@cascadeFailedOn", one.cascade_failed_on)] if one.cascade_failed_on else []
        refs += [("@waitingOn", other) for other in self._waiting_on(run, part) if waiting]
        fields: list[FieldJson] = [{"key": key, "refValue": instance_id(other, run)} for key, other in refs]
        if part.has_attempts and one.head is not None:
            texts |= {"@attemptCount": str(one.head.number), "@triesLeft": str(one.tries_left)}
            head = attempt_id(part.id, run, one.head.number)
            fields.append({"key": "@headAttempt", "refValue": head})
            if self._settings.switches.instance_errors is InstanceErrors.ON_BOTH:
                texts |= _errors(one.head)
            if part.category == "resource":
                texts |= _resource(one.head)
        return [*_texts(texts), *fields, *self._inherited(run, part)]

    def _waiting_on(self, run: Run, part: Part) -> Iterator[str]:
        work = run.work or {}
        for other in (*part.needs, part.resource):
            if other and other in work and work[other].status is not WorkStatus.FINISHED:
                yield other

    def _attempt(self, run: Run, part: Part, one: Instance, attempt: Attempt) -> list[FieldJson]:
        own = attempt_id(part.id, run, attempt.number)
        texts = {
            **self._common(run, part, "ATTEMPT", own, attempt.status),
            **_moments(attempt.started, attempt.ended),
            **_errors(attempt),
        }
        if attempt.status is not WorkStatus.WAITING_FOR_RUNNER and part.category == "activity":
            texts["hostname"] = HOST
        if attempt.reason:
            texts["cancellationReason"] = attempt.reason
        if part.category == "resource":
            texts |= _resource(attempt)
            if attempt.status in OVER and attempt.fate and attempt.fate.error_message:
                texts["@failureReason"] = attempt.fate.error_message
        parent: FieldJson = {"key": "@instanceParent", "refValue": instance_id(part.id, run)}
        return [*_texts(texts), parent, *self._inherited(run, part)]

    def _common(self, run: Run, part: Part, sphere: str, own: str, status: WorkStatus) -> dict[str, str]:
        return {
            "@id": own,
            "@sphere": sphere,
            "@status": str(status),
            "@scheduledStartTime": stamp(run.scheduled_start),
            "@scheduledEndTime": stamp(run.scheduled_end),
            "@pipelineId": self.pipeline.id,
            "@version": str(run.version),
        }

    def _inherited(self, run: Run, part: Part) -> list[FieldJson]:
        """What the component says: references lead to the same run's instances where it has such."""
        fields: list[FieldJson] = [
            {"key": "@componentParent", "refValue": part.id},
            {"key": "parent", "refValue": part.id},
        ]
        item = definition_of(self.pipeline, run).by_id[part.id]
        known = self._parts_of(run)
        keys = dict.fromkeys(key for one in (item, *item.ancestors) for key in one.own)
        for key in keys:
            for value in () if key in _CLASHING else item.effective(key):
                ref = value.get("refValue")
                if ref is None:
                    fields.append(value)
                else:
                    fields.append({"key": key, "refValue": instance_id(ref, run) if ref in known else ref})
        return fields


def _texts(texts: Mapping[str, str]) -> list[FieldJson]:
    return [{"key": key, "stringValue": text} for key, text in texts.items()]


def _moments(started: datetime | None, ended: datetime | None) -> dict[str, str]:
    found = {"@actualStartTime": started, "@actualEndTime": ended, "@finishedTime": ended}
    return {key: stamp(at) for key, at in found.items() if at is not None}


def _errors(attempt: Attempt) -> dict[str, str]:
    fate = attempt.fate
    if fate is None or attempt.status not in OVER or attempt.status is WorkStatus.FINISHED:
        return {}
    found = {
        "errorId": fate.error_id or "ActivityFailed:SystemException",
        "errorMessage": fate.error_message,
        "errorStackTrace": fate.error_stack_trace,
    }
    return {key: text for key, text in found.items() if text}


def _resource(attempt: Attempt) -> dict[str, str]:
    return {"@resourceId": f"i-{attempt.number:017x}"} if attempt.status is not WorkStatus.FAILED else {}
