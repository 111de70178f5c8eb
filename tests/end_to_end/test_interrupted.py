"""A cancelled job: what was begun is recorded, nothing new is begun, and the next run finishes the work."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from pipelayer.sandbox.faults import Fault, Kind
from support.gitrepo import checkout_like_actions
from support.jobs import NOTHING, Job, Story
from support.small_project import BUCKET, project

HELD = 1.5
"""Seconds that AWS takes for the answer that the job waits for when it is cancelled."""


def cancelled(story: Story, commit: str, before: str, number: signal.Signals, at: str) -> tuple[Job, float]:
    """A deploy that gets a signal once its log says `at`; with the seconds that it took to end."""
    workspace = story.folder / "jobs" / str(story.jobs + 1) / "workspace"
    checkout_like_actions(workspace, story.url, commit)
    payload = {"ref": "refs/heads/main", "before": before, "after": commit, "deleted": False}
    inputs = {"group": "", "comment": "never", "concurrency": "1"}
    environ = story.environment(workspace, "push", payload, commit, "refs/heads/main", **inputs)
    said = b""
    with subprocess.Popen(
        story.command(), cwd=workspace, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if at.encode() in line:
                break
        os.kill(process.pid, number)
        began = time.monotonic()
        rest, complaints = process.communicate(timeout=9.5)
        seconds = time.monotonic() - began
    return story.job(workspace, process.returncode, said + rest, complaints), seconds


@pytest.mark.parametrize(
    ("number", "operation", "at"),
    [
        (signal.SIGINT, "CreatePipeline", "alpha: create"),
        (signal.SIGTERM, "PutObject", "alpha: upload"),
        (signal.SIGINT, "ActivatePipeline", "alpha: activate"),
    ],
)
def test_a_cancelled_deploy_says_what_it_did_and_the_next_one_finishes(
    tmp_path: Path, number: signal.Signals, operation: str, at: str
) -> None:
    with Story.begin(tmp_path, nightly=False) as story:
        commit = story.work.commit(project("alpha", "beta"))
        story.work.push("main")
        # The stub is the first pipeline that is created.
        nth = 2 if operation == "CreatePipeline" else 1
        service = "s3" if operation == "PutObject" else "datapipeline"
        story.sandbox.fault(Fault(service, operation, nth=nth, kind=Kind.DELAY, seconds=HELD))
        job, seconds = cancelled(story, commit, NOTHING, number, at)
        assert seconds < 7
        assert job.code == 130, job.stdout
        assert job.stderr == ""
        assert "Traceback" not in job.stdout
        report = job.report()
        assert report["exit_code"] == 130
        outcomes = report["outcomes"]
        assert isinstance(outcomes, list)
        results = {outcome["key"].rpartition("/")[2]: outcome for outcome in outcomes}
        assert results["beta"]["result"] == "skipped"
        assert "Retry: pipelayer deploy beta" in results["beta"]["error"]
        assert not any(one.name == "beta" for one in story.sandbox.pipelines())
        assert "beta" in job.summary

        again = story.pushed(commit, NOTHING, group="", comment="never")
        assert again.code == 0, again.stdout
        living = [(one.name, one.state.value) for one in story.sandbox.pipelines(deleted=True)]
        assert sorted(living) == [
            ("alpha", "SCHEDULED"),
            ("beta", "SCHEDULED"),
            ("pipelayer-validation-stub", "PENDING"),
        ]
        assert len(story.sandbox.objects(BUCKET, "code/")) == 4
