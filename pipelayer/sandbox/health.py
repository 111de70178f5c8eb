"""The health of components and of a pipeline.

Source: AWS Data Pipeline Developer Guide, "Interpreting Pipeline and Component Health State": a component is
HEALTHY once an execution of it has FINISHED, in ERROR after one that FAILED, timed out or was CANCELED; a
pipeline is in ERROR if any component is, and has no health before the first execution is over.

Assumed: it is the last execution that counts; CASCADE_FAILED, which the guide doesn't name, says nothing new
of a component; where there is no health, there is no field. A pipeline's health is up to date at once here,
while AWS takes up to five minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .clock import stamp
from .settings import Settings
from .state import Pipeline, RunKind
from .work import AT_WORK, WorkStatus
from .working import parts_of, work_of

_ERROR = {WorkStatus.FAILED, WorkStatus.TIMEDOUT, WorkStatus.CANCELED}


@dataclass
class Health:
    """What a component's executions have left; `active` are the instances that are at work."""

    status: str = ""
    instance: str = ""
    at: datetime | None = None
    latest: datetime | None = None
    completed: datetime | None = None
    active: tuple[str, ...] = ()

    def fields(self) -> dict[str, str]:
        """As the fields of a component."""
        found = {"@healthStatus": self.status, "@healthStatusFromInstanceId": self.instance}
        for key, at in (
            ("@healthStatusUpdatedTime", self.at),
            ("@latestRunTime", self.latest),
            ("@latestCompletedRunTime", self.completed),
        ):
            found[key] = stamp(at) if at else ""
        return {key: text for key, text in found.items() if text}


def of_components(pipeline: Pipeline, settings: Settings) -> Mapping[str, Health]:
    """By the id of each object that a run has made an instance of; the latest runs are looked at first, as
    far back as it takes.
    """
    found: dict[str, Health] = {}
    wanted: set[str] | None = None
    for run in reversed(pipeline.runs):
        if run.kind is RunKind.SKIPPED:
            continue
        if wanted is None:
            wanted = set(parts_of(pipeline, run))
        for component, one in work_of(settings, pipeline, run).items():
            health = found.setdefault(component, Health())
            own = f"@{component}_{stamp(run.scheduled_start)}"
            health.latest = health.latest or one.started
            if one.status in AT_WORK:
                health.active = (own, *health.active)
            if not health.status and one.status in {*_ERROR, WorkStatus.FINISHED}:
                health.status = "ERROR" if one.status in _ERROR else "HEALTHY"
                health.instance, health.at = own, one.ended
            if one.status is WorkStatus.FINISHED:
                health.completed = health.completed or one.ended
        if all(one in found and found[one].status and found[one].completed for one in wanted):
            break
    return found


def of_pipeline(pipeline: Pipeline, settings: Settings) -> Health:
    """The worst of its components', and when it came about."""
    every = [one for one in of_components(pipeline, settings).values() if one.status]
    worst = [one for one in every if one.status == "ERROR"] or every
    if not worst:
        return Health()
    return max(worst, key=lambda one: stamp(one.at) if one.at else "")
