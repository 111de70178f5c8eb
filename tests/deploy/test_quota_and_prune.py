"""The account's room, and what may be deleted: decided before the first write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipelayer.deploy import words
from pipelayer.deploy.elect import Election, elect
from pipelayer.deploy.facts import Facts, Options, Work
from pipelayer.deploy.plan import plan_pipeline
from pipelayer.deploy.prune import BROKEN, Removed, plan_removed, too_many
from pipelayer.deploy.quota import free_places, old_first
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.deploy.upload import UploadPlan
from pipelayer.errors import PipelayerError
from pipelayer.model import Kind, LivePipeline, PipelineState
from pipelayer.project.uploads import S3Location
from support.scene import template
from support.wanted import DIGEST, NOW, actions, definition, files, key, live, state, wanted, with_input

OTHER = state("o" * 32)
OPTIONS = Options()


def new(directory: str) -> Work:
    return plan_pipeline(wanted(directory), Facts(), Options(), NOW, "")


def changed(directory: str, before: str, *others: LivePipeline, **more: Any) -> Work:
    there = live(f"df-{directory}", directory, key=key(directory), recorded=OTHER)
    facts = Facts(elect((there, *others), DIGEST), definition=definition(before))
    return plan_pipeline(
        with_input(directory) if more else wanted(directory), replace(facts, **more), OPTIONS, NOW, ""
    )


def replaced(directory: str, **more: Any) -> Work:
    return changed(directory, template(machine="Other"), **more)


def edited(directory: str) -> Work:
    return changed(directory, template(command="ls"))


def unchanged(directory: str) -> Work:
    return plan_pipeline(wanted(directory), Facts(Election(live(name=directory))), Options(), NOW, "")


SEND = UploadPlan(S3Location("data", "in/a/"), files("run"), ("in/a/tasks/old",))
UNWANTED = live("df-u", "before", PipelineState.PENDING)


def region(count: int) -> Snapshot:
    leaving = live("df-x", state=PipelineState.DELETING)
    return Snapshot((*(live(f"df-{number}") for number in range(count)), leaving))


@pytest.mark.parametrize(
    ("works", "there", "most", "stub", "free"),
    [
        ([new("a"), new("b")], 8, 10, False, 0),
        ([new("a")], 8, 10, True, 0),
        ([replaced("a"), replaced("b")], 9, 10, False, 1),
        ([replaced("a"), new("b")], 8, 10, False, 1),
        ([edited("a"), edited("b")], 10, 10, False, 0),
        ([edited("a"), new("b")], 9, 10, False, 0),
        ([old_first(replaced("a")), old_first(replaced("b"))], 10, 10, False, 0),
        ([old_first(replaced("a")), new("b")], 9, 10, False, 0),
        ([unchanged("a")], 10, 10, False, 0),
        ([unchanged("a")], 12, 10, False, 0),
        ([], 12, 10, False, 0),
    ],
)
def test_there_is_room(works: list[Work], there: int, most: int, stub: bool, free: int) -> None:
    assert free_places(works, region(there), most, stub=stub) == free


@pytest.mark.parametrize(
    ("works", "there", "stub"),
    [
        ([new("a"), new("b")], 9, False),
        ([new("a")], 9, True),
        ([replaced("a")], 10, False),
        ([replaced("a"), new("b")], 9, False),
        ([unchanged("a")], 10, True),
        ([edited("a"), new("b")], 10, False),
        ([edited("a")], 10, True),
        ([old_first(replaced("a")), new("b")], 10, False),
        ([old_first(replaced("a"))], 10, True),
    ],
)
def test_there_is_none(works: list[Work], there: int, stub: bool) -> None:
    with pytest.raises(PipelayerError, match=r"max-pipelines.* is 10") as caught:
        free_places(works, region(there), 10, stub=stub)
    assert "quota" in caught.value.hint
    only_replaces = all(work.plan.kind is Kind.REPLACE for work in works)
    assert ("`replace: delete-first`" in caught.value.hint) is (only_replaces and not stub)


@pytest.mark.parametrize(
    ("work", "steps"),
    [
        (replaced("a"), ["retire", "deactivate", "delete", "create", "put", "activate"]),
        (
            replaced("a", upload=SEND),
            ["mark", "upload", "retire", "deactivate", "delete", "create", "put", "activate", "remove stale"],
        ),
        (
            changed("a", template(machine="Other"), UNWANTED),
            ["retire", "deactivate", "delete", "delete", "create", "put", "activate"],
        ),
    ],
    ids=["alone", "with files", "with what another run left"],
)
def test_the_old_one_goes_first(work: Work, steps: list[str]) -> None:
    first = old_first(work)
    assert (actions(first.plan.steps), first.makes_room) == (steps, True)
    assert sorted(steps) == sorted(actions(work.plan.steps))
    assert first.plan.reason == f"{work.plan.reason}; {words.OLD_FIRST}"
    assert not work.makes_room


@pytest.mark.parametrize("work", [new("a"), edited("a"), unchanged("a")], ids=["new", "edited", "unchanged"])
def test_what_replaces_nothing_stays_as_it_is(work: Work) -> None:
    assert old_first(work) == work


# ---- what the files no longer have

GONE = key("gone")


def removed(*there: LivePipeline, **about: object) -> Removed:
    return Removed(GONE, elect(there, ""), **about)


UNFINISHED = live("df-2", key=GONE, state=PipelineState.PENDING)
RETIRED = live("df-3", key=GONE, state=PipelineState.INACTIVE, retired="df-1")
LOSER = live("df-0", key=GONE)
LIVE = live("df-1", key=GONE)


def test_it_is_only_reported() -> None:
    plan = plan_removed(removed(LIVE, LOSER, UNFINISHED), too_many=False)
    assert (plan.kind, plan.steps, plan.live_id) == (Kind.REMOVED, (), "df-1")
    assert "goes on running; prune: true" in plan.reason


def test_what_was_decided_before_goes_in_any_case() -> None:
    plan = plan_removed(removed(LIVE, RETIRED), too_many=False)
    assert [(step.action.value, step.target) for step in plan.steps] == [("delete", "df-3")]
    assert plan.kind is Kind.REMOVED
    alone = plan_removed(removed(RETIRED), too_many=False)
    assert (alone.kind, len(alone.steps)) == (Kind.PRUNE, 1)


def test_pruning_takes_everything_under_the_key() -> None:
    plan = plan_removed(removed(LIVE, LOSER, UNFINISHED, RETIRED, wanted=True), too_many=False)
    assert plan.kind is Kind.PRUNE
    going = {step.target for step in plan.steps if step.action.value == "delete"}
    assert going == {"df-0", "df-1", "df-2", "df-3"}
    first = [step for step in plan.steps if step.target == "df-1"]
    assert actions(first) == ["retire", "deactivate", "delete"]


def test_pruning_cancels_running_work_as_asked() -> None:
    going = live("df-4", key=GONE, state=PipelineState.DEACTIVATING, retired="removed")
    plan = plan_removed(removed(LIVE, going, wanted=True), too_many=False, cancel=True)
    assert actions(plan.steps) == ["cancel", "delete", "retire", "cancel", "delete"]


def test_what_was_never_activated_is_reported_and_pruned() -> None:
    assert "never activated" in plan_removed(removed(UNFINISHED), too_many=False).reason
    assert plan_removed(removed(UNFINISHED, wanted=True), too_many=False).steps


def test_a_refusal_stands() -> None:
    plan = plan_removed(removed(LIVE, RETIRED, wanted=True, refusal=BROKEN), too_many=False)
    assert (plan.kind, plan.reason, plan.steps) == (Kind.REFUSED, BROKEN, ())


def test_too_many_want_their_names() -> None:
    assert plan_removed(removed(LIVE, wanted=True), too_many=True).kind is Kind.REFUSED
    assert plan_removed(removed(LIVE, wanted=True, named=True), too_many=True).kind is Kind.PRUNE
    assert plan_removed(removed(LIVE), too_many=True).kind is Kind.REMOVED


@pytest.mark.parametrize(
    ("going", "staying", "refused"), [(1, 1, False), (2, 1, True), (1, 0, True), (0, 0, False), (3, 3, False)]
)
def test_more_than_half(going: int, staying: int, refused: bool) -> None:
    assert too_many([removed(LIVE, wanted=True)] * going, staying) is refused
