"""What each event asks for, row by row."""

from __future__ import annotations

import pytest

from pipelayer.changes.base import BaseSpec, BeforeMerge, FirstParent, LostBase, NoBase, Nothing, Revision
from pipelayer.github.decide import Look, NothingToDo, Refusal, Run, orders
from pipelayer.github.decide import decide as verb_of
from pipelayer.github.event import Event, read_event
from pipelayer.github.inputs import Command
from pipelayer.model import Verb
from support.events import AFTER, BEFORE, HEAD, ZERO, environ, merge_group, pull_request, push, repository

WRITES = (Command.UPLOAD, Command.ACTIVATE, Command.DEPLOY)
TAG = "refs/tags/v1"
SIDE = "refs/heads/side"


def event(name: str, payload: dict[str, object], ref: str = "refs/heads/main") -> Event:
    return read_event(environ(name, GITHUB_REF=ref), payload)


Decision = Run | Look | NothingToDo | Refusal


def decide(
    event: Event, command: Command, *, checked_out: str = "", base: str = "", head: str = ""
) -> Decision:
    """What the action does with an event, from beginning to end."""
    verb = verb_of(event, command)
    return (
        orders(event, verb, checked_out=checked_out, base=base, head=head) if isinstance(verb, Verb) else verb
    )


def auto(name: str, payload: dict[str, object], ref: str = "refs/heads/main") -> Decision:
    return decide(event(name, payload, ref), Command.AUTO, checked_out=AFTER)


PULL = "refs/pull/7/merge"


@pytest.mark.parametrize(
    ("name", "payload", "ref", "verb", "base"),
    [
        ("push", push(), "refs/heads/main", Verb.DEPLOY, Revision(BEFORE)),
        ("push", push(forced=True), "refs/heads/main", Verb.DEPLOY, Revision(BEFORE)),
        ("push", push(before=ZERO), "refs/heads/main", Verb.DEPLOY, Nothing()),
        ("pull_request", pull_request(), PULL, Verb.VALIDATE, FirstParent(AFTER)),
        ("pull_request", pull_request(action="opened"), PULL, Verb.VALIDATE, FirstParent(AFTER)),
        (
            "pull_request",
            pull_request(action="closed", merged=True, merge_commit="d" * 40),
            "refs/heads/main",
            Verb.VALIDATE,
            BeforeMerge("d" * 40, HEAD, 1),
        ),
        (
            "merge_group",
            merge_group(),
            "refs/heads/gh-readonly-queue/main/pr-7",
            Verb.VALIDATE,
            Revision(BEFORE),
        ),
    ],
)
def test_auto_runs(name: str, payload: dict[str, object], ref: str, verb: Verb, base: BaseSpec) -> None:
    decision = auto(name, payload, ref)
    assert isinstance(decision, Run)
    assert (decision.verb, decision.base) == (verb, base)
    assert decision.head == ("d" * 40 if isinstance(base, BeforeMerge) else AFTER)
    assert decision.branch == ("main" if verb is Verb.DEPLOY else "")
    assert decision.notes == ()


@pytest.mark.parametrize(
    ("ref", "verb"), [("refs/heads/main", Verb.DEPLOY), (SIDE, Verb.VALIDATE), (TAG, Verb.VALIDATE)]
)
def test_auto_by_hand(ref: str, verb: Verb) -> None:
    decision = auto("workflow_dispatch", {**repository(), "inputs": {}, "ref": ref}, ref)
    assert isinstance(decision, Run)
    assert decision.verb is verb
    assert isinstance(decision.base, NoBase)
    assert decision.branch == ("main" if verb is Verb.DEPLOY else "")


@pytest.mark.parametrize(
    ("name", "payload", "ref", "word"),
    [
        ("push", push(ref=SIDE), SIDE, "side"),
        ("push", push(ref=SIDE, before=ZERO), SIDE, "default branch"),
        ("push", push(ref=TAG, before=ZERO), TAG, "tag"),
        ("push", push(after=ZERO), "refs/heads/main", "deleted"),
        ("pull_request_target", pull_request(), "refs/heads/main", "pull_request"),
        ("pull_request", pull_request(action="closed"), PULL, "without being merged"),
        ("merge_group", merge_group(action="destroyed"), "refs/heads/main", "dissolved"),
        ("schedule", {"schedule": "0 5 * * *"}, "refs/heads/main", "schedule"),
        ("release", {**repository(), "action": "published"}, TAG, "release"),
        ("repository_dispatch", {**repository(), "action": "x"}, "refs/heads/main", "repository_dispatch"),
        ("workflow_run", {**repository(), "action": "completed"}, "refs/heads/main", "workflow_run"),
        ("issue_comment", {**repository(), "action": "created"}, "refs/heads/main", "issue_comment"),
    ],
)
def test_auto_does_nothing_and_says_why(name: str, payload: dict[str, object], ref: str, word: str) -> None:
    decision = auto(name, payload, ref)
    assert isinstance(decision, NothingToDo)
    assert word in decision.reason


@pytest.mark.parametrize("command", WRITES)
@pytest.mark.parametrize(
    ("name", "payload", "ref"),
    [
        ("pull_request", pull_request(), PULL),
        ("pull_request", pull_request(action="closed", merged=True), "refs/heads/main"),
        ("pull_request_target", pull_request(), "refs/heads/main"),
        ("pull_request_review", pull_request(action="submitted"), PULL),
        ("pull_request_review_comment", pull_request(action="created"), PULL),
        ("workflow_run", {**repository(), "action": "completed"}, "refs/heads/main"),
        ("merge_group", merge_group(), "refs/heads/gh-readonly-queue/main/pr-7"),
        ("push", push(), "refs/heads/gh-readonly-queue/main/pr-7"),
        ("push", push(ref=TAG, before=ZERO), TAG),
        ("release", {**repository(), "action": "published"}, TAG),
        ("workflow_dispatch", {**repository(), "ref": TAG}, TAG),
    ],
)
def test_writing_is_refused(command: Command, name: str, payload: dict[str, object], ref: str) -> None:
    decision = decide(event(name, payload, ref), command, checked_out=AFTER)
    assert isinstance(decision, Refusal)
    assert "refused" in decision.reason
    assert decision.hint


@pytest.mark.parametrize("command", WRITES)
@pytest.mark.parametrize("name", ["issue_comment", "discussion", "watch", "fork", "check_run"])
def test_what_strangers_may_cause_writes_nothing(command: Command, name: str) -> None:
    decision = decide(event(name, {**repository(), "action": "created"}), command, checked_out=HEAD)
    assert isinstance(decision, Refusal)
    assert name in decision.reason


def test_what_strangers_may_cause_reads_only_the_events_own_commit() -> None:
    decision = decide(event("issue_comment", repository()), Command.VALIDATE, checked_out=HEAD)
    assert isinstance(decision, Run)
    assert decision.head == AFTER


@pytest.mark.parametrize("name", ["pull_request_target", "workflow_run"])
def test_a_hostile_tree_is_not_even_read_where_the_secrets_are(name: str) -> None:
    decision = decide(event(name, pull_request()), Command.VALIDATE, checked_out=HEAD)
    assert isinstance(decision, Refusal)
    assert "pull_request" in decision.hint


@pytest.mark.parametrize("command", WRITES)
@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("schedule", {"schedule": "0 5 * * *"}),
        ("repository_dispatch", {**repository(), "action": "x"}),
        ("workflow_dispatch", repository()),
        ("push", push()),
    ],
)
def test_writing_when_asked(command: Command, name: str, payload: dict[str, object]) -> None:
    decision = decide(event(name, payload), command)
    assert isinstance(decision, Run)
    assert decision.verb == command.value
    assert (decision.branch, decision.head) == ("main", AFTER)


@pytest.mark.parametrize(
    ("name", "payload", "ref"),
    [
        ("schedule", {"schedule": "0 5 * * *"}, "refs/heads/main"),
        ("workflow_dispatch", repository(), "refs/heads/main"),
        ("workflow_dispatch", repository(), SIDE),
        ("repository_dispatch", {**repository(), "action": "x"}, "refs/heads/main"),
        ("push", push(), "refs/heads/main"),
        ("release", {**repository(), "action": "published"}, TAG),
        ("issue_comment", {**repository(), "action": "created"}, "refs/heads/main"),
    ],
)
def test_a_look_changes_nothing_and_so_may_happen_where_writing_is_refused(
    name: str, payload: dict[str, object], ref: str
) -> None:
    assert decide(event(name, payload, ref), Command.STATUS) == Look()


@pytest.mark.parametrize(
    ("name", "payload", "ref"),
    [
        ("pull_request", pull_request(), PULL),
        ("pull_request_target", pull_request(), "refs/heads/main"),
        ("pull_request_review", pull_request(action="submitted"), PULL),
        ("workflow_run", {**repository(), "action": "completed"}, "refs/heads/main"),
        ("merge_group", merge_group(), "refs/heads/gh-readonly-queue/main/pr-7"),
        ("push", push(), "refs/heads/gh-readonly-queue/main/pr-7"),
    ],
)
def test_a_look_with_files_that_nobody_merged_is_refused(
    name: str, payload: dict[str, object], ref: str
) -> None:
    decision = decide(event(name, payload, ref), Command.STATUS)
    assert isinstance(decision, Refusal)
    assert "schedule" in decision.hint


def test_a_new_branch_has_no_base_to_tell() -> None:
    decision = decide(event("push", push(ref=SIDE, before=ZERO), SIDE), Command.DEPLOY)
    assert isinstance(decision, Run)
    assert isinstance(decision.base, LostBase)
    assert "side" in decision.base.reason
    assert decision.branch == "side"


def test_a_deleted_branch_is_nothing_whatever_the_command() -> None:
    for command in Command:
        assert isinstance(decide(event("push", push(after=ZERO)), command), NothingToDo)


def test_the_branch_of_a_pull_request_checked_out_instead_of_its_merge() -> None:
    decision = decide(event("pull_request", pull_request(), PULL), Command.AUTO, checked_out=HEAD)
    assert isinstance(decision, Run)
    assert decision.head == AFTER
    assert decision.base == FirstParent(AFTER)
    assert decision.notes


def test_a_commit_that_an_earlier_step_made() -> None:
    decision = decide(event("push", push()), Command.AUTO, checked_out="e" * 40)
    assert isinstance(decision, Run)
    assert decision.head == "e" * 40


def test_the_stale_base_sha_is_never_used() -> None:
    stale = "5" * 40
    for checked_out in (AFTER, HEAD, "e" * 40, ""):
        for action in ("opened", "closed"):
            request = pull_request(base=stale, action=action, merged=action == "closed")
            decision = decide(event("pull_request", request, PULL), Command.AUTO, checked_out=checked_out)
            assert stale not in repr(decision)


def test_overrides() -> None:
    for name, payload in (("push", push()), ("pull_request", pull_request()), ("schedule", {})):
        decision = decide(event(name, payload), Command.VALIDATE, base="v1", head="side")
        assert isinstance(decision, Run)
        assert (decision.base, decision.head) == (Revision("v1"), "side")


def test_overrides_lift_no_refusal() -> None:
    request = event("pull_request", pull_request(), PULL)
    assert isinstance(decide(request, Command.DEPLOY, base="v1", head="main"), Refusal)
