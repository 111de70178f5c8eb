"""What a person paused, what has finished and what others start by its id is left alone, and said so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from pipelayer.model import Verb
from pipelayer.model.report import Result
from pipelayer.sandbox.state import RunKind
from support.gitrepo import Content
from support.scene import Scene, kinds, outcome, outcomes, plan_of, project, template, values, with_files

ON_DEMAND = template("ondemand")


def settle(scene: Scene, files: Mapping[str, Content], **orders: object) -> None:
    scene.commit(files)
    assert scene.run(**orders).exit_code == 0
    scene.clear()


def held(scene: Scene, word: str, **orders: object) -> None:
    """Nothing is written, all is well, and each plan shows the word that releases it."""
    before = scene.picture()
    report = scene.run(since="", **orders)
    assert outcomes(report) == {"a": "held"}
    assert (report.exit_code, report.result) == (0, Result.SUCCESS)
    assert scene.picture() == before
    plan = plan_of(scene.run(Verb.PLAN, **orders), "a")
    assert plan.kind == "held"
    assert word in plan.reason
    assert plan.steps == ()


CHANGES: Mapping[str, tuple[Mapping[str, Content], str]] = {
    "allowed": ({"pipeline_definition.json": template(command="ls")}, "edited"),
    "forbidden": ({"pipeline_definition.json": template(machine="Other")}, "replaced"),
    "name": (with_files("a", {"x": "1"}, name="other"), "replaced"),
    "files": ({"a/tasks/x": "22"}, "uploaded"),
}
each_change = pytest.mark.parametrize(("change", "result"), CHANGES.values(), ids=CHANGES)


@each_change
def test_paused_by_hand(scene: Scene, change: Mapping[str, Content], result: str) -> None:
    settle(scene, project() | with_files("a", {"x": "1"}))
    live = scene.live("a").id
    scene.sandbox.pause(live)
    assert outcomes(scene.run()) == {"a": "unchanged"}
    scene.commit(change)
    held(scene, "paused by hand: respect-paused: false releases this, or pipelayer resume")
    scene.sandbox.activate(live)
    assert outcomes(scene.run()) == {"a": result}
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


@each_change
def test_finished(scene: Scene, change: Mapping[str, Content], result: str) -> None:
    definition = template(start=None, occurrences=1)
    settle(scene, project(definition=definition) | with_files("a", {"x": "1"}))
    scene.sandbox.advance(timedelta(days=2))
    scene.commit(change)
    held(scene, "has finished: respect-paused: false releases this, with a new pipeline in its place")
    scene.sandbox.delete(scene.live("a").id)
    assert outcomes(scene.run()) == {"a": "created"}
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


def test_upload_alone_reaches_a_paused_one(scene: Scene) -> None:
    settle(scene, project() | with_files("a", {"x": "1"}))
    scene.sandbox.pause(scene.live("a").id)
    scene.commit({"a/tasks/x": "22"})
    assert outcomes(scene.run(Verb.UPLOAD)) == {"a": "uploaded"}
    assert outcomes(scene.run()) == {"a": "unchanged"}


def test_on_demand_is_created_and_not_run(scene: Scene) -> None:
    settle(scene, project("a", definition=ON_DEMAND))
    live = scene.live("a")
    assert (live.state, live.runs) == ("PENDING", [])
    assert outcomes(scene.run()) == {"a": "unchanged"}


def test_on_demand_runs_only_as_asked(scene: Scene) -> None:
    settle(scene, project("a", definition=ON_DEMAND), run_on_demand=True)
    assert [run.kind for run in scene.live("a").runs] == [RunKind.ON_DEMAND]
    assert outcomes(scene.run()) == {"a": "unchanged"}
    assert outcomes(scene.run(run_on_demand=True)) == {"a": "activated"}
    assert len(scene.live("a").runs) == 2
    assert outcomes(scene.run(Verb.UPLOAD, run_on_demand=True)) == {"a": "unchanged"}
    assert len(scene.live("a").runs) == 2


def test_on_demand_that_never_ran_is_edited_and_keeps_its_id(scene: Scene) -> None:
    settle(scene, project("a", definition=ON_DEMAND))
    live = scene.live("a").id
    scene.commit({"a/values.json": values(myWord="bye")})
    report = scene.run()
    assert outcomes(report) == {"a": "edited"}
    assert scene.live("a").id == live
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


def test_on_demand_that_ran_is_edited_too_and_keeps_its_id_and_its_runs(scene: Scene) -> None:
    settle(scene, project("a", definition=ON_DEMAND), run_on_demand=True)
    live = scene.live("a")
    scene.commit({"a/values.json": values(myWord="bye")})
    report = scene.run()
    assert outcomes(report) == {"a": "edited"}
    assert plan_of(report, "a").kind == "on demand, saved but not run"
    after = scene.live("a")
    assert (after.id, after.runs) == (live.id, live.runs)
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


def test_on_demand_that_ran_is_held_until_its_replacement_is_asked_for(scene: Scene) -> None:
    settle(scene, project("a", definition=ON_DEMAND), run_on_demand=True)
    live = scene.live("a").id
    scene.commit({"pipeline_definition.json": template("ondemand", machine="Other")})
    held(scene, "replace-on-demand: true")
    report = scene.run(replace_on_demand=True)
    assert outcomes(report) == {"a": "replaced"}
    after = scene.live("a")
    assert (outcome(report, "a").previous_id, outcome(report, "a").pipeline_id) == (live, after.id)
    assert (after.state, after.runs) == ("PENDING", [])
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


def test_files_of_an_on_demand_one_are_uploaded(scene: Scene) -> None:
    settle(scene, project(definition=ON_DEMAND) | with_files("a", {"x": "1"}), run_on_demand=True)
    scene.commit({"a/tasks/x": "22"})
    assert outcomes(scene.run()) == {"a": "uploaded"}


def test_from_a_schedule_to_on_demand_and_back(scene: Scene) -> None:
    settle(scene, project("a"))
    scene.commit({"pipeline_definition.json": ON_DEMAND})
    assert outcomes(scene.run()) == {"a": "replaced"}
    assert scene.live("a").state == "PENDING"
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}
    scene.commit({"pipeline_definition.json": template()})
    report = scene.run(replace_on_demand=True)
    assert outcome(report, "a").result in ("replaced", "edited")
    assert scene.live("a").state == "SCHEDULED"
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


def test_a_paused_one_that_is_run_misses_nothing_twice(scene: Scene) -> None:
    settle(scene, project("a", definition=ON_DEMAND), run_on_demand=True)
    scene.sandbox.pause(scene.live("a").id)
    scene.sandbox.advance(timedelta(days=3))
    assert outcomes(scene.run(run_on_demand=True)) == {"a": "activated"}
    assert [run.kind for run in scene.live("a").runs] == [RunKind.ON_DEMAND] * 2
