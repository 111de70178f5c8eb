"""A cancelled deploy of a merge: the pull request hears of it within the runner's patience."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelayer.sandbox.faults import Fault, Kind
from support.cancelling import deploying
from support.jobs import REPOSITORY, Story
from support.small_project import project

CANCELLED = (signal.SIGINT, signal.SIGTERM)
Merged = tuple[Story, str, int, str]


@pytest.fixture
def merged(tmp_path: Path) -> Iterator[Merged]:
    """A story in which two pipelines were just merged, with what they were merged into."""
    with Story.begin(tmp_path, nightly=False) as story:
        base = story.work.commit({"README.md": "hello\n"})
        story.github.add_commit(REPOSITORY, base, branch="main")
        story.work.push("main")
        number = story.open_pull(project("alpha", "beta"))
        yield story, base, number, story.merge(number)


def test_what_hangs_in_aws_is_told_on_the_pull_request(merged: Merged) -> None:
    story, base, number, commit = merged
    story.sandbox.fault(Fault("datapipeline", "PutPipelineDefinition", kind=Kind.DROP, seconds=60))
    with deploying(story, commit, base, comment="auto") as started:
        assert story.sandbox.wait_for_faults()
        job, seconds = started.cancel(*CANCELLED)
    assert seconds < 7
    assert job.code == 130
    (comment,) = story.github.comments(REPOSITORY, number)
    assert job.outputs["comment-url"].endswith(f"#issuecomment-{comment.id}")
    assert "told to stop" in comment.body
    assert "during: put" in comment.body
    assert job.report()["exit_code"] == 130


def test_what_comes_to_its_end_is_told_as_well(merged: Merged) -> None:
    story, base, number, commit = merged
    story.sandbox.fault(Fault("datapipeline", "ActivatePipeline", kind=Kind.DELAY, seconds=1.5))
    with deploying(story, commit, base, comment="auto") as started:
        started.read_until("alpha: activate")
        job, seconds = started.cancel(*CANCELLED)
    assert seconds < 7
    assert job.code == 130
    (comment,) = story.github.comments(REPOSITORY, number)
    assert "pipelayer deploy beta" in comment.body


def test_a_deploy_that_was_done_stays_done_though_its_comment_hangs(merged: Merged) -> None:
    story, base, number, commit = merged
    with socket.create_server(("127.0.0.1", 0)) as silent:
        story.environ = {"GITHUB_API_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with deploying(story, commit, base, comment="auto") as started:
            asking, _ = silent.accept()
            with asking:
                job, seconds = started.cancel(*CANCELLED)
    assert seconds < 7
    assert (job.code, job.outputs["result"]) == (0, "success")
    assert story.github.comments(REPOSITORY, number) == ()


def test_a_github_that_hangs_as_well_costs_the_comment_alone(merged: Merged) -> None:
    story, base, number, commit = merged
    story.sandbox.fault(Fault("datapipeline", "PutPipelineDefinition", kind=Kind.DROP, seconds=60))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        story.environ = {"GITHUB_API_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with deploying(story, commit, base, comment="auto") as started:
            assert story.sandbox.wait_for_faults()
            job, seconds = started.cancel(*CANCELLED)
    assert seconds < 7
    assert job.code == 130
    assert job.report()["exit_code"] == 130
    assert job.outputs["result"] == "failure"
    assert "during: put" in job.summary
    assert "comment-url" not in job.outputs
    assert story.github.comments(REPOSITORY, number) == ()
