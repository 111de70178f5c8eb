"""An account as people have it: pipelines that were made by hand or by other tools, with no tag of ours.

id = live(sandbox, "Orders export", shell_job(command="echo orders"), tags={"team": "data"})
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelayer.sandbox import Sandbox

BUCKET = "acme-data"
Flat = dict[str, Any]
"""A definition in the form of the AWS CLI."""


def live(sandbox: Sandbox, name: str, flat: Flat, *, activate: bool = True, **about: Any) -> str:
    """Makes the pipeline; its id. `about`: tags, description, region."""
    return sandbox.seed_pipeline(
        name,
        objects=[
            {
                "id": one["id"],
                "name": one.get("name", one["id"]),
                "fields": list(_fields(one, "id", "name", ref=True)),
            }
            for one in flat["objects"]
        ],
        parameters=[
            {"id": one["id"], "attributes": list(_fields(one, "id"))} for one in flat.get("parameters", ())
        ],
        values=[
            {"id": id, "stringValue": text}
            for id, value in flat.get("values", {}).items()
            for text in _listed(value)
        ],
        activate=activate,
        **about,
    )


def _fields(one: Mapping[str, Any], *without: str, ref: bool = False) -> Any:
    for key, value in one.items():
        for item in _listed(value) if key not in without else ():
            if ref and isinstance(item, Mapping):
                yield {"key": key, "refValue": item["ref"]}
            else:
                yield {"key": key, "stringValue": item}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def shell_job(
    command: str = "echo hello", *, period: str = "1 day", start: str = "2026-01-01T02:00:00", **more: Any
) -> Flat:
    """A shell job on a schedule, everything written out. `more` are further fields of the job."""
    return {
        "objects": [
            {
                "id": "Default",
                "scheduleType": "cron",
                "schedule": {"ref": "When"},
                "role": "DataPipelineDefaultRole",
                "resourceRole": "DataPipelineDefaultResourceRole",
                "pipelineLogUri": f"s3://{BUCKET}/logs/",
            },
            {"id": "When", "type": "Schedule", "period": period, "startDateTime": start},
            {"id": "Machine", "type": "Ec2Resource", "terminateAfter": "1 hour"},
            {
                "id": "Job",
                "type": "ShellCommandActivity",
                "command": command,
                "runsOn": {"ref": "Machine"},
                **more,
            },
        ]
    }


def staged_job(folder: str, **about: Any) -> Flat:
    """One whose command runs scripts that lie in a folder of S3."""
    flat = shell_job("cd ${INPUT1_STAGING_DIR} && chmod +x run && ./run", stage="true", **about)
    flat["objects"][-1]["input"] = {"ref": "Code"}
    flat["objects"].append({"id": "Code", "type": "S3DataNode", "directoryPath": f"s3://{BUCKET}/{folder}"})
    return flat


def scripts(sandbox: Sandbox, folder: str, **files: str) -> None:
    """Puts a `run` and its tasks into a folder of S3."""
    sandbox.put_object(BUCKET, f"{folder}/run", b"#!/bin/sh\nsh tasks/main.sh\n")
    for name, text in {"main.sh": f"echo {folder}\n", **files}.items():
        sandbox.put_object(BUCKET, f"{folder}/tasks/{name}", text.encode())
