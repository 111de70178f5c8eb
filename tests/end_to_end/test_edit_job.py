"""A change that AWS allows, from the pull request to its merge; and the inputs that release what rests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelayer.sandbox.state import Pipeline
from support.html_document import rendered
from support.job import Job
from support.jobs import NIGHTLY, REPOSITORY, Story
from support.small_project import writes

RATES = "exchange_rates/values.json"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Story.begin(tmp_path) as story:
        yield story


def rates(story: Story) -> Pipeline:
    (found,) = [one for one in story.sandbox.pipelines() if one.name == "Exchange rates"]
    return found


def changed(before: str, after: str) -> dict[str, str | None]:
    content = (NIGHTLY / RATES).read_text(encoding="utf-8")
    assert before in content
    return {RATES: content.replace(before, after)}


def result(job: Job) -> str:
    (outcome,) = job.report()["outcomes"]  # type: ignore[misc]
    return str(outcome["result"])


OUTPUT = "s3://#{myBucket}/exchange_rates", "s3://#{myBucket}/rates"


def test_an_edit_is_announced_and_made_on_the_live_pipeline(story: Story) -> None:
    first = story.work.commit()
    assert story.push(first, comment="never").code == 0
    before = rates(story)

    number = story.open_pull(changed(*OUTPUT))
    story.sandbox.clear_record()
    assert story.pull_request(number).code == 0
    assert writes(story.sandbox) == []
    (comment,) = story.github.comments(REPOSITORY, number)
    assert "Merging will edit 1 pipeline" in rendered(comment.body).text

    deployed = story.pushed(story.merge(number), first)
    assert deployed.code == 0, deployed.stdout
    assert result(deployed) == "edited"
    assert deployed.keys("changed") == deployed.keys("activated") == ["exchange_rates"]
    after = rates(story)
    assert (after.id, after.runs, after.next_runs) == (before.id, before.runs, before.next_runs)
    assert after.active != before.active
    assert {resource for _, resource in writes(story.sandbox)} == {before.id}
    assert "Edited 1 pipeline" in story.github.comments(REPOSITORY, number)[-1].body


def test_a_paused_one_is_left_alone_until_an_input_releases_it(story: Story) -> None:
    first = story.work.commit()
    assert story.push(first, comment="never").code == 0
    before = rates(story)
    story.sandbox.pause(before.id)
    second = story.work.commit(changed(*OUTPUT))
    held = story.push(second, first, comment="never")
    assert (held.code, result(held)) == (0, "held")
    assert "respect-paused: false" in held.stdout
    released = story.pushed(second, first, comment="never", respect_paused="false")
    assert (released.code, result(released)) == (0, "edited")
    after = rates(story)
    assert (after.id, after.state) == (before.id, "SCHEDULED")


def test_the_order_of_a_replacement_and_what_becomes_of_running_work_are_inputs(story: Story) -> None:
    """No place is free beside these three and the stub."""
    config = (NIGHTLY / "pipelayer.yml").read_text(encoding="utf-8")
    assert "max-pipelines" not in config
    full = config.replace("defaults:\n", "defaults:\n  max-pipelines: 4\n")
    assert full != config
    first = story.work.commit({"pipelayer.yml": full})
    assert story.push(first, comment="never").code == 0
    before = rates(story)
    second = story.work.commit(changed("16:30:00", "17:30:00"))
    refused = story.push(second, first, comment="never")
    assert refused.code == 1
    assert "replace: delete-first" in refused.stdout
    done = story.pushed(second, first, comment="never", replace="delete-first", cancel_running="true")
    assert (done.code, result(done)) == (0, "replaced"), done.stdout
    assert rates(story).id != before.id
    (stopped,) = story.sandbox.calls(operation="DeactivatePipeline")
    assert (stopped.resource, stopped.request.get("cancelActive", True)) == (before.id, True)
