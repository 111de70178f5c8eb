"""The report of a run that must end at once: every pipeline has its outcome, begun or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelayer.deploy.ledger import Ledger
from pipelayer.errors import Interrupted
from pipelayer.model import (
    Action,
    Finding,
    GroupInfo,
    Key,
    Kind,
    OutcomeResult,
    PipelinePlan,
    Reason,
    Report,
    Result,
    Selected,
    Selection,
    Severity,
    Step,
    Verb,
)
from pipelayer.run import ending
from pipelayer.run.request import FailOn, Request
from support.scene import Scene, Story, outcome, outcomes, project

STEPS = (Step(Action.MARK, "mark it", "df-1"), Step(Action.PUT, "save its definition", "df-1"))


def key(directory: str) -> Key:
    return Key("acme/nightly", "dev", directory)


def planned(directory: str, kind: Kind, *steps: Step, reason: str = "why") -> PipelinePlan:
    return PipelinePlan(key(directory), directory, kind, reason, steps, f"df-{directory}")


def report(*plans: PipelinePlan, verb: Verb = Verb.DEPLOY, removed: str = "") -> Report:
    """A run whose plans are made; `removed` is selected too."""
    chosen = [
        Selected(plan.key, plan.name, plan.key.directory, (Reason.VALUES,))
        for plan in plans
        if plan.kind is not Kind.REMOVED
    ]
    if removed:
        chosen.append(Selected(key(removed), removed, removed, (Reason.REMOVED,)))
    return Report(
        verb,
        Result.FAILURE,
        groups=(GroupInfo("dev", "us-east-1"),),
        selection=Selection(tuple(chosen)),
        plan=plans,
    )


def results(found: Report, request: Request | None = None) -> dict[str, str]:
    told = ending.outcomes(found, request or Request(found.verb), Ledger(Story()))
    return {one.key.rpartition("/")[2]: one.result.value for one in told}


def test_what_needs_nothing_is_known_without_being_begun() -> None:
    found = report(
        planned("a", Kind.EDIT, *STEPS),
        planned("b", Kind.UNCHANGED),
        planned("c", Kind.UNCHANGED, *STEPS),
        planned("d", Kind.HELD),
        planned("e", Kind.REFUSED, reason="it would be a twin"),
        planned("f", Kind.REMOVED),
    )
    assert results(found) == {
        "a": "skipped",
        "b": "unchanged",
        "c": "skipped",
        "d": "held",
        "e": "failed",
        "f": "removed",
    }
    told = {one.key: one for one in ending.outcomes(found, Request(Verb.DEPLOY), Ledger(Story()))}
    refused = told["acme/nightly:dev/e"]
    assert refused.error == "it would be a twin. Retry: pipelayer deploy e --group dev"
    skipped = told["acme/nightly:dev/a"]
    assert skipped.error.startswith("The run was stopped before this pipeline was begun. Retry: pipelayer")
    assert skipped.pipeline_id == "df-a"


@pytest.mark.parametrize(("fail_on", "wanted"), [(FailOn.ERROR, "skipped"), (FailOn.WARNING, "invalid")])
def test_what_is_invalid_stays_so(fail_on: FailOn, wanted: str) -> None:
    finding = Finding(Severity.WARNING, "PL612", "old", key=str(key("a")))
    found = replace(report(planned("a", Kind.EDIT, *STEPS)), findings=(finding,))
    assert results(found, Request(Verb.DEPLOY, fail_on=fail_on)) == {"a": wanted}


def test_before_anything_is_planned_all_that_is_selected_is_skipped() -> None:
    found = replace(report(planned("a", Kind.EDIT), planned("b", Kind.UNCHANGED), removed="c"), plan=())
    assert results(found) == {"a": "skipped", "b": "skipped", "c": "skipped"}


def test_a_validation_has_found_out_nothing_and_a_plan_has_no_outcomes() -> None:
    found = report(planned("a", Kind.UNCHANGED), planned("b", Kind.EDIT, *STEPS), removed="c")
    assert results(replace(found, verb=Verb.VALIDATE)) == {"a": "skipped", "b": "skipped"}
    assert results(replace(found, verb=Verb.PLAN)) == {}
    assert results(found, Request(Verb.DEPLOY, dry_run=True)) == {}


class Asking(Story):
    """A journal that asks for the report at each step."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self.told: list[Report] = []

    def begins(self, plan: PipelinePlan, step: Step) -> None:
        self.told.append(self.scene.draft.cut_short(Interrupted("stopped", "run it again")))


def test_at_each_step_the_report_is_whole(scene: Scene) -> None:
    """And it agrees with what the run itself says in the end, as far as that had come."""
    scene.story = story = Asking(scene)
    scene.commit(project("a", "b", "c"))
    report = scene.run(concurrency=1)
    assert report.exit_code == 0
    steps = [(one.key.directory, step.action) for one in report.plan for step in one.steps]
    assert len(story.told) == len(steps) >= 9
    done: list[str] = []
    for (directory, action), told in zip(steps, story.told, strict=True):
        assert (told.result, told.exit_code, told.error) == (Result.FAILURE, 130, "stopped")
        assert told.plan == report.plan
        one = outcome(told, directory)
        assert (one.result, one.step_under_way) == (OutcomeResult.FAILED, action)
        for name in "abc":
            if name in done:
                assert outcome(told, name) == outcome(report, name)
            elif name != directory:
                assert outcome(told, name).result is OutcomeResult.SKIPPED
        if action is Action.ACTIVATE:
            done.append(directory)
    assert outcomes(report) == dict.fromkeys("abc", "created")
