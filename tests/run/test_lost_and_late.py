"""Records that are lost, late or somebody else's: nothing is deleted, doubled or forgotten for them."""

from __future__ import annotations

import json
from copy import copy
from datetime import timedelta

import pytest

from pipelayer.model import Action, Verb
from pipelayer.run.request import Source
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import Settings
from pipelayer.sandbox.state import RunKind
from support.scene import (
    CONFIG,
    Scene,
    kinds,
    outcome,
    outcomes,
    plan_of,
    project,
    template,
    values,
    with_files,
)
from support.stories import settle, slots, stopped_after

ON_DEMAND = template("ondemand")
STATE = "pipelayer:state"


def set_state(scene: Scene, text: str | None) -> None:
    live = scene.live("a")
    kept = {key: tag for key, tag in live.tags.items() if key != STATE}
    scene.sandbox.set_tags(live.id, kept if text is None else {**kept, STATE: text})


@pytest.mark.parametrize("text", [None, "by hand", "2/another/format"])
@pytest.mark.parametrize("verb", [Verb.DEPLOY, Verb.UPLOAD])
def test_on_demand_that_never_ran_survives_the_loss_of_its_record(
    scene: Scene, text: str | None, verb: Verb
) -> None:
    live = settle(scene, project("a", definition=ON_DEMAND))
    set_state(scene, text)
    assert scene.run(verb).exit_code == 0
    assert scene.live("a").id == live.id
    assert outcome(scene.run(), "a").result in ("recorded", "unchanged")
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


def test_what_was_claimed_and_never_activated_is_not_deleted_when_the_claim_goes(scene: Scene) -> None:
    objects = settle(scene, project("a")).active
    assert objects is not None
    scene.sandbox.delete(scene.live("a").id)
    theirs = scene.sandbox.seed_pipeline("a", tags={"team": "data"})
    scene.sandbox.save(theirs, objects.objects, objects.parameters, objects.values)
    scene.commit({"a/values.json": values(metadata={"adopt": theirs})})
    scene.sandbox.fault(Fault(operation="PutPipelineDefinition", code="InvalidRequestException"))
    assert outcomes(scene.run()) == {"a": "failed"}
    scene.commit({"a/values.json": values()})
    scene.run()
    assert scene.live("a").id == theirs


def test_a_name_that_was_carried_over_stays_when_the_claim_is_removed(scene: Scene) -> None:
    live = settle(scene, project("a", "b"))
    scene.commit({"a/values.json": None, "c/values.json": values(metadata={"moved-from": "a"})})
    assert outcome(scene.run(), "c").result == "adopted"
    scene.commit({"c/values.json": values()})
    assert kinds(scene.run(Verb.PLAN))["c"] == "unchanged"
    assert scene.live("a").id == live.id


def test_a_run_that_was_asked_for_is_made_up_for_after_an_interrupted_upload(scene: Scene) -> None:
    settle(scene, project(definition=ON_DEMAND) | with_files("a", {"x": "1"}), run_on_demand=True)
    scene.commit({"a/tasks/x": "22"})
    scene.sandbox.fault(Fault("s3", "PutObject", code="AccessDenied", status=403))
    assert outcomes(scene.run(run_on_demand=True)) == {"a": "failed"}
    assert len(scene.live("a").runs) == 1
    assert scene.run(run_on_demand=True).exit_code == 0
    assert [run.kind for run in scene.live("a").runs] == [RunKind.ON_DEMAND] * 2


def test_a_draft_of_somebody_is_not_what_is_run(scene: Scene) -> None:
    live = settle(scene, project("a", definition=ON_DEMAND))
    assert live.latest is not None
    draft = json.loads(json.dumps(live.latest.objects).replace("echo", "erase"))
    scene.sandbox.save(live.id, draft, live.latest.parameters, live.latest.values)
    assert outcomes(scene.run(run_on_demand=True)) == {"a": "edited"}
    active = scene.live("a").active
    assert active is not None
    assert "erase" not in json.dumps(active.objects)


def test_a_secret_that_was_never_recorded_is_put_back(scene: Scene) -> None:
    scene.environ["PASSWORD"] = "first"
    secret = {"*myPassword": {"env": "PASSWORD"}}
    salt = {"secret_salt": "salt"}
    settle(scene, project(definition=template(secret=True)) | {"a/values.json": values(**secret)}, **salt)
    scene.environ["PASSWORD"] = "second"
    scene.story.after[Action.ACTIVATE] = lambda: scene.sandbox.fault(Fault(operation="AddTags"))
    assert outcomes(scene.run(**salt)) == {"a": "failed"}
    scene.environ["PASSWORD"] = "first"
    assert outcomes(scene.run(**salt)) == {"a": "edited"}
    assert "second" not in json.dumps(scene.live("a").active.values)


def test_a_leftover_makes_room_for_what_comes_after_it(scene: Scene) -> None:
    full = CONFIG.replace("}", ", max-pipelines: 3}")
    live = settle(scene, project("a", config=full))
    scene.sandbox.settings = Settings(max_pipelines=3)
    scene.commit({"a/values.json": values(myPeriod="2 days")})
    assert stopped_after(scene, Action.CREATE).exit_code == 130
    scene.commit({"a/values.json": values(myPeriod="3 days")})
    assert outcomes(scene.run()) == {"a": "replaced"}
    assert scene.live("a").id != live.id
    assert scene.sandbox.gaps() == []
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


def test_a_replacement_at_the_other_end_of_its_intervals_runs_none_twice(scene: Scene) -> None:
    settle(scene, project("a"))
    scene.sandbox.advance(timedelta(days=2))
    scene.commit({"pipeline_definition.json": template("timeseries", machine="Other")})
    assert outcomes(scene.run()) == {"a": "replaced"}
    scene.sandbox.advance(timedelta(days=3))
    slots(scene)


def test_references_in_another_order_are_no_change(scene: Scene) -> None:
    def two(order: list[str]) -> str:
        document = json.loads(template())
        for name in order[:2]:
            document["objects"].append(
                {"id": name, "name": name, "type": "ShellCommandActivity", "command": "ls"}
                | {"runsOn": {"ref": "Machine"}}
            )
        document["objects"][1]["dependsOn"] = [{"ref": name} for name in order]
        return json.dumps(document)

    live = settle(scene, project("a", definition=two(["First", "Second"])))
    scene.commit({"pipeline_definition.json": two(["Second", "First"])})
    assert outcomes(scene.run()) == {"a": "recorded"}
    assert scene.live("a").id == live.id


def test_one_that_finishes_while_it_is_replaced_was_stopped_well_enough(scene: Scene) -> None:
    settle(scene, project("a", definition=template(end="2026-03-11T03:00:00")))
    scene.commit({"pipeline_definition.json": template(machine="Other")})
    scene.story.after[Action.RETIRE] = lambda: scene.sandbox.advance(timedelta(days=1))
    assert outcomes(scene.run()) == {"a": "replaced"}


def test_an_upload_deletes_nothing_and_tags_nothing(scene: Scene) -> None:
    settle(scene, project() | with_files("a", {"x": "1"}))
    scene.commit({"a/values.json": values(myPeriod="2 days", myS3InputDir="s3://data/in/a")})
    assert stopped_after(scene, Action.ACTIVATE).exit_code == 130
    both = {one.id: one.state for one in scene.sandbox.pipelines() if one.name == "a"}
    assert list(both.values()) == ["SCHEDULED", "SCHEDULED"]
    tagged = values(metadata={"tags": {"team": "data"}}, myPeriod="2 days", myS3InputDir="s3://data/in/a")
    scene.commit({"a/values.json": tagged, "a/tasks/x": "22"})
    assert outcomes(scene.run(Verb.UPLOAD)) == {"a": "uploaded"}
    found = [one for one in scene.sandbox.pipelines() if one.name == "a"]
    assert {one.id: one.state for one in found} == both
    assert all("team" not in one.tags for one in found)


def test_a_held_pipeline_does_not_keep_the_one_that_it_replaced(scene: Scene) -> None:
    settle(scene, project("a"))
    scene.commit({"a/values.json": values(myPeriod="2 days")})
    assert stopped_after(scene, Action.ACTIVATE).exit_code == 130
    new = max(scene.sandbox.pipelines(), key=lambda one: one.number)
    scene.sandbox.pause(new.id)
    scene.commit({"a/values.json": values(myPeriod="3 days")})
    report = scene.run()
    assert outcomes(report) == {"a": "held"}
    assert [step.action for step in plan_of(report, "a").steps] == ["retire", "deactivate", "delete"]
    assert scene.live("a").id == new.id


def test_two_people_on_one_commit_lose_no_update(scene: Scene) -> None:
    """The first one's record comes after the second one's edit, from the same commit with other files."""
    settle(scene, project("a"))
    scene.source = Source.TRACKED
    other = copy(scene)
    other.story = type(scene.story)()

    def meanwhile() -> None:
        scene.repo.write({"a/values.json": values(myWord="second")})
        assert outcomes(other.run()) == {"a": "edited"}

    scene.repo.write({"a/values.json": values(myWord="first")})
    scene.story.after[Action.PUT] = meanwhile
    scene.run()
    scene.repo.write({"a/values.json": values(myWord="first")})
    assert outcomes(scene.run()) == {"a": "edited"}
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}
