"""`delete`: by the steps of `prune`, so that whatever stops it is finished by the next deploy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipelayer.model.order import Button
from pipelayer.model.status import Trouble
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.state import State
from support.morning import look, reason
from support.pressing import Person, only, results
from support.scene import BUCKET, Scene, outcomes, project, with_files

DELETE = Button.DELETE


def names(scene: Scene) -> list[str]:
    """What is there and not on its way out."""
    return [
        one.name
        for one in scene.sandbox.pipelines()
        if "pipelayer:key" in one.tags and one.state is not State.DELETING
    ]


@pytest.fixture
def two(scene: Scene) -> Scene:
    scene.commit(project("b") | with_files("a", {"x": "1"}))
    assert scene.run().exit_code == 0
    scene.sandbox.advance(timedelta(days=1))
    scene.clear()
    return scene


def test_it_says_what_goes_and_what_stays(two: Scene, press: Person) -> None:
    told = press(DELETE, "a")
    assert (told.exit_code, results(told)) == (0, {"a": "done"})
    (shown,) = press.asked[0]
    assert shown.forever == (
        "its definition and its run history since 2026-03-10 can't be had back; "
        "its last run was that of 2026-03-11 02:00 UTC"
    )
    assert f"what is in S3 stays: s3://{BUCKET}/in/a, s3://{BUCKET}/logs/" in shown.notes
    assert any(note.startswith("the files still have it") for note in shown.notes)
    assert names(two) == ["b"]
    assert two.sandbox.objects(BUCKET), "S3 is left alone"
    calls = [call.operation for call in two.sandbox.calls("datapipeline")]
    steps = ["AddTags", "DeactivatePipeline", "DeletePipeline"]
    assert [name for name in calls if name in steps] == steps

    assert outcomes(two.run()) == {"a": "created", "b": "unchanged"}


def test_one_whose_files_are_gone(two: Scene, press: Person) -> None:
    two.commit({"a/values.json": None, "a/run": None, "a/tasks/x": None})
    assert results(press(DELETE, two.live("a").id)) == {"a": "done"}
    assert any("`pipelayer deploy --prune`" in note for note in press.asked[0][0].notes)
    assert names(two) == ["b"]


def test_running_work_finishes_first_and_the_next_deploy_deletes(two: Scene, press: Person) -> None:
    two.sandbox.settings = replace(two.sandbox.settings, run_seconds=None)
    two.sandbox.advance(timedelta(days=1))
    told = press(DELETE, "a")
    assert (told.exit_code, results(told)) == (0, {"a": "ordered"})
    assert only(told).message.endswith("still has work to finish; the next deploy deletes it")
    assert two.live("a").tags["pipelayer:retired"] == "removed"
    again = press(DELETE, "a", cancel_running=True)
    assert results(again) == {"a": "done"}
    assert names(two) == ["b"]


@pytest.mark.parametrize("gone", [True, False], ids=["no files", "files"])
def test_half_deleted_it_can_still_be_seen_canceled_and_deleted(
    two: Scene, press: Person, *, gone: bool
) -> None:
    two.sandbox.settings = replace(two.sandbox.settings, run_seconds=None)
    two.sandbox.advance(timedelta(days=1))
    old = two.live("a").id
    assert results(press(DELETE, "a")) == {"a": "ordered"}
    if gone:
        two.commit({"a/values.json": None, "a/run": None, "a/tasks/x": None})
    for name in ("a", old):
        told = reason(look(two, name))
        assert told.trouble is Trouble.LEAVING
        assert told.sentence.startswith(f"{old} is being deleted")
        assert "still runs `Job`" in told.sentence
        assert told.command == "pipelayer delete a"
        assert results(press(Button.RERUN, name)) == {"a": "refused"}
    assert results(press(Button.CANCEL, old)) == {"a": "ordered"}
    two.sandbox.advance(timedelta(minutes=1))
    assert results(press(DELETE, "a")) == {"a": "done"}
    assert (press.asked[-1][0].live_id, press.asked[-1][0].message) == (
        old,
        "finish its deletion, which was begun",
    )
    assert names(two) == ["b"]


def test_saying_no_changes_nothing(two: Scene, press: Person) -> None:
    before = two.picture()
    press.says = lambda: False
    told = press(DELETE, "a")
    assert (told.exit_code, results(told), two.picture()) == (1, {"a": "skipped"}, before)


@pytest.mark.parametrize("operation", ["AddTags", "DeactivatePipeline", "DeletePipeline"])
def test_a_failure_at_any_step_is_told_and_finished_by_a_deploy(
    two: Scene, press: Person, operation: str
) -> None:
    two.commit({"a/values.json": None, "a/run": None, "a/tasks/x": None})
    two.sandbox.fault(Fault(operation=operation, code="InvalidRequestException", message="No.", times=1))
    told = press(DELETE, "a")
    assert (told.exit_code, results(told)) == (1, {"a": "failed"})
    assert "No." in only(told).message
    tagged = operation != "AddTags"
    assert ("pipelayer:retired" in two.live("a").tags) is tagged
    assert ("the next deploy deletes it" in only(told).hint) is tagged
    assert two.live("b").state is State.SCHEDULED
    if tagged:
        assert two.run().exit_code == 0
    else:
        assert results(press(DELETE, "a")) == {"a": "done"}
    assert names(two) == ["b"]


def test_somebody_was_quicker(two: Scene, press: Person) -> None:
    def deleted() -> bool:
        two.sandbox.delete(two.live("a").id)
        return True

    press.says = deleted
    told = press(DELETE, "a")
    assert (told.exit_code, results(told)) == (1, {"a": "failed"})
    assert "somebody deleted it" in only(told).message


def test_what_changed_while_somebody_thought_about_it_is_not_deleted(two: Scene, press: Person) -> None:
    def deployed() -> bool:
        two.commit(with_files("a", {"x": "2"}, myWord="bye"))
        assert two.run().exit_code == 0
        return True

    press.says = deployed
    told = press(DELETE, "a")
    assert (told.exit_code, results(told)) == (1, {"a": "failed"})
    assert "Somebody else was at" in only(told).message
    assert two.live("a").state is State.SCHEDULED
