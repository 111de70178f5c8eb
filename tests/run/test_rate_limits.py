"""Deployments under AWS's rate limits, in the sandbox's time: they come through, or say why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from pipelayer.model import Report, Result
from pipelayer.sandbox.faults import RATES, Fault
from pipelayer.sandbox.settings import Settings
from support.scene import CONFIG, REGION, START, SandboxClock, Scene, outcome, outcomes, project, values

MANY = 100
ROOM = CONFIG.replace("region:", "max-pipelines: 200, region:")


@dataclass
class EventfulClock(SandboxClock):
    """The sandbox's time, and something that happens whenever somebody has waited."""

    happens: Callable[[], object]

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.happens()


def limited(scene: Scene, count: int = MANY) -> None:
    """A project of so many pipelines, and an AWS that throttles at its published rates."""
    scene.sandbox.settings = Settings(max_pipelines=200)
    scene.sandbox.throttle()
    scene.commit(project(*(f"p{number:03}" for number in range(count)), config=ROOM))


def somebody_else(scene: Scene, calls: int) -> None:
    """Others in the account make so many calls of each kind."""
    for operation in RATES:
        for _ in range(calls):
            scene.sandbox.aws.throttle.check(operation, REGION)


def refused(scene: Scene) -> list[str]:
    return [call.operation for call in scene.sandbox.calls("datapipeline") if call.code]


def assert_all_created(scene: Scene, report: Report, count: int = MANY) -> None:
    assert (report.result, report.error) == (Result.SUCCESS, "")
    assert set(outcomes(report).values()) == {"created"}
    assert len(scene.ids()) == count


def test_a_hundred_pipelines_are_deployed_without_one_refusal(scene: Scene) -> None:
    limited(scene)
    assert_all_created(scene, scene.run())
    assert refused(scene) == []


def test_a_hundred_pipelines_on_what_others_have_left(scene: Scene) -> None:
    limited(scene)
    somebody_else(scene, 50)
    assert_all_created(scene, scene.run())
    assert "CreatePipeline" in refused(scene)


def test_a_minute_in_which_every_call_is_throttled(scene: Scene) -> None:
    limited(scene)
    scene.sandbox.fault(Fault(code="ThrottlingException", message="Rate exceeded", times=0))

    def ends() -> None:
        if scene.clock.now() >= START + timedelta(minutes=1):
            scene.sandbox.clear_faults()

    scene.clock = EventfulClock(scene.sandbox, ends)
    assert_all_created(scene, scene.run())
    assert len(refused(scene)) >= 60 - 1


def test_patience_ends_in_words(scene: Scene) -> None:
    limited(scene, 2)
    scene.sandbox.fault(Fault(operation="ActivatePipeline", code="ThrottlingException", times=0))
    report = scene.run()
    assert (report.exit_code, set(outcomes(report).values())) == (1, {"failed"})
    error = outcome(report, "p000").error
    assert error.startswith("AWS still throttles ActivatePipeline for df-")
    assert "AWS has taken no such call for 5 minutes" in error
    assert "Retry: pipelayer deploy p000" in error
    scene.sandbox.clear_faults()
    assert_all_created(scene, scene.run(), 2)


def stopped_while_waiting(scene: Scene, operation: str) -> None:
    """AWS throttles that operation, and the run is told to stop as soon as it has waited once."""
    scene.sandbox.fault(Fault(operation=operation, code="ThrottlingException", times=0))
    told: list[bool] = []
    scene.clock = EventfulClock(scene.sandbox, lambda: told.append(True))
    scene.interrupted = lambda: bool(told)


def undisturbed(scene: Scene) -> None:
    """From now on nothing is throttled and nobody stops it."""
    scene.sandbox.clear_faults()
    scene.interrupted = lambda: False


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("ActivatePipeline", "while ActivatePipeline waited for AWS's rate limit"),
        ("ValidatePipelineDefinition", "before this pipeline was begun. Retry: pipelayer deploy p000"),
    ],
)
def test_a_run_that_is_told_to_stop_waits_for_no_limit(scene: Scene, operation: str, error: str) -> None:
    limited(scene, 1)
    stopped_while_waiting(scene, operation)
    report = scene.run()
    assert (report.exit_code, outcomes(report)) == (130, {"p000": "skipped"})
    assert report.error == "It was told to stop before everything was done."
    assert error in outcome(report, "p000").error
    assert refused(scene) == [operation]
    undisturbed(scene)
    assert_all_created(scene, scene.run(), 1)


def test_who_is_told_to_stop_while_reading_refuses_nothing(scene: Scene) -> None:
    limited(scene, 1)
    assert_all_created(scene, scene.run(), 1)
    scene.commit({"p000/values.json": values(mySchedulePeriod="2 days")})
    stopped_while_waiting(scene, "GetPipelineDefinition")
    report = scene.run()
    assert (report.exit_code, outcomes(report)) == (130, {"p000": "skipped"})
    assert report.error == "It was told to stop before everything was done."


def test_who_is_told_to_stop_before_a_removal_is_deleted_says_so(scene: Scene) -> None:
    limited(scene, 3)
    assert_all_created(scene, scene.run(), 3)
    base = scene.repo.head()
    scene.commit(dict.fromkeys(path for path in project("p000", config=ROOM) if path.startswith("p000/")))
    stopped_while_waiting(scene, "DeletePipeline")
    report = scene.run(since=base, prune=True)
    assert (report.exit_code, outcomes(report)) == (130, {"p000": "skipped"})
    (left,) = report.notes
    assert left.endswith(" is not deleted yet; the next deploy does it.")
    undisturbed(scene)
    assert outcomes(scene.run(since=base, prune=True)) == {"p000": "deleted"}


def test_a_replacement_that_is_done_stays_done_though_the_old_one_is_not_deleted(scene: Scene) -> None:
    limited(scene, 1)
    assert_all_created(scene, scene.run(), 1)
    scene.commit({"p000/values.json": values(myPeriod="2 days")})
    stopped_while_waiting(scene, "DeletePipeline")
    report = scene.run()
    assert (report.exit_code, outcomes(report)) == (0, {"p000": "replaced"})
    (left,) = report.notes
    assert left.endswith(" is not deleted yet; the next deploy does it.")


def test_what_failed_by_itself_is_no_matter_of_being_told_to_stop(scene: Scene) -> None:
    limited(scene, 2)
    scene.sandbox.fault(Fault(operation="PutPipelineDefinition", code="InvalidRequestException"))
    # From the moment at which the other one was activated: what then remains is to note it.
    scene.interrupted = lambda: "ActivatePipeline" in [call.operation for call in scene.sandbox.calls()]
    report = scene.run()
    assert sorted(outcomes(report).values()) == ["created", "failed"]
    assert (report.exit_code, report.error) == (1, "")


def test_who_is_told_to_stop_in_time_makes_no_stub_and_asks_nothing_more(scene: Scene) -> None:
    limited(scene, 2)
    scene.interrupted = lambda: "ListPipelines" in [call.operation for call in scene.sandbox.calls()]
    report = scene.run()
    assert (report.exit_code, set(outcomes(report).values())) == (130, {"skipped"})
    made = {call.operation for call in scene.sandbox.calls("datapipeline")}
    assert made.isdisjoint({"CreatePipeline", "ValidatePipelineDefinition"})
