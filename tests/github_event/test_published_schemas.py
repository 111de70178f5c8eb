"""Whole payloads, which GitHub's published schemas accept, and what is read from them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pipelayer.github.event import EventName, MergeGroup, PullRequest, Push, read_event
from support import webhooks
from support.events import AFTER, BEFORE, HEAD, ZERO, environ
from support.webhook_schemas import ALL, DEFINITIONS, filled
from tools.extract_webhooks import trimmed

PULL_REF = "refs/pull/7/merge"
SHA256 = "2" * 64


@dataclass(frozen=True)
class Row:
    """An event and its payload, the runner's ref and commit, and what is read of it.

    `free` are the keys that may be missing, as those of a hash that users fill.
    """

    event: str
    payload: dict[str, object]
    part: Push | PullRequest | MergeGroup | None = None
    ref: str = "refs/heads/main"
    sha: str = AFTER
    default_branch: str = "main"
    free: tuple[str, ...] = ()


def pull(**facts: Any) -> PullRequest:
    """What is read of an open pull request of the same repository, but for these facts."""
    usual: dict[str, Any] = {"number": 7, "action": "synchronize", "head_sha": HEAD, "head_ref": "change"}
    usual |= {"base_ref": "main", "from_fork": False, "merged": False, "merge_commit": "", "commits": 1}
    usual |= {"head_repository": "acme/nightly"}
    return PullRequest(**{**usual, **facts})


FORK = {"from_fork": True, "head_repository": "somebody/nightly"}


def pull_payload(**facts: Any) -> dict[str, object]:
    return webhooks.pull_request(
        **{"number": 7, "head": HEAD, "base": BEFORE, "merge_commit": AFTER, **facts}
    )


def from_lost_fork() -> dict[str, object]:
    payload: dict[str, Any] = pull_payload(from_fork=True)
    payload["pull_request"]["head"]["repo"] = None
    return payload


ROWS = {
    "push": Row(
        "push",
        webhooks.push(before=BEFORE, after=AFTER),
        Push("refs/heads/main", BEFORE, AFTER, created=False, forced=False, deleted=False),
    ),
    "push of several commits": Row(
        "push",
        webhooks.push(before=BEFORE, after=AFTER, commits=[HEAD, AFTER]),
        Push("refs/heads/main", BEFORE, AFTER, created=False, forced=False, deleted=False),
    ),
    "push of a new branch": Row(
        "push",
        webhooks.push(before=ZERO, after=AFTER, ref="refs/heads/change"),
        Push("refs/heads/change", "", AFTER, created=True, forced=False, deleted=False),
        ref="refs/heads/change",
    ),
    "forced push": Row(
        "push",
        webhooks.push(before=BEFORE, after=AFTER, forced=True),
        Push("refs/heads/main", BEFORE, AFTER, created=False, forced=True, deleted=False),
    ),
    "deleted branch": Row(
        "push",
        webhooks.push(before=BEFORE, after=ZERO, ref="refs/heads/change"),
        Push("refs/heads/change", BEFORE, "", created=False, forced=False, deleted=True),
    ),
    "push of a tag": Row(
        "push",
        webhooks.push(before=ZERO, after=AFTER, ref="refs/tags/v1"),
        Push("refs/tags/v1", "", AFTER, created=True, forced=False, deleted=False),
        ref="refs/tags/v1",
    ),
    "push to another default branch": Row(
        "push",
        webhooks.push(before=BEFORE, after=AFTER, ref="refs/heads/trunk", default_branch="trunk"),
        Push("refs/heads/trunk", BEFORE, AFTER, created=False, forced=False, deleted=False),
        ref="refs/heads/trunk",
        default_branch="trunk",
    ),
    "push of SHA-256 ids": Row(
        "push",
        webhooks.push(before="0" * 64, after=SHA256),
        Push("refs/heads/main", "", SHA256, created=True, forced=False, deleted=False),
        sha=SHA256,
    ),
    "pull request": Row("pull_request", pull_payload(), pull(), PULL_REF),
    "opened pull request": Row(
        "pull_request", pull_payload(action="opened", merge_commit=None), pull(action="opened"), PULL_REF
    ),
    "reopened pull request": Row(
        "pull_request", pull_payload(action="reopened"), pull(action="reopened"), PULL_REF
    ),
    "closed pull request": Row(
        "pull_request", pull_payload(action="closed"), pull(action="closed"), PULL_REF
    ),
    "merged pull request": Row(
        "pull_request",
        pull_payload(action="closed", merged=True),
        pull(action="closed", merged=True, merge_commit=AFTER),
    ),
    "pull request to another branch": Row(
        "pull_request",
        pull_payload(head_ref="fix", base_ref="next", commits=3),
        pull(head_ref="fix", base_ref="next", commits=3),
        PULL_REF,
    ),
    "pull request of a fork": Row("pull_request", pull_payload(from_fork=True), pull(**FORK), PULL_REF),
    "pull request of a fork that is gone": Row(
        "pull_request", from_lost_fork(), pull(from_fork=True, head_repository=""), PULL_REF
    ),
    "pull_request_target": Row("pull_request_target", pull_payload(from_fork=True), pull(**FORK)),
    "review": Row(
        "pull_request_review",
        webhooks.pull_request_review(number=7, head=HEAD, base=BEFORE),
        pull(action="submitted"),
        PULL_REF,
    ),
    "merge group": Row(
        "merge_group",
        webhooks.merge_group(base=BEFORE, head=AFTER),
        MergeGroup(BEFORE, AFTER, "checks_requested"),
        f"refs/heads/gh-readonly-queue/main/pr-7-{BEFORE}",
    ),
    "merge group that is gone": Row(
        "merge_group",
        webhooks.merge_group(base=BEFORE, head=AFTER, action="destroyed"),
        MergeGroup(BEFORE, AFTER, "destroyed"),
    ),
    "run by hand": Row("workflow_dispatch", webhooks.workflow_dispatch()),
    "run by hand with inputs": Row(
        "workflow_dispatch",
        webhooks.workflow_dispatch(ref="refs/heads/change", inputs={"mode": "plan"}),
        ref="refs/heads/change",
        free=("$.inputs.mode",),
    ),
    "run after a run": Row("workflow_run", webhooks.workflow_run(head=HEAD)),
    "release": Row("release", webhooks.release(tag="v1"), ref="refs/tags/v1"),
    "call from outside": Row(
        "repository_dispatch",
        webhooks.repository_dispatch(client_payload={"mode": "plan"}),
        free=("$.client_payload.mode",),
    ),
    "comment": Row(
        "issue_comment",
        webhooks.issue_comment(number=7),
        free=("$.issue.pull_request", "$.issue.pull_request.url"),
    ),
    "new tag": Row("create", webhooks.create(ref="v1", ref_type="tag"), ref="refs/tags/v1"),
    "branch that is gone": Row("delete", webhooks.delete(ref="change")),
}
each_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())


def shortened(value: Any, path: str = "$", *, everywhere: bool = False) -> Iterator[tuple[str, Any]]:
    """The value without one key, for each key at any depth, and the path of the key.

    Only `everywhere` are the keys of users and repositories among them: they are alike wherever they are.
    """
    if isinstance(value, list):
        items = [(position, item, f"{path}[{position}]") for position, item in enumerate(value)]
    else:
        items = [(key, item, f"{path}.{key}") for key, item in value.items()]
    for key, item, step in items:
        if isinstance(value, dict):
            yield step, {other: value[other] for other in value if other != key}
        alike = not everywhere and isinstance(item, dict) and ("followers_url" in item or "forks_url" in item)
        if isinstance(item, dict | list) and not alike:
            for deeper, rest in shortened(item, step, everywhere=everywhere):
                whole = copy.copy(value)
                whole[key] = rest
                yield deeper, whole


@each_row
def test_a_payload_is_as_github_sends_it(row: Row) -> None:
    assert webhooks.problems(row.event, row.payload) == []


@each_row
def test_a_payload_that_lacks_a_key_is_not(row: Row) -> None:
    lacking = shortened(row.payload, everywhere=row.event == "delete")  # it has the fewest keys
    assert [path for path, rest in lacking if not webhooks.problems(row.event, rest)] == list(row.free)


@each_row
def test_what_is_read_of_it(row: Row) -> None:
    event = read_event(environ(row.event, GITHUB_REF=row.ref, GITHUB_SHA=row.sha), row.payload)
    other = row.event in {"issue_comment", "create", "delete"}
    assert event.name is (EventName.OTHER if other else EventName(row.event))
    assert (event.title, event.sha, event.ref) == (row.event, row.sha, row.ref)
    assert event.default_branch == row.default_branch
    assert event.on_default_branch == (row.ref == f"refs/heads/{row.default_branch}")
    assert event.is_tag == row.ref.startswith("refs/tags/")
    found = [part for part in (event.push, event.pull_request, event.merge_group) if part is not None]
    assert found == ([row.part] if row.part else [])


def test_a_schedule_has_no_schema() -> None:
    payload = webhooks.schedule("7 3 * * 1")
    assert webhooks.problems("schedule", payload) == ["no schema is known for schedule"]
    assert webhooks.problems("pull_request", {"action": "polished"}) == [
        "no schema is known for pull_request polished"
    ]
    event = read_event(environ("schedule"), payload)
    assert (event.name, event.default_branch) == (EventName.SCHEDULE, "main")


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"state": "merged"}, "$.pull_request.state: 'merged' is not one of"),
        ({"merged": "no"}, "$.pull_request.merged: 'no' is not of type"),
        ({"merge_commit_sha": 7}, "$.pull_request.merge_commit_sha: 7 is not of type"),
        ({"merged_by": {"login": "ann"}}, "$.pull_request.merged_by: "),
        ({"merged_at": "yesterday"}, "$.pull_request.merged_at: 'yesterday' is not a 'date-time'"),
        ({"merged_at": "2026-03-01T12:00:00"}, "$.pull_request.merged_at: "),
        ({"html_url": "pull 7"}, "$.pull_request.html_url: 'pull 7' is not a 'uri'"),
        ({"html_url": "https://github.test/{7}"}, "$.pull_request.html_url: "),
        ({"review_comment_url": "https://github.test/{"}, "$.pull_request.review_comment_url: "),
        ({"mergd": True}, "$.pull_request: Additional properties are not allowed ('mergd' was unexpected)"),
    ],
)
def test_a_value_that_github_would_not_send(facts: dict[str, object], problem: str) -> None:
    payload: dict[str, Any] = pull_payload()
    payload["pull_request"] |= facts
    found = webhooks.problems("pull_request", payload)
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_a_fact_that_the_schema_refuses_is_kept_and_told() -> None:
    payload = filled("push$event", {"before": 7, "pusher": {"name": "ann", "email": False}})
    assert payload["before"] == 7
    found = webhooks.problems("push", payload)
    assert [problem.partition(":")[0] for problem in found] == ["$.before", "$.pusher.email"]


@pytest.mark.parametrize("reviewer", [{"login": "ann"}, {"permission": "push"}], ids=["user", "team"])
def test_facts_choose_between_alternatives(reviewer: dict[str, object]) -> None:
    payload = filled("pull_request$opened", {"pull_request": {"requested_reviewers": [reviewer]}})
    assert webhooks.problems("pull_request", payload) == []


@pytest.mark.parametrize("name", [name for name, schema in DEFINITIONS.items() if schema["type"] == "object"])
def test_every_definition_can_be_filled(name: str) -> None:
    ALL.check_schema(DEFINITIONS[name])
    assert list(ALL.evolve(schema=DEFINITIONS[name]).iter_errors(filled(name, {}))) == []


def test_the_extraction_leaves_out_only_prose() -> None:
    kept = {"type": "object", "required": ["title"], "properties": {"title": {"enum": ["a"]}, "default": {}}}
    prose = {
        "title": "T",
        "description": "D",
        "default": {},
        "examples": [1],
        "tsAdditionalProperties": False,
    }
    assert trimmed({**kept, **prose, "allOf": [prose, kept]}) == {**kept, "allOf": [{}, kept]}
