"""A cancelled job: what was begun is recorded, nothing new is begun, and the next run finishes the work."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelayer.sandbox.faults import Fault, Kind, When
from support.cancelling import assert_next_run_finishes, assert_told, deploying
from support.job import Job
from support.jobs import REPOSITORY, Story
from support.small_project import project

HELD = 1.5
"""Seconds that AWS takes for the answer that the job waits for when it is cancelled."""

HUNG = 60
"""Seconds that nobody waits for."""


def outcomes(job: Job) -> dict[str, Any]:
    """What came of each pipeline, by its directory."""
    found = job.report()["outcomes"]
    assert isinstance(found, list)
    return {one["key"].rpartition("/")[2]: one for one in found}


def assert_one_story(job: Job) -> None:
    """Whether the step under way came to its end or not, all say that it was told to stop, and each once."""
    told = job.report()
    assert told["error"] == "It was told to stop before everything was done."
    assert told["error_hint"] == "Run it again: it takes up where this run stopped."
    (stopped,) = (one for one in job.annotations() if one.properties["title"] == "Pipelayer stopped")
    assert stopped.data == f"{told['error']}\n{told['error_hint']}"
    for text in ("\n".join(job.effects.log), job.summary):
        assert text.count(told["error"]) == text.count(told["error_hint"]) == 1


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
        with deploying(story, commit) as started:
            started.read_until(at)
            job, seconds = started.cancel(number)
        assert_told(job, seconds)
        assert outcomes(job)["beta"]["result"] == "skipped"
        assert_one_story(job)
        assert "Retry: pipelayer deploy beta" in outcomes(job)["beta"]["error"]
        assert not any(one.name == "beta" for one in story.sandbox.pipelines())
        failed, undone = job.summary.count("#### What failed"), job.summary.count("#### What was not done")
        assert (failed, undone) == (0, 1)
        assert "beta" in job.summary.partition("#### What was not done")[2]
        assert_next_run_finishes(story, commit)


def test_what_was_not_looked_at_does_not_count_as_mended(tmp_path: Path) -> None:
    """Code scanning takes what a SARIF file doesn't have for mended."""
    with Story.begin(tmp_path, nightly=False) as story:
        commit = story.work.commit(project("alpha", "beta"))
        story.work.push("main")
        story.sandbox.fault(Fault("datapipeline", "ActivatePipeline", kind=Kind.DELAY, seconds=HELD))
        with deploying(story, commit, sarif_file="findings.sarif") as started:
            started.read_until("alpha: activate")
            job, _ = started.cancel(signal.SIGINT)
        assert job.code == 130
        assert not (job.workspace / "findings.sarif").exists()


def test_a_deploy_whose_last_step_could_finish_was_done(tmp_path: Path) -> None:
    with Story.begin(tmp_path, nightly=False) as story:
        commit = story.work.commit(project("alpha"))
        story.work.push("main")
        story.sandbox.fault(Fault("datapipeline", "ActivatePipeline", kind=Kind.DELAY, seconds=HELD))
        with deploying(story, commit) as started:
            started.read_until("alpha: activate")
            job, seconds = started.cancel(signal.SIGINT)
        assert seconds < 7
        assert (job.code, job.outputs["result"]) == (0, "success")
        assert job.annotations() == []
        assert job.keys("activated") == ["alpha"]


def hung(operation: str, when: When, *, service: str = "datapipeline", nth: int = 1) -> Fault:
    """A call that nobody hears of again: it never arrives, or its answer doesn't."""
    kind = Kind.DROP if when is When.BEFORE else Kind.DELAY
    return Fault(service, operation, nth=nth, when=when, kind=kind, seconds=HUNG)


@pytest.mark.parametrize(
    ("fault", "taken", "during"),
    [
        (hung("CreatePipeline", When.AFTER, nth=2), ["upload"], "create"),
        (hung("PutObject", When.AFTER, service="s3"), [], "upload"),
        (hung("PutPipelineDefinition", When.BEFORE), ["upload", "create"], "put"),
        (hung("ActivatePipeline", When.BEFORE), ["upload", "create", "put"], "activate"),
        (hung("ActivatePipeline", When.AFTER), ["upload", "create", "put"], "activate"),
    ],
    ids=lambda value: f"{value.operation}-{value.when}" if isinstance(value, Fault) else "",
)
def test_a_step_that_hangs_is_told_and_the_next_run_finishes_it(
    tmp_path: Path, fault: Fault, taken: list[str], during: str
) -> None:
    with Story.begin(tmp_path, nightly=False) as story:
        commit = story.work.commit(project("alpha", "beta"))
        story.work.push("main")
        story.sandbox.fault(fault)
        with deploying(story, commit) as started:
            assert story.sandbox.wait_for_faults()
            job, seconds = started.cancel(signal.SIGINT, signal.SIGTERM)
        assert_told(job, seconds)
        assert_one_story(job)
        alpha, beta = outcomes(job)["alpha"], outcomes(job)["beta"]
        assert (alpha["result"], alpha["steps_taken"], alpha["step_under_way"]) == ("failed", taken, during)
        made = [one.id for one in story.sandbox.pipelines() if one.name == "alpha"]
        assert alpha["pipeline_id"] == (made[0] if "create" in taken else "")
        about = f" of {made[0]}" if "create" in taken else ""
        assert f'while the step "{during}"{about} was under way; nobody knows' in alpha["error"]
        assert "Retry: pipelayer deploy alpha --group default" in alpha["error"]
        assert (beta["result"], beta["steps_taken"], beta["step_under_way"]) == ("skipped", [], "")
        assert "Retry: pipelayer deploy beta" in beta["error"]
        assert job.keys("failed") == ["alpha"]
        assert f"during: {during}" in job.summary.partition("#### What failed, and what was not done")[2]
        assert f"during: {during}" in job.stdout

        story.sandbox.clear_faults()
        assert_next_run_finishes(story, commit)


@pytest.mark.parametrize(
    "fault",
    [
        hung("ListPipelines", When.BEFORE),
        hung("ListObjectsV2", When.BEFORE, service="s3"),
        hung("ValidatePipelineDefinition", When.BEFORE),
    ],
    ids=lambda fault: fault.operation,
)
def test_a_question_that_hangs_leaves_everything_as_it_was(tmp_path: Path, fault: Fault) -> None:
    with Story.begin(tmp_path, nightly=False) as story:
        commit = story.work.commit(project("alpha", "beta"))
        story.work.push("main")
        story.sandbox.fault(fault)
        with deploying(story, commit) as started:
            assert story.sandbox.wait_for_faults()
            job, seconds = started.cancel(signal.SIGINT, signal.SIGTERM)
        assert_told(job, seconds)
        assert_one_story(job)
        assert job.keys("changed") == ["alpha", "beta"]
        for one in outcomes(job).values():
            assert (one["result"], one["steps_taken"], one["step_under_way"]) == ("skipped", [], "")
            assert "before this pipeline was begun. Retry: pipelayer deploy" in one["error"]
        story.sandbox.clear_faults()
        assert_next_run_finishes(story, commit)


def test_a_git_server_that_hangs(tmp_path: Path) -> None:
    with Story.begin(tmp_path, nightly=False) as story, socket.create_server(("127.0.0.1", 0)) as silent:
        base = story.work.commit(project("alpha"))
        commit = story.work.commit(project("alpha", "beta"))
        story.work.push("main")
        origin = f"http://127.0.0.1:{silent.getsockname()[1]}/{REPOSITORY}"
        silent.settimeout(60)
        with deploying(story, commit, base, origin=origin) as started:
            connection, _ = silent.accept()
            with connection:
                job, seconds = started.cancel(signal.SIGINT, signal.SIGTERM)
        assert_told(job, seconds)
        assert (job.report()["command"], job.report()["commit"]) == ("deploy", commit)
        assert job.report()["outcomes"] == []
        assert story.sandbox.pipelines() == []
        assert_next_run_finishes(story, commit)


@pytest.fixture
def full_pipe() -> Iterator[int]:
    """A pipe that nobody reads, with room for one short line."""
    reader, writer = os.pipe()
    room = len("::group::Progress") + 3
    os.write(writer, b"x" * (fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ) - room))
    yield writer
    os.close(reader)
    os.close(writer)


def test_a_log_that_nobody_reads_keeps_no_report_back(tmp_path: Path, full_pipe: int) -> None:
    """A thread hangs in writing to it, and holds whatever locks that needs."""
    with Story.begin(tmp_path, nightly=False) as story:
        commit = story.work.commit(project("alpha", "beta"))
        story.work.push("main")
        story.sandbox.fault(Fault(operation="ValidatePipelineDefinition", nth=2, kind=Kind.DELAY))
        story.stdout = full_pipe
        with deploying(story, commit) as started:
            assert story.sandbox.wait_for_faults()
            job, seconds = started.cancel(signal.SIGINT, signal.SIGTERM)
        assert_told(job, seconds)
        assert set(outcomes(job)) == {"alpha", "beta"}
        assert "PutObject" not in {call.operation for call in story.sandbox.calls("s3")}
