"""Which objects AWS is told to run again, by their types and what became of them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pipelayer.console.instances import to_rerun
from pipelayer.model.history import ObjectRun, ObjectStatus, Sphere

DAYS = [datetime(2026, 3, day, 2, tzinfo=ZoneInfo("UTC")) for day in (1, 2)]
TYPES = {
    "job": "ShellCommandActivity",
    "next": "HiveActivity",
    "data": "S3DataNode",
    "there": "S3KeyExists",
    "machine": "Ec2Resource",
    "odd": "SomethingNew",
}


def instance(name: str, status: str, on: str = "", day: int = 0) -> ObjectRun:
    return ObjectRun(
        f"@{name}_{day}",
        Sphere.INSTANCE,
        ObjectStatus(status),
        TYPES[name],
        name,
        scheduled=DAYS[day],
        cascade_failed_on=on,
    )


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ("job=FINISHED machine=FINISHED data=FINISHED there=FINISHED", "job"),
        ("job=FAILED machine=FINISHED next=FINISHED", "job next"),
        ("job=FAILED next=CASCADE_FAILED<job", "job"),
        ("job=FAILED next=CASCADE_FAILED<@job_0", "job"),
        ("job=FAILED next=CASCADE_FAILED", "job"),
        ("next=CASCADE_FAILED<job", "next"),
        ("data=FAILED there=FAILED job=CASCADE_FAILED<data", "data there"),
        ("job=FAILED there=CANCELED data=CASCADE_FAILED<job", "job"),
        ("machine=TIMEDOUT job=CANCELED next=CASCADE_FAILED<job", "job"),
        ("machine=TIMEDOUT", "machine"),
        ("there=CANCELED", "there"),
        ("data=FINISHED machine=FINISHED", ""),
        ("odd=FINISHED machine=FINISHED", "odd"),
    ],
)
def test_what_aws_is_told_about(chosen: str, told: str) -> None:
    objects = []
    for word in chosen.split():
        name, _, what = word.partition("=")
        status, _, on = what.partition("<")
        objects.append(instance(name, status, on))
    assert [one.component for one in to_rerun(objects)] == told.split()


def test_the_cause_is_one_of_the_same_run() -> None:
    lone, other = instance("next", "CASCADE_FAILED", "job", day=1), instance("job", "FAILED")
    assert to_rerun([other, lone]) == (other, lone)
