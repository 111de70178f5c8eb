"""A cancelled job in the real image: the runner's signals reach PID 1, and what was done is said in time."""

from __future__ import annotations

import signal

from container.contained import Contained, nothing_ran
from pipelayer.sandbox.faults import Fault, Kind
from support.gitrepo import checkout_like_actions
from support.jobs import NOTHING, REPOSITORY, Job
from support.small_project import project


def cancelled(story: Contained, commit: str, before: str) -> Job:
    """The deploy of a push, cancelled when the sandbox's faults have met their calls."""
    workspace = story.folder / "jobs" / str(story.jobs + 1) / "workspace"
    checkout_like_actions(workspace, story.url, commit)
    payload = {"ref": "refs/heads/main", "before": before, "after": commit, "deleted": False}
    with story.started(
        workspace, "push", payload, commit, "refs/heads/main", group="", concurrency="1"
    ) as running:
        assert story.sandbox.wait_for_faults()
        job, seconds, sent = running.cancelled()
    assert sent == [signal.SIGINT]
    assert seconds < 7
    assert job.code == 130, job.stdout
    assert job.stderr == ""
    assert nothing_ran(job)
    assert job.report()["exit_code"] == 130
    assert job.outputs["result"] == "failure"
    assert job.summary.startswith("### ❌")
    return job


def merged(story: Contained) -> tuple[str, str, int]:
    """The commit before the merge of two new pipelines, the merge, and the pull request."""
    base = story.work.commit({"README.md": "hello\n"})
    story.github.add_commit(REPOSITORY, base, branch="main")
    story.work.push("main")
    number = story.open_pull(project("alpha", "beta"))
    return base, story.merge(number), number


def finishes(story: Contained, commit: str) -> None:
    """The same again, undisturbed, ends as if nothing had been."""
    story.sandbox.clear_faults()
    job = story.pushed(commit, NOTHING, group="", comment="never")
    assert job.code == 0, job.stdout
    living = sorted((one.name, one.state.value) for one in story.sandbox.pipelines(deleted=True))
    assert living == [
        ("alpha", "SCHEDULED"),
        ("beta", "SCHEDULED"),
        ("pipelayer-validation-stub", "PENDING"),
    ]


def test_what_is_under_way_is_recorded_and_nothing_new_begun(small_story: Contained) -> None:
    story = small_story
    base, commit, number = merged(story)
    story.sandbox.fault(Fault("datapipeline", "ActivatePipeline", kind=Kind.DELAY, seconds=1.5))
    job = cancelled(story, commit, base)
    assert job.keys("activated") == ["alpha"]
    (comment,) = story.github.comments(REPOSITORY, number)
    assert "pipelayer deploy beta" in comment.body
    finishes(story, commit)


def test_what_hangs_in_aws_is_told(small_story: Contained) -> None:
    story = small_story
    base, commit, number = merged(story)
    story.sandbox.fault(Fault("datapipeline", "PutPipelineDefinition", kind=Kind.DROP, seconds=60))
    job = cancelled(story, commit, base)
    assert job.keys("failed") == ["alpha"]
    (comment,) = story.github.comments(REPOSITORY, number)
    assert "during: put" in comment.body
    assert job.outputs["comment-url"].endswith(f"#issuecomment-{comment.id}")
    finishes(story, commit)
