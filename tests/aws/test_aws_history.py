"""A pipeline's objects at work, through the real client: what is sent, what is read, and all of it against
the simulated AWS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from aws.wire import Answer, Wire
from pipelayer.aws.client import AwsCloud, connect
from pipelayer.console.ports import Wanted
from pipelayer.errors import AwsError
from pipelayer.model.history import ObjectOrder, ObjectRun, ObjectStatus, Sphere
from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.settings import InstanceErrors, Switches
from pipelayer.sandbox.work import Fate, WorkStatus

FIRST = "2026-03-01T02:00:00"
JOB = f"@Job_{FIRST}"


def described(object_id: str = "@Job", **fields: str | dict[str, str]) -> dict[str, Any]:
    """One object of DescribeObjects; a mapping is a reference."""
    found = [
        {"key": key, "refValue": value["ref"]}
        if isinstance(value, dict)
        else {"key": key, "stringValue": value}
        for key, value in fields.items()
    ]
    return {"id": object_id, "name": object_id, "fields": found}


def read(wire: Wire, **fields: str | dict[str, str]) -> ObjectRun:
    wire.on("DescribeObjects", Answer({"pipelineObjects": [described(**fields)]}))
    [one] = wire.cloud().history.describe("df-1", ["@Job"])
    return one


# ---- what is sent


def test_what_is_wanted_becomes_selectors(wire: Wire) -> None:
    wire.on("QueryObjects", Answer({"ids": [], "hasMoreResults": False}))
    away = timezone(timedelta(hours=2))
    wanted = Wanted(
        scheduled_from=datetime(2026, 3, 1, 1, 30, tzinfo=away),
        scheduled_to=datetime(2026, 3, 1, tzinfo=UTC),
        statuses={ObjectStatus.TIMEDOUT, ObjectStatus.FAILED},
        instance=JOB,
    )
    assert wire.cloud().history.query("df-1", Sphere.ATTEMPT, wanted) == []
    sent: dict[str, Any] = wire.asked[0].json
    assert (sent["pipelineId"], sent["sphere"]) == ("df-1", "ATTEMPT")
    assert [(one["fieldName"], one["operator"]) for one in sent["query"]["selectors"]] == [
        ("@scheduledStartTime", {"type": "GE", "values": ["2026-02-28T23:30:00"]}),
        ("@scheduledStartTime", {"type": "LE", "values": ["2026-03-01T00:00:00"]}),
        ("@status", {"type": "EQ", "values": ["FAILED", "TIMEDOUT"]}),
        ("@instanceParent", {"type": "REF_EQ", "values": [JOB]}),
    ]


def test_an_order_is_sent_as_it_is(wire: Wire) -> None:
    wire.on("SetStatus", Answer(b""))
    wire.cloud().history.set_status("df-1", [JOB], ObjectOrder.RERUN)
    assert wire.asked[0].json == {"pipelineId": "df-1", "objectIds": [JOB], "status": "RERUN"}


def test_twenty_five_are_described_at_once(wire: Wire) -> None:
    def answer(asked: Any) -> Answer:
        return Answer({"pipelineObjects": [described(one) for one in asked.json["objectIds"]]})

    wire.on("DescribeObjects", answer)
    ids = [f"@{number}" for number in range(51)]
    assert [one.id for one in wire.cloud().history.describe("df-1", ids)] == ids
    assert [len(one.json["objectIds"]) for one in wire.asked] == [25, 25, 1]  # type: ignore[arg-type]
    assert all(one.json["evaluateExpressions"] is True for one in wire.asked)


# ---- what is read


def test_every_page_is_read(wire: Wire) -> None:
    wire.on(
        "QueryObjects",
        Answer({"ids": ["@a"], "hasMoreResults": True, "marker": "m"}),
        Answer({"ids": ["@b"], "hasMoreResults": False}),
    )
    wire.on(
        "DescribeObjects",
        Answer({"pipelineObjects": [described("@a")], "hasMoreResults": True, "marker": "n"}),
        Answer({"pipelineObjects": [described("@b")], "hasMoreResults": False}),
    )
    history = wire.cloud().history
    ids = history.query("df-1", Sphere.INSTANCE)
    assert [one.id for one in history.describe("df-1", ids)] == ids == ["@a", "@b"]
    assert [one.json.get("marker") for one in wire.asked] == [None, "m", None, "n"]


@pytest.mark.parametrize("marker", [{}, {"marker": ""}, {"marker": "m"}])
@pytest.mark.parametrize("operation", ["QueryObjects", "DescribeObjects"])
def test_a_page_that_does_not_say_where_to_go_on(wire: Wire, operation: str, marker: dict[str, str]) -> None:
    wire.on(operation, Answer({"ids": [], "pipelineObjects": [], "hasMoreResults": True, **marker}))
    history = wire.cloud().history
    ask: dict[str, Callable[[], object]] = {
        "QueryObjects": lambda: history.query("df-1", Sphere.INSTANCE),
        "DescribeObjects": lambda: history.describe("df-1", ["@a"]),
    }
    with pytest.raises(AwsError, match="there is more, and not where"):
        ask[operation]()


@pytest.mark.parametrize("body", [{}, {"pipelineObjects": [{"fields": []}]}])
def test_an_answer_that_is_cut_short(wire: Wire, body: dict[str, object]) -> None:
    wire.on("DescribeObjects", Answer(body))
    with pytest.raises(AwsError, match="DescribeObjects"):
        wire.cloud().history.describe("df-1", ["@a"])


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("FINISHED", ObjectStatus.FINISHED),
        ("finished", ObjectStatus.FINISHED),
        ("MARK_FINISHED", ObjectStatus.FINISHED),
        ("TIMEOUT", ObjectStatus.TIMEDOUT),
        ("CREATING", ObjectStatus.CREATING),
        ("SOMETHING_NEW", ObjectStatus.UNKNOWN),
        ("", ObjectStatus.UNKNOWN),
    ],
)
def test_a_status(wire: Wire, text: str, status: ObjectStatus) -> None:
    assert read(wire, **{"@status": text}).status is status


def test_where_a_cluster_and_a_command_log(wire: Wire) -> None:
    cluster = read(wire, pipelineLogUri="s3://logs/", emrLogUri="s3://emr/")
    assert cluster.log_uri == "s3://emr/"
    step = read(wire, pipelineLogUri="s3://logs/", stdout="s3://out/1", emrStepLog="s3://emr/j-1/steps/s-1/")
    assert (step.log_uri, step.logs) == ("s3://logs/", ("s3://out/1", "s3://emr/j-1/steps/s-1/"))


def test_an_object_of_no_known_sphere_is_what_it_refers_to(wire: Wire) -> None:
    assert read(wire).sphere is Sphere.INSTANCE
    assert read(wire, **{"@instanceParent": {"ref": JOB}}).sphere is Sphere.ATTEMPT


# ---- against the simulated AWS


@pytest.fixture
def cloud(sandbox: Sandbox) -> AwsCloud:
    return connect("us-east-1", sandbox.aws_environment(), attempts=1)


def field(key: str, value: str) -> Any:
    """A field; a value that begins with `>` is a reference."""
    return (
        {"key": key, "refValue": value[1:]} if value.startswith(">") else {"key": key, "stringValue": value}
    )


OBJECTS: Any = [
    {"id": name, "name": name, "fields": [field(key, value) for key, value in fields.items()]}
    for name, fields in {
        "Default": {
            "scheduleType": "cron",
            "schedule": ">Nightly",
            "role": "r",
            "resourceRole": "rr",
            "pipelineLogUri": "s3://logs/#{format(@scheduledStartTime,'YYYY')}/",
            "failureAndRerunMode": "CASCADE",
        },
        "Nightly": {"type": "Schedule", "period": "1 day", "startDateTime": FIRST},
        "Job": {"type": "ShellCommandActivity", "command": "true", "runsOn": ">Machine"},
        "Load": {
            "type": "ShellCommandActivity",
            "command": "true",
            "runsOn": ">Machine",
            "dependsOn": ">Job",
        },
        "Machine": {"type": "Ec2Resource", "terminateAfter": "1 hour"},
    }.items()
]


@pytest.fixture
def ran(sandbox: Sandbox) -> Callable[..., str]:
    """The id of a pipeline whose first run meets these fates."""

    def run(*fates: Fate) -> str:
        sandbox.set_time(datetime(2026, 2, 1, tzinfo=UTC))
        pipeline_id = sandbox.seed_pipeline("nightly", objects=OBJECTS, activate=True)
        for one in fates:
            sandbox.fate(pipeline_id, one)
        sandbox.set_time(datetime(2026, 3, 1, 12, tzinfo=UTC))
        return pipeline_id

    return run


def test_a_run_that_failed(cloud: AwsCloud, ran: Callable[..., str]) -> None:
    pipeline_id = ran(
        Fate("Job", seconds=60, error_message="No disk", error_id="E1", error_stack_trace="at 1")
    )
    history = cloud.history
    attempts = history.describe(pipeline_id, history.query(pipeline_id, Sphere.ATTEMPT, Wanted(instance=JOB)))
    assert [one.number for one in attempts] == [1, 2, 3, 4]
    last = attempts[-1]
    assert (last.id, last.sphere, last.type) == (f"{JOB}_Attempt=4", Sphere.ATTEMPT, "ShellCommandActivity")
    assert (last.component, last.instance) == ("Job", JOB)
    assert (last.status, last.error, last.error_id, last.stack_trace) == (
        ObjectStatus.FAILED,
        "No disk",
        "E1",
        "at 1",
    )
    assert last.log_uri == "s3://logs/2026/"
    assert last.scheduled == datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert (last.started, last.ended) == (
        datetime(2026, 3, 1, 2, 3, tzinfo=UTC),
        datetime(2026, 3, 1, 2, 4, tzinfo=UTC),
    )
    instances = history.describe(pipeline_id, history.query(pipeline_id, Sphere.INSTANCE))
    by_component = {one.component: one for one in instances}
    assert by_component["Job"].head == last.id
    assert by_component["Job"].runs_on == f"@Machine_{FIRST}"
    load = by_component["Load"]
    assert (load.status, load.cascade_failed_on, load.started) == (ObjectStatus.CASCADE_FAILED, JOB, None)
    [component] = history.describe(pipeline_id, ["Job"])
    assert (component.sphere, component.id) == (Sphere.COMPONENT, "Job")


@pytest.mark.parametrize("position", InstanceErrors)
def test_the_error_is_told_by_the_attempt_at_least(
    sandbox: Sandbox, cloud: AwsCloud, ran: Callable[..., str], position: InstanceErrors
) -> None:
    sandbox.switch(Switches(instance_errors=position))
    pipeline_id = ran(Fate("Job", error_message="No disk"))
    [instance] = cloud.history.describe(pipeline_id, [JOB])
    [attempt] = cloud.history.describe(pipeline_id, [instance.head])
    assert attempt.error == "No disk"
    assert instance.error == ("No disk" if position is InstanceErrors.ON_BOTH else "")


def test_only_what_is_wanted_is_found(cloud: AwsCloud, ran: Callable[..., str]) -> None:
    pipeline_id = ran(Fate("Job"))
    query = cloud.history.query
    failed = Wanted(statuses=(ObjectStatus.FAILED, ObjectStatus.CASCADE_FAILED))
    assert query(pipeline_id, Sphere.INSTANCE, failed) == [JOB, f"@Load_{FIRST}"]
    at = datetime(2026, 3, 1, 2, tzinfo=UTC)
    for moment, after, before in (
        (at, 3, 3),
        (at + timedelta(seconds=1), 0, 3),
        (at - timedelta(seconds=1), 3, 0),
    ):
        assert len(query(pipeline_id, Sphere.INSTANCE, Wanted(scheduled_from=moment))) == after
        assert len(query(pipeline_id, Sphere.INSTANCE, Wanted(scheduled_to=moment))) == before


def test_a_history_of_many_pages(sandbox: Sandbox, cloud: AwsCloud, ran: Callable[..., str]) -> None:
    pipeline_id = ran()
    sandbox.settings = replace(sandbox.settings, describe_page_size=10)
    sandbox.set_time(datetime(2026, 4, 10, 12, tzinfo=UTC))
    ids = cloud.history.query(pipeline_id, Sphere.INSTANCE)
    assert len(ids) == 3 * 41
    assert [one.id for one in cloud.history.describe(pipeline_id, ids)] == ids


def test_orders_are_carried_out(cloud: AwsCloud, ran: Callable[..., str]) -> None:
    pipeline_id = ran(Fate("Job", status=WorkStatus.RUNNING))
    history = cloud.history
    history.set_status(pipeline_id, [JOB], ObjectOrder.TRY_CANCEL)
    [job] = history.describe(pipeline_id, [JOB])
    assert (job.status, job.reason) == (ObjectStatus.CANCELED, "Canceled by user")
    history.set_status(pipeline_id, [JOB], ObjectOrder.RERUN)
    assert {one.status for one in history.describe(pipeline_id, [JOB, f"@Load_{FIRST}"])} == {
        ObjectStatus.FINISHED
    }
    with pytest.raises(AwsError, match="can not be set"):
        history.set_status(pipeline_id, ["Job"], ObjectOrder.RERUN)
    history.set_status(pipeline_id, ["Job"], ObjectOrder.PAUSE)
    assert history.describe(pipeline_id, ["Job"])[0].status is ObjectStatus.PAUSED
