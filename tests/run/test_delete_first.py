"""Where no place is free, the old pipeline may go before the new one is there. And whoever doesn't want to
wait for running work may cancel it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelayer.model import Action, Verb
from pipelayer.run.request import ReplaceOrder
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import Settings
from pipelayer.sandbox.state import Pipeline, RunStatus
from support.scene import CONFIG, Scene, kinds, outcome, outcomes, plan_of, project, template, values
from support.stories import (
    backfilled,
    next_run,
    planned,
    settle,
    settled,
    slots,
    stamp,
    stopped_after,
)

FULL = CONFIG.replace("}", ", max-pipelines: 3}")
"""Room for two pipelines and the stub."""

FIRST = {"replace": ReplaceOrder.DELETE_FIRST}
WORDS = "no place is free, so the old one goes first and nothing is scheduled in between"


@pytest.fixture
def full(scene: Scene) -> Scene:
    """An account with two pipelines, and no room for a third."""
    scene.sandbox.settings = Settings(max_pipelines=3)
    settle(scene, project("a", "b", config=FULL))
    return scene


@pytest.mark.parametrize("names", ["a", "ab"])
def test_the_old_one_goes_first(full: Scene, names: str) -> None:
    before = full.ids()
    full.sandbox.advance(timedelta(days=2))
    full.commit({f"{name}/values.json": values(myPeriod="2 days") for name in names})
    shown = plan_of(full.run(Verb.PLAN, **FIRST), "a")
    assert shown.reason.endswith(WORDS)
    picture = full.picture()
    assert full.run().error_hint.endswith("`replace: delete-first`.")
    assert full.picture() == picture
    report = full.run(since="", **FIRST)
    assert outcomes(report) == dict.fromkeys(names, "replaced")
    assert [step.action for step in plan_of(report, "a").steps] == [step.action for step in shown.steps]
    after = full.ids()
    assert {name for name in before if before[name] != after[name]} == set(names)
    assert {gap.subject for gap in full.sandbox.gaps()} == set(names)
    settled(full)
    full.sandbox.advance(timedelta(days=20))
    assert backfilled(full) == []
    slots(full)


def test_with_a_place_free_no_gap_is_needed(scene: Scene) -> None:
    settle(scene, project("a", "b", config=FULL.replace("3", "4")))
    scene.commit({f"{name}/values.json": values(myPeriod="2 days") for name in "ab"})
    assert WORDS not in plan_of(scene.run(Verb.PLAN, **FIRST), "a").reason
    assert outcomes(scene.run(**FIRST)) == {"a": "replaced", "b": "replaced"}
    assert scene.sandbox.gaps() == []
    settled(scene)


def test_a_new_one_finds_no_place_either_way(full: Scene) -> None:
    full.commit({"c/values.json": values()})
    before = full.picture()
    assert "max-pipelines" in full.run(**FIRST).error
    assert full.picture() == before


def test_an_edit_beside_it_leaves_no_gap(full: Scene) -> None:
    full.commit({"a/values.json": values(myPeriod="2 days"), "b/values.json": values(myWord="bye")})
    assert outcomes(full.run(since="", **FIRST)) == {"a": "replaced", "b": "edited"}
    assert {gap.subject for gap in full.sandbox.gaps()} == {"a"}
    settled(full)


CRASHES = [Action.RETIRE, Action.DEACTIVATE, Action.DELETE, Action.CREATE, Action.PUT, Action.ACTIVATE]


@pytest.mark.parametrize("when", CRASHES)
def test_one_that_was_stopped_in_between_is_made_good(full: Scene, when: Action) -> None:
    full.commit({"a/values.json": values(myPeriod="2 days")})
    report = stopped_after(full, when, **FIRST)
    if when is Action.ACTIVATE:
        assert outcomes(report) == {"a": "replaced"}
    else:
        assert outcomes(report) == {"a": "skipped"}
        assert "--replace delete-first" in outcome(report, "a").error
    assert full.run(since="", **FIRST).exit_code == 0
    assert set(full.ids()) == {"a", "b"}
    assert full.live("a").state == "SCHEDULED"
    settled(full)


def first_activation(scene: Scene, kind: str, when: Action | None) -> str:
    """Replaces one that began with its first activation, in a run that is stopped in between and one more;
    when the old one would have run next.
    """
    scene.sandbox.settings = Settings(max_pipelines=3)
    settle(scene, project("a", "b", config=FULL, definition=template(kind, start=None)))
    scene.sandbox.advance(timedelta(days=2, hours=5))
    upcoming = next_run(scene)
    scene.commit({"a/pipeline_definition.json": template(kind, start=None, machine="Other")})
    if when:
        stopped_after(scene, when, **FIRST)
        scene.sandbox.advance(timedelta(hours=1))
    assert scene.run(since="", **FIRST).exit_code == 0
    return upcoming


@pytest.mark.parametrize("kind", ["cron", "timeseries"])
@pytest.mark.parametrize("when", [None, Action.RETIRE, Action.DEACTIVATE, Action.ACTIVATE])
def test_the_phase_of_a_first_activation_is_kept(scene: Scene, kind: str, when: Action | None) -> None:
    upcoming = first_activation(scene, kind, when)
    assert next_run(scene) == upcoming
    settled(scene)


@pytest.mark.parametrize("kind", ["cron", "timeseries"])
@pytest.mark.parametrize("when", [Action.DELETE, Action.CREATE, Action.PUT])
def test_once_the_old_one_is_gone_a_first_activation_begins_anew(
    scene: Scene, kind: str, when: Action
) -> None:
    """Nobody remembers the phase by then. Nothing is caught up with, and the next run is a period away at
    most.
    """
    first_activation(scene, kind, when)
    assert next_run(scene) <= stamp(scene.clock.now() + timedelta(days=1))
    settled(scene)


def test_a_run_that_is_due_begins_on_one_of_them(full: Scene) -> None:
    full.sandbox.advance(timedelta(hours=13, minutes=59, seconds=30))
    full.commit({"a/pipeline_definition.json": template(machine="Other")})
    assert outcomes(full.run(since="", **FIRST)) == {"a": "replaced"}
    full.sandbox.advance(timedelta(hours=1))
    assert slots(full) == ["2026-03-11T02:00:00"]
    assert backfilled(full) == []


def test_an_old_one_with_work_left_keeps_its_place(full: Scene) -> None:
    full.sandbox.settings = Settings(max_pipelines=3, run_seconds=None)
    full.sandbox.advance(timedelta(days=1))
    old = full.live("a").id
    full.commit({"a/values.json": values(myPeriod="2 days")})
    report = full.run(since="", **FIRST)
    assert outcomes(report) == {"a": "failed"}
    error = outcome(report, "a").error
    assert "still has work to finish, so its place isn't free yet" in error
    assert f"The old {old} was stopped, so none runs until then." in error
    assert kinds(full.run(Verb.PLAN, **FIRST))["a"] == "create"
    assert full.run(since="", cancel_running=True, **FIRST).exit_code == 0
    assert full.sandbox.pipeline(old).state == "DELETED"
    assert full.live("a").state == "SCHEDULED"
    settled(full)


def test_an_old_one_that_may_not_be_deleted_is_a_failure(full: Scene) -> None:
    full.commit({"a/values.json": values(myPeriod="2 days")})
    full.sandbox.fault(Fault(operation="DeletePipeline", code="AccessDeniedException"))
    report = full.run(since="", **FIRST)
    assert outcomes(report) == {"a": "failed"}
    assert "none runs until then" in outcome(report, "a").error
    assert full.run(since="", **FIRST).exit_code == 0
    assert full.live("a").state == "SCHEDULED"
    settled(full)


# ---- running work


def busy(scene: Scene) -> Pipeline:
    """A pipeline at work, which is to be replaced."""
    settle(scene, project("a", "b", "c"))
    scene.sandbox.settings = Settings(run_seconds=None)
    scene.sandbox.advance(timedelta(days=1))
    scene.commit({"a/values.json": values(myPeriod="2 days")})
    live = scene.live("a")
    assert [run.status for run in live.runs] == [RunStatus.RUNNING]
    return live


def cancelled(scene: Scene, pipeline_id: str) -> bool:
    """Whether its work was canceled, and it with that."""
    asked = [
        call for call in scene.sandbox.calls(operation="DeactivatePipeline") if call.resource == pipeline_id
    ]
    assert scene.sandbox.pipeline(pipeline_id).state in ("DELETING", "DELETED")
    return asked[-1].request.get("cancelActive") is not False


def test_running_work_finishes(scene: Scene) -> None:
    old = busy(scene)
    assert outcomes(scene.run(since="")) == {"a": "replaced"}
    left = scene.sandbox.pipeline(old.id)
    assert (left.state, [run.status for run in left.runs]) == ("DEACTIVATING", [RunStatus.RUNNING])
    scene.sandbox.complete_runs(old.id)
    scene.run(since="")
    assert scene.sandbox.pipeline(old.id).state in ("DELETING", "DELETED")
    settled(scene)


def test_running_work_is_cancelled_as_asked(scene: Scene) -> None:
    old = busy(scene)
    assert outcomes(scene.run(since="", cancel_running=True)) == {"a": "replaced"}
    assert cancelled(scene, old.id)
    settled(scene)


def test_work_that_an_earlier_run_let_finish_is_cancelled_as_asked(scene: Scene) -> None:
    old = busy(scene)
    assert outcomes(scene.run(since="")) == {"a": "replaced"}
    assert scene.sandbox.pipeline(old.id).state == "DEACTIVATING"
    assert outcomes(scene.run(since="", cancel_running=True)) == {"a": "unchanged"}
    assert cancelled(scene, old.id)
    settled(scene)


@pytest.mark.parametrize("twice", [False, True])
def test_work_of_one_that_is_pruned_is_cancelled_as_asked(scene: Scene, twice: bool) -> None:
    old = busy(scene)
    first = scene.repo.head()
    scene.commit({"a/values.json": None})
    if twice:
        scene.run(since=first, prune=True)
        assert scene.sandbox.pipeline(old.id).state == "DEACTIVATING"
    assert scene.run(since=first, prune=True, cancel_running=True).exit_code == 0
    assert cancelled(scene, old.id)
    assert set(planned(scene).values()) == {"unchanged"}


def test_an_edit_cancels_nothing(scene: Scene) -> None:
    old = busy(scene)
    scene.commit({"a/values.json": values(myWord="bye")})
    assert outcomes(scene.run(since="", cancel_running=True)) == {"a": "edited"}
    assert [run.status for run in scene.live("a").runs] == [RunStatus.RUNNING]
    assert scene.live("a").id == old.id
