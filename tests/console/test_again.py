"""`rerun` and `cancel`: which objects AWS is told about, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelayer.model.order import Button
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import Switches
from pipelayer.sandbox.state import State
from pipelayer.sandbox.work import Fate
from support.pressing import Person, only, results
from support.scene import Scene, project, template

RERUN, CANCEL = Button.RERUN, Button.CANCEL


def chain() -> str:
    """First → Second → Third on one machine, cascading."""
    written = json.loads(template(command="first"))
    first = next(one for one in written["objects"] if one["id"] == "Job")
    second = {**first, "id": "Second", "name": "Second", "command": "second", "dependsOn": {"ref": "Job"}}
    third = {**first, "id": "Third", "name": "Third", "command": "third", "dependsOn": {"ref": "Second"}}
    written["objects"] += [second, third]
    default = next(one for one in written["objects"] if one["id"] == "Default")
    default |= {"failureAndRerunMode": "cascade", "maximumRetries": "0"}
    return json.dumps(written)


@pytest.fixture
def daily(scene: Scene) -> Scene:
    """Three daily runs are behind: the second lost all but `Job`, the third lost `Third`."""
    scene.commit(project("a", definition=chain()))
    assert scene.run().exit_code == 0
    live = scene.live("a").id
    scene.sandbox.fate(live, Fate("Second", scheduled_start="2026-03-12T02:00:00"))
    scene.sandbox.fate(live, Fate("Third", scheduled_start="2026-03-13T02:00:00"))
    scene.sandbox.advance(timedelta(days=3))
    scene.clear()
    return scene


def told(scene: Scene) -> list[tuple[str, list[str]]]:
    """What SetStatus was told, in order."""
    calls = scene.sandbox.calls(operation="SetStatus")
    return [(str(call.request["status"]), sorted(call.request["objectIds"])) for call in calls]  # type: ignore[call-overload]


def work(scene: Scene, day: int) -> Mapping[str, str]:
    """The statuses of one day's objects."""
    run = next(one for one in scene.live("a").runs if one.scheduled_start.day == day)
    return {name: str(one.status) for name, one in run.work.items()}


def test_the_scene(daily: Scene) -> None:
    assert work(daily, 12)["Second"] == "FAILED"
    assert work(daily, 12)["Third"] == "CASCADE_FAILED"
    assert (work(daily, 13)["Second"], work(daily, 13)["Third"]) == ("FINISHED", "FAILED")


def test_what_failed_of_the_last_run(daily: Scene, press: Person) -> None:
    done = press(RERUN, "a", failed=True)
    assert (done.exit_code, results(done)) == (0, {"a": "ordered"})
    assert told(daily) == [("RERUN", ["@Third_2026-03-13T02:00:00"])]
    (shown,) = press.asked[0]
    assert shown.message == "run 1 object of the run of 2026-03-13 02:00 UTC again"
    assert shown.forever
    daily.sandbox.advance(timedelta(minutes=1))
    assert set(work(daily, 13).values()) == {"FINISHED"}
    again = press(RERUN, "a", failed=True)
    assert (again.exit_code, results(again)) == (0, {"a": "unchanged"})
    assert only(again).message == "nothing of its last run has failed"


def test_a_cascade_is_rerun_at_its_root(daily: Scene, press: Person) -> None:
    done = press(RERUN, "a", failed=True, since=datetime(2026, 3, 12, tzinfo=UTC))
    assert results(done) == {"a": "ordered"}
    assert told(daily) == [("RERUN", ["@Second_2026-03-12T02:00:00", "@Third_2026-03-13T02:00:00"])]
    assert "1 more goes with that: AWS reruns them by itself" in press.asked[0][0].notes
    daily.sandbox.advance(timedelta(minutes=1))
    assert set(work(daily, 12).values()) == set(work(daily, 13).values()) == {"FINISHED"}


def test_the_whole_last_run_is_its_activities(daily: Scene, press: Person) -> None:
    press(RERUN, "a")
    at = "2026-03-13T02:00:00"
    assert told(daily) == [("RERUN", [f"@Job_{at}", f"@Second_{at}", f"@Third_{at}"])]


def test_one_run_by_its_time(daily: Scene, press: Person) -> None:
    press(RERUN, "a", of_run=datetime(2026, 3, 12, 2, tzinfo=UTC))
    ((_, ids),) = told(daily)
    assert {one.rpartition("_")[2] for one in ids} == {"2026-03-12T02:00:00"}
    assert "@Third_2026-03-12T02:00:00" not in ids, "it follows"
    none = press(RERUN, "a", of_run=datetime(2026, 3, 12, 3, tzinfo=UTC))
    assert (none.exit_code, results(none)) == (1, {"a": "refused"})
    assert only(none).message == "it has no run of 2026-03-12 03:00 UTC that has ended"
    near = press(RERUN, "a", of_run=datetime(2026, 3, 12, 2, 0, 1, tzinfo=UTC))
    assert only(near).message == "it has no run of 2026-03-12 02:00:01 UTC that has ended"


def test_since_a_time_that_nothing_was_scheduled_after(daily: Scene, press: Person) -> None:
    late = press(RERUN, "a", since=datetime(2026, 3, 13, 2, 0, 1, tzinfo=UTC))
    assert (late.exit_code, results(late)) == (0, {"a": "unchanged"})
    assert only(late).message == "nothing of it has ended since 2026-03-13 02:00:01 UTC"


def test_a_run_that_is_under_way_is_not_the_last_one_that_has_ended(daily: Scene, press: Person) -> None:
    daily.sandbox.settings = replace(daily.sandbox.settings, run_seconds=None)
    daily.sandbox.advance(timedelta(days=1))
    assert "RUNNING" in work(daily, 14).values()
    press(RERUN, "a", dry_run=True)
    done = press(RERUN, "a", failed=True)
    assert results(done) == {"a": "ordered"}
    assert told(daily) == [("RERUN", ["@Third_2026-03-13T02:00:00"])]


def test_a_dry_run_shows_and_tells_nobody(daily: Scene, press: Person) -> None:
    shown = press(RERUN, "a", failed=True, dry_run=True)
    assert (shown.exit_code, results(shown)) == (0, {"a": "planned"})
    assert [one.id for one in only(shown).objects] == ["@Third_2026-03-13T02:00:00"]
    assert told(daily) == [] == press.asked


def test_canceling_takes_what_runs_and_what_waits(daily: Scene, press: Person) -> None:
    daily.sandbox.settings = replace(daily.sandbox.settings, run_seconds=None)
    daily.sandbox.advance(timedelta(days=1))
    done = press(CANCEL, "a")
    assert (done.exit_code, results(done)) == (0, {"a": "ordered"})
    ((status, ids),) = told(daily)
    assert status == "TRY_CANCEL"
    assert {"@Job_2026-03-14T02:00:00", "@Third_2026-03-14T02:00:00"} <= set(ids)
    (shown,) = press.asked[0]
    assert shown.forever
    assert "its schedule goes on: `pipelayer pause a` stops that" in shown.notes
    assert set(work(daily, 14).values()) & {"RUNNING", "WAITING_ON_DEPENDENCIES"} == set()
    assert daily.live("a").state is State.SCHEDULED
    assert results(press(CANCEL, "a")) == {"a": "unchanged"}


def test_aws_does_it_a_while_later(daily: Scene, press: Person) -> None:
    daily.sandbox.switch(Switches(set_status_lag_seconds=300))
    done = press(RERUN, "a", failed=True)
    assert results(done) == {"a": "ordered"}
    assert only(done).message == "AWS runs them again in a while: 1 object"
    assert work(daily, 13)["Third"] == "FAILED"
    daily.sandbox.advance(timedelta(minutes=6))
    assert work(daily, 13)["Third"] == "FINISHED"


def test_a_finished_pipeline_takes_no_orders(scene: Scene, press: Person) -> None:
    scene.commit(project("a", definition=template(occurrences=1, start="2026-03-11T02:00:00")))
    assert scene.run().exit_code == 0
    assert results(press(RERUN, "a")) == {"a": "unchanged"}, "nothing has run yet"
    scene.sandbox.advance(timedelta(days=3))
    assert scene.live("a").state is State.FINISHED
    scene.clear()
    refused = press(RERUN, "a")
    assert (refused.exit_code, results(refused)) == (1, {"a": "refused"})
    assert "takes no such order for a finished pipeline" in only(refused).message
    assert results(press(CANCEL, "a")) == {"a": "unchanged"}
    assert told(scene) == []


def test_what_never_ran_has_nothing_to_run_again(scene: Scene, press: Person) -> None:
    scene.commit(project("a", definition=template("ondemand")))
    assert scene.run().exit_code == 0
    for button in (RERUN, CANCEL):
        assert results(press(button, "a")) == {"a": "unchanged"}


def test_more_than_fit_one_call_and_one_of_them_fails(daily: Scene, press: Person) -> None:
    daily.sandbox.advance(timedelta(days=17))
    daily.sandbox.fault(Fault(operation="SetStatus", nth=2, code="InvalidRequestException", message="No."))
    done = press(RERUN, "a", since=datetime(2026, 3, 1, tzinfo=UTC))
    assert (done.exit_code, results(done)) == (1, {"a": "failed"})
    assert only(done).message.startswith("AWS was told about 25 of 59 objects, and then: ")
    assert [len(ids) for _, ids in told(daily)] == [25, 25]


def test_the_last_run_is_found_however_long_ago_it_was(scene: Scene, press: Person) -> None:
    scene.commit(project("a", definition=template("ondemand")))
    assert scene.run().exit_code == 0
    press(Button.RUN, "a")
    for days in (3, 30, 300):
        scene.sandbox.advance(timedelta(days=days))
        scene.clear()
        press(RERUN, "a")
        assert [status for status, _ in told(scene)] == ["RERUN"], days
