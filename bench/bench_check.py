"""How long the offline checks take: 10,000 pipelines of one template, and one pipeline by itself.

    python bench/bench_check.py [PIPELINES]

Prints seconds, memory, and the ratio to `json.loads` of the same files. Fails beyond 10 s, 500 MB and 50 ms.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from made import offer

from pipelayer.project.config import load_config
from pipelayer.project.load import load_all
from pipelayer.project.offline import check_definitions
from pipelayer.project.tree import TreeEntry, blob_id, under

NOW = datetime(2030, 1, 1, tzinfo=UTC)
TEMPLATE = {
    "objects": [
        {
            "id": "Default",
            "scheduleType": "cron",
            "schedule": {"ref": "Nightly"},
            "role": "DataPipelineDefaultRole",
            "resourceRole": "DataPipelineDefaultResourceRole",
            "pipelineLogUri": "s3://#{myBucket}/logs/",
        },
        {"id": "Nightly", "type": "Schedule", "period": "#{myPeriod}", "startDateTime": "#{myStart}"},
        {"id": "Machine", "type": "Ec2Resource", "instanceType": "#{myType}", "terminateAfter": "#{myLimit}"},
        {"id": "Code", "type": "S3DataNode", "directoryPath": "#{myS3InputDir}"},
        {
            "id": "Result",
            "type": "S3DataNode",
            "directoryPath": "s3://#{myBucket}/out/#{myName}/#{format(@scheduledStartTime,'YYYY-MM-dd')}",
        },
        {
            "id": "Job",
            "type": "ShellCommandActivity",
            "runsOn": {"ref": "Machine"},
            "input": {"ref": "Code"},
            "output": {"ref": "Result"},
            "stage": "true",
            "command": "cd ${INPUT1_STAGING_DIR} && chmod +x run && ./run > ${OUTPUT1_STAGING_DIR}/out",
            "maximumRetries": "2",
            "onFail": {"ref": "Alarm"},
        },
        {
            "id": "Alarm",
            "type": "SnsAlarm",
            "topicArn": "#{myTopic}",
            "subject": "#{node.name} failed",
            "message": "#{node.errorMessage}",
        },
    ],
    "parameters": [
        {"id": "myBucket", "type": "String"},
        {"id": "myTopic", "type": "String", "default": "arn:aws:sns:us-east-1:123456789012:alarms"},
        {"id": "myS3InputDir", "type": "AWS::S3::ObjectKey"},
        {"id": "myStart", "type": "String"},
        {"id": "myPeriod", "type": "String", "default": "1 day"},
        {"id": "myType", "type": "String", "default": "m5.large", "allowedValues": ["m5.large", "m5.xlarge"]},
        {"id": "myLimit", "type": "String", "default": "2 hours"},
    ],
}


class Files:
    commit = ""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self.entries = {path: TreeEntry(path, "100644", blob_id(data)) for path, data in files.items()}

    def read(self, path: str) -> bytes:
        return self._files[path]

    def under(self, folder: str) -> Iterable[str]:
        return under(sorted(self.entries), folder)


def project(count: int) -> dict[str, bytes]:
    files = {"pipeline_definition.json": json.dumps(TEMPLATE, indent=2).encode()}
    for number in range(count):
        values = {
            "metadata": {"name": f"Pipeline {number}", "description": "One of many"},
            "values": {
                "myBucket": "acme",
                "myS3InputDir": f"s3://#{{myBucket}}/code/{number:05}",
                "myStart": "2031-01-01T04:00:00",
                "myName": f"Pipeline {number}",
                "myLimit": "3 hours" if number % 2 else "2 hours",
            },
        }
        files[f"p{number:05}/values.json"] = json.dumps(values, indent=2).encode()
        files[f"p{number:05}/run"] = b"#!/bin/sh\n"
    return files


def check(tree: Files) -> tuple[float, float, int]:
    started = time.perf_counter()
    config, found = load_config(tree, "", default_project="acme/nightly")
    assert config is not None, found
    pipelines, more = load_all(tree, config, "")
    read = time.perf_counter()
    checked = check_definitions(pipelines, config.rules, NOW)
    return read - started, time.perf_counter() - read, len(found) + len(more) + len(checked)


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    one = Files(project(1))
    check(one)
    single = min(sum(check(one)[:2]) for _ in range(20))
    files = project(count)
    tree = Files(files)
    started = time.perf_counter()
    for path, data in files.items():
        if path.endswith(".json"):
            json.loads(data)
    plain = time.perf_counter() - started
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    reading, checking, findings = check(tree)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total = reading + checking
    print(f"one pipeline         {single * 1000:8.1f} ms")
    print(f"{count:,} pipelines     {total:8.2f} s   reading {reading:.2f} s, checking {checking:.2f} s")
    print(f"  beside json.loads  {total / plain:8.1f} x  ({plain:.2f} s for the same files)")
    print(f"  memory             {memory:8.0f} MB  (the files themselves: {before:.0f} MB)")
    print(f"  findings           {findings:8,}")
    most = f"at most {10 * count / 10_000:g} s, 500 MB"
    offer(f"Offline checks of {count:,} pipelines", f"{total:.1f} s, {memory:.0f} MB", target=most)
    offer("Offline checks of one pipeline", f"{single * 1000:.0f} ms", target="at most 50 ms")
    good = total < 10 * count / 10_000 and memory < 500 and single < 0.05
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
