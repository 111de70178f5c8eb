"""`run`: one run of what is on demand, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipelayer.model import Verb
from pipelayer.model.order import Button
from pipelayer.sandbox.faults import Fault, Kind, When
from pipelayer.sandbox.state import RunKind, State
from support.pressing import Person, only, results
from support.scene import Scene, outcome, outcomes, project, template, values

RUN = Button.RUN


@pytest.fixture
def on_demand(scene: Scene) -> Scene:
    """`a` is saved, and was never run."""
    scene.commit(project("a", definition=template("ondemand")))
    assert scene.run().exit_code == 0
    assert scene.live("a").state is State.PENDING
    scene.clear()
    return scene


def test_it_runs_once_each_time_and_deploys_see_nothing_to_do(on_demand: Scene, press: Person) -> None:
    for number in (1, 2):
        told = press(RUN, "a")
        assert (told.exit_code, results(told)) == (0, {"a": "done"})
        assert [run.kind for run in on_demand.live("a").runs] == [RunKind.ON_DEMAND] * number
        assert "can't be undone" in press.asked[-1][0].forever
        on_demand.sandbox.advance(timedelta(minutes=1))
    assert on_demand.calls()["ActivatePipeline"] == 2
    assert outcomes(on_demand.run()) == {"a": "unchanged"}


def test_what_was_saved_last_is_what_runs_and_what_the_files_have_is_told(
    on_demand: Scene, press: Person
) -> None:
    on_demand.commit({"a/values.json": values(myWord="bye")})
    press(RUN, "a", dry_run=True)
    assert press.asked == []
    press(RUN, "a")
    assert press.asked[-1][0].notes == ("its definition in AWS is not that of the files: `pipelayer plan a`",)
    assert on_demand.run().exit_code == 0
    on_demand.sandbox.advance(timedelta(minutes=1))
    press(RUN, "a")
    assert press.asked[-1][0].notes == ()
    assert on_demand.live("a").active.values == on_demand.live("a").latest.values != []


@pytest.mark.parametrize("kind", [Kind.ERROR, Kind.DROP])
def test_a_lost_answer_runs_nothing_twice_and_says_that_nobody_knows(
    on_demand: Scene, press: Person, kind: Kind
) -> None:
    on_demand.attempts = 3
    on_demand.sandbox.fault(Fault(operation="ActivatePipeline", kind=kind, when=When.AFTER))
    told = press(RUN, "a")
    assert (told.exit_code, results(told)) == (1, {"a": "failed"})
    assert only(told).message.endswith("Nobody knows whether AWS runs it.")
    assert only(told).hint == "Look with `pipelayer status a` before you order it again."
    assert on_demand.calls()["ActivatePipeline"] == len(on_demand.live("a").runs) == 1


def test_what_aws_throttles_it_has_not_taken_so_it_is_told_again(on_demand: Scene, press: Person) -> None:
    on_demand.sandbox.fault(Fault(operation="ActivatePipeline", code="ThrottlingException"))
    assert results(press(RUN, "a")) == {"a": "done"}
    assert len(on_demand.live("a").runs) == 1


def test_a_deploy_that_runs_it_does_so_once_too(on_demand: Scene) -> None:
    on_demand.attempts = 3
    on_demand.sandbox.fault(Fault(operation="ActivatePipeline", when=When.AFTER))
    told = outcome(on_demand.run(Verb.DEPLOY, "a", run_on_demand=True), "a")
    assert "Nobody knows whether AWS runs it" in told.error
    assert len(on_demand.live("a").runs) == 1


def test_too_many_at_once_is_told_with_the_way_out(on_demand: Scene, press: Person) -> None:
    on_demand.sandbox.settings = replace(on_demand.sandbox.settings, run_seconds=None)
    assert results(press(RUN, "a")) == {"a": "done"}
    told = press(RUN, "a")
    assert (told.exit_code, results(told)) == (1, {"a": "failed"})
    assert "Exceeded number of concurrent executions" in only(told).message
    assert "Nobody knows" not in only(told).message
    assert only(told).hint.startswith(
        "Wait until the running one is over, or set a higher `maxActiveInstances`"
    )


def test_a_paused_one_runs_once_and_catches_up_with_nothing(on_demand: Scene, press: Person) -> None:
    press(RUN, "a")
    on_demand.sandbox.advance(timedelta(minutes=1))
    press(Button.PAUSE, "a")
    assert on_demand.live("a").state is State.INACTIVE
    told = press(Button.RESUME, "a")
    assert results(told) == {"a": "refused"}
    assert only(told).hint == "`pipelayer run a` runs it; nothing else does."
    assert results(press(RUN, "a")) == {"a": "done"}
    assert len(on_demand.live("a").runs) == 2


def test_what_has_a_schedule_is_refused_with_what_does_it(scene: Scene, press: Person) -> None:
    scene.commit(project("a", "b"))
    assert scene.run().exit_code == 0
    press(Button.PAUSE, "b")
    scene.clear()
    told = press(RUN, "a", "b")
    assert (told.exit_code, results(told)) == (1, {"a": "refused", "b": "refused"})
    by_name = {order.key.directory: order.hint for order in told.orders}
    assert by_name["a"].startswith(
        "`pipelayer rerun a` runs its last run again. Its next run is at 2026-03-11 02:00"
    )
    assert by_name["b"].startswith("It is paused: `pipelayer resume b`")
    assert "ActivatePipeline" not in scene.calls()


def test_half_of_a_deploy_is_run_only_if_somebody_says_so(on_demand: Scene, press: Person) -> None:
    live = on_demand.live("a")
    written, _, files, *rest = live.tags["pipelayer:state"].split("/")
    on_demand.sandbox.set_tags(
        live.id, {**live.tags, "pipelayer:state": "/".join([written, "?", files, *rest])}
    )
    press.says = lambda: False
    assert results(press(RUN, "a")) == {"a": "skipped"}
    assert "what it has saved by now, be it half of it, would run" in press.asked[-1][0].forever
    assert on_demand.live("a").runs == []
