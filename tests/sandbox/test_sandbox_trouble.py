"""Faults, throttling, missing permissions, and the record of what happened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from pipelayer.sandbox.faults import Fault, Kind, When


def names(sandbox):
    return [pipeline.name for pipeline in sandbox.pipelines()]


def test_a_fault_before_has_no_effect(sandbox, aws, refusal):
    sandbox.fault(Fault(operation="CreatePipeline"))
    assert refusal(aws.create_pipeline, name="a", uniqueId="1")[0] == "InternalServiceError"
    assert names(sandbox) == []
    aws.create_pipeline(name="a", uniqueId="1")


def test_a_fault_after_has_its_effect(sandbox, aws, refusal):
    sandbox.fault(Fault(operation="CreatePipeline", when=When.AFTER))
    assert refusal(aws.create_pipeline, name="a", uniqueId="1")[0] == "InternalServiceError"
    assert names(sandbox) == ["a"]


@pytest.mark.parametrize(("when", "effect"), [(When.BEFORE, []), (When.AFTER, ["a"])])
def test_a_dropped_connection(sandbox, aws, when, effect):
    sandbox.fault(Fault(operation="CreatePipeline", when=when, kind=Kind.DROP))
    with pytest.raises(ConnectionClosedError):
        aws.create_pipeline(name="a", uniqueId="1")
    assert names(sandbox) == effect
    assert [(call.status, call.fault) for call in sandbox.calls()] == [(0, True)]


def test_a_truncated_answer_comes_without_the_id(sandbox, aws):
    sandbox.fault(Fault(operation="CreatePipeline", kind=Kind.TRUNCATE))
    assert "pipelineId" not in aws.create_pipeline(name="a", uniqueId="1")
    assert names(sandbox) == ["a"]


def test_a_late_answer(sandbox, aws):
    sandbox.fault(Fault(operation="ListPipelines", kind=Kind.DELAY, seconds=0.05))
    started = datetime.now(UTC)
    aws.list_pipelines()
    assert datetime.now(UTC) - started >= timedelta(seconds=0.05)


def test_the_nth_call_and_some_more(sandbox, aws):
    sandbox.fault(
        Fault(operation="ListPipelines", nth=2, times=2, code="ThrottlingException", message="Rate exceeded")
    )
    codes = []
    for _ in range(5):
        try:
            aws.list_pipelines()
            codes.append("")
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert codes == ["", "ThrottlingException", "ThrottlingException", "", ""]
    assert sandbox.aws.faults.waiting == []


def test_a_fault_for_one_pipeline(sandbox, aws, refusal):
    one, two = sandbox.seed_pipeline("one"), sandbox.seed_pipeline("two")
    sandbox.fault(Fault(resource="two", times=0, code="InvalidRequestException", message="no"))
    aws.describe_pipelines(pipelineIds=[one])
    assert refusal(aws.get_pipeline_definition, pipelineId=two) == ("InvalidRequestException", "no")
    sandbox.clear_faults()
    aws.get_pipeline_definition(pipelineId=two)


def test_a_client_that_retries_gets_through(sandbox, connect):
    sandbox.fault(Fault(operation="CreatePipeline", times=2, when=When.AFTER))
    answer = connect("datapipeline", attempts=3).create_pipeline(name="a", uniqueId="1")
    assert [pipeline.id for pipeline in sandbox.pipelines()] == [answer["pipelineId"]]
    assert [call.status for call in sandbox.calls()] == [500, 500, 200]


def test_faults_of_other_services(sandbox, connect, refusal):
    sandbox.create_bucket("bucket")
    s3, sts = connect("s3"), connect("sts")
    sandbox.fault(Fault(service="s3", operation="PutObject", resource="bucket/tasks/*", code="AccessDenied"))
    s3.put_object(Bucket="bucket", Key="run", Body=b"x")
    assert refusal(s3.put_object, Bucket="bucket", Key="tasks/a", Body=b"x")[0] == "AccessDenied"
    assert sandbox.objects("bucket") == {"run": b"x"}
    sandbox.fault(Fault(service="*", times=0, code="ExpiredToken", message="The security token has expired"))
    assert refusal(sts.get_caller_identity)[0] == "ExpiredToken"
    assert refusal(s3.list_objects_v2, Bucket="bucket")[0] == "ExpiredToken"
    assert refusal(connect("datapipeline").list_pipelines)[0] == "ExpiredTokenException"


def test_throttling_at_the_published_rates(sandbox, aws, refusal):
    sandbox.throttle()
    for _ in range(100):
        aws.list_pipelines()
    assert refusal(aws.list_pipelines) == ("ThrottlingException", "Rate exceeded")
    aws.create_pipeline(name="a", uniqueId="1")
    sandbox.advance(timedelta(seconds=1))
    aws.list_pipelines()
    assert refusal(aws.list_pipelines)[0] == "ThrottlingException"
    sandbox.stop_throttling()
    aws.list_pipelines()


def test_tags_are_not_throttled(sandbox, aws):
    sandbox.throttle(burst=1)
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    for _ in range(5):
        aws.add_tags(pipelineId=pipeline_id, tags=[{"key": "k", "value": "v"}])


def test_permissions(sandbox, connect, refusal):
    sandbox.create_bucket("bucket")
    sandbox.allow_only("AKIAREADER", ["datapipeline:List*", "datapipeline:CreatePipeline", "s3:ListBucket"])
    reader, s3 = connect("datapipeline", access_key="AKIAREADER"), connect("s3", access_key="AKIAREADER")
    reader.list_pipelines()
    reader.create_pipeline(name="a", uniqueId="1")
    tags = [{"key": "k", "value": "v"}]
    code, message = refusal(reader.create_pipeline, name="b", uniqueId="1", tags=tags)
    assert code == "AccessDeniedException"
    assert "datapipeline:AddTags" in message
    s3.list_objects_v2(Bucket="bucket")
    s3.head_bucket(Bucket="bucket")
    assert refusal(s3.put_object, Bucket="bucket", Key="a", Body=b"")[0] == "AccessDenied"
    assert connect("sts", access_key="AKIAREADER").get_caller_identity()["Account"] == "123456789012"
    connect("s3").put_object(Bucket="bucket", Key="a", Body=b"")


def test_the_account_is_configurable(sandbox, connect):
    from dataclasses import replace

    sandbox.settings = replace(sandbox.settings, account="999988887777")
    assert connect("sts").get_caller_identity()["Account"] == "999988887777"
    pipeline_id = sandbox.seed_pipeline("a")
    [one] = connect("datapipeline").describe_pipelines(pipelineIds=[pipeline_id])["pipelineDescriptionList"]
    assert {"key": "@accountId", "stringValue": "999988887777"} in one["fields"]


def test_every_call_is_recorded(sandbox, aws, connect, refusal):
    sandbox.create_bucket("bucket")
    s3 = connect("s3")
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    aws.describe_pipelines(pipelineIds=[pipeline_id])
    refusal(aws.get_pipeline_definition, pipelineId="df-NONE")
    s3.put_object(Bucket="bucket", Key="tasks/a b", Body=b"x")
    s3.list_objects_v2(Bucket="bucket", Prefix="tasks/")
    s3.head_object(Bucket="bucket", Key="tasks/a b")
    s3.get_object(Bucket="bucket", Key="tasks/a b")["Body"].read()
    s3.delete_object(Bucket="bucket", Key="tasks/a b")
    s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "x"}]})
    connect("sts").get_caller_identity()
    arn = sandbox.create_secret("password", "s3cret")
    connect("secretsmanager").get_secret_value(SecretId=arn)
    found = [
        (call.service, call.operation, call.resource, call.status, call.code) for call in sandbox.calls()
    ]
    assert found == [
        ("datapipeline", "CreatePipeline", "a", 200, ""),
        ("datapipeline", "DescribePipelines", pipeline_id, 200, ""),
        ("datapipeline", "GetPipelineDefinition", "df-NONE", 400, "PipelineNotFoundException"),
        ("s3", "PutObject", "bucket/tasks/a b", 200, ""),
        ("s3", "ListObjectsV2", "bucket", 200, ""),
        ("s3", "HeadObject", "bucket/tasks/a b", 200, ""),
        ("s3", "GetObject", "bucket/tasks/a b", 200, ""),
        ("s3", "DeleteObject", "bucket/tasks/a b", 204, ""),
        ("s3", "DeleteObjects", "bucket", 200, ""),
        ("sts", "GetCallerIdentity", "", 200, ""),
        ("secretsmanager", "GetSecretValue", arn, 200, ""),
    ]
    assert [call.operation for call in sandbox.calls("s3", "GetObject")] == ["GetObject"]
    assert sandbox.calls()[1].name == "a"
    assert sandbox.calls()[0].request["uniqueId"] == "1"
    sandbox.clear_record()
    assert sandbox.calls() == []


def test_a_role_assumed_without_a_signature(sandbox, connect):
    answer = connect("sts").assume_role_with_web_identity(
        RoleArn="arn:aws:iam::123456789012:role/deploy", RoleSessionName="run", WebIdentityToken="token"
    )
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/deploy/run"
    assert [(call.service, call.operation) for call in sandbox.calls()] == [
        ("sts", "AssumeRoleWithWebIdentity")
    ]


def test_a_bucket_that_does_not_exist(sandbox, connect, refusal):
    s3 = connect("s3")
    assert refusal(s3.put_object, Bucket="nowhere", Key="a", Body=b"")[0] == "NoSuchBucket"
    with pytest.raises(LookupError, match="NoSuchBucket"):
        sandbox.objects("nowhere")
    with pytest.raises(LookupError, match="nowhere"):
        sandbox.put_object("nowhere", "a", b"")


def test_objects_of_many_pages(sandbox):
    sandbox.create_bucket("bucket")
    wanted = {f"tasks/{n:04} & <ü>.txt": str(n).encode() for n in range(1001)}
    for key, body in wanted.items():
        sandbox.put_object("bucket", key, body)
    assert sandbox.objects("bucket", "tasks/") == wanted
    assert sandbox.calls() == []


def test_a_reset_forgets_everything(sandbox, aws, connect):
    sandbox.create_bucket("bucket")
    sandbox.fault(Fault(operation="ListPipelines", times=0))
    sandbox.throttle(burst=0)
    sandbox.reset()
    assert aws.list_pipelines()["pipelineIdList"] == []
    assert connect("s3").list_buckets()["Buckets"] == []
    assert sandbox.events() == []


def test_the_history_of_a_replacement(sandbox, aws, define, scheduled):
    old = scheduled("nightly")
    sandbox.advance(timedelta(minutes=1))
    new = aws.create_pipeline(name="nightly", uniqueId="2")["pipelineId"]
    aws.put_pipeline_definition(pipelineId=new, pipelineObjects=define())
    aws.activate_pipeline(pipelineId=new)
    sandbox.pause(old)
    sandbox.delete(old)
    assert [
        (event.kind.value, event.pipeline_id == old, event.state.value) for event in sandbox.events()
    ] == [
        ("created", True, "PENDING"),
        ("saved", True, "PENDING"),
        ("activated", True, "PENDING"),
        ("state", True, "SCHEDULED"),
        ("created", False, "PENDING"),
        ("saved", False, "PENDING"),
        ("activated", False, "PENDING"),
        ("state", False, "SCHEDULED"),
        ("state", True, "DEACTIVATING"),
        ("state", True, "INACTIVE"),
        ("state", True, "DELETING"),
        ("state", True, "DELETED"),
    ]
    sequences = [event.sequence for event in sandbox.events()]
    assert sequences == sorted(set(sequences))
    assert sandbox.gaps() == []
    assert sandbox.scheduled_at_once() == {"nightly": 2}


def test_a_gap_is_found(sandbox, scheduled):
    old = scheduled("nightly")
    sandbox.set_tags(old, {"key": "k1"})
    sandbox.delete(old)
    [gap] = sandbox.gaps()
    assert (gap.subject, gap.until) == ("nightly", None)
    sandbox.advance(timedelta(minutes=5))
    scheduled("nightly")
    [gap] = sandbox.gaps()
    assert (gap.subject, gap.until) == ("nightly", datetime(2026, 2, 1, 12, 5, tzinfo=UTC))
    assert [(gap.subject, gap.until) for gap in sandbox.gaps("key")] == [("k1", None)]


def test_many_at_once(sandbox, aws, connect, define):
    sandbox.create_bucket("bucket")
    s3 = connect("s3")

    def work(number):
        pipeline_id = aws.create_pipeline(name=f"p{number % 10}", uniqueId="1")["pipelineId"]
        aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=define())
        s3.put_object(Bucket="bucket", Key=f"tasks/{number}", Body=b"x" * 5000)
        return pipeline_id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(work, range(80)))
    assert len(ids) == len(sandbox.pipelines()) == 10
    assert len(sandbox.objects("bucket")) == 80
    sequences = [call.sequence for call in sandbox.calls()]
    assert len(set(sequences)) == 240
