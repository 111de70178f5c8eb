"""The plan for a changed pipeline that others have a hand in: paused, finished, on demand, taken over, or
saved to without a word.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipelayer.definition.compare import EditRule
from pipelayer.definition.parts import Definition
from pipelayer.deploy import words
from pipelayer.deploy.elect import Election
from pipelayer.deploy.facts import Facts, Options
from pipelayer.deploy.plan import needs_other_version
from pipelayer.deploy.upload import UploadPlan
from pipelayer.model import Kind, LivePipeline, PipelineState
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.uploads import S3Location
from support.scene import template
from support.wanted import NOW, actions, definition, files, live, plan, state, wanted, with_input

OTHER = state("o" * 32)
OTHER_SAVED = state("o" * 32, saved=True)
SEND = UploadPlan(S3Location("data", "in/a/"), files("run"), ("in/a/tasks/old",))
ON_DEMAND = template("ondemand")
SAME = definition()
CHANGED = definition(template(command="ls"))
FORBIDDEN = definition(template(machine="Other"))
EDIT = ["mark", "put", "activate", "record"]
ADOPTION = ["claim", "put", "activate", "record"]
CREATION = ["create", "put", "activate"]
RETIREMENT = ["retire", "deactivate", "delete"]
ANYHOW = Options(respect_paused=False)


# ---- paused or finished


RELEASED = "respect-paused: false releases this"
PAUSED = [PipelineState.INACTIVE, PipelineState.DEACTIVATING]


@pytest.mark.parametrize(
    ("at", "word"),
    [*[(one, "pipelayer resume") for one in PAUSED], (PipelineState.FINISHED, "new pipeline")],
)
@pytest.mark.parametrize(
    "what", [{"definition": CHANGED}, {"definition": FORBIDDEN}, {"upload": SEND}, {"claim": True}]
)
def test_held(at: PipelineState, word: str, what: dict[str, Any]) -> None:
    there = live(state=at, recorded=state() if "upload" in what else OTHER)
    facts = {"definition": CHANGED, **what}
    claimed = facts.pop("claim", False)
    work = plan(wanted(), claimed=there, **facts) if claimed else plan(wanted(), there, **facts)
    assert (work.plan.kind, work.plan.steps) == (Kind.HELD, ())
    assert RELEASED in work.plan.reason
    assert word in work.plan.reason


@pytest.mark.parametrize("at", PAUSED)
@pytest.mark.parametrize(
    ("held", "kind", "steps"),
    [
        (CHANGED, Kind.EDIT, EDIT),
        (FORBIDDEN, Kind.REPLACE, [*CREATION, "retire", "delete"]),
    ],
    ids=["allowed", "forbidden"],
)
def test_what_is_paused_is_released(
    at: PipelineState, held: Definition, kind: Kind, steps: list[str]
) -> None:
    work = plan(wanted(), live(state=at, recorded=OTHER), definition=held, options=ANYHOW)
    assert (work.plan.kind, actions(work.plan.steps)) == (kind, steps)


@pytest.mark.parametrize("at", [*PAUSED, PipelineState.FINISHED])
def test_new_files_alone_resume_nothing(at: PipelineState) -> None:
    work = plan(with_input(), live(state=at), upload=SEND, options=ANYHOW)
    assert work.plan.kind is Kind.UPLOAD
    assert actions(work.plan.steps) == ["mark", "upload", "remove stale", "record"]


@pytest.mark.parametrize("held", [CHANGED, FORBIDDEN], ids=["allowed", "forbidden"])
def test_what_has_finished_is_replaced_whatever_changed(held: Definition) -> None:
    there = live(state=PipelineState.FINISHED, recorded=OTHER)
    work = plan(wanted(), there, definition=held, options=ANYHOW)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.REPLACE, [*CREATION, "retire", "delete"])
    assert EditRule.FINISHED.value in work.plan.reason


@pytest.mark.parametrize("at", [*PAUSED, PipelineState.FINISHED])
def test_what_is_unchanged_stays_paused_even_if_released(at: PipelineState) -> None:
    assert plan(wanted(), live(state=at), options=ANYHOW).plan.kind is Kind.UNCHANGED


# ---- on demand


OLD_ON_DEMAND = definition(template("ondemand", command="ls"))
FORBIDDEN_ON_DEMAND = definition(template("ondemand", machine="Other"))
PENDING, SCHEDULED = PipelineState.PENDING, PipelineState.SCHEDULED


@pytest.mark.parametrize("at", [PENDING, SCHEDULED])
@pytest.mark.parametrize(
    ("run", "kind", "steps"),
    [(False, Kind.SAVE, ["mark", "put", "record"]), (True, Kind.EDIT, ["mark", "put", "activate", "record"])],
)
def test_on_demand_is_saved_in_place_and_run_only_as_asked(
    at: PipelineState, run: bool, kind: Kind, steps: list[str]
) -> None:
    there, options = live(state=at, recorded=OTHER_SAVED), Options(run_on_demand=run)
    ran = {"other": OLD_ON_DEMAND} if at is SCHEDULED else {}
    work = plan(wanted(text=ON_DEMAND), there, definition=OLD_ON_DEMAND, options=options, **ran)
    assert (work.plan.kind, actions(work.plan.steps)) == (kind, steps)
    assert {step.target for step in work.plan.steps} == {"df-1"}
    assert work.state.saved


def test_on_demand_that_never_ran_may_be_changed_in_any_way() -> None:
    there = live(state=PENDING, recorded=OTHER_SAVED)
    work = plan(wanted(text=ON_DEMAND), there, definition=FORBIDDEN_ON_DEMAND)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.SAVE, ["mark", "put", "record"])


def test_on_demand_that_ran_is_replaced_only_as_asked() -> None:
    there = live(recorded=OTHER_SAVED)
    facts = {"definition": FORBIDDEN_ON_DEMAND, "other": FORBIDDEN_ON_DEMAND}
    held = plan(wanted(text=ON_DEMAND), there, **facts)
    assert (held.plan.kind, held.plan.steps) == (Kind.HELD, ())
    assert "replace-on-demand: true" in held.plan.reason
    work = plan(wanted(text=ON_DEMAND), there, options=Options(replace_on_demand=True), **facts)
    assert (work.plan.kind, actions(work.plan.steps)) == (
        Kind.REPLACE,
        ["create", "put", "record", *RETIREMENT],
    )


@pytest.mark.parametrize(
    ("saved", "ran", "kind"),
    [
        (FORBIDDEN_ON_DEMAND, definition(ON_DEMAND), Kind.SAVE),
        (OLD_ON_DEMAND, FORBIDDEN_ON_DEMAND, Kind.HELD),
        (FORBIDDEN_ON_DEMAND, OLD_ON_DEMAND, Kind.SAVE),
    ],
)
def test_on_demand_the_rules_are_about_what_ran(saved: Definition, ran: Definition, kind: Kind) -> None:
    work = plan(wanted(text=ON_DEMAND), live(recorded=OTHER_SAVED), definition=saved, other=ran)
    assert work.plan.kind is kind


# ---- taken over


@pytest.mark.parametrize(
    ("there", "kind", "steps"),
    [
        (CHANGED, Kind.ADOPT, ADOPTION),
        (FORBIDDEN, Kind.REPLACE, ["claim", *CREATION, *RETIREMENT]),
    ],
    ids=["allowed", "forbidden"],
)
def test_adopting_what_differs(there: Definition, kind: Kind, steps: list[str]) -> None:
    work = plan(wanted(adopt="df-9"), claimed=live("df-9", recorded=""), definition=there)
    assert (work.plan.kind, actions(work.plan.steps)) == (kind, steps)


@pytest.mark.parametrize("there", [SAME, FORBIDDEN], ids=["same", "other"])
def test_adopting_what_was_never_activated_activates_it(there: Definition) -> None:
    pending = live("df-9", state=PENDING, recorded="")
    work = plan(wanted(adopt="df-9"), claimed=pending, definition=there)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.ADOPT, ADOPTION)


@pytest.mark.parametrize("at", PAUSED)
def test_adopting_what_is_paused_resumes_it_only_as_asked(at: PipelineState) -> None:
    paused = live("df-9", state=at, recorded="")
    work = plan(wanted(adopt="df-9"), claimed=paused, definition=CHANGED, options=ANYHOW)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.ADOPT, ADOPTION)
    work = plan(wanted(adopt="df-9"), claimed=paused, definition=SAME)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.ADOPT, ["claim", "record"])


# ---- saved aside


@pytest.mark.parametrize(
    ("recorded", "active", "kind", "steps", "more"),
    [
        (OTHER, CHANGED, Kind.EDIT, EDIT, f"; {words.SAVED_ASIDE}: this overwrites it"),
        (OTHER, FORBIDDEN, Kind.REPLACE, [*CREATION, *RETIREMENT], ""),
        ("", SAME, Kind.RETAG, ["record"], f"; {words.SAVED_ASIDE}"),
    ],
    ids=["allowed", "forbidden", "same"],
)
def test_what_somebody_saved_without_activating_is_said(
    recorded: str, active: Definition, kind: Kind, steps: list[str], more: str
) -> None:
    latest = definition(template(command="mine"))
    work = plan(wanted(), live(recorded=recorded), definition=active, other=latest)
    assert (work.plan.kind, actions(work.plan.steps)) == (kind, steps)
    assert work.plan.reason.endswith(more)


def test_an_edit_that_was_cut_short_before_its_activation_is_made_good() -> None:
    work = plan(wanted(), live(recorded=state("?")), definition=SAME, other=CHANGED)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.EDIT, EDIT)
    work = plan(wanted(), live(recorded=state("?")), definition=SAME, other=SAME)
    assert (work.plan.kind, actions(work.plan.steps)) == (Kind.RETAG, ["record"])


@pytest.mark.parametrize(
    ("pipeline", "there", "options", "found", "asked"),
    [
        (wanted(), live(recorded=OTHER), Options(), CHANGED, True),
        (wanted(), live(recorded=OTHER), Options(), SAME, True),
        (wanted(), live(recorded=OTHER), Options(), FORBIDDEN, False),
        (wanted(), live(recorded=OTHER), Options(), None, False),
        (wanted(), live(recorded=OTHER, state=PipelineState.INACTIVE), Options(), CHANGED, False),
        (wanted(), live(recorded=OTHER, state=PipelineState.INACTIVE), ANYHOW, CHANGED, True),
        (wanted(), live(recorded=OTHER, state=PENDING), Options(), CHANGED, False),
        (wanted(text=ON_DEMAND), live(recorded=OTHER_SAVED), Options(), OLD_ON_DEMAND, True),
        (wanted(text=ON_DEMAND), live(recorded=OTHER_SAVED), Options(), FORBIDDEN_ON_DEMAND, True),
        (wanted(text=ON_DEMAND), live(recorded=OTHER_SAVED), Options(), definition(ON_DEMAND), False),
        (wanted(text=ON_DEMAND), live(recorded=OTHER_SAVED, state=PENDING), Options(), OLD_ON_DEMAND, False),
    ],
)
def test_the_other_version_is_asked_for_where_it_matters(
    pipeline: Pipeline, there: LivePipeline, options: Options, found: Definition | None, asked: bool
) -> None:
    facts = replace(Facts(Election(there)), definition=found)
    assert needs_other_version(pipeline, facts, options, NOW) is asked
