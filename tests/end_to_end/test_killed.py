"""A process that is killed without a word, while AWS is busy with one of its calls: the next run of the same
commit finishes the work, and nothing was unscheduled in between.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pipelayer.sandbox.faults import Fault, Kind, When
from pipelayer.sandbox.state import State
from support.cancelling import deploying
from support.gitrepo import Content
from support.jobs import Story
from support.small_project import project, values

HELD = 20.0
"""Seconds that AWS would take; nobody waits for them."""

EDIT = {"alpha/values.json": values("alpha", myWord="bye")}
REPLACEMENT = {"alpha/values.json": values("alpha", mySchedulePeriod="2 days")}


def kill(story: Story, commit: str, before: str, at: str) -> None:
    """A deploy that is killed once its log says `at`."""
    with deploying(story, commit, before) as started:
        started.read_until(at)
        started.send(signal.SIGKILL)
        started.ended()


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize(
    ("change", "operation", "at"),
    [
        (EDIT, "AddTags", "mark it as being written"),
        (EDIT, "PutPipelineDefinition", "save its definition"),
        (EDIT, "ActivatePipeline", "activate it"),
        (REPLACEMENT, "CreatePipeline", "create the pipeline"),
        (REPLACEMENT, "ActivatePipeline", "activate it"),
        (REPLACEMENT, "DeactivatePipeline", "stop the old one"),
    ],
)
def test_the_next_run_finishes(
    tmp_path: Path, when: When, change: dict[str, Content], operation: str, at: str
) -> None:
    with Story.begin(tmp_path, nightly=False) as story:
        first = story.work.commit(project("alpha", "beta"))
        story.work.push("main")
        assert story.pushed(first, group="", comment="never").code == 0
        second = story.work.commit(change)
        story.work.push("main")
        fault = Fault(operation=operation, when=when, kind=Kind.DELAY, seconds=HELD)
        story.sandbox.fault(fault)
        kill(story, second, first, f"alpha: {at}")
        story.sandbox.clear_faults()

        again = story.pushed(second, first, group="", comment="never")
        assert again.code == 0, again.stdout
        there = [one for one in story.sandbox.pipelines() if one.state is not State.DELETING]
        assert sorted((one.name, one.state.value) for one in there) == [
            ("alpha", "SCHEDULED"),
            ("beta", "SCHEDULED"),
            ("pipelayer-validation-stub", "PENDING"),
        ]
        (alpha,) = [one for one in there if one.name == "alpha"]
        assert alpha.active is not None
        wanted = {"myWord": "bye"} if change is EDIT else {"mySchedulePeriod": "2 days"}
        assert wanted.items() <= {one["id"]: one["stringValue"] for one in alpha.active.values}.items()
        assert story.sandbox.gaps("pipelayer:key") == []
        assert story.pushed(second, second, group="", comment="never").report()["outcomes"] == []
