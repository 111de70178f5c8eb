"""Real clients of the sandbox, and definitions that AWS would accept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pipelayer.sandbox import Sandbox

FieldValue = str | dict[str, str] | list[str | dict[str, str]]


def make_object(object_id: str, fields: Mapping[str, FieldValue]) -> dict[str, Any]:
    """An object in the API's form from one in the flat form."""
    found: list[dict[str, str]] = []
    for key, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            kind, text = ("refValue", one["ref"]) if isinstance(one, dict) else ("stringValue", one)
            found += [{"key": key, kind: text}]
    return {"id": object_id, "name": object_id, "fields": found}


SHELL_JOB: dict[str, dict[str, FieldValue]] = {
    "Default": {
        "scheduleType": "cron",
        "schedule": {"ref": "Nightly"},
        "role": "DataPipelineDefaultRole",
        "resourceRole": "DataPipelineDefaultResourceRole",
        "pipelineLogUri": "s3://logs/",
    },
    "Nightly": {"type": "Schedule", "period": "1 day", "startDateTime": "2026-03-01T02:00:00"},
    "Job": {"type": "ShellCommandActivity", "command": "echo hello", "runsOn": {"ref": "Machine"}},
    "Machine": {"type": "Ec2Resource", "terminateAfter": "1 hour"},
}

Define = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def define() -> Define:
    """`define(Job={"command": None}, Other={…})`: a nightly shell job, changed; None takes away."""

    def build(**changes: Mapping[str, FieldValue | None] | None) -> list[dict[str, Any]]:
        objects: dict[str, dict[str, FieldValue]] = {key: dict(value) for key, value in SHELL_JOB.items()}
        for object_id, fields in changes.items():
            if fields is None:
                del objects[object_id]
                continue
            merged: dict[str, FieldValue | None] = {**objects.get(object_id, {}), **fields}
            objects[object_id] = {key: value for key, value in merged.items() if value is not None}
        return [make_object(object_id, fields) for object_id, fields in objects.items()]

    return build


@pytest.fixture(scope="session")
def connect(sandbox_server: Sandbox) -> Callable[..., Any]:
    """`connect("s3")`: a client that asks once and doesn't retry."""
    import boto3
    from botocore.config import Config

    def client(
        service: str, region: str = "us-east-1", access_key: str = "AKIASANDBOX", attempts: int = 1
    ) -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=sandbox_server.url,
            aws_access_key_id=access_key,
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": attempts}),
        )

    return client


@pytest.fixture(scope="session")
def shared_aws(connect: Callable[..., Any]) -> Any:
    return connect("datapipeline")


@pytest.fixture
def aws(sandbox: Sandbox, shared_aws: Any) -> Any:
    """A Data Pipeline client on an empty account, at noon on the first day of February 2026."""
    from datetime import datetime

    sandbox.set_time(datetime(2026, 2, 1, 12))  # noqa: DTZ001
    return shared_aws


@pytest.fixture
def state(aws: Any) -> Callable[[str], str]:
    """The state that DescribePipelines shows; asking is an observation."""

    def look(pipeline_id: str) -> str:
        [one] = aws.describe_pipelines(pipelineIds=[pipeline_id])["pipelineDescriptionList"]
        return next(f["stringValue"] for f in one["fields"] if f["key"] == "@pipelineState")

    return look


@pytest.fixture
def refusal() -> Callable[..., tuple[str, str]]:
    """Error code and message of a call that must be refused."""
    from botocore.exceptions import ClientError

    def code(call: Callable[..., object], **arguments: object) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            call(**arguments)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return code


@pytest.fixture
def scheduled(aws: Any, define: Define) -> Callable[..., str]:
    """The id of a new pipeline that was put and activated."""

    def make(name: str = "nightly", **changes: Any) -> str:
        pipeline_id = str(aws.create_pipeline(name=name, uniqueId=f"{name}-id")["pipelineId"])
        assert not aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=define(**changes))[
            "errored"
        ]
        aws.activate_pipeline(pipelineId=pipeline_id)
        return pipeline_id

    return make
