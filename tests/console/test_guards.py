"""Whose pipelines a button reaches, and what stops it: the guards of deploying, and AWS failing anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from pipelayer.errors import AwsError, PipelayerError, UsageError
from pipelayer.model.order import Button
from pipelayer.sandbox.faults import Fault, Kind, When
from pipelayer.sandbox.state import State
from pipelayer.sandbox.work import Fate, WorkStatus
from support.pressing import Person, only, results
from support.scene import CONFIG, REGION, Scene, project, template, values

PAUSE, RESUME, DELETE = Button.PAUSE, Button.RESUME, Button.DELETE
TWO_GROUPS = CONFIG + "groups: {dev: {}, prod: {}}\n"
READING = ("List", "Get", "Head", "Describe", "Validate", "Query")


def writes(scene: Scene) -> list[str]:
    return [call.operation for call in scene.sandbox.calls() if not call.operation.startswith(READING)]


def deployed(scene: Scene, *directories: str, definition: str = "", config: str = CONFIG) -> None:
    scene.commit(project(*directories, definition=definition, config=config))
    for group in ("dev", "prod") if config is TWO_GROUPS else ("",):
        assert scene.run(groups=(group,) if group else ()).exit_code == 0
    scene.clear()


def refusal(act: Callable[[], object]) -> PipelayerError:
    with pytest.raises(PipelayerError) as caught:
        act()
    return caught.value


# ---- which pipelines


@pytest.mark.parametrize("button", Button)
def test_without_a_name_nothing_is_meant(scene: Scene, press: Person, button: Button) -> None:
    deployed(scene, "a")
    problem = refusal(lambda: press(button))
    assert isinstance(problem, UsageError)
    assert problem.message == f"Which pipelines to {button}?"
    assert scene.calls() == {}


def test_a_group_has_to_be_chosen_where_there_are_several(scene: Scene, press: Person) -> None:
    deployed(scene, "a", config=TWO_GROUPS)
    problem = refusal(lambda: press(PAUSE, "a"))
    assert isinstance(problem, UsageError)
    assert "The project has several groups (dev, prod), and none was chosen." in problem.message
    assert {order.key.group for order in press(PAUSE, "a", dry_run=True).orders} == {"dev", "prod"}
    assert writes(scene) == []

    done = press(PAUSE, "a", groups=("prod",))
    assert [(order.key.group, order.result) for order in done.orders] == [("prod", "done")]
    states = {one.tags["pipelayer:key"]: one.state for one in scene.sandbox.pipelines() if one.name == "a"}
    assert states == {"acme/nightly:dev/a": State.SCHEDULED, "acme/nightly:prod/a": State.INACTIVE}
    assert (
        press(Button.RUN, "a", groups=("prod",))
        .orders[0]
        .hint.startswith("It is paused: `pipelayer resume a --group prod`")
    )


@pytest.mark.parametrize("name", ["a", "*", "prod/*"])
def test_a_group_that_this_branch_does_not_know_is_not_touched(
    scene: Scene, press: Person, name: str
) -> None:
    deployed(scene, "a", config=TWO_GROUPS)
    scene.commit({"pipelayer.yml": CONFIG + "groups: {dev: {}}\n"})
    for groups in (("dev",), ()):
        try:
            orders = press(DELETE, name, groups=groups, dry_run=True).orders
        except UsageError:
            orders = ()
        assert {order.key.group for order in orders} <= {"dev"}
    (order,) = press(PAUSE, "prod/a", dry_run=True).orders  # whoever says it whole means it
    assert order.key.group == "prod"


def test_another_account_is_not_touched(scene: Scene, press: Person) -> None:
    deployed(scene, "a")
    scene.commit({"pipelayer.yml": CONFIG + 'groups: {default: {account: "999999999999"}}\n'})
    problem = refusal(lambda: press(PAUSE, "a"))
    assert isinstance(problem, UsageError)
    assert "belongs to account 999999999999" in problem.message
    assert writes(scene) == []


def test_what_is_nobodys_is_not_touched_and_can_be_adopted(scene: Scene, press: Person) -> None:
    deployed(scene, "a")
    made = scene.sandbox.seed_pipeline("by hand", activate=False)
    for name in ("by hand", made):
        problem = refusal(lambda name=name: press(DELETE, name))  # type: ignore[misc]
        assert problem.message == f"{made} (`by hand`) isn't this project's, nor any other's."
        assert problem.hint.startswith("`pipelayer adopt ")
    scene.commit({"b/values.json": values(metadata={"adopt": made})})
    told = press(DELETE, "b")
    assert (told.exit_code, results(told)) == (1, {"b": "refused"})
    assert only(told).hint == "First `pipelayer deploy b`."
    assert writes(scene) == []


def test_the_last_part_of_a_directory_means_it_where_it_can_mean_no_other(
    scene: Scene, press: Person
) -> None:
    directories = ("x/one", "x/two", "y/two")
    named = {f"{one}/values.json": values(metadata={"name": f"job {one}"}) for one in directories}
    scene.commit({**project(config=CONFIG.replace("{region", "{dirs: ['**'], region")), **named})
    assert scene.run().exit_code == 0
    scene.clear()
    told = press(PAUSE, "one", dry_run=True)
    assert results(told) == {"x/one": "planned"}
    assert "is named `two`" in refusal(lambda: press(PAUSE, "two")).message
    made = scene.sandbox.seed_pipeline("one", activate=False)
    assert refusal(lambda: press(PAUSE, "one")).message.startswith(made)
    assert writes(scene) == []


def test_the_stub_and_other_projects_are_out_of_reach(scene: Scene, press: Person) -> None:
    deployed(scene, "a")
    theirs = scene.sandbox.seed_pipeline("theirs", tags={"pipelayer:key": "acme/other:default/theirs"})
    for name in ("pipelayer-validation-stub", "theirs", theirs):
        problem = refusal(lambda name=name: press(DELETE, name))  # type: ignore[misc]
        assert problem.message == f"No pipeline is named `{name}`."
    everything = press(DELETE, "*", dry_run=True)
    assert results(everything) == {"a": "planned"}
    assert writes(scene) == []


def test_one_that_was_moved_is_one_pipeline_by_either_name(scene: Scene, press: Person) -> None:
    deployed(scene, "a")
    live = scene.live("a").id
    scene.commit({"a/values.json": None, "c/values.json": values(metadata={"moved-from": "a"})})
    for name in ("a", "c", live):
        told = press(PAUSE, name)
        assert (told.exit_code, len(told.orders), only(told).live_id) == (0, 1, live), name
    assert writes(scene).count("DeactivatePipeline") == 1


def test_files_that_cannot_be_read_stop_no_emergency(scene: Scene, press: Person) -> None:
    deployed(scene, "a")
    scene.commit({"a/values.json": "{"})
    assert results(press(PAUSE, "a")) == {"a": "done"}


def test_what_is_not_in_aws_says_what_makes_it(scene: Scene, press: Person) -> None:
    deployed(scene, "a")
    scene.commit({"new/values.json": values()})
    told = press(PAUSE, "new", "a")
    assert (told.exit_code, results(told)) == (1, {"new": "refused", "a": "done"})
    hints = {order.key.directory: order.hint for order in told.orders}
    assert hints["new"] == "`pipelayer deploy new` makes it."
    assert results(press(DELETE, "new")) == {"new": "refused"}


# ---- AWS fails, or somebody stops it


def ready(scene: Scene, button: Button) -> None:
    """Two pipelines on which this button has something to do."""
    on_demand = button is Button.RUN
    deployed(scene, "a", "b", definition=template("ondemand") if on_demand else "")
    for name in ("a", "b"):
        scene.sandbox.fate(scene.live(name).id, Fate("Job", attempts=0))
        if button is Button.CANCEL:
            scene.sandbox.fate(
                scene.live(name).id, Fate("Job", ends=False, status=WorkStatus.RUNNING, runs=0)
            )
    scene.sandbox.advance(timedelta(days=2))
    if button is RESUME:
        for name in ("a", "b"):
            scene.sandbox.pause(scene.live(name).id)
    scene.clear()


CALLS = {
    Button.RUN: ("GetPipelineDefinition", "ActivatePipeline"),
    Button.PAUSE: ("DeactivatePipeline",),
    Button.RESUME: ("GetPipelineDefinition", "ActivatePipeline"),
    Button.RERUN: ("QueryObjects", "DescribeObjects", "SetStatus"),
    Button.CANCEL: ("QueryObjects", "DescribeObjects", "SetStatus"),
    Button.DELETE: (
        "GetPipelineDefinition",
        "QueryObjects",
        "AddTags",
        "DeactivatePipeline",
        "DeletePipeline",
    ),
}
EACH = [(button, operation) for button, operations in CALLS.items() for operation in operations]


@pytest.mark.parametrize(("button", "operation"), EACH)
@pytest.mark.parametrize("code", ["InvalidRequestException", "InternalServiceError"])
def test_a_call_that_fails_fails_one_pipeline(
    scene: Scene, press: Person, button: Button, operation: str, code: str
) -> None:
    ready(scene, button)
    one = scene.live("a").id
    scene.sandbox.fault(Fault(operation=operation, resource=one, code=code, message="No.", times=0))
    told = press(button, "a", "b")
    came = results(told)
    assert told.exit_code == 1
    assert came["a"] in ("failed", "refused")
    assert came["b"] in ("done", "ordered")
    order = next(order for order in told.orders if order.key.directory == "a")
    assert operation in order.message or "No." in order.message
    doubt = came["a"] == "failed" and code == "InternalServiceError" and button is not DELETE
    assert ("Nobody knows whether AWS" in order.message) is doubt


@pytest.mark.parametrize(
    ("button", "operation"), [(Button.RUN, "ActivatePipeline"), (Button.CANCEL, "SetStatus")]
)
def test_throttling_is_waited_for_but_not_for_ever(
    scene: Scene, press: Person, button: Button, operation: str
) -> None:
    ready(scene, button)
    one, other = scene.live("a").id, scene.live("b").id
    throttled = Fault(operation=operation, resource=one, code="ThrottlingException")
    scene.sandbox.fault(replace(throttled, lasting=60))
    scene.sandbox.fault(replace(throttled, resource=other, times=0))
    told = press(button, "a", "b")
    assert results(told)["a"] in ("done", "ordered")
    assert results(told)["b"] == "failed"
    assert "still throttles" in told.orders[1].message
    assert "Nobody knows" not in told.orders[1].message


@pytest.mark.parametrize("operation", ["ListPipelines", "DescribePipelines"])
def test_where_aws_cannot_be_asked_nothing_is_done(scene: Scene, press: Person, operation: str) -> None:
    deployed(scene, "a")
    scene.sandbox.fault(Fault(operation=operation, times=0))
    assert isinstance(refusal(lambda: press(PAUSE, "a")), AwsError)
    assert writes(scene) == []


def test_a_lost_answer_is_no_promise(scene: Scene, press: Person) -> None:
    ready(scene, Button.RUN)
    scene.sandbox.fault(Fault(operation="ActivatePipeline", kind=Kind.DROP, when=When.AFTER))
    told = press(Button.RUN, "a")
    assert results(told) == {"a": "failed"}
    assert "Nobody knows whether AWS" in only(told).message
    assert len(scene.live("a").runs) == 1


def test_looking_after_a_pause_may_fail_and_the_order_stands(scene: Scene, press: Person) -> None:
    deployed(scene, "a")
    scene.sandbox.fault(Fault(operation="DescribePipelines", nth=3, times=0))
    told = press(PAUSE, "a")
    assert (told.exit_code, results(told)) == (0, {"a": "ordered"})
    assert any("looking after what is being paused failed" in said for said in scene.story.said)


@pytest.mark.parametrize("button", [PAUSE, Button.CANCEL])
def test_one_that_becomes_another_projects_while_somebody_thinks(
    scene: Scene, press: Person, button: Button
) -> None:
    deployed(scene, "a")
    live = scene.live("a")
    if button is Button.CANCEL:
        scene.sandbox.settings = replace(scene.sandbox.settings, run_seconds=None)
        scene.sandbox.advance(timedelta(days=1))

    def taken() -> bool:
        scene.sandbox.set_tags(live.id, {**live.tags, "pipelayer:key": "other/project:prod/a"})
        return True

    press.says = taken
    told = press(button, "a", cancel_running=True)
    assert (told.exit_code, results(told)) == (1, {"a": "failed"})
    assert not {"DeactivatePipeline", "SetStatus"} & set(writes(scene))


@pytest.mark.parametrize("button", [Button.RUN, PAUSE, RESUME, Button.RERUN, DELETE])
def test_one_that_is_deleted_meanwhile(scene: Scene, press: Person, button: Button) -> None:
    ready(scene, button)

    def gone() -> bool:
        scene.sandbox.delete(scene.live("a").id)
        return True

    press.says = gone
    told = press(button, "a", "b")
    came = results(told)
    assert (told.exit_code, came["a"]) == (1, "failed")
    assert came["b"] in ("done", "ordered")


def test_who_is_told_to_stop_begins_nothing_more_and_says_so(scene: Scene, press: Person) -> None:
    deployed(scene, "a", "b", "c")
    scene.interrupted = lambda: writes(scene) != []
    told = press(PAUSE, "a", "b", "c")
    assert (told.exit_code, told.stopped) == (130, True)
    assert results(told) == {"a": "ordered", "b": "skipped", "c": "skipped"}
    assert told.orders[1].message == "The command was stopped before this pipeline was begun."
    assert writes(scene) == ["DeactivatePipeline"]


def test_the_region_of_the_group_is_the_one_that_is_asked(scene: Scene, press: Person) -> None:
    deployed(scene, "a")
    scene.commit({"pipelayer.yml": CONFIG.replace(REGION, "us-west-2")})
    told = press(PAUSE, "a")
    assert results(told) == {"a": "refused"}
    assert only(told).where.region == "us-west-2"
    assert scene.live("a").state is State.SCHEDULED
