"""Requests and answers on the wire: botocore's model, error forms, connections."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest

from pipelayer.sandbox.http import signature
from pipelayer.sandbox.service import _OPERATIONS
from pipelayer.sandbox.wire import model, write_answer


@pytest.fixture
def connection(sandbox):
    found = http.client.HTTPConnection(urlsplit(sandbox.url).netloc)
    yield found
    found.close()


@pytest.fixture
def post(connection):
    def send(operation, body, signed=True):
        headers = {"X-Amz-Target": f"DataPipeline.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        if signed:
            headers["Authorization"] = signature("AKIA", "us-east-1", "datapipeline")
        connection.request(
            "POST", "/", body if isinstance(body, bytes) else json.dumps(body).encode(), headers
        )
        response = connection.getresponse()
        data = response.read()
        return response, json.loads(data) if data else None

    return send


def test_an_error_has_aws_form(post):
    response, body = post("DescribePipelines", {"pipelineIds": ["df-NONE"]})
    assert response.status == 400
    assert response.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert len(response.headers["x-amzn-RequestId"]) == 36
    assert body == {
        "__type": "PipelineNotFoundException",
        "message": "Pipeline with id: df-NONE does not exist",
    }


@pytest.mark.parametrize(
    ("operation", "body", "code", "message"),
    [
        (
            "GetPipelineDefinition",
            {},
            "ValidationException",
            "1 validation error detected: Value null at 'pipelineId' failed to satisfy constraint: "
            "Member must not be null",
        ),
        ("CreatePipeline", {}, "ValidationException", "2 validation errors detected"),
        (
            "CreatePipeline",
            {"name": "", "uniqueId": "1"},
            "ValidationException",
            "greater than or equal to 1",
        ),
        (
            "CreatePipeline",
            {"name": "x" * 1025, "uniqueId": "1"},
            "ValidationException",
            "less than or equal to 1024",
        ),
        ("CreatePipeline", {"name": "a\x00", "uniqueId": "1"}, "ValidationException", "regular expression"),
        (
            "CreatePipeline",
            {"name": "a", "uniqueId": "1", "tags": [{"key": str(n), "value": ""} for n in range(11)]},
            "ValidationException",
            "'tags' failed",
        ),
        (
            "CreatePipeline",
            {"name": "a", "uniqueId": "1", "tags": [{"key": "k"}]},
            "ValidationException",
            "tags.1.member.value",
        ),
        ("CreatePipeline", {"name": "a", "uniqueId": 1}, "SerializationException", "'uniqueId'"),
        (
            "CreatePipeline",
            {"name": "a", "uniqueId": "1", "colour": "red"},
            "SerializationException",
            "'colour'",
        ),
        ("CreatePipeline", b"{", "SerializationException", "JSON"),
        ("CreatePipeline", [], "SerializationException", "object"),
        (
            "DeactivatePipeline",
            {"pipelineId": "x", "cancelActive": "no"},
            "SerializationException",
            "boolean",
        ),
        (
            "ActivatePipeline",
            {"pipelineId": "x", "startTimestamp": "now"},
            "SerializationException",
            "timestamp",
        ),
        (
            "QueryObjects",
            {
                "pipelineId": "x",
                "sphere": "INSTANCE",
                "query": {"selectors": [{"fieldName": "a", "operator": {"type": "LIKE"}}]},
            },
            "ValidationException",
            "EQ, REF_EQ",
        ),
        (
            "PutPipelineDefinition",
            {
                "pipelineId": "x",
                "pipelineObjects": [
                    {"id": "A", "name": "A", "fields": [{"key": "k", "stringValue": "x" * 10_241}]}
                ],
            },
            "ValidationException",
            "pipelineObjects.1.member.fields.1.member.stringValue",
        ),
        (
            "EvaluateExpression",
            {"pipelineId": "x", "objectId": "y", "expression": "z"},
            "UnknownOperationException",
            "",
        ),
        ("Nonsense", {}, "UnknownOperationException", "Nonsense"),
    ],
)
def test_requests_that_do_not_fit_the_model(post, operation, body, code, message):
    response, answer = post(operation, body)
    assert (response.status, answer["__type"]) == (400, code)
    assert message in answer["message"]


def test_an_unsigned_request(post):
    assert post("ListPipelines", {}, signed=False)[1]["__type"] == "MissingAuthenticationTokenException"


def test_an_answer_that_does_not_fit_the_model_is_our_defect():
    assert json.loads(write_answer("CreatePipeline", {"pipelineId": "x"})) == {"pipelineId": "x"}
    for answer in ({}, {"pipelineId": 1}, {"pipelineId": "x", "more": 1}, {"pipelineId": ""}):
        with pytest.raises(AssertionError, match="CreatePipeline"):
            write_answer("CreatePipeline", answer)


def test_every_offered_operation_is_in_the_model():
    assert set(_OPERATIONS) <= set(model().operation_names)
    runner = {
        "PollForTask",
        "ReportTaskProgress",
        "ReportTaskRunnerHeartbeat",
        "SetTaskStatus",
        "EvaluateExpression",
    }
    assert set(model().operation_names) - set(_OPERATIONS) == runner


def test_one_connection_serves_many_requests(connection, post):
    post("ListPipelines", {})
    first = connection.sock
    for _ in range(20):
        post("CreatePipeline", {})
    connection.request("PUT", "/bucket", headers={"Authorization": signature("AKIA", "us-east-1", "s3")})
    connection.getresponse().read()
    connection.request("GET", "/_sandbox/calls")
    assert len(json.loads(connection.getresponse().read())) == 22
    assert connection.sock is first is not None


def test_a_chunked_body(connection):
    headers = {"Authorization": signature("AKIA", "us-east-1", "s3")}
    connection.request("PUT", "/bucket", headers=headers)
    connection.getresponse().read()
    connection.request("PUT", "/bucket/a", iter([b"one ", b"two"]), headers, encode_chunked=True)
    connection.getresponse().read()
    connection.request("GET", "/bucket/a", headers=headers)
    assert connection.getresponse().read() == b"one two"


def test_metadata_of_an_object_keeps_its_names(sandbox, connect):
    sandbox.create_bucket("bucket")
    s3 = connect("s3")
    metadata = {"git-blob": "abc", "with_underscore": "x"}
    s3.put_object(Bucket="bucket", Key="a", Body=b"x", Metadata=metadata)
    assert s3.head_object(Bucket="bucket", Key="a")["Metadata"] == metadata


def test_query_and_describe_objects(sandbox, aws, scheduled):
    from datetime import UTC, datetime

    pipeline_id = scheduled()
    sandbox.set_time(datetime(2026, 3, 3, 12, tzinfo=UTC))
    selector = {
        "fieldName": "@actualStartTime",
        "operator": {"type": "BETWEEN", "values": ["2026-03-02T00:00:00", "2026-03-04T00:00:00"]},
    }
    ids = aws.query_objects(pipelineId=pipeline_id, sphere="INSTANCE", query={"selectors": [selector]})["ids"]
    assert ids == [f"@{one}_2026-03-0{day}T02:00:00" for day in (2, 3) for one in ("Job", "Machine")]
    [first, *_] = aws.describe_objects(pipelineId=pipeline_id, objectIds=ids)["pipelineObjects"]
    fields = {f["key"]: f.get("stringValue", f.get("refValue")) for f in first["fields"]}
    assert (fields["@status"], fields["@componentParent"]) == ("FINISHED", "Job")
    pages = aws.get_paginator("query_objects").paginate(
        pipelineId=pipeline_id, sphere="COMPONENT", PaginationConfig={"PageSize": 3}
    )
    assert [page["ids"] for page in pages] == [["Default", "Nightly", "Job"], ["Machine"]]


def test_set_status(aws, sandbox, scheduled, refusal):
    from datetime import UTC, datetime

    pipeline_id = scheduled()
    aws.set_status(pipelineId=pipeline_id, objectIds=["Job"], status="PAUSE")
    paused = {"fieldName": "@status", "operator": {"type": "EQ", "values": ["PAUSED"]}}
    found = aws.query_objects(pipelineId=pipeline_id, sphere="COMPONENT", query={"selectors": [paused]})
    assert found["ids"] == ["Job"]
    sandbox.set_time(datetime(2026, 3, 1, 12, tzinfo=UTC))
    aws.set_status(pipelineId=pipeline_id, objectIds=["@Job_2026-03-01T02:00:00"], status="TRY_CANCEL")
    assert [run.status for run in sandbox.pipeline(pipeline_id).runs] == ["CANCELED"]
    assert refusal(aws.set_status, pipelineId=pipeline_id, objectIds=["Job"], status="RERUN")[0] == (
        "InvalidRequestException"
    )
