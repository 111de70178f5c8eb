"""The plan for a pipeline at work whose definition changed, as a table: edited in place, or replaced."""

from __future__ import annotations

import pytest

from pipelayer.definition.compare import EditRule
from pipelayer.deploy.facts import Options
from pipelayer.deploy.upload import UploadPlan
from pipelayer.model import Kind, PipelineState
from pipelayer.project.uploads import S3Location
from support.scene import template
from support.wanted import (
    actions,
    definition,
    files,
    live,
    plan,
    state,
    wanted,
    with_field,
    with_input,
    with_object,
)

OTHER = state("o" * 32)
SEND = UploadPlan(S3Location("data", "in/a/"), files("run"), ("in/a/tasks/old",))
SAME = definition()
CHANGED = definition(template(command="ls"))
FORBIDDEN = definition(template(machine="Other"))
EDIT = ["mark", "put", "activate", "record"]
CREATION = ["create", "put", "activate"]
RETIREMENT = ["retire", "deactivate", "delete"]
WORKING = [PipelineState.SCHEDULED, PipelineState.ACTIVATING, PipelineState.VALIDATING, PipelineState.UNKNOWN]


OUT = {"id": "Out", "type": "S3DataNode", "directoryPath": "s3://data/out"}
JOB = {"id": "Copy", "type": "ShellCommandActivity", "command": "ls", "runsOn": {"ref": "Machine"}}
WITH_OUT = with_object(template(), **OUT)

# ---- edited in place


@pytest.mark.parametrize("at", WORKING)
def test_what_aws_allows_is_edited_in_place(at: PipelineState) -> None:
    work = plan(wanted(), live(state=at, recorded=OTHER), definition=CHANGED)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.EDIT, EDIT)
    assert {step.target for step in work.plan.steps} == {"df-1"}
    assert work.plan.reason.startswith("Job.command: ls → echo")


@pytest.mark.parametrize(
    "text",
    [
        template(command="ls"),
        with_field(template(), "Machine", terminateAfter="2 hours"),
        with_field(template(), "When", endDateTime="2027-01-01T00:00:00"),
        with_field(template(), "When", name="Every night"),
        WITH_OUT,
        with_object(WITH_OUT, **JOB),
        with_object(with_object(WITH_OUT, **JOB | {"output": {"ref": "New"}}), **OUT | {"id": "New"}),
        template("timeseries"),
    ],
    ids=[
        "field",
        "resource",
        "end",
        "name",
        "node",
        "activity",
        "with an output of its own",
        "schedule type",
    ],
)
def test_each_of_these_is_allowed(text: str) -> None:
    work = plan(wanted(text=text), live(recorded=OTHER), definition=SAME)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.EDIT, EDIT)


def test_files_are_sent_before_an_edit_and_removed_after_it() -> None:
    work = plan(with_input(), live(recorded=OTHER), definition=CHANGED, upload=SEND)
    assert actions(work.plan.steps) == ["mark", "upload", "put", "activate", "remove stale", "record"]


def test_a_secret_is_a_change_where_both_sides_are_known() -> None:
    there = live(recorded=state(secrets="1" * 32))
    work = plan(wanted(), there, secrets="2" * 32, definition=SAME)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.EDIT, EDIT)
    assert (work.plan.reason, work.state.secrets) == ("a secret changed", "2" * 32)
    assert plan(wanted(), there, secrets="1" * 32).plan.kind is Kind.UNCHANGED
    assert plan(wanted(), there).plan.kind is Kind.UNCHANGED
    assert plan(wanted(), live(), secrets="2" * 32).plan.kind is Kind.UNCHANGED


def test_what_others_left_is_swept_after_an_edit() -> None:
    gone = live("df-3", state=PipelineState.INACTIVE, retired="df-1")
    unfinished = live("df-4", state=PipelineState.PENDING)
    work = plan(wanted(), live(recorded=OTHER), gone, unfinished, definition=CHANGED)
    assert actions(work.plan.steps) == [*EDIT, "delete", "delete"]
    assert [step.target for step in work.plan.steps[4:]] == ["df-3", "df-4"]


# ---- replaced


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (WITH_OUT, template(), EditRule.REMOVED_OBJECT),
        (template(), with_field(template(), "Machine", type="EmrCluster"), EditRule.REMOVED_OBJECT),
        (template(), template(period="2 days"), EditRule.PERIOD),
        (template(), with_field(template(), "Job", runsOn={"ref": "Other"}), EditRule.REFERENCE),
        (template(), with_field(template(), "Job", output={"ref": "Out"}), EditRule.REFERENCE),
        (WITH_OUT, with_object(WITH_OUT, **JOB | {"output": {"ref": "Out"}}), EditRule.OUTPUT),
        (template(), template(start="2026-01-01T03:00:00"), EditRule.START),
        (template(start=None), template(), EditRule.START),
    ],
)
@pytest.mark.parametrize("at", WORKING)
def test_what_a_rule_forbids_is_replaced_with_no_gap(
    before: str, after: str, rule: EditRule, at: PipelineState
) -> None:
    there = live(state=at, recorded=OTHER)
    work = plan(wanted(text=after), there, definition=definition(before))
    assert (work.plan.kind, work.plan.live_id) == (Kind.REPLACE, "df-1")
    assert actions(work.plan.steps) == [*CREATION, *RETIREMENT]
    assert f"[{rule.value}]" in work.plan.reason


def test_a_name_is_a_replacement() -> None:
    work = plan(wanted(named=True), live(name="old"), definition=SAME)
    assert work.plan.kind is Kind.REPLACE
    assert f"old → a [{EditRule.NAME.value}]" in work.plan.reason


def test_one_that_the_files_no_longer_name_keeps_its_name() -> None:
    assert plan(wanted(), live(name="old")).plan.kind is Kind.UNCHANGED


def test_one_forbidden_change_among_others_replaces_and_is_named_first() -> None:
    there = live(recorded=OTHER)
    work = plan(wanted(), there, definition=definition(template(command="ls", period="2 days")))
    assert work.plan.kind is Kind.REPLACE
    assert work.plan.reason.index("When.period") < work.plan.reason.index("Job.command")


def test_a_replacement_with_files() -> None:
    work = plan(with_input(), live(recorded=OTHER), definition=FORBIDDEN, upload=SEND)
    found = actions(work.plan.steps)
    assert found[:2] == ["mark", "upload"]
    assert found[-3:] == RETIREMENT
    assert found.index("activate") < found.index("remove stale") < found.index("retire")


@pytest.mark.parametrize("at", WORKING)
def test_running_work_is_cancelled_as_asked(at: PipelineState) -> None:
    there = live(state=at, recorded=OTHER)
    work = plan(wanted(), there, definition=FORBIDDEN, options=Options(cancel_running=True))
    assert actions(work.plan.steps) == [*CREATION, "retire", "cancel", "delete"]


@pytest.mark.parametrize(("cancel", "steps"), [(False, ["delete"]), (True, ["cancel", "delete"])])
def test_one_that_an_earlier_run_stopped_is_cancelled_too(cancel: bool, steps: list[str]) -> None:
    going = live("df-3", state=PipelineState.DEACTIVATING, retired="df-1")
    work = plan(wanted(), live(), going, options=Options(cancel_running=cancel))
    assert (actions(work.plan.steps), {step.target for step in work.plan.steps}) == (steps, {"df-3"})
