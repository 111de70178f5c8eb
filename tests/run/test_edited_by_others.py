"""Edits of what others have had a hand in: saved to, taken over, or started by its id."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelayer.deploy.words import SAVED_ASIDE
from pipelayer.model import Verb
from pipelayer.sandbox.settings import IdleDeactivate, Switches
from pipelayer.sandbox.state import Pipeline, RunKind
from support.scene import Scene, kinds, outcome, outcomes, plan_of, project, template, values
from support.stories import STATE, backfilled, forget, next_run, planned, settle, settled, slots, word
from support.wanted import with_object

OUT = {"id": "Out", "type": "S3DataNode", "directoryPath": "s3://data/out"}
WITH_OUT = with_object(template("ondemand"), **OUT)

# ---- saved and not activated


def save_aside(scene: Scene) -> Pipeline:
    """Somebody saves another command on it, and doesn't activate that."""
    live = scene.live("a")
    changed = [
        {**one, "fields": [*[f for f in one["fields"] if f["key"] != "command"], COMMAND]}
        if one["id"] == "Job"
        else one
        for one in live.active.objects
    ]
    assert not scene.sandbox.save(live.id, changed, live.active.parameters, live.active.values)
    return scene.live("a")


COMMAND = {"key": "command", "stringValue": "rm -rf /tmp/x"}


def mark(scene: Scene) -> None:
    """The record says that a write was under way."""
    live = scene.live("a")
    version, _, *rest = live.tags[STATE].split("/")
    scene.sandbox.set_tags(live.id, live.tags | {STATE: "/".join([version, "?", *rest])})


def test_what_somebody_saved_is_said_before_it_is_overwritten(scene: Scene) -> None:
    settle(scene, project("a"))
    live = save_aside(scene)
    assert live.latest != live.active
    scene.commit({"a/values.json": values(myWord="bye")})
    shown = plan_of(scene.run(Verb.PLAN), "a")
    assert (shown.kind, shown.reason.endswith(f"; {SAVED_ASIDE}: this overwrites it")) == (
        "edit in place",
        True,
    )
    assert outcomes(scene.run(since="")) == {"a": "edited"}
    after = scene.live("a")
    assert (after.id, word(after), after.latest) == (live.id, "bye", after.active)
    assert COMMAND not in [field for one in after.latest.objects for field in one["fields"]]
    settled(scene)


def test_a_replacement_overwrites_nothing_that_somebody_saved(scene: Scene) -> None:
    settle(scene, project("a"))
    save_aside(scene)
    scene.commit({"a/values.json": values(myPeriod="2 days")})
    assert SAVED_ASIDE not in plan_of(scene.run(Verb.PLAN), "a").reason
    assert outcomes(scene.run(since="")) == {"a": "replaced"}
    settled(scene)


def test_with_its_record_lost_it_is_said_and_left_alone(scene: Scene) -> None:
    """It was none of our writes: what runs is what the files want."""
    settle(scene, project("a"))
    live = save_aside(scene)
    forget(scene)
    shown = plan_of(scene.run(Verb.PLAN), "a")
    assert (shown.kind, shown.reason.endswith(SAVED_ASIDE)) == ("retag", True)
    assert outcomes(scene.run(since="")) == {"a": "recorded"}
    after = scene.live("a")
    assert (after.latest, after.active) == (live.latest, live.active)
    assert planned(scene) == {"a": "unchanged"}


def test_after_a_write_that_was_cut_short_it_is_overwritten(scene: Scene) -> None:
    """It may have been ours: an edit that was stopped between Put and Activate, and then taken back."""
    settle(scene, project("a"))
    live = save_aside(scene)
    mark(scene)
    shown = plan_of(scene.run(Verb.PLAN), "a")
    assert shown.kind == "edit in place"
    assert "an earlier run saved another definition without activating it" in shown.reason
    assert outcomes(scene.run(since="")) == {"a": "edited"}
    after = scene.live("a")
    assert (after.id, after.latest, after.active) == (live.id, live.active, live.active)
    settled(scene)


def test_after_a_write_that_was_cut_short_and_changed_nothing_it_is_only_recorded(scene: Scene) -> None:
    settle(scene, project("a"))
    mark(scene)
    assert outcomes(scene.run(since="")) == {"a": "recorded"}
    settled(scene)


# ---- taken over


def make_foreign(scene: Scene, *, activate: bool = True, kind: str = "cron", **about: object) -> str:
    """A pipeline that somebody made without Pipelayer, some days ago."""
    settle(scene, project("a", definition=template(kind, **about)))
    ours = scene.live("a")
    if not activate:
        made = scene.sandbox.seed_pipeline("a", tags={"team": "data"})
        scene.sandbox.save(made, ours.active.objects, ours.active.parameters, ours.active.values)
        scene.sandbox.delete(ours.id)
        return made
    scene.sandbox.set_tags(ours.id, {"team": "data"})
    return ours.id


def adopting(**given: object) -> dict[str, str]:
    return {"a/values.json": values(metadata={"adopt": "a"}, **given)}


@pytest.mark.parametrize("kind", ["cron", "timeseries"])
@pytest.mark.parametrize("start", ["2026-01-01T02:00:00", None], ids=["start", "first activation"])
def test_adopting_edits_what_differs(scene: Scene, kind: str, start: str | None) -> None:
    foreign = make_foreign(scene, kind=kind, start=start)
    scene.sandbox.advance(timedelta(days=3, hours=1))
    before = scene.live("a")
    scene.commit(adopting(myWord="bye"))
    report = scene.run()
    assert outcomes(report) == {"a": "adopted"}
    assert outcome(report, "a").pipeline_id == foreign
    after = scene.live("a")
    assert (after.id, after.runs, after.next_runs) == (foreign, before.runs, before.next_runs)
    assert (word(after), after.latest, after.tags["team"]) == ("bye", after.active, "data")
    settled(scene)


def test_adopting_replaces_what_cannot_be_edited(scene: Scene) -> None:
    foreign = make_foreign(scene)
    scene.commit(adopting(myPeriod="2 days"))
    report = scene.run()
    assert outcomes(report) == {"a": "replaced"}
    assert outcome(report, "a").previous_id == foreign
    assert scene.sandbox.gaps() == []
    settled(scene)


@pytest.mark.parametrize("changed", [{}, {"myWord": "bye"}, {"myPeriod": "2 days"}], ids=str)
@pytest.mark.parametrize("kind", ["cron", "timeseries"])
@pytest.mark.parametrize("idle", IdleDeactivate)
def test_adopting_what_was_never_activated_activates_it(
    scene: Scene, kind: str, changed: dict[str, str], idle: IdleDeactivate
) -> None:
    scene.sandbox.switch(Switches(idle_deactivate=idle))
    foreign = make_foreign(scene, activate=False, kind=kind)
    scene.sandbox.advance(timedelta(days=3))
    scene.commit(adopting(**changed))
    assert outcomes(scene.run()) == {"a": "adopted"}
    after = scene.live("a")
    assert (after.id, after.state, word(after)) == (foreign, "SCHEDULED", changed.get("myWord", ""))
    settled(scene)
    scene.sandbox.advance(timedelta(days=9))
    assert backfilled(scene) == []
    assert slots(scene)


def test_adopting_a_paused_one_that_differs_waits_for_the_word(scene: Scene) -> None:
    foreign = make_foreign(scene)
    scene.sandbox.pause(foreign)
    scene.sandbox.advance(timedelta(days=3))
    scene.commit(adopting(myWord="bye"))
    before = scene.picture()
    assert outcomes(scene.run()) == {"a": "held"}
    assert scene.picture() == before
    assert outcomes(scene.run(respect_paused=False)) == {"a": "adopted"}
    after = scene.live("a")
    assert (after.id, after.state, word(after)) == (foreign, "SCHEDULED", "bye")
    assert next_run(scene) == "2026-03-14T02:00:00"
    settled(scene)


def test_adopting_a_paused_one_that_is_the_same_leaves_it_paused(scene: Scene) -> None:
    foreign = make_foreign(scene)
    scene.sandbox.pause(foreign)
    scene.commit(adopting())
    assert outcomes(scene.run(respect_paused=False)) == {"a": "adopted"}
    assert scene.live("a").state == "INACTIVE"
    settled(scene)


# ---- started by its id


def test_on_demand_the_rules_are_about_what_ran(scene: Scene) -> None:
    """An object that was saved and never run may be taken away again; one that ran may not."""
    live = settle(scene, project("a", definition=template("ondemand")), run_on_demand=True)
    for definition in (WITH_OUT, template("ondemand"), WITH_OUT):
        scene.commit({"pipeline_definition.json": definition})
        assert outcomes(scene.run(since="")) == {"a": "edited"}
        assert planned(scene) == {"a": "unchanged"}
    after = scene.live("a")
    assert (after.id, after.active, len(after.runs)) == (live.id, live.active, 1)
    assert outcomes(scene.run(run_on_demand=True)) == {"a": "activated"}
    scene.commit({"pipeline_definition.json": template("ondemand")})
    assert kinds(scene.run(Verb.PLAN)) == {"a": "held"}
    assert outcomes(scene.run(since="", replace_on_demand=True)) == {"a": "replaced"}
    assert planned(scene) == {"a": "unchanged"}


def test_on_demand_is_edited_and_run_as_asked(scene: Scene) -> None:
    live = settle(scene, project("a", definition=template("ondemand")))
    for number in range(3):
        scene.commit({"a/values.json": values(myWord=str(number))})
        report = scene.run(since="", run_on_demand=True)
        assert (outcomes(report), plan_of(report, "a").kind) == ({"a": "edited"}, "edit in place")
        assert planned(scene) == {"a": "unchanged"}
    after = scene.live("a")
    assert (after.id, word(after), after.latest) == (live.id, "2", after.active)
    assert [run.kind for run in after.runs] == [RunKind.ON_DEMAND] * 3


def test_on_demand_with_its_record_lost_is_compared_by_what_was_saved(scene: Scene) -> None:
    """What ran isn't what the files want, but whoever starts it next runs what was saved."""
    live = settle(scene, project("a", definition=template("ondemand")), run_on_demand=True)
    scene.commit({"a/values.json": values(myWord="bye")})
    assert outcomes(scene.run(since="")) == {"a": "edited"}
    forget(scene)
    assert outcomes(scene.run(since="")) == {"a": "recorded"}
    after = scene.live("a")
    assert (after.id, word(after, "latest"), len(after.runs)) == (live.id, "bye", 1)
    assert planned(scene) == {"a": "unchanged"}
