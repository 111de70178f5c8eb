"""`pause` and `resume`: what AWS is told, what is caught up with, and what a deploy makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelayer.changes.base import NoBase
from pipelayer.model.order import Button
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.state import RunKind, State
from support.pressing import Person, only, results
from support.scene import START, Scene, kinds, outcomes, project, template, values

PAUSE, RESUME = Button.PAUSE, Button.RESUME


def deployed(scene: Scene, *directories: str, **given: object) -> None:
    scene.commit(project(*(directories or ("a",)), definition=template(**given)))  # type: ignore[arg-type]
    assert scene.run().exit_code == 0
    scene.clear()


def test_a_paused_pipeline_is_left_alone_by_deploys_until_it_is_resumed(scene: Scene, press: Person) -> None:
    deployed(scene, "a", "b")
    paused = press(PAUSE, "a")
    assert (paused.exit_code, results(paused)) == (0, {"a": "done"})
    assert (scene.live("a").state, scene.live("b").state) == (State.INACTIVE, State.SCHEDULED)
    assert scene.calls()["DeactivatePipeline"] == 1
    assert [order.forever for order in press.asked[0]] == [""], "it can be undone"

    scene.commit({"a/values.json": values(myWord="bye")})
    assert kinds(scene.run())["a"] == "held"
    scene.commit({"a/values.json": values()})

    scene.sandbox.advance(timedelta(days=5))
    resumed = press(RESUME, "a")
    assert (resumed.exit_code, results(resumed)) == (0, {"a": "done"})
    assert "its next run is at 2026-03-16 02:00 UTC; what it missed is left out" in press.asked[1][0].message
    live = scene.live("a")
    assert live.state is State.SCHEDULED
    assert live.backfilled == 0
    assert list(live.next_runs.values()) == [datetime(2026, 3, 16, 2, tzinfo=UTC)]
    assert outcomes(scene.run()) == {"a": "unchanged", "b": "unchanged"}


@pytest.mark.parametrize("kind", ["cron", "timeseries"])
def test_catching_up_runs_as_many_as_it_says(scene: Scene, press: Person, kind: str) -> None:
    deployed(scene, kind=kind)
    scene.sandbox.advance(timedelta(days=3))
    press(PAUSE, "a")
    scene.sandbox.advance(timedelta(days=12))
    ran = sum(run.kind is RunKind.SCHEDULED for run in scene.live("a").runs)
    told = press(RESUME, "a", catch_up=True)
    assert results(told) == {"a": "done"}
    order = press.asked[-1][0]
    assert order.forever
    caught_up = [run for run in scene.live("a").runs if run.kind is RunKind.BACKFILL]
    assert ran
    assert len(caught_up) == 12
    assert "AWS runs 12 runs that it missed at once" in order.message


def test_nothing_missed_is_nothing_to_be_asked(scene: Scene, press: Person) -> None:
    deployed(scene)
    scene.sandbox.advance(timedelta(days=1))
    press(PAUSE, "a")
    assert results(press(RESUME, "a", catch_up=True)) == {"a": "done"}
    assert press.asked[-1][0].forever == ""
    assert scene.live("a").backfilled == 0


def test_running_work_finishes_and_the_wait_for_it_has_an_end(scene: Scene, press: Person) -> None:
    scene.sandbox.settings = replace(scene.sandbox.settings, run_seconds=None)
    deployed(scene)
    scene.sandbox.advance(timedelta(days=1))
    waiting = press(PAUSE, "a")
    assert (waiting.exit_code, results(waiting)) == (0, {"a": "ordered"})
    assert "once its running work has finished" in only(waiting).message
    live = scene.live("a")
    assert (live.state, len(live.running)) == (State.DEACTIVATING, 1)

    late = press(RESUME, "a")
    assert (late.exit_code, results(late)) == (1, {"a": "failed"})
    assert "still has work to finish" in only(late).message
    assert only(late).hint == "Nothing of it was changed: `pipelayer resume a` again later."

    scene.clear()
    again = press(PAUSE, "a")
    assert results(again) == {"a": "ordered"}
    assert "DeactivatePipeline" not in scene.calls(), "it was ordered already"
    hard = press(PAUSE, "a", cancel_running=True)
    assert results(hard) == {"a": "done"}
    assert press.asked[-1][0].forever
    assert scene.live("a").running == []


def test_one_that_is_still_being_paused_is_waited_for_and_resumed(scene: Scene, press: Person) -> None:
    scene.sandbox.settings = replace(scene.sandbox.settings, run_seconds=60)
    deployed(scene)
    scene.sandbox.advance(timedelta(days=1) - timedelta(hours=10))
    assert scene.live("a").running, "a run is under way"
    with scene.outside(NoBase("")) as ports:
        ports.connect("us-east-1").pipelines.deactivate(scene.live("a").id, cancel_active=False)
    assert scene.live("a").state is State.DEACTIVATING
    assert results(press(RESUME, "a")) == {"a": "done"}
    assert scene.live("a").state is State.SCHEDULED


def test_what_was_saved_aside_is_put_to_work_only_if_somebody_says_so(scene: Scene, press: Person) -> None:
    deployed(scene)
    live = scene.live("a")
    press(PAUSE, "a")
    other = [dict(one) for one in live.active.objects]
    for one in other:
        if one["id"] == "Job":
            one["fields"] = [
                f if f["key"] != "command" else {**f, "stringValue": "rm"} for f in one["fields"]
            ]
    assert not scene.sandbox.save(live.id, other, live.active.parameters, live.active.values)
    scene.clear()
    press.says = lambda: False
    told = press(RESUME, "a")
    assert (told.exit_code, results(told)) == (1, {"a": "skipped"})
    (shown,) = press.asked[-1]
    assert "without activating that, and this puts it to work: Job.command: echo hello → rm" in shown.forever
    assert shown.notes == ("its definition in AWS is not that of the files: `pipelayer plan a`",)
    assert "ActivatePipeline" not in scene.calls()
    press.says = lambda: True
    assert results(press(RESUME, "a")) == {"a": "done"}
    assert scene.live("a").active.objects == other


def test_nothing_to_do_is_said_and_is_no_failure(scene: Scene, press: Person) -> None:
    deployed(scene, "a", "b")
    press(PAUSE, "b")
    scene.clear()
    assert results(press(PAUSE, "b")) == {"b": "unchanged"}
    running = press(RESUME, "a")
    assert (running.exit_code, running.result, results(running)) == (0, "nothing-to-do", {"a": "unchanged"})
    assert set(scene.calls()) <= {"ListPipelines", "DescribePipelines", "GetPipelineDefinition"}


def test_a_finished_pipeline(scene: Scene, press: Person) -> None:
    deployed(scene, occurrences=1, start="2026-03-11T02:00:00")
    scene.sandbox.advance(timedelta(days=3))
    assert scene.live("a").state is State.FINISHED
    assert results(press(PAUSE, "a")) == {"a": "unchanged"}
    told = press(RESUME, "a")
    assert (told.exit_code, results(told)) == (1, {"a": "refused"})
    assert "AWS starts it no more" in only(told).message


def test_a_schedule_without_a_future_run_is_not_resumed_for_nothing(scene: Scene, press: Person) -> None:
    deployed(scene, end="2026-03-15T02:00:00")
    scene.sandbox.advance(timedelta(days=1))
    press(PAUSE, "a")
    scene.sandbox.advance(timedelta(days=10))
    told = press(RESUME, "a")
    assert results(told) == {"a": "refused"}
    assert "no run left in the future" in only(told).message
    assert results(press(RESUME, "a", catch_up=True)) == {"a": "done"}
    assert scene.live("a").backfilled == 3
    assert "AWS runs 3 runs that it missed at once" in press.asked[-1][0].message


def test_a_deploy_that_was_cut_short_is_asked_about(scene: Scene, press: Person) -> None:
    deployed(scene)
    press(PAUSE, "a")
    scene.commit({"a/values.json": values(myWord="bye")})
    scene.sandbox.fault(Fault(operation="PutPipelineDefinition", code="InternalServiceError"))
    assert outcomes(scene.run(respect_paused=False)) == {"a": "failed"}
    press.says = lambda: False
    told = press(RESUME, "a")
    assert (told.exit_code, results(told)) == (1, {"a": "skipped"})
    assert "a deploy of it is under way, or was cut short" in press.asked[-1][0].forever
    assert scene.live("a").state is State.INACTIVE


def test_somebody_else_was_quicker_with_resuming(scene: Scene, press: Person) -> None:
    deployed(scene)
    press(PAUSE, "a")
    scene.clear()

    def resumed() -> bool:
        scene.sandbox.activate(scene.live("a").id)
        return True

    press.says = resumed
    told = press(RESUME, "a")
    assert (told.exit_code, results(told)) == (1, {"a": "failed"})
    assert "(it was INACTIVE, it is SCHEDULED): nothing was done" in only(told).message
    assert "ActivatePipeline" not in scene.calls()


def test_a_schedule_of_the_first_activation_keeps_its_phase(scene: Scene, press: Person) -> None:
    deployed(scene, start=None)
    press(PAUSE, "a")
    scene.sandbox.advance(timedelta(days=2, hours=3))
    assert results(press(RESUME, "a")) == {"a": "done"}
    live = scene.live("a")
    assert live.backfilled == 0
    assert [at.hour for at in live.next_runs.values()] == [START.hour]
