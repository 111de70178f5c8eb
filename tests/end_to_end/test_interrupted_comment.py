"""A cancelled deploy of a merge: the pull request hears of it within the runner's patience."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelayer.sandbox.faults import Fault, Kind
from support.cancelling import deploying, merge_two
from support.jobs import REPOSITORY, Story

CANCELLED = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Story.begin(tmp_path, nightly=False) as story:
        yield story


def test_what_hangs_in_aws_is_told_on_the_pull_request(story: Story) -> None:
    merged = merge_two(story)
    story.sandbox.fault(Fault("datapipeline", "PutPipelineDefinition", kind=Kind.DROP, seconds=60))
    with deploying(story, merged.commit, merged.base, comment="auto") as started:
        assert story.sandbox.wait_for_faults()
        job, seconds = started.cancel(*CANCELLED)
    assert seconds < 7
    assert job.code == 130
    (comment,) = story.github.comments(REPOSITORY, merged.number)
    assert job.outputs["comment-url"].endswith(f"#issuecomment-{comment.id}")
    assert "told to stop" in comment.body
    assert "during: put" in comment.body
    assert job.report()["exit_code"] == 130


def test_what_comes_to_its_end_is_told_as_well(story: Story) -> None:
    merged = merge_two(story)
    story.sandbox.fault(Fault("datapipeline", "ActivatePipeline", kind=Kind.DELAY, seconds=1.5))
    with deploying(story, merged.commit, merged.base, comment="auto") as started:
        started.read_until("alpha: activate")
        job, seconds = started.cancel(*CANCELLED)
    assert seconds < 7
    assert job.code == 130
    (comment,) = story.github.comments(REPOSITORY, merged.number)
    assert "pipelayer deploy beta" in comment.body


def test_one_commit_of_many_says_which_pull_request_it_is(story: Story) -> None:
    """There is no time to ask about each of them."""
    merged = merge_two(story, remarks=11)
    assert len(merged.commits) == 13
    story.sandbox.fault(Fault("datapipeline", "PutPipelineDefinition", kind=Kind.DROP, seconds=60))
    story.github.clear_calls()
    with deploying(story, merged.commit, merged.base, commits=merged.commits, comment="auto") as started:
        assert story.sandbox.wait_for_faults()
        _, seconds = started.cancel(*CANCELLED)
    assert seconds < 7
    asked = [call.path for call in story.github.calls() if "/commits/" in call.path]
    assert asked == [f"/repos/{REPOSITORY}/commits/{merged.commit}/pulls"]
    assert len(story.github.comments(REPOSITORY, merged.number)) == 1


def test_a_deploy_that_was_done_stays_done_though_its_comment_hangs(story: Story) -> None:
    merged = merge_two(story)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        story.environ = {"GITHUB_API_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with deploying(story, merged.commit, merged.base, comment="auto") as started:
            asking, _ = silent.accept()
            with asking:
                job, seconds = started.cancel(*CANCELLED)
    assert seconds < 7
    assert (job.code, job.outputs["result"]) == (0, "success")
    assert story.github.comments(REPOSITORY, merged.number) == ()


def test_a_github_that_hangs_as_well_costs_the_comment_alone(story: Story) -> None:
    merged = merge_two(story)
    story.sandbox.fault(Fault("datapipeline", "PutPipelineDefinition", kind=Kind.DROP, seconds=60))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        story.environ = {"GITHUB_API_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with deploying(story, merged.commit, merged.base, comment="auto") as started:
            assert story.sandbox.wait_for_faults()
            job, seconds = started.cancel(*CANCELLED)
    assert seconds < 7
    assert job.code == 130
    assert job.report()["exit_code"] == 130
    assert job.outputs["result"] == "failure"
    assert "during: put" in job.summary
    assert "comment-url" not in job.outputs
    assert story.github.comments(REPOSITORY, merged.number) == ()
