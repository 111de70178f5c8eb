"""What a definition means to those who own it: what a value reaches, when it runs, what it costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.compare import changes
from pipelayer.definition.expressions import Resolver
from pipelayer.definition.flat import Definition, from_api
from pipelayer.definition.meaning import reaches, resources, runs, told
from pipelayer.definition.parts import Field, PipelineObject
from pipelayer.model import ResourceChange, Runs, Subject

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def definition(*objects: dict[str, Any], values: dict[str, str] | None = None) -> Definition:
    made = tuple(
        PipelineObject(one["id"], one["id"], {k: Field((v,)) for k, v in one.items() if k != "id"})
        for one in objects
    )
    return Definition(made, (), {name: Field((text,)) for name, text in (values or {}).items()})


JOB = {"id": "Job", "type": "ShellCommandActivity", "command": "run #{myDir} #{format(myDay,'x')}"}
LOG = {"id": "Log", "type": "S3DataNode", "filePath": "#{myPlace}"}
VALUES = {"myBucket": "b", "myDir": "s3://#{myBucket}/in", "myPlace": "#{myDir}/x", "myDay": "1", "myNo": "2"}


def test_a_value_reaches_the_fields_that_use_it_also_through_other_values() -> None:
    assert reaches(definition(JOB, LOG, values=VALUES)) == {
        "myBucket": ("Job.command", "Log.filePath"),
        "myDir": ("Job.command", "Log.filePath"),
        "myPlace": ("Log.filePath",),
        "myDay": ("Job.command",),
        "myNo": (),
    }


def test_values_in_a_circle_reach_each_others_fields() -> None:
    circle = {"myA": "#{myB}", "myB": "#{myA}"}
    assert reaches(definition({"id": "X", "f": "#{myA}"}, values=circle)) == {
        "myA": ("X.f",),
        "myB": ("X.f",),
    }


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3)))
def test_what_a_value_reaches_is_what_changes_with_it(uses: dict[str, list[str]]) -> None:
    """Held against the resolver: a field comes to something else exactly where the value that does reaches
    it, as long as no circle keeps either from coming to anything.
    """
    ordered = {name: [used for used in used_by if used > name] for name, used_by in uses.items()}
    values = {f"my{n.upper()}": n + "".join(f"#{{my{u.upper()}}}" for u in us) for n, us in ordered.items()}
    fields = [{"id": f"O{name}", "f": f"#{{{name}}}"} for name in values]
    found = reaches(definition(*fields, values=values))
    for name, text in values.items():
        before, after = (
            Resolver({key: Field((text,)) for key, text in given.items()}, {})
            for given in (values, {**values, name: text + "!"})
        )
        differ = {f"O{one}.f" for one in values if before.text(f"#{{{one}}}") != after.text(f"#{{{one}}}")}
        assert differ <= set(found[name])
        complete = all(f"my{used.upper()}" in values for useds in ordered.values() for used in useds)
        if complete:
            assert differ == set(found[name])


def test_a_changed_value_is_told_with_what_it_reached_or_will_reach() -> None:
    live = definition(JOB, LOG, values=VALUES)
    wanted = definition(JOB, values={**VALUES, "myBucket": "c"})
    found = {one.place: one for one in told(changes(live, wanted, NOW), live, wanted)}
    assert found["values.myBucket"].reaches == ("Job.command", "Log.filePath")
    assert (found["Job.command"].before, found["Job.command"].after) == (
        "run s3://b/in #{format(myDay,'x')}",
        "run s3://c/in #{format(myDay,'x')}",
    )
    assert found["Job.command"].reaches == ()
    assert found["Log"].rule == "an object can't be removed"


def test_an_object_named_values_is_an_object() -> None:
    live = definition({"id": "values", "myBucket": "old"}, values={"myBucket": "b"})
    wanted = definition({"id": "values", "myBucket": "new"}, values={"myBucket": "b"})
    (change,) = told(changes(live, wanted, NOW), live, wanted)
    assert (change.place, change.subject, change.name) == ("values.myBucket", Subject.OBJECT, "values")
    assert change.reaches == ()


def schedule(id: str = "Daily", **fields: str) -> dict[str, str]:
    return {"id": id, "type": "Schedule", "period": "1 day", "startDateTime": "2026-01-01T02:00:00", **fields}


def default(kind: str) -> dict[str, str]:
    return {"id": "Default", "scheduleType": kind}


def days(first: datetime, number: int, hours: int = 24) -> tuple[datetime, ...]:
    return tuple(first + timedelta(hours=hours * n) for n in range(number))


TWO = datetime(2026, 3, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("objects", "phase", "foretold"),
    [
        ([schedule()], None, Runs(days(TWO, 5))),
        (
            [schedule(), schedule("Twice", period="12 hours")],
            None,
            Runs(days(datetime(2026, 3, 10, 14, tzinfo=UTC), 5, 12)),
        ),
        ([schedule(endDateTime="2026-03-12T03:00:00")], None, Runs(days(TWO, 2))),
        ([schedule(endDateTime="2026-02-01T00:00:00")], None, Runs(note="none, the schedule has ended")),
        ([default("timeseries"), schedule(occurrences="70")], None, Runs(days(TWO, 2))),
        ([default("ondemand"), schedule()], None, Runs(note="on demand")),
        ([JOB], None, Runs()),
    ],
    ids=["daily", "two schedules", "it ends soon", "it ended", "so many times", "on demand", "no schedule"],
)
def test_the_next_runs(objects: list[dict[str, Any]], phase: datetime | None, foretold: Runs) -> None:
    assert runs(definition(*objects), NOW, phase) == foretold


def test_a_schedule_from_the_first_activation_on() -> None:
    waiting = {"id": "D", "type": "Schedule", "period": "1 day", "startAt": "FIRST_ACTIVATION_DATE_TIME"}
    assert runs(definition(waiting), NOW) == Runs(note="at its activation, then every 1 day")
    begun = datetime(2026, 3, 1, 5, 30, tzinfo=UTC)
    assert runs(definition(waiting), NOW, begun) == Runs(days(datetime(2026, 3, 11, 5, 30, tzinfo=UTC), 5))


MACHINE = {"id": "M", "type": "Ec2Resource", "instanceType": "#{myType}", "terminateAfter": "1 hour"}
CLUSTER = {
    "id": "C",
    "type": "EmrCluster",
    "masterInstanceType": "m5.xlarge",
    "coreInstanceCount": "4",
    "taskInstanceType": "r5.large",
    "taskInstanceBidPrice": "0.10",
}


def test_what_aws_bills() -> None:
    before = definition(MACHINE, CLUSTER, values={"myType": "t3.small"})
    after = definition({**MACHINE, "spotBidPrice": "0.05"}, values={"myType": "t3.large"})
    assert resources(before, after) == (
        ResourceChange(
            "M",
            "Ec2Resource",
            "1 × t3.small, ends after 1 hour",
            "1 × t3.large, spot for at most 0.05 USD an hour, ends after 1 hour",
        ),
        ResourceChange(
            "C",
            "EmrCluster",
            "1 × m5.xlarge (master), 4 × the default type (core), "
            "? × r5.large, spot for at most 0.10 USD an hour (task)",
            "",
        ),
    )
    assert [one.before for one in resources(None, after)] == [""]


def test_a_secret_is_no_part_of_what_aws_bills() -> None:
    api = [
        {"id": "M", "name": "M", "fields": [{"key": "type", "stringValue": "Ec2Resource"}]},
    ]
    api[0]["fields"].append({"key": "instanceType", "stringValue": "#{myType}"})  # type: ignore[attr-defined]
    open_before = from_api(api, [], [{"id": "myType", "stringValue": "hunter2"}])
    secret_now = from_api(api, [{"id": "*myType", "attributes": []}], [])
    for one in resources(open_before, secret_now):
        assert "hunter2" not in f"{one.before}{one.after}"
