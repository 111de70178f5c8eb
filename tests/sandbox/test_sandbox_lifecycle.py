"""Pipelines come, are saved, activated, paused and deleted as AWS's documents say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelayer.sandbox.settings import (
    DeleteWhileDeactivating,
    Idempotency,
    IdleDeactivate,
    InactiveEdits,
    SecretFields,
    Switches,
    UniqueIdAfterDelete,
)


def fields_of(aws, pipeline_id):
    [one] = aws.describe_pipelines(pipelineIds=[pipeline_id])["pipelineDescriptionList"]
    return {f["key"]: f["stringValue"] for f in one["fields"]}


def test_create_is_idempotent_by_name_and_unique_id(aws):
    first = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    assert re.fullmatch(r"df-[0-9A-Z]{20}", first)
    assert (
        aws.create_pipeline(name="a", uniqueId="1", tags=[{"key": "k", "value": "v"}])["pipelineId"] == first
    )
    assert aws.create_pipeline(name="a", uniqueId="2")["pipelineId"] != first
    assert aws.create_pipeline(name="b", uniqueId="1")["pipelineId"] != first


def test_ids_follow_from_the_seed(sandbox, aws):
    ids = [aws.create_pipeline(name=f"p{n}", uniqueId="1")["pipelineId"] for n in range(3)]
    sandbox.reset()
    assert [aws.create_pipeline(name=f"q{n}", uniqueId="1")["pipelineId"] for n in range(3)] == ids
    sandbox.reset(replace(sandbox.settings, seed=7))
    assert aws.create_pipeline(name="p0", uniqueId="1")["pipelineId"] not in ids


@pytest.mark.parametrize("reach", Idempotency)
def test_idempotency_across_credentials_is_a_switch(sandbox, aws, connect, reach):
    sandbox.switch(Switches(idempotency=reach))
    mine = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    theirs = connect("datapipeline", access_key="AKIAOTHER").create_pipeline(name="a", uniqueId="1")[
        "pipelineId"
    ]
    assert (mine == theirs) is (reach is Idempotency.ACCOUNT)


def test_a_region_has_its_own_pipelines(aws, connect, refusal):
    here = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    there = connect("datapipeline", region="eu-west-1")
    assert there.list_pipelines()["pipelineIdList"] == []
    assert there.create_pipeline(name="a", uniqueId="1")["pipelineId"] != here
    assert refusal(there.describe_pipelines, pipelineIds=[here])[0] == "PipelineNotFoundException"


def test_describe_shows_a_new_pipeline(aws):
    pipeline_id = aws.create_pipeline(
        name="a", uniqueId="1", description="nightly", tags=[{"key": "team", "value": "data"}]
    )["pipelineId"]
    [one] = aws.describe_pipelines(pipelineIds=[pipeline_id])["pipelineDescriptionList"]
    assert (one["name"], one["description"], one["tags"]) == (
        "a",
        "nightly",
        [{"key": "team", "value": "data"}],
    )
    fields = {f["key"]: f["stringValue"] for f in one["fields"]}
    assert fields == {
        "@pipelineState": "PENDING",
        "name": "a",
        "description": "nightly",
        "@creationTime": "2026-02-01T12:00:00",
        "@id": pipeline_id,
        "@sphere": "PIPELINE",
        "@version": "0",
        "@userId": "AKIASANDBOX",
        "@accountId": "123456789012",
        "uniqueId": "1",
        "pipelineCreator": "AKIASANDBOX",
    }


def test_describe_shows_when_an_active_pipeline_runs(aws, scheduled):
    fields = fields_of(aws, scheduled())
    assert fields["@pipelineState"] == "SCHEDULED"
    assert fields["@nextRunTime"] == fields["@scheduledStartTime"] == "2026-03-01T02:00:00"
    assert fields["@lastActivationTime"] == "2026-02-01T12:00:00"
    assert fields["@scheduledPeriod"] == "1 day"
    assert "@latestRunTime" not in fields


def test_unknown_and_too_many_ids(aws, refusal):
    known = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    assert refusal(aws.describe_pipelines, pipelineIds=[known, "df-NONE"])[0] == "PipelineNotFoundException"
    assert refusal(aws.describe_pipelines, pipelineIds=[known] * 26)[0] == "InvalidRequestException"
    assert len(aws.describe_pipelines(pipelineIds=[known] * 25)["pipelineDescriptionList"]) == 25
    for call in (
        aws.delete_pipeline,
        aws.activate_pipeline,
        aws.deactivate_pipeline,
        aws.get_pipeline_definition,
    ):
        assert refusal(call, pipelineId="df-NONE")[0] == "PipelineNotFoundException"


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100])
def test_listing_loses_nothing(sandbox, aws, count):
    ids = [sandbox.seed_pipeline(f"p{n}") for n in range(count)]
    pages = list(aws.get_paginator("list_pipelines").paginate())
    assert [one["id"] for page in pages for one in page["pipelineIdList"]] == ids
    assert len(pages) == max(1, -(-count // 50))


def test_list_lag_in_calls_and_in_seconds(sandbox, aws):
    sandbox.switch(Switches(list_lag_calls=2))
    aws.create_pipeline(name="a", uniqueId="1")
    assert [len(aws.list_pipelines()["pipelineIdList"]) for _ in range(4)] == [0, 0, 1, 1]
    sandbox.switch(Switches(list_lag_seconds=30))
    sandbox.advance(timedelta(seconds=29))
    aws.create_pipeline(name="b", uniqueId="1")
    sandbox.advance(timedelta(seconds=1))
    assert [one["name"] for one in aws.list_pipelines()["pipelineIdList"]] == ["a"]
    sandbox.advance(timedelta(seconds=29))
    assert len(aws.list_pipelines()["pipelineIdList"]) == 2


def test_latest_and_active_are_two_versions(aws, define, scheduled):
    pipeline_id = scheduled()
    aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=define(Job={"command": "echo new"}))

    def command(version):
        found = aws.get_pipeline_definition(pipelineId=pipeline_id, version=version)["pipelineObjects"]
        job = next(one for one in found if one["id"] == "Job")
        return next(f["stringValue"] for f in job["fields"] if f["key"] == "command")

    assert (command("latest"), command("active")) == ("echo new", "echo hello")
    aws.activate_pipeline(pipelineId=pipeline_id)
    assert command("active") == "echo new"


def test_a_pending_pipeline_has_no_active_version(aws, define):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    assert aws.get_pipeline_definition(pipelineId=pipeline_id)["pipelineObjects"] == []
    aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=define())
    assert aws.get_pipeline_definition(pipelineId=pipeline_id, version="active")["pipelineObjects"] == []


def test_get_returns_what_was_put(aws, define):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    put = {
        "pipelineObjects": define(Job={"command": "echo #{myWord}", "scriptArgument": ["1", "2"]}),
        "parameterObjects": [{"id": "myWord", "attributes": [{"key": "type", "stringValue": "String"}]}],
        "parameterValues": [{"id": "myWord", "stringValue": "hi"}, {"id": "myOther", "stringValue": "x"}],
    }
    assert not aws.put_pipeline_definition(pipelineId=pipeline_id, **put)["errored"]
    answer = aws.get_pipeline_definition(pipelineId=pipeline_id)
    assert {key: answer[key] for key in put} == put


@pytest.mark.parametrize(
    ("secrets", "shown"),
    [(SecretFields.PLAIN, ["s3cret"]), (SecretFields.MASKED, ["********"]), (SecretFields.OMITTED, [])],
)
def test_what_get_returns_for_secrets_is_a_switch(sandbox, aws, define, secrets, shown):
    sandbox.switch(Switches(secret_fields=secrets))
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    aws.put_pipeline_definition(
        pipelineId=pipeline_id,
        pipelineObjects=define(Job={"*password": "s3cret"}),
        parameterValues=[{"id": "*myPassword", "stringValue": "s3cret"}],
    )
    answer = aws.get_pipeline_definition(pipelineId=pipeline_id)
    fields = [f for one in answer["pipelineObjects"] for f in one["fields"] if f["key"] == "*password"]
    assert [f["stringValue"] for f in fields] == shown
    assert [value["stringValue"] for value in answer.get("parameterValues", [])] == shown


def test_put_saves_an_errored_definition_and_active_keeps_running(aws, define, scheduled, state, refusal):
    pipeline_id = scheduled()
    answer = aws.put_pipeline_definition(
        pipelineId=pipeline_id, pipelineObjects=define(Job={"command": None})
    )
    assert answer["errored"] is True
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert state(pipeline_id) == "SCHEDULED"
    code, message = refusal(aws.activate_pipeline, pipelineId=pipeline_id)
    assert (code, "command" in message) == ("InvalidRequestException", True)
    active = aws.get_pipeline_definition(pipelineId=pipeline_id, version="active")["pipelineObjects"]
    assert active == define()


def test_an_empty_field_is_fatal_and_saves_nothing(aws, define, refusal):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=define())
    for broken in (define(Job={"workerGroup": ""}), [*define(), define()[0]]):
        code, message = refusal(aws.put_pipeline_definition, pipelineId=pipeline_id, pipelineObjects=broken)
        assert code == "InvalidRequestException"
        assert message.startswith(
            "Pipeline definition has errors: Could not save the pipeline definition due to FATAL"
        )
        assert aws.get_pipeline_definition(pipelineId=pipeline_id)["pipelineObjects"] == define()
        answer = aws.validate_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=broken)
        assert answer["errored"] is True


def test_delete_is_asynchronous(sandbox, aws, scheduled, state, refusal):
    pipeline_id = scheduled()
    aws.delete_pipeline(pipelineId=pipeline_id)
    assert [state(pipeline_id), state(pipeline_id)] == ["DELETING", "DELETING"]
    assert refusal(aws.describe_pipelines, pipelineIds=[pipeline_id])[0] == "PipelineDeletedException"
    assert refusal(aws.activate_pipeline, pipelineId=pipeline_id)[0] == "PipelineDeletedException"
    assert refusal(aws.delete_pipeline, pipelineId=pipeline_id)[0] == "PipelineNotFoundException"
    assert aws.list_pipelines()["pipelineIdList"] == []
    assert sandbox.pipeline(pipeline_id).state == "DELETED"


def test_a_pipeline_that_is_being_deleted_takes_no_writes(aws, define, scheduled, refusal):
    pipeline_id = scheduled()
    aws.delete_pipeline(pipelineId=pipeline_id)
    aws.delete_pipeline(pipelineId=pipeline_id)
    assert refusal(aws.activate_pipeline, pipelineId=pipeline_id)[0] == "InvalidRequestException"
    assert (
        refusal(aws.put_pipeline_definition, pipelineId=pipeline_id, pipelineObjects=define())[0]
        == "InvalidRequestException"
    )
    assert [one["id"] for one in aws.list_pipelines()["pipelineIdList"]] == [pipeline_id]


def test_transitions_can_take_simulated_time(sandbox, aws, scheduled, state, refusal):
    sandbox.settings = replace(sandbox.settings, settle_seconds=60)
    pipeline_id = scheduled()
    aws.delete_pipeline(pipelineId=pipeline_id)
    assert [state(pipeline_id) for _ in range(5)] == ["DELETING"] * 5
    sandbox.advance(timedelta(seconds=60))
    assert refusal(aws.describe_pipelines, pipelineIds=[pipeline_id])[0] == "PipelineDeletedException"


@pytest.mark.parametrize("after", UniqueIdAfterDelete)
def test_a_unique_id_after_a_delete_is_a_switch(sandbox, aws, state, refusal, after):
    sandbox.switch(Switches(unique_id_after_delete=after))
    first = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    aws.delete_pipeline(pipelineId=first)
    assert aws.create_pipeline(name="a", uniqueId="1")["pipelineId"] == first
    state(first), state(first)
    second = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    assert (second == first) is (after is UniqueIdAfterDelete.RETURNS_DELETED)


def test_deactivating_cancels_running_work(sandbox, aws, scheduled, state):
    sandbox.settings = replace(sandbox.settings, run_seconds=None)
    pipeline_id = scheduled()
    sandbox.set_time(datetime(2026, 3, 1, 2, tzinfo=UTC))
    assert [run.status for run in sandbox.pipeline(pipeline_id).runs] == ["RUNNING"]
    aws.deactivate_pipeline(pipelineId=pipeline_id)
    assert [state(pipeline_id) for _ in range(3)] == ["DEACTIVATING", "DEACTIVATING", "INACTIVE"]
    assert [run.status for run in sandbox.pipeline(pipeline_id).runs] == ["CANCELED"]


def test_deactivating_can_wait_for_running_work(sandbox, aws, scheduled, state):
    sandbox.settings = replace(sandbox.settings, run_seconds=None)
    pipeline_id = scheduled()
    sandbox.set_time(datetime(2026, 3, 1, 2, tzinfo=UTC))
    aws.deactivate_pipeline(pipelineId=pipeline_id, cancelActive=False)
    assert {state(pipeline_id) for _ in range(6)} == {"DEACTIVATING"}
    assert sandbox.complete_runs(pipeline_id) == 1
    assert [state(pipeline_id) for _ in range(3)] == ["DEACTIVATING", "DEACTIVATING", "INACTIVE"]
    assert [run.status for run in sandbox.pipeline(pipeline_id).runs] == ["FINISHED"]


def test_waiting_for_running_work_can_take_longer_than_the_transition(sandbox, aws, scheduled, state):
    sandbox.settings = replace(sandbox.settings, run_seconds=None, settle_seconds=60)
    pipeline_id = scheduled()
    sandbox.set_time(datetime(2026, 3, 1, 2, tzinfo=UTC))
    aws.deactivate_pipeline(pipelineId=pipeline_id, cancelActive=False)
    sandbox.advance(timedelta(minutes=5))
    assert state(pipeline_id) == "DEACTIVATING"
    sandbox.complete_runs(pipeline_id)
    assert state(pipeline_id) == "INACTIVE"


def test_deactivating_takes_no_activation_nor_deletion(sandbox, aws, scheduled, refusal):
    pipeline_id = scheduled()
    aws.deactivate_pipeline(pipelineId=pipeline_id)
    assert refusal(aws.activate_pipeline, pipelineId=pipeline_id)[0] == "InvalidRequestException"
    assert refusal(aws.delete_pipeline, pipelineId=pipeline_id)[0] == "InvalidRequestException"
    sandbox.switch(Switches(delete_while_deactivating=DeleteWhileDeactivating.ACCEPTED))
    aws.delete_pipeline(pipelineId=pipeline_id)


def test_deactivating_a_pending_pipeline_is_a_switch(sandbox, aws, refusal):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    assert refusal(aws.deactivate_pipeline, pipelineId=pipeline_id)[0] == "InvalidRequestException"
    sandbox.switch(Switches(idle_deactivate=IdleDeactivate.ACCEPTED))
    aws.deactivate_pipeline(pipelineId=pipeline_id)


def test_activating_without_a_definition(aws, refusal):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    assert refusal(aws.activate_pipeline, pipelineId=pipeline_id)[0] == "InvalidRequestException"


def test_tags(aws, refusal):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1", tags=[{"key": "a", "value": "1"}])["pipelineId"]
    aws.add_tags(pipelineId=pipeline_id, tags=[{"key": "a", "value": "2"}, {"key": "b", "value": ""}])
    aws.remove_tags(pipelineId=pipeline_id, tagKeys=["nothing"])

    def tags():
        [one] = aws.describe_pipelines(pipelineIds=[pipeline_id])["pipelineDescriptionList"]
        return {tag["key"]: tag["value"] for tag in one["tags"]}

    assert tags() == {"a": "2", "b": ""}
    more = [{"key": f"k{n}", "value": "x"} for n in range(9)]
    assert refusal(aws.add_tags, pipelineId=pipeline_id, tags=more)[0] == "InvalidRequestException"
    aws.add_tags(pipelineId=pipeline_id, tags=more[:8])
    aws.remove_tags(pipelineId=pipeline_id, tagKeys=[tag["key"] for tag in more])
    assert tags() == {"a": "2", "b": ""}


def test_quota_of_pipelines(sandbox, aws, refusal):
    sandbox.settings = replace(sandbox.settings, max_pipelines=2)
    first = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    aws.create_pipeline(name="b", uniqueId="1")
    code, message = refusal(aws.create_pipeline, name="c", uniqueId="1")
    assert (code, message.split(":")[0]) == ("InvalidRequestException", "Web service limit exceeded")
    assert aws.create_pipeline(name="a", uniqueId="1")["pipelineId"] == first
    sandbox.delete(first)
    aws.create_pipeline(name="c", uniqueId="1")


def test_quota_of_objects(aws, define, refusal):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    many = define(
        **{f"Job{n}": {"type": "ShellCommandActivity", "command": "x", "workerGroup": "w"} for n in range(97)}
    )
    for call in (aws.put_pipeline_definition, aws.validate_pipeline_definition):
        assert refusal(call, pipelineId=pipeline_id, pipelineObjects=many) == (
            "InvalidRequestException",
            "Web service limit exceeded: Exceeded maximum number of objects allowed per pipeline",
        )
    assert not aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=many[:100])["errored"]


def test_finished_takes_no_put(sandbox, aws, define, scheduled, state, refusal):
    pipeline_id = scheduled(Nightly={"occurrences": "2"})
    sandbox.set_time(datetime(2026, 3, 2, 1, tzinfo=UTC))
    assert state(pipeline_id) == "SCHEDULED"
    sandbox.set_time(datetime(2026, 3, 2, 2, tzinfo=UTC))
    assert state(pipeline_id) == "FINISHED"
    code, _ = refusal(aws.put_pipeline_definition, pipelineId=pipeline_id, pipelineObjects=define())
    assert code == "InvalidRequestException"


@pytest.mark.parametrize("position", InactiveEdits)
def test_editing_an_inactive_pipeline_is_a_switch(sandbox, aws, define, scheduled, position):
    sandbox.switch(Switches(inactive_edits=position))
    pipeline_id = scheduled()
    sandbox.pause(pipeline_id)
    answer = aws.put_pipeline_definition(
        pipelineId=pipeline_id, pipelineObjects=define(Nightly={"period": "2 days"})
    )
    assert answer["errored"] is (position is InactiveEdits.LIMITED)
