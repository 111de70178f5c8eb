"""What the benchmarks share: a project of any size, a table of each, and the one table of all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

BUCKET = "bench"
TEMPLATE = {
    "objects": [
        {
            "id": "Default",
            "scheduleType": "cron",
            "schedule": {"ref": "Nightly"},
            "role": "DataPipelineDefaultRole",
            "resourceRole": "DataPipelineDefaultResourceRole",
            "pipelineLogUri": f"s3://{BUCKET}/logs/",
        },
        {
            "id": "Nightly",
            "type": "Schedule",
            "period": "#{myPeriod}",
            "startDateTime": "2024-01-01T02:30:00",
        },
        {"id": "Machine", "type": "Ec2Resource", "terminateAfter": "2 hours"},
        {"id": "Code", "type": "S3DataNode", "directoryPath": "#{myS3InputDir}"},
        {
            "id": "Job",
            "type": "ShellCommandActivity",
            "runsOn": {"ref": "Machine"},
            "input": {"ref": "Code"},
            "stage": "true",
            "command": "sh ${INPUT1_STAGING_DIR}/run #{myLevel}",
        },
    ],
    "parameters": [
        {"id": "myS3InputDir", "type": "AWS::S3::ObjectKey"},
        {"id": "myLevel", "type": "String", "default": "1"},
        {"id": "myPeriod", "type": "String", "default": "1 day"},
    ],
}


def make_project(folder: Path, pipelines: int, tasks: int = 1) -> list[str]:
    """Writes a project; returns the names of its directories."""
    folder.mkdir(parents=True)
    config = "version: 1\nproject: bench/project\ndefaults: {max-pipelines: 1000, region: us-east-1}\n"
    (folder / "pipelayer.yml").write_text(config)
    (folder / "pipeline_definition.json").write_text(json.dumps(TEMPLATE, indent=2))
    names = [f"pipeline_{number:05}" for number in range(pipelines)]
    for name in names:
        (folder / name / "tasks").mkdir(parents=True)
        write_values(folder / name, 1)
        (folder / name / "run").write_text("#!/bin/sh\n")
        for number in range(tasks):
            (folder / name / "tasks" / f"{number:04}.sh").write_text(f"echo {number}\n")
    return names


def write_values(directory: Path, level: int, days: int = 1) -> None:
    """The values of one pipeline. AWS lets us edit the level of a live one, and not its period."""
    values = {"myS3InputDir": f"s3://{BUCKET}/code/{directory.name}", "myLevel": str(level)}
    values |= {"myPeriod": f"{days} days"} if days > 1 else {}
    (directory / "values.json").write_text(json.dumps({"values": values}, indent=2))


def print_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The first column to the left, numbers to the right."""
    lines = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    print(f"\n{title}\n")
    for line in lines:
        first, *rest = (
            cell.ljust(width) if not number else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join([first, *rest]).rstrip())


TABLE = "BENCH_TABLE"
"""Names the file in which `offer` keeps rows for the one table at the end."""

_HEADS = ("what", "measured", "beside", "ratio", "target")


def offer(what: str, measured: str, beside: str = "", ratio: str = "", target: str = "") -> None:
    """Puts a row into the table that `python bench` ends with."""
    if place := os.environ.get(TABLE):
        with open(place, "a", encoding="utf-8") as rows:
            rows.write(f"{json.dumps([what, measured, beside, ratio, target])}\n")


def table(rows: Path) -> str:
    """Every row that was offered, in Markdown."""
    cells = (
        [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()] if rows.exists() else []
    )
    return "\n".join(f"| {' | '.join(row)} |" for row in [_HEADS, ["---"] * len(_HEADS), *cells])
