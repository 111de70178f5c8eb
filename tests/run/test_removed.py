"""What the project no longer has: reported, and deleted only on request and on three conditions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelayer.model import Verb
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import Settings
from support.scene import CONFIG, PROJECT, Scene, kinds, outcome, outcomes, plan_of, project, values


def settle(scene: Scene, *names: str) -> str:
    commit = scene.commit(project(*names))
    assert scene.run().exit_code == 0
    scene.clear()
    return commit


def test_it_is_reported_and_goes_on_running(scene: Scene) -> None:
    first = settle(scene, "a", "b", "c")
    scene.commit({"a/values.json": None})
    before = scene.picture()
    report = scene.run(since=first)
    assert outcomes(report) == {"a": "removed"}
    assert "prune: true" in plan_of(report, "a").reason
    assert (report.exit_code, scene.picture()) == (0, before)


def test_pruning_stops_and_deletes_it(scene: Scene) -> None:
    first = settle(scene, "a", "b", "c")
    gone = scene.live("a").id
    scene.commit({"a/values.json": None})
    report = scene.run(since=first, prune=True)
    assert outcomes(report) == {"a": "deleted"}
    assert set(scene.ids()) == {"b", "c"}
    calls = [call.operation for call in scene.sandbox.calls() if call.resource == gone]
    assert [name for name in calls if name != "DescribePipelines"] == [
        "AddTags",
        "DeactivatePipeline",
        "DeletePipeline",
    ]


def test_a_plan_only_shows_it(scene: Scene) -> None:
    first = settle(scene, "a", "b", "c")
    scene.commit({"a/values.json": None})
    before = scene.picture()
    assert kinds(scene.run(Verb.PLAN, since=first, prune=True)) == {"a": "prune"}
    assert scene.picture() == before


def test_its_own_commit_tells_that_it_was_configured(scene: Scene) -> None:
    """The base is a later commit, which lacked it already."""
    settle(scene, "a", "b", "c")
    later = scene.commit({"a/values.json": None})
    scene.commit({"b/values.json": values(myWord="bye")})
    report = scene.run(since=later, prune=True)
    assert outcomes(report) == {"a": "deleted", "b": "edited"}


def test_without_a_base_its_own_commit_suffices(scene: Scene) -> None:
    settle(scene, "a", "b", "c")
    scene.commit({"a/values.json": None})
    assert outcomes(scene.run(prune=True))["a"] == "deleted"


def test_what_no_commit_configured_stays(scene: Scene) -> None:
    first = settle(scene, "b", "c")
    tags = {"pipelayer:key": f"{PROJECT}:default/a", "pipelayer:state": f"1/x/x/-/{'0' * 40}"}
    made = scene.sandbox.seed_pipeline("a", tags=tags)
    before = scene.picture()
    report = scene.run(since=first, prune=True)
    assert outcomes(report) == {"a": "failed"}
    assert scene.picture() == before
    assert scene.live("a").id == made


def test_while_the_files_have_errors_nothing_is_pruned(scene: Scene) -> None:
    first = settle(scene, "a", "b", "c")
    middle = scene.commit({"b/values.json": '{"values": {"myWord": [}}'})
    scene.commit({"a/values.json": None, "c/values.json": values(myWord="bye")})
    before = scene.live("a")
    report = scene.run(since=middle, prune=True)
    assert outcomes(report)["a"] == "failed"
    assert "errors" in outcome(report, "a").error
    assert scene.live("a").tags == before.tags
    assert first


def test_more_than_half_of_a_group_wants_their_names(scene: Scene) -> None:
    first = settle(scene, "a", "b", "c")
    scene.commit({"a/values.json": None, "b/values.json": None})
    before = scene.picture()
    report = scene.run(since=first, prune=True)
    assert outcomes(report) == {"a": "failed", "b": "failed"}
    assert scene.picture() == before
    assert outcomes(scene.run(Verb.DEPLOY, "a", "b", prune=True)) == {"a": "deleted", "b": "deleted"}
    assert set(scene.ids()) == {"c"}


def test_only_what_is_named_is_pruned(scene: Scene) -> None:
    settle(scene, "a", "b", "c", "d", "e")
    scene.commit({"a/values.json": None, "b/values.json": None})
    report = scene.run(Verb.DEPLOY, "a", prune=True)
    assert outcomes(report) == {"a": "deleted", "b": "removed"}


def test_the_name_of_one_that_is_gone_means_no_other_whose_folder_is_called_so(scene: Scene) -> None:
    config = CONFIG.replace("{region", "{dirs: ['**'], region")
    named = {"x/a/values.json": values(metadata={"name": "another"})}
    scene.commit({**project("a", "b", "x/a", config=config), **named})
    assert scene.run().exit_code == 0
    scene.commit({"a/values.json": None})
    assert outcomes(scene.run(Verb.DEPLOY, "a")) == {"a": "unchanged"}, "the folder x/a"
    assert outcomes(scene.run(Verb.DEPLOY, "a", prune=True)) == {"a": "deleted"}


def test_the_last_one_may_go_by_its_name(scene: Scene) -> None:
    first = settle(scene, "a")
    scene.commit({"a/values.json": None})
    report = scene.run(since=first, prune=True)
    assert outcomes(report) == {"a": "failed"}
    assert scene.ids().keys() == {"a"}


def test_another_group_and_another_project_are_left_alone(scene: Scene) -> None:
    first = settle(scene, "a", "b", "c")
    other = f"{PROJECT}:prod/x", "acme/other:default/x"
    for number, key in enumerate(other):
        scene.sandbox.seed_pipeline(f"x{number}", tags={"pipelayer:key": key})
    scene.commit({"a/values.json": None})
    scene.run(since=first, prune=True)
    assert set(scene.ids()) == {"b", "c", "x0", "x1"}


def test_what_was_never_activated_is_pruned_too(scene: Scene) -> None:
    first = settle(scene, "b", "c")
    second = scene.commit({"a/values.json": values()})
    scene.sandbox.fault(Fault(operation="ActivatePipeline", code="InvalidRequestException"))
    assert outcomes(scene.run(since=first)) == {"a": "failed"}
    scene.commit({"a/values.json": None})
    assert outcomes(scene.run(since=second)) == {"a": "removed"}
    assert outcomes(scene.run(since=second, prune=True)) == {"a": "deleted"}
    assert set(scene.ids()) == {"b", "c"}


@pytest.mark.parametrize("prune", [False, True])
def test_running_work_finishes_and_the_next_deployment_deletes(scene: Scene, prune: bool) -> None:
    scene.sandbox.settings = Settings(run_seconds=None)
    first = settle(scene, "a", "b", "c")
    scene.sandbox.advance(timedelta(days=1))
    gone = scene.live("a").id
    scene.commit({"a/values.json": None})
    scene.run(since=first, prune=True)
    assert scene.sandbox.pipeline(gone).state == "DEACTIVATING"
    assert any("still has work" in text for text in scene.story.said)
    scene.sandbox.complete_runs(gone)
    # It was decided before: now it goes, whether this run prunes or not.
    scene.run(since=first, prune=prune)
    assert set(scene.ids()) == {"b", "c"}


def test_a_deletion_that_fails_is_an_outcome(scene: Scene) -> None:
    first = settle(scene, "a", "b", "c")
    scene.commit({"a/values.json": None})
    scene.sandbox.fault(Fault(operation="DeletePipeline", code="AccessDeniedException", times=0))
    report = scene.run(since=first, prune=True)
    assert (outcomes(report), report.exit_code) == ({"a": "failed"}, 1)
    scene.sandbox.clear_faults()
    assert scene.run(since=first, prune=True).exit_code == 0
    assert set(scene.ids()) == {"b", "c"}
