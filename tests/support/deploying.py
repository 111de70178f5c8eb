"""Deploys as jobs of pushes, whenever they run, and what came of them.

story.push(first, group="")
job = deploy(story, second, first)          # the server may have moved on since
assert results(job) == {"alpha": "edited"}
"""

from __future__ import annotations

from pathlib import Path

from pipelayer.sandbox.state import Pipeline, State
from support import webhooks
from support.gitrepo import Content, checkout_like_actions
from support.job import Job
from support.jobs import Story
from support.small_project import values


def word(directory: str, text: str) -> dict[str, Content]:
    """A change of one pipeline's definition."""
    return {f"{directory}/values.json": values(directory, myWord=text)}


def workspace(story: Story, commit: str, **more: object) -> Path:
    """The next job's checkout."""
    path = story.folder / "jobs" / str(story.jobs + 1) / "workspace"
    checkout_like_actions(path, story.url, commit, **more)  # type: ignore[arg-type]
    return path


def deploy(story: Story, commit: str, before: str, *, depth: int = 1, **inputs: str) -> Job:
    """The job of a push of `commit`, whenever it runs: the server may have moved on."""
    place = workspace(story, commit, depth=depth)
    payload = webhooks.push(before=before, after=commit)
    given = {"group": "", "comment": "never"} | inputs
    job = story.run(place, "push", payload, commit, "refs/heads/main", **given)
    assert job.stderr == ""
    return job


def reasons(job: Job) -> dict[str, str]:
    """Directory → why it was selected."""
    return {item["key"].rpartition("/")[2]: " ".join(item["reasons"]) for item in listed(job, "selection")}


def results(job: Job) -> dict[str, str]:
    """Directory → what came of it."""
    return {item["key"].rpartition("/")[2]: item["result"] for item in listed(job, "outcomes")}


def listed(job: Job, part: str) -> list[dict[str, str]]:
    found = job.report()[part]
    assert isinstance(found, list)
    return found


def live(story: Story) -> dict[str, Pipeline]:
    return {one.name: one for one in story.sandbox.pipelines() if one.state is State.SCHEDULED}


def word_of(story: Story, name: str) -> str:
    """The value of myWord in the definition that runs."""
    active = live(story)[name].active
    assert active is not None
    return next((value["stringValue"] for value in active.values if value["id"] == "myWord"), "")
