"""A cancelled job in the real image: the runner's signals reach PID 1, and what was done is said in time."""

from __future__ import annotations

import signal

from container.contained import Contained, nothing_ran
from pipelayer.sandbox.faults import Fault, Kind
from support.cancelling import Merged, assert_next_run_finishes, assert_told, deploying, merge_two
from support.job import Job
from support.jobs import REPOSITORY


def cancelled(story: Contained, merged: Merged) -> Job:
    """The deploy of the merge, cancelled as the runner does it once the sandbox's faults have met their
    calls. SIGINT is enough.
    """
    with deploying(story, merged.commit, merged.base, comment="auto") as started:
        assert story.sandbox.wait_for_faults()
        job, seconds, sent = started.cancel_as_runner()
    assert sent == [signal.SIGINT]
    assert_told(job, seconds)
    assert nothing_ran(job)
    return job


def test_what_is_under_way_is_recorded_and_nothing_new_begun(small_story: Contained) -> None:
    story = small_story
    merged = merge_two(story)
    story.sandbox.fault(Fault("datapipeline", "ActivatePipeline", kind=Kind.DELAY, seconds=1.5))
    job = cancelled(story, merged)
    assert job.keys("activated") == ["alpha"]
    (comment,) = story.github.comments(REPOSITORY, merged.number)
    assert "pipelayer deploy beta" in comment.body
    assert_next_run_finishes(story, merged.commit)


def test_what_hangs_in_aws_is_told(small_story: Contained) -> None:
    story = small_story
    merged = merge_two(story)
    story.sandbox.fault(Fault("datapipeline", "PutPipelineDefinition", kind=Kind.DROP, seconds=60))
    job = cancelled(story, merged)
    assert job.keys("failed") == ["alpha"]
    (comment,) = story.github.comments(REPOSITORY, merged.number)
    assert "during: put" in comment.body
    assert job.outputs["comment-url"].endswith(f"#issuecomment-{comment.id}")
    story.sandbox.clear_faults()
    assert_next_run_finishes(story, merged.commit)


def test_sigterm_alone_is_heard_as_well(small_story: Contained) -> None:
    """PID 1 has no default action for it."""
    story = small_story
    merged = merge_two(story)
    story.sandbox.fault(Fault("datapipeline", "ActivatePipeline", kind=Kind.DELAY, seconds=1.5))
    with deploying(story, merged.commit, merged.base) as started:
        assert story.sandbox.wait_for_faults()
        job, seconds = started.cancel(signal.SIGTERM)
    assert_told(job, seconds)
    assert job.keys("activated") == ["alpha"]
