"""Every event, row by row: a selection with reasons, or words that say why there is none and what to do.

Each row builds its own repository and the clone that actions/checkout makes of it, and runs the entry point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from support.gitrepo import git
from support.pulls import (
    closed_unmerged,
    comment_with_a_strangers_checkout,
    head_behind_base,
    head_checked_out,
    hostile_checkout,
    merge_commit_gone,
    merged_by_rebasing,
    merged_by_squashing,
    merged_while_others_go_on,
    merged_with_a_merge_commit,
    newer_head_checked_out,
    of_the_target,
    rebased_after_updates,
    reviewed,
    something_else_checked_out,
)
from support.selecting import Place, Trigger, checkout, run, selected
from support.small_project import project, template, values
from support.triggers import (
    called,
    created,
    deleted_branch,
    dispatched,
    dissolved,
    first_commit,
    forced,
    forced_and_gone,
    forced_back,
    moved_tag,
    new_branch,
    new_default_branch_with_history,
    new_tag,
    nothing_of_a_pipeline,
    one_of_several_commits,
    push,
    queued,
    released,
    scheduled,
    several_commits,
    two_commits,
    what_was_undone_again,
    workflow_run,
)


@dataclass(frozen=True)
class Chosen:
    """The selection that is expected, and words of the log."""

    items: dict[str, str]
    says: str = ""


@dataclass(frozen=True)
class Refused:
    """Exit 2: why, and what to do instead."""

    why: str
    hint: str


@dataclass(frozen=True)
class Idle:
    """Exit 0 and nothing looked at, said aloud."""

    why: str


Expected = Chosen | Refused | Idle
ALL = {"alpha": "unknown base", "beta": "unknown base"}
NEW = {"alpha": "new", "beta": "new"}


NO_COMMIT = "names no commit to compare with"
IN_ALL = {"alpha": "all", "beta": "all"}
OF_BRANCH = {"alpha": "files", "gamma": "files"}

ROWS: list[tuple[Callable[[Place], Trigger], str, Expected]] = [
    (several_commits, "validate", Chosen({"alpha": "files", "beta": "files"})),
    (one_of_several_commits, "validate", Chosen({"beta": "files"})),
    (what_was_undone_again, "validate", Chosen({"beta": "files"})),
    (first_commit, "validate", Chosen(NEW)),
    (new_default_branch_with_history, "validate", Chosen(NEW)),
    (new_branch, "validate", Chosen(ALL, "the branch `side` is new")),
    (new_branch, "auto", Idle("deploys pushes to the default branch `main`; this one is to `side`")),
    (forced, "validate", Chosen({"alpha": "files", "beta": "files"})),
    (forced_back, "validate", Chosen({"alpha": "files", "beta": "files"})),
    (forced_and_gone, "validate", Chosen(ALL, "The base can't be had")),
    (deleted_branch, "auto", Idle("`side` was deleted")),
    (deleted_branch, "deploy", Idle("`side` was deleted")),
    (new_tag, "auto", Idle("does nothing on `push` of the tag `v1`")),
    (new_tag, "validate", Chosen(ALL, "the tag `v1` is new")),
    (new_tag, "deploy", Refused("refused on `v1`", "Deploy on `push`")),
    (moved_tag, "validate", Chosen({"alpha": "files", "beta": "files"})),
    (nothing_of_a_pipeline, "validate", Chosen({}, "No pipeline is affected")),
    (head_behind_base, "auto", Chosen(OF_BRANCH)),
    (head_behind_base, "deploy", Refused("refused on `pull_request`", "Deploy on `push`")),
    (head_checked_out, "auto", Chosen(OF_BRANCH, "the branch's merge into the base")),
    (something_else_checked_out, "auto", Chosen(OF_BRANCH, "the branch's merge into the base")),
    (newer_head_checked_out, "auto", Chosen(OF_BRANCH, "the branch's merge into the base")),
    (closed_unmerged, "auto", Idle("closed without being merged")),
    (merged_with_a_merge_commit, "auto", Chosen(OF_BRANCH)),
    (merged_by_squashing, "auto", Chosen(OF_BRANCH)),
    (merged_by_rebasing, "auto", Chosen(OF_BRANCH)),
    (rebased_after_updates, "auto", Chosen({**OF_BRANCH, "beta": "files"})),
    (merged_while_others_go_on, "auto", Chosen(OF_BRANCH)),
    (merged_with_a_merge_commit, "deploy", Refused("refused on `pull_request`", "Deploy on `push`")),
    (of_the_target, "auto", Idle("does nothing on `pull_request_target`. Let it run on `pull_request`")),
    (of_the_target, "deploy", Refused("its job holds your secrets", "Deploy on `push`")),
    (hostile_checkout, "validate", Refused("its job holds your secrets", "Let it run on `pull_request`")),
    (hostile_checkout, "upload", Refused("may be anybody's", "Deploy on `push`")),
    (reviewed, "auto", Idle("does nothing on `pull_request_review`")),
    (reviewed, "validate", Chosen(OF_BRANCH)),
    (reviewed, "deploy", Refused("what merging brings is a push", "Deploy on `push`")),
    (queued, "auto", Chosen({"alpha": "files", "beta": "files"})),
    (queued, "deploy", Refused("refused on `merge_group`", "Deploy on `push`")),
    (dissolved, "auto", Idle("The merge group was dissolved")),
    (workflow_run, "auto", Idle("does nothing on `workflow_run`. Let it run on `pull_request`")),
    (workflow_run, "validate", Refused("its job holds your secrets", "Let it run on `pull_request`")),
    (workflow_run, "deploy", Refused("its job holds your secrets", "Deploy on `push`")),
    (
        dispatched,
        "validate",
        Chosen(IN_ALL, NO_COMMIT),
    ),
    (scheduled, "auto", Idle("`command: deploy` deploys whatever differs")),
    (scheduled, "validate", Chosen(IN_ALL, NO_COMMIT)),
    (called, "auto", Idle("`command: deploy`")),
    (called, "validate", Chosen(IN_ALL, NO_COMMIT)),
    (
        created,
        "auto",
        Idle("does nothing on `create`. Deploy on `push`"),
    ),
    (comment_with_a_strangers_checkout, "deploy", Refused("strangers may cause it", "Deploy on `push`")),
    (
        comment_with_a_strangers_checkout,
        "validate",
        Chosen({"alpha": "all", "beta": "all", "gamma": "all"}, NO_COMMIT),
    ),
    (released, "auto", Idle("does nothing on `release` of the tag `v1`")),
    (released, "validate", Chosen(IN_ALL, NO_COMMIT)),
    (released, "deploy", Refused("refused on `v1`", "Deploy on `push`")),
]


def named(make: Callable[[Place], Trigger], command: str, depth: int) -> str:
    return f"{make.__name__.replace('_', ' ')}, {command}, {'shallow' if depth else 'full'}"


@pytest.mark.parametrize(
    ("make", "command", "expected", "depth"),
    [
        pytest.param(make, command, expected, depth, id=named(make, command, depth))
        for make, command, expected in ROWS
        for depth in ((1, 0) if isinstance(expected, Chosen) else (1,))
    ],
)
def test_an_event(
    place: Place, make: Callable[[Place], Trigger], command: str, expected: Expected, depth: int
) -> None:
    trigger = make(place)
    workspace = place.workspace
    if isinstance(expected, Chosen):
        checkout(place, trigger, depth)
    else:
        workspace.mkdir(parents=True)  # what is refused is refused before anything is opened
    job = run(place, workspace, trigger, command=command)
    match expected:
        case Chosen(items, says):
            assert selected(job) == items, job.stdout
            assert says in job.stdout
        case Refused(why, hint):
            assert (job.code, job.outputs["result"], job.outputs["changed"]) == (2, "failure", "[]")
            (error,) = job.annotations()
            assert why in error.data
            assert hint in error.data
        case Idle(why):
            assert (job.code, job.outputs["result"], job.outputs["changed"]) == (0, "nothing-to-do", "[]")
            assert why in job.stdout


@pytest.mark.parametrize("make", [forced_and_gone, new_branch, merge_commit_gone])
def test_a_base_that_cannot_be_had_fails_where_that_is_wanted(
    place: Place, make: Callable[[Place], Trigger]
) -> None:
    trigger = make(place)
    workspace = checkout(place, trigger)
    job = run(place, workspace, trigger, on_unknown_base="fail")
    assert (job.code, job.outputs["result"], job.outputs["changed"]) == (1, "failure", "[]")
    (error,) = job.annotations()
    assert "The base to compare with can't be had" in error.data
    assert "`on-unknown-base: all`" in error.data
    everything = run(place, workspace, trigger)
    assert set(selected(everything).values()) == {"unknown base"}


@pytest.mark.parametrize(
    "make", [head_checked_out, something_else_checked_out, comment_with_a_strangers_checkout]
)
def test_files_on_disk_count_only_if_they_are_what_the_event_is_about(
    place: Place, make: Callable[[Place], Trigger]
) -> None:
    trigger = make(place)
    workspace = checkout(place, trigger)
    job = run(place, workspace, trigger, source="tracked")
    assert (job.code, job.outputs["changed"]) == (2, "[]")
    (error,) = job.annotations()
    assert (
        f"reads what is on disk, which is of {trigger.commit[:7]}; this run is about {trigger.sha}"
        in error.data
    )


def test_a_checkout_of_another_repository_is_not_the_events(place: Place) -> None:
    trigger = several_commits(place)
    workspace = checkout(place, trigger)
    git(workspace, "remote", "set-url", "origin", "https://github.com/acme/tools")
    for command in ("validate", "deploy"):
        job = run(place, workspace, trigger, command=command)
        assert (job.code, job.outputs["changed"]) == (2, "[]")
        (error,) = job.annotations()
        assert "The checkout is of `acme/tools`, and the event of `acme/nightly`" in error.data


def test_a_merge_commit_that_is_gone_leaves_the_checkout_and_a_base_of_ones_own(place: Place) -> None:
    trigger = merge_commit_gone(place)
    workspace = checkout(place, trigger)
    first = place.work.git("rev-parse", "main~1")
    job = run(place, workspace, trigger, base=first)
    assert selected(job) == {"alpha": "files", "beta": "files", "gamma": "files"}
    assert "can't be had; the checkout," in job.stdout


def test_a_base_by_the_name_of_a_tag(place: Place) -> None:
    first, second, third = two_commits(place)
    place.work.git("tag", "--annotate", "--message", "one", "v1", first)
    place.work.push("v1")
    trigger = push(place, second, third)
    workspace = checkout(place, trigger)
    assert selected(run(place, workspace, trigger, base="v1")) == {"alpha": "files", "beta": "files"}


def test_a_group_that_goes_elsewhere_leaves_its_pipelines_behind(place: Place) -> None:
    config = "version: 1\ngroups: {dev: {region: %s}}\n"
    before = place.commit({**project(), "pipelayer.yml": config % "us-east-1"})
    trigger = push(place, before, place.commit({"pipelayer.yml": config % "us-west-2"}))
    workspace = checkout(place, trigger)
    job = run(place, workspace, trigger)
    assert selected(job) == {"dev/alpha": "config", "dev/beta": "config"}
    assert "The region of the group `dev` was `us-east-1`: what it has there runs on" in job.stdout


def test_a_configuration_that_was_wrong_before_told_nobody_what_its_pipelines_were(place: Place) -> None:
    before = place.commit(project() | {"pipelayer.yml": "version: 7\n"})
    after = place.commit({"pipelayer.yml": "version: 1\n"})
    trigger = push(place, before, after)
    workspace = checkout(place, trigger)
    job = run(place, workspace, trigger)
    assert selected(job) == ALL
    assert "The configuration of the commit before is wrong: all count." in job.stdout


def test_overrides_of_the_events_commits(place: Place) -> None:
    first, second, third = two_commits(place)
    trigger = push(place, second, third)
    workspace = checkout(place, trigger)
    assert selected(run(place, workspace, trigger, base=first)) == {"alpha": "files", "beta": "files"}
    assert selected(run(place, workspace, trigger, base=first, head=second)) == {"alpha": "files"}
    assert selected(run(place, workspace, trigger, base="main")) == {}


def test_a_template_and_a_configuration_reach_those_that_use_them(place: Place) -> None:
    config = "version: 1\ngroups:\n  dev: {values: {myWord: %s}}\n  prod: {dirs: [alpha]}\n"
    own = {"own/values.json": values("own"), "own/pipeline_definition.json": template()}
    first = place.commit(project() | own | {"pipelayer.yml": config % "one"})
    shared = place.commit({"pipeline_definition.json": template(Machine={"terminateAfter": "3 hours"})})
    configured = place.commit({"pipelayer.yml": config % "two"})
    regrouped = place.commit({"pipelayer.yml": "version: 1\ngroups:\n  dev: {values: {myWord: two}}\n"})
    for before, after, expected in (
        (first, shared, {"dev/alpha": "template", "dev/beta": "template", "prod/alpha": "template"}),
        (shared, configured, {"dev/alpha": "config", "dev/beta": "config", "dev/own": "config"}),
        (configured, regrouped, {"prod/alpha": "removed"}),
    ):
        trigger = push(place, before, after)
        workspace = checkout(place, trigger)
        job = run(place, workspace, trigger)
        assert selected(job) == expected, job.stdout
