"""What runs make of a pipeline's objects: attempts that fail, what fails with them, what they are told."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelayer.sandbox.settings import InstanceErrors, InstanceFields, MaximumRetries, Switches
from pipelayer.sandbox.work import Fate, WorkStatus

FIRST = "2026-03-01T02:00:00"
CHAIN = {
    "Load": {
        "type": "ShellCommandActivity",
        "command": "load",
        "runsOn": {"ref": "Machine"},
        "input": {"ref": "Data"},
    },
    "Data": {"type": "S3DataNode", "directoryPath": "s3://data/#{format(@scheduledStartTime,'YYYY-MM-dd')}"},
    "Job": {"output": {"ref": "Data"}},
}
CASCADING = {**CHAIN, "Default": {"failureAndRerunMode": "CASCADE"}}


@pytest.fixture
def look(aws):
    """`look(id, "INSTANCE")`: the fields of each object of a sphere, expressions evaluated."""

    def look(pipeline_id, sphere, *selectors):
        ids = aws.query_objects(pipelineId=pipeline_id, sphere=sphere, query={"selectors": list(selectors)})[
            "ids"
        ]
        found = {}
        for start in range(0, len(ids), 25):
            answer = aws.describe_objects(
                pipelineId=pipeline_id, objectIds=ids[start : start + 25], evaluateExpressions=True
            )
            for one in answer["pipelineObjects"]:
                found[one["id"]] = {
                    f["key"]: f.get("stringValue", f.get("refValue")) for f in reversed(one["fields"])
                }
        return found

    return look


@pytest.fixture
def ran(sandbox, scheduled):
    """`ran(fate, …, **changes)`: the id of a pipeline whose first run meets these fates."""

    def run(*fates, **changes):
        pipeline_id = scheduled(**changes)
        for one in fates:
            sandbox.fate(pipeline_id, one)
        sandbox.set_time(datetime(2026, 3, 1, 12, tzinfo=UTC))
        return pipeline_id

    return run


def statuses(found):
    return {key.removesuffix(f"_{FIRST}"): fields["@status"] for key, fields in found.items()}


def health(aws, pipeline_id):
    [one] = aws.describe_pipelines(pipelineIds=[pipeline_id])["pipelineDescriptionList"]
    return {f["key"]: f["stringValue"] for f in one["fields"]}.get("@healthStatus")


def test_every_object_that_works_has_an_instance(ran, look):
    pipeline_id = ran(
        **CHAIN | {"Job": {"output": {"ref": "Data"}, "precondition": {"ref": "Ready"}}},
        Ready={"type": "S3KeyExists", "s3Key": "s3://data/ready"},
        Unused={"type": "S3DataNode", "directoryPath": "s3://elsewhere/"},
    )
    found = look(pipeline_id, "INSTANCE")
    assert statuses(found) == dict.fromkeys(("@Job", "@Machine", "@Load", "@Data", "@Ready"), "FINISHED")
    job, data = found[f"@Job_{FIRST}"], found[f"@Data_{FIRST}"]
    assert job["output"] == f"@Data_{FIRST}"
    assert (job["@componentParent"], job["parent"], job["type"]) == ("Job", "Job", "ShellCommandActivity")
    assert job["@headAttempt"] == f"@Job_{FIRST}_Attempt=1"
    assert data["directoryPath"] == "s3://data/2026-03-01"
    assert "@headAttempt" not in data
    assert set(look(pipeline_id, "ATTEMPT")) == {
        f"@{one}_{FIRST}_Attempt=1" for one in ("Job", "Machine", "Load", "Ready")
    }


@pytest.mark.parametrize(
    ("position", "said", "tries"),
    [
        (MaximumRetries.AFTER_THE_FIRST, {}, 4),
        (MaximumRetries.IN_ALL, {}, 3),
        (MaximumRetries.AFTER_THE_FIRST, {"maximumRetries": "1"}, 2),
        (MaximumRetries.AFTER_THE_FIRST, {"maximumRetries": "0"}, 1),
    ],
)
def test_a_failed_attempt_is_tried_again_until_none_is_left(sandbox, ran, look, position, said, tries):
    sandbox.switch(Switches(maximum_retries=position))
    fate = Fate("Job", error_message="No disk", error_id="E1", error_stack_trace="at line 1")
    pipeline_id = ran(fate, Job=said)
    attempts = look(pipeline_id, "ATTEMPT", equal("@instanceParent", f"@Job_{FIRST}", "REF_EQ"))
    assert list(attempts) == [f"@Job_{FIRST}_Attempt={n}" for n in range(1, tries + 1)]
    last = attempts[f"@Job_{FIRST}_Attempt={tries}"]
    assert (last["@status"], last["errorMessage"], last["errorId"], last["errorStackTrace"]) == (
        "FAILED",
        "No disk",
        "E1",
        "at line 1",
    )
    assert last["hostname"]
    job = look(pipeline_id, "INSTANCE")[f"@Job_{FIRST}"]
    assert (job["@status"], job["@attemptCount"], job["@triesLeft"]) == ("FAILED", str(tries), "0")
    assert "errorMessage" not in job


def equal(field, value, operator="EQ"):
    return {"fieldName": field, "operator": {"type": operator, "values": [value]}}


def test_whether_instances_tell_errors_is_a_switch(sandbox, ran, look):
    sandbox.switch(Switches(instance_errors=InstanceErrors.ON_BOTH))
    pipeline_id = ran(Fate("Job", error_message="No disk"))
    assert look(pipeline_id, "INSTANCE")[f"@Job_{FIRST}"]["errorMessage"] == "No disk"


def test_whether_the_components_fields_are_shown_is_a_switch(sandbox, ran, look):
    pipeline_id = ran(**CHAIN)
    job = look(pipeline_id, "INSTANCE")[f"@Job_{FIRST}"]
    assert (job["command"], job["pipelineLogUri"]) == ("echo hello", "s3://logs/")
    sandbox.switch(Switches(instance_fields=InstanceFields.RUNTIME))
    job = look(pipeline_id, "INSTANCE")[f"@Job_{FIRST}"]
    assert {"command", "pipelineLogUri", "schedule"} & set(job) == set()
    assert (job["type"], job["output"]) == ("ShellCommandActivity", f"@Data_{FIRST}")


def test_a_retry_can_go_well(aws, ran, look):
    pipeline_id = ran(Fate("Job", attempts=2))
    assert statuses(look(pipeline_id, "INSTANCE")) == {"@Job": "FINISHED", "@Machine": "FINISHED"}
    attempts = look(pipeline_id, "ATTEMPT", equal("@componentParent", "Job", "REF_EQ"))
    assert [one["@status"] for one in attempts.values()] == ["FAILED", "FAILED", "FINISHED"]
    assert health(aws, pipeline_id) == "HEALTHY"


def test_a_retry_waits_as_long_as_is_said(sandbox, ran, look):
    sandbox.settings = replace(sandbox.settings, retry_seconds=None)
    pipeline_id = ran(Fate("Job", attempts=1, seconds=60), Job={"retryDelay": "1 day"})
    count = {}
    for hour in (13, 25):
        sandbox.set_time(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour + 2))
        count[hour] = len(look(pipeline_id, "ATTEMPT", equal("@instanceParent", f"@Job_{FIRST}", "REF_EQ")))
    assert count == {13: 1, 25: 2}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (CHAIN, {"@Data": "WAITING_ON_DEPENDENCIES", "@Load": "WAITING_ON_DEPENDENCIES"}),
        (CASCADING, {"@Data": "CASCADE_FAILED", "@Load": "CASCADE_FAILED"}),
    ],
)
def test_what_depends_on_a_failure(aws, sandbox, ran, look, changes, expected):
    pipeline_id = ran(Fate("Job"), **changes)
    found = look(pipeline_id, "INSTANCE")
    assert statuses(found) == {"@Job": "FAILED", "@Machine": "FINISHED", **expected}
    load = found[f"@Load_{FIRST}"]
    if changes is CASCADING:
        assert load["@cascadeFailedOn"] == f"@Data_{FIRST}"
        assert found[f"@Data_{FIRST}"]["@cascadeFailedOn"] == f"@Job_{FIRST}"
    else:
        assert load["@waitingOn"] in (f"@Data_{FIRST}", f"@Machine_{FIRST}")
    assert [run.status for run in sandbox.pipeline(pipeline_id).runs] == ["FAILED"]
    assert health(aws, pipeline_id) == "ERROR"


@pytest.mark.parametrize(("changes", "expected"), [({}, "WAITING_ON_DEPENDENCIES"), (CASCADING, "CANCELED")])
def test_a_resource_that_does_not_come_up(ran, look, changes, expected):
    pipeline_id = ran(Fate("Machine", error_message="InstanceLimitExceeded"), **changes)
    found = look(pipeline_id, "INSTANCE")
    assert statuses(found)["@Machine"] == "FAILED"
    assert statuses(found)["@Job"] == expected
    [*_, last] = look(pipeline_id, "ATTEMPT").values()
    assert (last["errorMessage"], last["@failureReason"]) == ("InstanceLimitExceeded",) * 2


def test_a_resource_that_times_out_takes_its_work_along(ran, look):
    pipeline_id = ran(
        Fate("Machine", status=WorkStatus.TIMEDOUT, seconds=3600), Fate("Job", status=WorkStatus.RUNNING)
    )
    found = look(pipeline_id, "INSTANCE")
    assert statuses(found) == {"@Machine": "TIMEDOUT", "@Job": "FAILED"}
    assert found[f"@Job_{FIRST}"]["@actualEndTime"] == "2026-03-01T03:00:00"


def test_work_that_goes_on(aws, sandbox, ran, look, state):
    pipeline_id = ran(Fate("Job", status=WorkStatus.WAITING_FOR_RUNNER))
    found = look(pipeline_id, "INSTANCE")
    assert statuses(found) == {"@Job": "WAITING_FOR_RUNNER", "@Machine": "RUNNING"}
    component = look(pipeline_id, "COMPONENT")["Job"]
    assert component["@activeInstances"] == f"@Job_{FIRST}"
    assert health(aws, pipeline_id) is None
    assert sandbox.complete_runs(pipeline_id) == 1
    assert statuses(look(pipeline_id, "INSTANCE")) == {"@Job": "FINISHED", "@Machine": "FINISHED"}
    assert health(aws, pipeline_id) == "HEALTHY"


def test_an_attempt_takes_as_long_as_it_is_said(sandbox, ran, look):
    sandbox.settings = replace(sandbox.settings, run_seconds=600)
    pipeline_id = ran(**CHAIN)
    found = look(pipeline_id, "INSTANCE")
    moments = {key: (one["@actualStartTime"][11:], one["@actualEndTime"][11:]) for key, one in found.items()}
    assert moments == {
        f"@Job_{FIRST}": ("02:00:00", "02:10:00"),
        f"@Data_{FIRST}": ("02:10:00", "02:10:00"),
        f"@Load_{FIRST}": ("02:10:00", "02:20:00"),
        f"@Machine_{FIRST}": ("02:00:00", "02:20:00"),
    }


def test_fates_are_for_the_runs_that_they_name(sandbox, scheduled):
    pipeline_id = scheduled()
    sandbox.fate(pipeline_id, Fate("Job", scheduled_start="2026-03-02T02:00:00"))
    sandbox.fate(pipeline_id, Fate("Job", scheduled_start="2026-03-04T02:00:00"))
    sandbox.set_time(datetime(2026, 3, 5, tzinfo=UTC))
    sandbox.fate(pipeline_id, Fate("Job", runs=2))
    sandbox.set_time(datetime(2026, 3, 8, tzinfo=UTC))
    found = [run.status.value for run in sandbox.pipeline(pipeline_id).runs]
    assert found == ["FINISHED", "FAILED", "FINISHED", "FAILED", "FAILED", "FAILED", "FINISHED"]


def test_a_fate_of_no_object_is_refused(sandbox, scheduled):
    with pytest.raises(LookupError, match="Jobb"):
        sandbox.fate(scheduled(), Fate("Jobb"))


def test_health_is_of_the_last_run(aws, sandbox, ran, look):
    pipeline_id = ran(Fate("Job"))
    assert health(aws, pipeline_id) == "ERROR"
    assert look(pipeline_id, "COMPONENT")["Job"]["@healthStatusFromInstanceId"] == f"@Job_{FIRST}"
    sandbox.set_time(datetime(2026, 3, 2, 12, tzinfo=UTC))
    job = look(pipeline_id, "COMPONENT")["Job"]
    assert (job["@healthStatus"], job["@latestRunTime"]) == ("HEALTHY", "2026-03-02T02:00:00")
    assert health(aws, pipeline_id) == "HEALTHY"


def test_one_component_in_error_is_a_pipeline_in_error(aws, ran):
    other = {"type": "ShellCommandActivity", "command": "x", "runsOn": {"ref": "Machine"}}
    later = Fate("Other", status=WorkStatus.FINISHED, seconds=600)
    assert health(aws, ran(Fate("Job"), later, Other=other)) == "ERROR"


def test_logs_go_where_the_definition_of_their_run_says(sandbox, aws, scheduled, define):
    sandbox.create_bucket("logs")
    pipeline_id = scheduled(Default={"pipelineLogUri": "s3://logs/first"})
    objects = define(Default={"pipelineLogUri": "s3://logs/second"})
    aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=objects)
    aws.activate_pipeline(pipelineId=pipeline_id)
    sandbox.fate(pipeline_id, Fate("Job"))
    sandbox.set_time(datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert {key.partition("/")[0] for key in sandbox.objects("logs")} == {"second"}


def test_rerun_makes_another_attempt_and_wakes_what_cascaded(aws, ran, look):
    pipeline_id = ran(Fate("Job"), **CASCADING)
    load = f"@Load_{FIRST}"
    aws.set_status(pipelineId=pipeline_id, objectIds=[load], status="RERUN")
    assert look(pipeline_id, "INSTANCE")[load]["@status"] == "CASCADE_FAILED"
    aws.set_status(pipelineId=pipeline_id, objectIds=[f"@Job_{FIRST}"], status="RERUN")
    found = look(pipeline_id, "INSTANCE")
    assert statuses(found) == dict.fromkeys(("@Job", "@Machine", "@Data", "@Load"), "FINISHED")
    job = found[f"@Job_{FIRST}"]
    assert (job["@headAttempt"], job["@actualStartTime"]) == (
        f"@Job_{FIRST}_Attempt=5",
        "2026-03-01T12:00:00",
    )
    assert found[f"@Machine_{FIRST}"]["@headAttempt"] == f"@Machine_{FIRST}_Attempt=2"


def test_without_cascade_a_rerun_lets_go_on_what_waited(aws, ran, look):
    pipeline_id = ran(Fate("Job", reruns=True, runs=1, attempts=5), **CHAIN)
    for expected in ("FAILED", "FINISHED"):
        assert statuses(look(pipeline_id, "INSTANCE"))["@Job"] == expected
        assert (statuses(look(pipeline_id, "INSTANCE"))["@Load"] == "FINISHED") is (expected == "FINISHED")
        aws.set_status(pipelineId=pipeline_id, objectIds=[f"@Job_{FIRST}"], status="RERUN")


def test_what_is_marked_as_finished(aws, ran, look):
    pipeline_id = ran(Fate("Job"), **CASCADING)
    aws.set_status(pipelineId=pipeline_id, objectIds=[f"@Job_{FIRST}"], status="MARK_FINISHED")
    assert set(statuses(look(pipeline_id, "INSTANCE")).values()) == {"FINISHED"}


def test_what_waited_goes_on_once_the_failure_is_marked_as_finished(aws, ran, look):
    pipeline_id = ran(Fate("Job"), **CHAIN)
    assert statuses(look(pipeline_id, "INSTANCE"))["@Machine"] == "FINISHED"
    aws.set_status(pipelineId=pipeline_id, objectIds=[f"@Job_{FIRST}"], status="MARK_FINISHED")
    found = look(pipeline_id, "INSTANCE")
    assert set(statuses(found).values()) == {"FINISHED"}
    assert found[f"@Machine_{FIRST}"]["@headAttempt"].endswith("_Attempt=2")


def test_cancel_and_what_it_leaves(aws, sandbox, ran, look, refusal):
    pipeline_id = ran(Fate("Job", status=WorkStatus.RUNNING), **CASCADING)
    job = f"@Job_{FIRST}"
    order = {"pipelineId": pipeline_id, "objectIds": [job]}
    assert refusal(aws.set_status, **order, status="RERUN")[0] == "InvalidRequestException"
    aws.set_status(**order, status="TRY_CANCEL")
    found = look(pipeline_id, "INSTANCE")
    assert statuses(found) == {
        "@Job": "CANCELED",
        "@Machine": "FINISHED",
        "@Data": "CASCADE_FAILED",
        "@Load": "CASCADE_FAILED",
    }
    assert found[job]["cancellationReason"]
    aws.set_status(**order, status="TRY_CANCEL")
    mixed = {"pipelineId": pipeline_id, "objectIds": [job, "Job"]}
    for status in ("TRY_CANCEL", "PAUSE", "STOP"):
        assert refusal(aws.set_status, **mixed, status=status)[0] == "InvalidRequestException"


def test_a_paused_component_waits_until_it_is_resumed(sandbox, aws, ran, look):
    pipeline_id = ran(**CHAIN)
    aws.set_status(pipelineId=pipeline_id, objectIds=["Load"], status="PAUSE")
    assert look(pipeline_id, "COMPONENT")["Load"]["@status"] == "PAUSED"
    sandbox.set_time(datetime(2026, 3, 2, 12, tzinfo=UTC))
    second = equal("@scheduledStartTime", "2026-03-02T02:00:00")

    def seen():
        return {
            one["@componentParent"]: one["@status"] for one in look(pipeline_id, "INSTANCE", second).values()
        }

    assert seen() == {"Job": "FINISHED", "Data": "FINISHED", "Machine": "RUNNING", "Load": "PAUSED"}
    aws.set_status(pipelineId=pipeline_id, objectIds=["Load"], status="RESUME")
    assert set(seen().values()) == {"FINISHED"}
    assert look(pipeline_id, "COMPONENT")["Load"]["@status"] == "SCHEDULED"


def test_set_status_may_take_effect_later(aws, sandbox, ran, look):
    sandbox.switch(Switches(set_status_lag_seconds=30))
    pipeline_id = ran(Fate("Job"))
    aws.set_status(pipelineId=pipeline_id, objectIds=[f"@Job_{FIRST}"], status="RERUN")
    seen = [statuses(look(pipeline_id, "INSTANCE"))["@Job"]]
    sandbox.advance(timedelta(seconds=30))
    seen.append(statuses(look(pipeline_id, "INSTANCE"))["@Job"])
    assert seen == ["FAILED", "FINISHED"]


def test_nothing_is_told_to_a_pipeline_that_is_finished(aws, ran, refusal):
    pipeline_id = ran(Fate("Job"), Nightly={"occurrences": "1"})
    code, message = refusal(
        aws.set_status, pipelineId=pipeline_id, objectIds=[f"@Job_{FIRST}"], status="RERUN"
    )
    assert (code, "FINISHED" in message) == ("InvalidRequestException", True)


def test_describing_in_pages(sandbox, aws, ran):
    sandbox.settings = replace(sandbox.settings, describe_page_size=2)
    pipeline_id = ran(**CHAIN)
    ids = aws.query_objects(pipelineId=pipeline_id, sphere="INSTANCE")["ids"]
    pages = list(aws.get_paginator("describe_objects").paginate(pipelineId=pipeline_id, objectIds=ids))
    assert [one["id"] for page in pages for one in page["pipelineObjects"]] == ids
    assert len(pages) == 2


def test_logs_lie_where_aws_puts_them(sandbox, ran):
    sandbox.create_bucket("logs")
    pipeline_id = ran(
        Fate("Job", attempts=1, error_message="No disk", stdout="out", stderr="err", log="said"),
        Default={"pipelineLogUri": "s3://logs/#{myEnv}/x/", "myEnv": "prod"},
    )
    folder = f"prod/x/{pipeline_id}/Job/@Job_{FIRST}/@Job_{FIRST}_Attempt=1"
    found = sandbox.objects("logs")
    machine = f"prod/x/{pipeline_id}/Machine/@Machine_{FIRST}/@Machine_{FIRST}_Attempt=1"
    assert {key for key in found if "Attempt=1" in key} == {
        f"{folder}/Activity.log.gz",
        f"{folder}/StdOutput.gz",
        f"{folder}/StdError.gz",
        f"{machine}/Task Runner.log.2026-03-01-02.gz",
    }
    assert gzip.decompress(found[f"{folder}/StdError.gz"]) == b"err"
    assert gzip.decompress(found[f"{folder}/Activity.log.gz"]) == b"said"
    assert b"Finished" in gzip.decompress(
        found[folder.replace("Attempt=1", "Attempt=2") + "/Activity.log.gz"]
    )


def test_output_that_is_sent_elsewhere(sandbox, ran):
    sandbox.create_bucket("logs")
    sandbox.create_bucket("out")
    ran(Fate("Job", stdout="out"), Job={"stdout": "s3://out/#{@scheduledStartTime}.txt"})
    assert sandbox.objects("out") == {f"{FIRST}.txt": b"out"}
    assert not any(key.endswith("StdOutput.gz") for key in sandbox.objects("logs"))


def test_logs_that_can_not_be_written_stop_nothing(sandbox, ran):
    pipeline_id = ran(Fate("Job"), Default={"pipelineLogUri": "s3://no-such-bucket/"})
    assert [run.status for run in sandbox.pipeline(pipeline_id).runs] == ["FAILED"]
