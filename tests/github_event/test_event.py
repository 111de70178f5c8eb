"""Events as GitHub sends them, cut down to what matters, and payloads that are not whole."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.errors import UsageError
from pipelayer.github.event import EventName, load_payload, read_event
from support.events import AFTER, BEFORE, HEAD, ZERO, environ, merge_group, pull_request, push, repository


def test_a_push() -> None:
    event = read_event(environ("push"), push())
    assert event.push is not None
    assert (event.push.before, event.push.after) == (BEFORE, AFTER)
    assert (event.push.created, event.push.forced, event.push.deleted) == (False, False, False)
    assert event.on_default_branch
    assert (event.branch, event.default_branch, event.is_tag) == ("main", "main", False)
    assert (event.repository, event.run_id, event.run_attempt, event.actor) == (
        "acme/nightly",
        "77",
        2,
        "ann",
    )
    assert event.server_url == "https://github.com"


def test_a_branch_that_is_new_or_gone() -> None:
    created = read_event(environ("push"), push(before=ZERO)).push
    assert created is not None
    assert created.created
    assert created.before == ""
    deleted = read_event(environ("push"), push(after=ZERO)).push
    assert deleted is not None
    assert deleted.deleted
    sha256 = read_event(environ("push", GITHUB_SHA="a" * 64), push(before="0" * 64, after="a" * 64)).push
    assert sha256 is not None
    assert sha256.before == ""


def test_a_pull_request() -> None:
    event = read_event(environ("pull_request", GITHUB_REF="refs/pull/7/merge"), pull_request())
    request = event.pull_request
    assert request is not None
    assert (request.number, request.head_sha, request.base_ref) == (7, HEAD, "main")
    assert (request.from_fork, request.merged, request.merge_commit) == (False, False, "")
    assert event.branch == ""
    assert not event.on_default_branch


def test_forks() -> None:
    for head_repo in ({"full_name": "somebody/nightly"}, None):
        event = read_event(environ("pull_request"), pull_request(head_repo=head_repo))
        assert event.pull_request is not None
        assert event.pull_request.from_fork


def test_a_merged_pull_request() -> None:
    event = read_event(environ("pull_request"), pull_request(action="closed", merged=True))
    assert event.pull_request is not None
    assert event.pull_request.merge_commit == AFTER


def test_a_merge_group() -> None:
    event = read_event(environ("merge_group"), merge_group())
    assert event.merge_group is not None
    assert (event.merge_group.base_sha, event.merge_group.head_sha) == (BEFORE, AFTER)


def test_a_schedule_runs_on_the_default_branch() -> None:
    event = read_event(environ("schedule"), {"schedule": "0 5 * * *"})
    assert (event.name, event.default_branch) == (EventName.SCHEDULE, "main")
    assert event.on_default_branch


def test_events_that_are_not_told_apart() -> None:
    event = read_event(environ("issue_comment"), {**repository(), "action": "created"})
    assert (event.name, event.title) == (EventName.OTHER, "issue_comment")
    assert read_event(environ("other"), {}).name is EventName.OTHER


@pytest.mark.parametrize("missing", ["GITHUB_EVENT_NAME", "GITHUB_SHA", "GITHUB_REPOSITORY"])
def test_an_incomplete_environment(missing: str) -> None:
    with pytest.raises(UsageError, match=missing):
        read_event(environ("push", **{missing: ""}), push())


def test_a_strange_commit() -> None:
    for sha in ("main", "--help", ZERO, "a" * 39):
        with pytest.raises(UsageError, match="GITHUB_SHA"):
            read_event(environ("push", GITHUB_SHA=sha), push())


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("push", {}),
        ("push", {**push(), "repository": None}),
        ("push", {**push(), "repository": {}}),
        ("push", {**push(), "before": "HEAD~1"}),
        ("push", {**push(), "before": None}),
        ("push", {**push(), "after": 7}),
        ("push", {**push(), "forced": "yes"}),
        ("pull_request", repository()),
        ("pull_request", {"pull_request": []}),
        ("pull_request", {"pull_request": {"number": "7"}}),
        ("pull_request", pull_request(number=True)),
        ("merge_group", repository()),
        ("merge_group", {"merge_group": {"base_sha": BEFORE}}),
        ("workflow_dispatch", {}),
    ],
)
def test_a_payload_that_is_not_whole(name: str, payload: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="payload is incomplete") as caught:
        read_event(environ(name), payload)
    assert caught.value.exit_code == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(["push", "pull_request", "merge_group"]), st.data())
def test_any_payload_is_read_or_refused(name: str, data: st.DataObject) -> None:
    whole = {"push": push, "pull_request": pull_request, "merge_group": merge_group}[name]()
    broken = json.loads(json.dumps(whole))
    table = broken
    while True:
        key = data.draw(st.sampled_from(sorted(table)))
        if isinstance(table[key], dict) and table[key] and data.draw(st.booleans()):
            table = table[key]
            continue
        table[key] = data.draw(JSON)
        break
    with suppress(UsageError):
        assert read_event(environ(name), broken).title == name


def test_loading_the_payload(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text('{"action": "opened"}')
    assert load_payload({"GITHUB_EVENT_PATH": str(path)}) == {"action": "opened"}


@pytest.mark.parametrize("text", [b"", b'{"action": "open', b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_a_payload_that_is_half_written(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(text)
    with pytest.raises(UsageError):
        load_payload({"GITHUB_EVENT_PATH": str(path)})


def test_no_payload(tmp_path: Path) -> None:
    for path in ("", str(tmp_path / "missing.json"), str(tmp_path)):
        with pytest.raises(UsageError):
            load_payload({"GITHUB_EVENT_PATH": path})
