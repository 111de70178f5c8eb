"""A project as small as one can be that uploads and runs something, and what AWS holds of it.

files = project("alpha", "beta") | {"alpha/values.json": values("alpha", mySchedulePeriod="1 mnth")}
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pipelayer.sandbox import Sandbox
from support.gitrepo import Content, Executable

BUCKET = "acme-dev-pipelines"
TEMPLATE = "pipeline_definition.json"

_OBJECTS: tuple[dict[str, object], ...] = (
    {
        "id": "Default",
        "name": "Default",
        "scheduleType": "cron",
        "schedule": {"ref": "Daily"},
        "role": "DataPipelineDefaultRole",
        "resourceRole": "DataPipelineDefaultResourceRole",
        "pipelineLogUri": f"s3://{BUCKET}/logs/",
    },
    {
        "id": "Daily",
        "name": "Daily",
        "type": "Schedule",
        "period": "#{mySchedulePeriod}",
        "startDateTime": "2024-01-01T00:00:00",
    },
    {"id": "Machine", "name": "Machine", "type": "Ec2Resource", "terminateAfter": "1 hour"},
    {"id": "Code", "name": "Code", "type": "S3DataNode", "directoryPath": "#{myS3InputDir}"},
    {
        "id": "Job",
        "name": "Job",
        "type": "ShellCommandActivity",
        "runsOn": {"ref": "Machine"},
        "input": {"ref": "Code"},
        "stage": "true",
        "command": "sh ${INPUT1_STAGING_DIR}/run #{myWord}",
    },
)
_PARAMETERS = (
    {"id": "myS3InputDir", "type": "AWS::S3::ObjectKey"},
    {"id": "mySchedulePeriod", "type": "String", "default": "1 day"},
    {"id": "myWord", "type": "String", "default": "hello"},
)


def template(**changed: Mapping[str, object]) -> str:
    """The template; `changed` gives fields of single objects, by id."""
    objects = [{**item, **changed.get(str(item["id"]), {})} for item in _OBJECTS]
    return json.dumps({"objects": objects, "parameters": _PARAMETERS}, indent=2) + "\n"


def values(folder: str, bucket: str = BUCKET, **more: object) -> str:
    """A values file that uploads to a folder; `more` are further values, from line 4 on."""
    own = {"myS3InputDir": f"s3://{bucket}/code/{folder}", **more}
    return json.dumps({"values": own}, indent=2) + "\n"


def pipeline(directory: str) -> dict[str, Content]:
    """The files of one pipeline."""
    return {
        f"{directory}/values.json": values(directory),
        f"{directory}/run": Executable("#!/bin/sh\nexec sh tasks/main.sh\n"),
        f"{directory}/tasks/main.sh": f"echo {directory}\n",
    }


def project(*directories: str) -> dict[str, Content]:
    """The template and some pipelines, by default `alpha` and `beta`."""
    files: dict[str, Content] = {TEMPLATE: template()}
    for directory in directories or ("alpha", "beta"):
        files |= pipeline(directory)
    return files


def everything_in(sandbox: Sandbox) -> object:
    """All that AWS holds, to be compared: pipelines in every state with their definitions and tags, objects,
    buckets' contents.
    """
    pipelines = [
        (one.id, one.name, one.description, one.state, dict(one.tags), one.latest, one.active, one.version)
        for one in sandbox.pipelines(deleted=True)
    ]
    return pipelines, sandbox.objects(BUCKET)


def writes(sandbox: Sandbox) -> list[tuple[str, str]]:
    """The calls that could change something, with what they are about."""
    reading = ("List", "Get", "Head", "Describe", "Validate", "Query")
    return [
        (call.operation, call.resource) for call in sandbox.calls() if not call.operation.startswith(reading)
    ]
