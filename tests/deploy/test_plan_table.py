"""The plan for one pipeline, as a table: what is live, what is wanted and asked for, what is done and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelayer.deploy import tags
from pipelayer.deploy.elect import Election
from pipelayer.deploy.facts import Facts, Options
from pipelayer.deploy.plan import needs_definition, needs_listing
from pipelayer.deploy.upload import UploadPlan
from pipelayer.model import Kind, LivePipeline, PipelineState, Verb
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.uploads import S3Location
from support.scene import template
from support.wanted import DIGEST, actions, definition, files, key, live, plan, state, wanted, with_input

OTHER = state("o" * 32)
SAVED = state(saved=True)
PLACE = S3Location("data", "in/a/")
SEND = UploadPlan(PLACE, files("run"), ("in/a/tasks/old",))
NOTHING = UploadPlan(PLACE)
ON_DEMAND = template("ondemand")
CHANGED = definition(template(command="ls"))
FORBIDDEN = definition(template(machine="Other"))
RETIREMENT = ["retire", "deactivate", "delete"]


def test_nothing_is_there() -> None:
    work = plan(wanted())
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.CREATE, ["create", "put", "activate"])
    assert work.state == tags.State(DIGEST, "f" * 32, commit="c" * 40)


def test_files_go_before_the_pipeline() -> None:
    work = plan(with_input(), upload=SEND)
    assert actions(work.plan.steps) == ["upload", "remove stale", "create", "put", "activate"]


def test_what_an_earlier_run_left_unfinished_is_taken() -> None:
    work = plan(wanted(), live("df-5", state=PipelineState.PENDING))
    assert actions(work.plan.steps) == ["put", "activate", "record"]
    assert {step.target for step in work.plan.steps} == {"df-5"}


def test_what_is_unfinished_under_another_name_is_deleted() -> None:
    work = plan(wanted(), live("df-5", "old name", PipelineState.PENDING))
    assert actions(work.plan.steps) == ["create", "put", "activate", "delete"]
    assert work.plan.steps[-1].target == "df-5"


STANDING = [one for one in PipelineState if one not in (PipelineState.PENDING, PipelineState.DELETING)]


@pytest.mark.parametrize("at", STANDING)
def test_unchanged_in_every_state(at: PipelineState) -> None:
    work = plan(wanted(), live(state=at))
    assert (work.plan.kind, work.plan.steps) == (Kind.UNCHANGED, ())
    assert work.plan.live_state == at.value


def test_changed_for_aws_alone_is_only_recorded() -> None:
    same = definition()
    work = plan(wanted(), live(recorded=OTHER), definition=same)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.RETAG, ["record"])


def test_one_that_was_carried_over_keeps_its_name() -> None:
    moved = wanted("c", moved_from=(key("a"),))
    there = live(name="a", key=key("c"))
    assert plan(moved, there).plan.kind is Kind.UNCHANGED
    assert plan(replace(moved, named=True), there, definition=definition()).plan.kind is Kind.REPLACE


def test_a_description_is_only_reported() -> None:
    work = plan(wanted(description="words"), live())
    assert work.plan.kind is Kind.UNCHANGED
    assert "description" in work.plan.reason


def test_tags_are_written() -> None:
    work = plan(wanted(tags={"team": "data"}), live())
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.RETAG, ["record"])
    assert plan(wanted(tags={"team": "data"}), live(own={"team": "data"})).plan.kind is Kind.UNCHANGED


def test_files_alone() -> None:
    work = plan(with_input(), live(recorded=state(files="o" * 32)), upload=SEND)
    assert work.plan.kind is Kind.UPLOAD
    assert actions(work.plan.steps) == ["mark", "upload", "remove stale", "record"]


def test_files_that_are_there_already_are_only_recorded() -> None:
    work = plan(with_input(), live(recorded=state(files="?")), upload=NOTHING)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.RETAG, ["record"])


def test_secrets_that_were_not_compared_are_named() -> None:
    secret = definition(template(secret=True), **{"*myPassword": "x"})
    assert "not compared" in plan(wanted(definition=secret), live()).plan.reason


def test_what_others_left_is_swept() -> None:
    loser, unfinished = live("df-0", recorded=OTHER), live("df-2", state=PipelineState.PENDING)
    gone = live("df-3", state=PipelineState.INACTIVE, retired="df-1")
    work = plan(wanted(), live(), loser, unfinished, gone)
    found = [(step.action.value, step.target) for step in work.plan.steps]
    assert ("record", "df-1") in found or work.plan.kind is Kind.UNCHANGED
    assert [one for one in found if one[1] == "df-0"] == [(name, "df-0") for name in RETIREMENT]
    assert [one for one in found if one[1] == "df-3"] == [("delete", "df-3")]
    assert [one for one in found if one[1] == "df-2"] == [("delete", "df-2")]


def test_a_schedule_that_is_over() -> None:
    over = wanted(text=template(end="2026-02-01T00:00:00"))
    assert plan(over).plan.kind is Kind.REFUSED
    work = plan(over, live(recorded=OTHER), definition=CHANGED)
    assert (work.plan.kind, work.plan.steps) == (Kind.REFUSED, ())
    assert plan(over, live()).plan.kind is Kind.UNCHANGED


def test_a_refusal_is_its_reason() -> None:
    work = plan(wanted(), refusal="creating it would make a twin")
    assert (work.plan.kind, work.plan.reason) == (Kind.REFUSED, "creating it would make a twin")


# ---- on demand


def test_on_demand_is_created_but_not_run() -> None:
    assert actions(plan(wanted(text=ON_DEMAND)).plan.steps) == ["create", "put", "record"]
    asked = Options(run_on_demand=True)
    steps = actions(plan(wanted(text=ON_DEMAND), options=asked).plan.steps)
    assert steps == ["create", "put", "activate", "record"]
    assert plan(wanted(text=ON_DEMAND)).state.saved


def test_on_demand_unchanged_runs_only_as_asked() -> None:
    there = live(state=PipelineState.PENDING, recorded=SAVED)
    assert plan(wanted(text=ON_DEMAND), there).plan.kind is Kind.UNCHANGED
    work = plan(wanted(text=ON_DEMAND), there, options=Options(run_on_demand=True))
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.RUN, ["activate"])


# ---- taking over


def test_adopting_what_is_the_same() -> None:
    work = plan(wanted(adopt="df-9"), claimed=live("df-9", recorded=""), definition=definition())
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.ADOPT, ["claim", "record"])


def test_adopting_with_files() -> None:
    there = live("df-9", recorded="")
    work = plan(with_input(adopt="df-9"), claimed=there, definition=definition(), upload=SEND)
    assert actions(work.plan.steps) == ["claim", "upload", "remove stale", "record"]


# ---- the verbs


UPLOAD, ACTIVATE = Options(Verb.UPLOAD), Options(Verb.ACTIVATE)


def test_upload_never_touches_a_definition() -> None:
    there = live(recorded=state("o" * 32, "o" * 32))
    work = plan(with_input(), there, options=UPLOAD, upload=SEND)
    assert actions(work.plan.steps) == ["mark", "upload", "remove stale", "record"]
    assert (work.state.definition, work.state.files) == ("o" * 32, "f" * 32)


def test_upload_before_there_is_a_pipeline() -> None:
    work = plan(with_input(), options=UPLOAD, upload=SEND)
    assert actions(work.plan.steps) == ["upload", "remove stale"]


def test_upload_of_what_is_there_already() -> None:
    assert plan(with_input(), live(), options=UPLOAD, upload=NOTHING).plan.kind is Kind.UNCHANGED


def test_upload_leaves_tags_alone() -> None:
    pipeline = with_input(tags={"team": "data"})
    assert plan(pipeline, live(), options=UPLOAD, upload=NOTHING).plan.kind is Kind.UNCHANGED


def test_activate_never_touches_files() -> None:
    there = live(recorded=state("o" * 32, "?"))
    work = plan(with_input(), there, options=ACTIVATE, definition=CHANGED)
    assert actions(work.plan.steps) == ["mark", "put", "activate", "record"]
    assert (work.state.definition, work.state.files) == (DIGEST, "?")
    work = plan(with_input(), there, options=ACTIVATE, definition=FORBIDDEN)
    assert actions(work.plan.steps) == ["create", "put", "activate", *RETIREMENT]
    assert (work.state.definition, work.state.files) == (DIGEST, "?")


# ---- what has to be asked


@pytest.mark.parametrize(
    ("there", "options", "asked"),
    [
        (None, Options(), False),
        (live(), Options(), False),
        (live(recorded=OTHER), Options(), True),
        (live(recorded=OTHER), UPLOAD, False),
        (live(recorded=state("?")), Options(), True),
        (live(recorded=SAVED), Options(run_on_demand=True), False),
    ],
)
def test_the_live_definition_is_asked_for(there: LivePipeline | None, options: Options, asked: bool) -> None:
    assert needs_definition(wanted(), Facts(Election(there)), options) is asked


@pytest.mark.parametrize(
    ("pipeline", "there", "options", "asked"),
    [
        (with_input(), None, Options(), True),
        (with_input(files=()), None, Options(), False),
        (wanted(), live(recorded=state(files="?")), Options(), False),
        (with_input(), live(), Options(), False),
        (with_input(), live(), UPLOAD, True),
        (with_input(), live(recorded=state(files="?")), Options(), True),
        (with_input(files=()), live(recorded=state(files="?")), Options(), True),
        (with_input(), live(recorded=state(files="?")), ACTIVATE, False),
    ],
)
def test_the_bucket_is_asked(
    pipeline: Pipeline, there: LivePipeline | None, options: Options, asked: bool
) -> None:
    assert needs_listing(pipeline, Facts(Election(there)), options) is asked
