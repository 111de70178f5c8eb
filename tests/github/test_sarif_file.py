"""The input `sarif-file`: what a later step uploads to code scanning."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.job import Job
from support.jobs import NIGHTLY, Story

FILE = "out/found.sarif"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Story.begin(tmp_path) as story:
        story.work.commit()
        story.work.push("main")
        yield story


def broken() -> dict[str, str]:
    """One pipeline's values, with a comma too many on line 3."""
    lines = (NIGHTLY / "orders_export" / "values.json").read_text("utf-8").splitlines(keepends=True)
    return {"orders_export/values.json": "".join([*lines[:2], ",\n", *lines[2:]])}


def checked(story: Story, **files: str) -> Job:
    number = story.open_pull({**broken(), **files})
    return story.pull_request(number, aws="never", sarif_file=FILE)


def test_the_findings_of_a_pull_request(story: Story) -> None:
    job = checked(story)
    assert job.code == 1
    (run,) = json.loads((job.workspace / FILE).read_text("ascii"))["runs"]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "orders_export/values.json"
    assert place["region"]["startLine"] == 3
    assert run["invocations"][0]["exitCode"] == 1


def test_what_a_pull_request_has_put_there_is_left_alone_and_decides_nothing(story: Story) -> None:
    job = checked(story, **{FILE: "theirs"})
    assert job.code == 1
    assert (job.workspace / FILE).read_text() == "theirs"
    assert "Writing the SARIF file failed: File exists." in job.stdout
    assert job.outputs["result"] == "failure"
