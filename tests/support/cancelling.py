"""Deploys that are cancelled.

with deploying(story, commit) as started:
    started.read_until("alpha: create")      # or story.sandbox.wait_for_faults()
    job, seconds = started.cancel(signal.SIGINT, signal.SIGTERM)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import jsonschema

from support.gitrepo import checkout_like_actions, git
from support.job import Job, Started
from support.jobs import NOTHING, REPOSITORY, ROOT, Story
from support.small_project import BUCKET, project


def deploying(
    story: Story,
    commit: str,
    before: str = NOTHING,
    *,
    commits: Sequence[str] = (),
    origin: str = "",
    **inputs: str,
) -> AbstractContextManager[Started]:
    """What a push to main starts, pipelines one after the other. `commits` are all that it brought; `origin`
    is where the clone's server is from the checkout on.
    """
    workspace = story.folder / "jobs" / str(story.jobs + 1) / "workspace"
    checkout_like_actions(workspace, story.url, commit)
    if origin:
        git(workspace, "remote", "set-url", "origin", origin)
    brought = [{"id": one} for one in commits or (commit,)]
    payload = {
        "ref": "refs/heads/main",
        "before": before,
        "after": commit,
        "deleted": False,
        "commits": brought,
    }
    given = {"group": "", "comment": "never", "concurrency": "1", **inputs}
    return story.started(workspace, "push", payload, commit, "refs/heads/main", **given)


@dataclass(frozen=True)
class Merged:
    """A pull request with the pipelines alpha and beta that was just merged."""

    base: str
    commit: str
    number: int
    commits: tuple[str, ...]
    """All that the merge brought, itself the last."""


def merge_two(story: Story, remarks: int = 0) -> Merged:
    """Merges two new pipelines into `main`, in a story that began empty. The branch has as many more commits
    as `remarks`.
    """
    base = story.work.commit({"README.md": "hello\n"})
    story.github.add_commit(REPOSITORY, base, branch="main")
    story.work.push("main")
    number = story.open_pull(project("alpha", "beta"))
    story.work.git("checkout", "--quiet", "change")
    for remark in range(remarks):
        story.work.commit({"NOTES.md": f"{remark}\n"})
    story.work.git("checkout", "--quiet", "main")
    commit = story.merge(number)
    brought = story.work.git("rev-list", "--reverse", f"{base}..{commit}").split()
    return Merged(base, commit, number, tuple(brought))


def assert_told(job: Job, seconds: float) -> None:
    """It ended in time, and left everything that later steps and people read."""
    assert seconds < 7
    assert job.code == 130, job.stdout
    assert job.stderr == ""
    assert "Traceback" not in job.stdout
    schema = json.loads((ROOT / "pipelayer" / "schemas" / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(job.report(), schema)
    assert job.report()["exit_code"] == 130
    assert job.outputs["result"] == "failure"
    assert job.summary.startswith("### ❌")


def assert_next_run_finishes(story: Story, commit: str) -> None:
    """The same again, undisturbed, ends as if nothing had been."""
    again = story.pushed(commit, NOTHING, group="", comment="never")
    assert again.code == 0, again.stdout
    living = [(one.name, one.state.value) for one in story.sandbox.pipelines(deleted=True)]
    assert sorted(living) == [
        ("alpha", "SCHEDULED"),
        ("beta", "SCHEDULED"),
        ("pipelayer-validation-stub", "PENDING"),
    ]
    assert len(story.sandbox.objects(BUCKET, "code/")) == 4
