"""What was paused or has finished is changed as asked: a paused one goes on with its next interval, and
catches up with nothing.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelayer.model import Verb
from pipelayer.sandbox.settings import InactiveEdits, Settings, Switches
from pipelayer.sandbox.state import RunKind
from support.scene import Scene, kinds, outcome, outcomes, plan_of, project, template, values, with_files
from support.stories import (
    backfilled,
    begin_to_pause,
    next_run,
    planned,
    settle,
    settled,
    slots,
    word,
)

SHAPES = {
    "cron": (template(), "2026-03-16T02:00:00"),
    "timeseries": (template("timeseries"), "2026-03-16T02:00:00"),
    "first activation": (template(start=None), "2026-03-15T12:00:00"),
    "first activation, timeseries": (template("timeseries", start=None), "2026-03-15T12:00:00"),
    "occurrences": (template(occurrences=100), "2026-03-16T02:00:00"),
    "an end": (template(end="2026-05-01T00:00:00"), "2026-03-16T02:00:00"),
    "months": (template(period="1 month", start="2025-12-31T02:00:00"), "2026-03-31T02:00:00"),
    "start in the future": (template(start="2026-03-20T02:00:00"), "2026-03-20T02:00:00"),
}
shapes = pytest.mark.parametrize(("definition", "upcoming"), SHAPES.values(), ids=SHAPES)


@pytest.mark.parametrize("edits", InactiveEdits)
@shapes
def test_a_paused_one_is_edited_and_resumes_with_its_next_interval(
    scene: Scene, definition: str, upcoming: str, edits: InactiveEdits
) -> None:
    scene.sandbox.switch(Switches(inactive_edits=edits))
    live = settle(scene, project("a", definition=definition))
    scene.sandbox.advance(timedelta(days=2, hours=1))
    scene.sandbox.pause(live.id)
    scene.sandbox.advance(timedelta(days=2, hours=22))
    scene.commit({"a/values.json": values(myWord="bye")})
    assert kinds(scene.run(Verb.PLAN)) == {"a": "held"}
    ran = slots(scene)
    assert outcomes(scene.run(since="", respect_paused=False)) == {"a": "edited"}
    after = scene.live("a")
    assert (after.id, after.state, word(after)) == (live.id, "SCHEDULED", "bye")
    assert next_run(scene) == upcoming
    assert slots(scene) == ran
    settled(scene)
    scene.sandbox.advance(timedelta(days=25))
    assert backfilled(scene) == []
    assert len(slots(scene)) > len(ran)


@shapes
def test_a_paused_one_that_cannot_be_edited_is_replaced(scene: Scene, definition: str, upcoming: str) -> None:
    live = settle(scene, project("a", definition=definition))
    scene.sandbox.advance(timedelta(days=2, hours=1))
    scene.sandbox.pause(live.id)
    scene.sandbox.advance(timedelta(days=2, hours=22))
    scene.commit({"pipeline_definition.json": definition.replace("Machine", "Other")})
    assert outcomes(scene.run(since="", respect_paused=False)) == {"a": "replaced"}
    assert scene.live("a").id != live.id
    assert next_run(scene) == upcoming
    settled(scene)
    scene.sandbox.advance(timedelta(days=25))
    assert backfilled(scene) == []


def test_what_is_unchanged_stays_paused(scene: Scene) -> None:
    live = settle(scene, project() | with_files("a", {"x": "1"}))
    scene.sandbox.pause(live.id)
    assert outcomes(scene.run(respect_paused=False)) == {"a": "unchanged"}
    scene.commit({"a/tasks/x": "22"})
    assert outcomes(scene.run(respect_paused=False)) == {"a": "uploaded"}
    assert scene.live("a").state == "INACTIVE"


def test_the_retry_says_the_word_that_released_it(scene: Scene) -> None:
    live = settle(scene, project("a"))
    scene.sandbox.settings = Settings(run_seconds=None)
    scene.sandbox.advance(timedelta(days=1))
    begin_to_pause(scene, live.id)
    scene.commit({"a/values.json": values(myWord="bye")})
    report = scene.run(respect_paused=False)
    _, _, retry = outcome(report, "a").error.partition("Retry: ")
    assert retry == "pipelayer deploy a --group default --no-respect-paused"


@pytest.mark.parametrize("kind", ["cron", "timeseries"])
def test_one_that_is_being_paused_is_waited_for(scene: Scene, kind: str) -> None:
    live = settle(scene, project("a", definition=template(kind)))
    scene.sandbox.settings = Settings(settle_seconds=40)
    scene.sandbox.advance(timedelta(days=2))
    begin_to_pause(scene, live.id)
    assert scene.live("a").state == "DEACTIVATING"
    scene.commit({"a/values.json": values(myWord="bye")})
    assert kinds(scene.run(Verb.PLAN)) == {"a": "held"}
    assert outcomes(scene.run(since="", respect_paused=False)) == {"a": "edited"}
    after = scene.live("a")
    assert (after.id, after.state, word(after)) == (live.id, "SCHEDULED", "bye")
    assert next_run(scene) == "2026-03-13T02:00:00"
    settled(scene)


def test_one_that_has_hours_of_work_left_is_not_touched(scene: Scene) -> None:
    live = settle(scene, project("a"))
    scene.sandbox.settings = Settings(run_seconds=None)
    scene.sandbox.advance(timedelta(days=2))
    begin_to_pause(scene, live.id)
    scene.commit({"a/values.json": values(myWord="bye")})
    before = scene.picture()
    report = scene.run(since="", respect_paused=False)
    assert outcomes(report) == {"a": "failed"}
    assert "is being paused and still has work to finish" in outcome(report, "a").error
    assert scene.picture() == before
    scene.sandbox.complete_runs(live.id)
    scene.sandbox.settings = Settings()
    assert outcomes(scene.run(since="", respect_paused=False)) == {"a": "edited"}
    settled(scene)


def test_one_that_is_being_paused_may_be_replaced_at_once(scene: Scene) -> None:
    live = settle(scene, project("a"))
    scene.sandbox.settings = Settings(run_seconds=None)
    scene.sandbox.advance(timedelta(days=2))
    begin_to_pause(scene, live.id)
    scene.commit({"a/values.json": values(myPeriod="2 days")})
    assert outcomes(scene.run(since="", respect_paused=False)) == {"a": "replaced"}
    assert scene.sandbox.pipeline(live.id).state == "DEACTIVATING"
    scene.sandbox.complete_runs(live.id)
    assert outcomes(scene.run(since="")) == {"a": "unchanged"}
    assert scene.sandbox.pipeline(live.id).state in ("DELETING", "DELETED")
    settled(scene)


@pytest.mark.parametrize(
    "after",
    [
        template(end="2026-05-01T00:00:00"),
        template(end="2026-05-01T00:00:00", machine="Other"),
    ],
    ids=["allowed", "forbidden"],
)
def test_a_finished_one_is_replaced(scene: Scene, after: str) -> None:
    live = settle(scene, project("a", definition=template(end="2026-03-12T00:00:00")))
    scene.sandbox.advance(timedelta(days=5))
    assert scene.live("a").state == "FINISHED"
    scene.commit({"pipeline_definition.json": after})
    assert kinds(scene.run(Verb.PLAN)) == {"a": "held"}
    report = scene.run(since="", respect_paused=False)
    assert outcomes(report) == {"a": "replaced"}
    assert "a finished pipeline can't be edited" in plan_of(report, "a").reason
    assert scene.live("a").id != live.id
    assert next_run(scene) == "2026-03-16T02:00:00"
    settled(scene)


def test_one_that_ran_once_and_has_finished_runs_once_more(scene: Scene) -> None:
    once = template(start=None, occurrences=1)
    settle(scene, project("a", definition=once))
    scene.sandbox.advance(timedelta(days=5))
    assert scene.live("a").state == "FINISHED"
    scene.commit({"a/values.json": values(myWord="bye")})
    assert outcomes(scene.run(since="", respect_paused=False)) == {"a": "replaced"}
    assert len(slots(scene)) == 2


def test_a_paused_one_on_demand_is_edited_and_not_run(scene: Scene) -> None:
    live = settle(scene, project("a", definition=template("ondemand")), run_on_demand=True)
    scene.sandbox.pause(live.id)
    scene.commit({"a/values.json": values(myWord="bye")})
    assert kinds(scene.run(Verb.PLAN)) == {"a": "held"}
    assert outcomes(scene.run(since="", respect_paused=False)) == {"a": "edited"}
    after = scene.live("a")
    assert (after.id, after.state, word(after, "latest")) == (live.id, "INACTIVE", "bye")
    assert [run.kind for run in after.runs] == [RunKind.ON_DEMAND]
    assert planned(scene) == {"a": "unchanged"}
