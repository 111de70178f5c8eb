"""The client against the stand-in for GitHub, over real HTTP."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipelayer.github.api import GitHubApi
from pipelayer.github.comment import CommentResult, Posted, post
from pipelayer.github.pulls import merged_pull_requests
from pipelayer.sandbox.github import GitHubSandbox
from support.comments import MARKER
from support.stage import REPO, Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage.begin() as stage:
        yield stage


def test_the_first_comment_costs_one_list_and_one_post(stage: Stage) -> None:
    posted = stage.post()
    assert posted.result is CommentResult.CREATED
    assert posted.url.startswith("https://github.com/acme/nightly/pull/1#issuecomment-")
    assert stage.bodies() == [f"{MARKER}\nverdict"]
    assert stage.requests() == ["GET /issues/1/comments", "POST /issues/1/comments"]


def test_a_later_run_rewrites_it_and_asks_once_who_it_is(stage: Stage) -> None:
    stage.post()
    stage.github.clear_calls()
    later = replace(MARKER, run=11)
    assert stage.post(later).result is CommentResult.UPDATED
    comment = stage.github.comments(REPO, stage.number)[0]
    assert comment.body == f"{later}\nverdict"
    patched = f"PATCH /issues/comments/{comment.id}"
    assert stage.requests() == ["GET /issues/1/comments", "POST /graphql", patched]


def test_every_page_is_read(stage: Stage) -> None:
    for number in range(250):
        stage.github.add_comment(REPO, stage.number, "octocat", f"remark {number}")
    stage.post()
    for number in range(70):
        stage.github.add_comment(REPO, stage.number, "octocat", f"more {number}")
    stage.github.clear_calls()
    assert stage.post(replace(MARKER, run=11)).result is CommentResult.UPDATED
    listed = [call for call in stage.github.calls() if call.method == "GET"]
    assert len(listed) == 4
    assert all("per_page=100" in call.query for call in listed)


def test_a_planted_marker_is_left_alone(stage: Stage) -> None:
    stage.github.add_comment(REPO, stage.number, "mallory", f"{MARKER}\nall is well")
    assert stage.post().result is CommentResult.CREATED
    assert stage.bodies()[0] == f"{MARKER}\nall is well"


def test_a_persons_token_finds_its_own(stage: Stage) -> None:
    stage.github.add_token("ghp_person", login="octocat")
    person = stage.client("ghp_person")
    stage.post(api=person)
    assert stage.post(replace(MARKER, run=11), api=stage.client("ghp_person")).result is CommentResult.UPDATED
    assert stage.post(replace(MARKER, run=12)).result is CommentResult.CREATED


@pytest.mark.parametrize("status", [401, 403, 404])
def test_without_graphql_the_token_is_taken_for_the_workflows(stage: Stage, status: int) -> None:
    stage.post()
    stage.fail("POST", "/graphql", status, times=9)
    assert stage.post(replace(MARKER, run=11)).result is CommentResult.UPDATED


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "5"}], ids=["lost", "limited"])
def test_where_it_is_not_known_whose_comments_these_are_none_is_doubled(
    stage: Stage, headers: dict[str, str]
) -> None:
    """Our own, taken for another's, would be written a second time."""
    stage.github.add_token("ghp_person", login="octocat")
    person = stage.client("ghp_person")
    stage.post(api=person)
    status = 403 if headers else 502
    stage.fail("POST", "/graphql", status, headers=headers)
    again = stage.post(replace(MARKER, run=11), "other", api=stage.client("ghp_person"))
    assert again.result is CommentResult.UPDATED
    stage.fail("POST", "/graphql", 502, times=9)
    third = stage.post(replace(MARKER, run=12), "third", api=stage.client("ghp_person"))
    assert third.result is CommentResult.FAILED
    assert len(stage.bodies()) == 1


def test_the_token_goes_to_no_other_server(stage: Stage) -> None:
    stage.post()
    api = stage.client("ghs_token", graphql="http://127.0.0.1:9/graphql")
    assert stage.post(replace(MARKER, run=11), api=api).result is CommentResult.UPDATED


def test_a_lost_answer_to_a_post_makes_one_comment(stage: Stage) -> None:
    stage.fail("POST", "comments", 502, after=True)
    assert stage.post().result is CommentResult.CREATED
    assert stage.bodies() == [f"{MARKER}\nverdict"]
    assert stage.requests().count("POST /issues/1/comments") == 1


def test_a_lost_post_is_sent_again(stage: Stage) -> None:
    stage.fail("POST", "comments", 502)
    assert stage.post().result is CommentResult.CREATED
    assert len(stage.bodies()) == 1


def test_a_lost_rewrite_is_sent_again(stage: Stage) -> None:
    stage.post()
    stage.fail("PATCH", "comments", 502)
    assert stage.post(replace(MARKER, run=11)).result is CommentResult.UPDATED


def test_a_list_that_fails_once_is_asked_again(stage: Stage) -> None:
    stage.fail("GET", "comments", 502)
    assert stage.post().result is CommentResult.CREATED


def test_a_read_only_token_is_denied(stage: Stage) -> None:
    stage.github.add_token("ghs_fork", read_only=True)
    posted = stage.post(api=stage.client("ghs_fork"))
    assert posted.result is CommentResult.DENIED
    assert "GitHub answered 403 (Resource not accessible by integration)" in posted.problem


def test_a_wrong_token_says_so(stage: Stage) -> None:
    stage.github.add_token("ghs_old", revoked=True)
    posted = stage.post(api=stage.client("ghs_old"))
    assert posted.result is CommentResult.FAILED
    assert "github-token" in posted.problem


def test_a_rate_limit_on_a_write_is_waited_for_within_a_minute(stage: Stage) -> None:
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    stage.fail("POST", "comments", 403, message=message, headers={"Retry-After": "7"})
    assert stage.post().result is CommentResult.CREATED
    assert stage.waited == [7]


def test_a_rate_limit_on_the_list_too(stage: Stage) -> None:
    stage.fail("GET", "comments", 429, headers={"Retry-After": "5"})
    assert stage.post().result is CommentResult.CREATED
    assert stage.waited == [5]


def test_a_rate_limit_of_an_hour_ends_the_attempt(stage: Stage) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3600)}
    stage.fail("GET", "comments", 403, message="API rate limit exceeded for x", headers=headers)
    assert stage.post().result is CommentResult.FAILED
    stage.fail("POST", "comments", 403, message="API rate limit exceeded for x", headers=headers)
    assert stage.post().result is CommentResult.FAILED
    stage.fail("POST", "comments", 429, headers={"Retry-After": "3600"})
    assert stage.post().result is CommentResult.FAILED
    assert stage.waited == []


def test_a_run_of_a_commit_that_is_no_longer_the_head_is_silent(stage: Stage) -> None:
    """Run 10 of commit A; 12, of A again, changes nothing; then 11, of B, which was pushed in between."""
    ours, theirs = "2" * 40, "4" * 40
    assert stage.post(replace(MARKER, digest="A"), head=ours).result is CommentResult.CREATED
    assert stage.requests() == ["GET /issues/1/comments", "GET /pulls/1", "POST /issues/1/comments"]
    stage.github.push_to_pull(REPO, stage.number, theirs)
    stage.github.push_to_pull(REPO, stage.number, ours)
    assert stage.post(replace(MARKER, digest="A", run=12), head=ours).result is CommentResult.UNCHANGED
    before = stage.bodies()
    late = stage.post(replace(MARKER, digest="B", run=11), "what B does", head=theirs)
    assert late.result is CommentResult.SUPERSEDED
    assert stage.bodies() == before


@pytest.mark.parametrize("status", [403, 404])
def test_a_head_that_github_does_not_tell_costs_no_comment(stage: Stage, status: int) -> None:
    stage.fail("GET", "/pulls/1", status)
    assert stage.post(head="4" * 40).result is CommentResult.CREATED
    assert stage.waited == []


@pytest.mark.parametrize("told", [True, False])
def test_a_github_enterprise_server_has_its_graphql_beside_its_rest(told: bool) -> None:
    github = GitHubSandbox(web="https://ghe.example")
    with github.serve("/api/v3") as api_url:
        stage = Stage(github, api_url)
        graphql = f"{api_url.removesuffix('/v3')}/graphql" if told else ""
        api = stage.client("ghs_token", graphql=graphql)
        posted = stage.post(api=api, head="2" * 40)
        assert posted.result is CommentResult.CREATED
        assert posted.url.startswith("https://ghe.example/acme/nightly/pull/1#issuecomment-")
        quiet = stage.post(replace(MARKER, run=11, quiet=True), api=api)
        assert quiet == Posted(CommentResult.UPDATED, posted.url)
        assert stage.minimized() == ["outdated"]
        assert {call.status for call in github.calls()} <= {200, 201}


def test_no_server_at_all_is_a_failure_and_no_exception() -> None:
    api = GitHubApi(REPO, "ghs_token", api_url="http://127.0.0.1:9", pause=0)
    posted = post(api.comments(1), MARKER, "verdict", sleep=lambda _: None)
    assert posted.result is CommentResult.FAILED
    assert "no answer from GitHub" in posted.problem


def test_a_comment_that_is_too_long_fails_alone(stage: Stage) -> None:
    posted = stage.post(text="x" * 70_000)
    assert posted.result is CommentResult.FAILED
    assert "422" in posted.problem


def test_the_merged_pull_request_of_a_push(stage: Stage) -> None:
    stage.github.merge_pull(REPO, stage.number, "3" * 40)
    found = merged_pull_requests(stage.api, "3" * 40, "main", sleep=stage.waited.append)
    assert found == (stage.number,)
    assert stage.requests() == [f"GET /commits/{'3' * 40}/pulls"]


def test_a_direct_push_has_none(stage: Stage) -> None:
    assert merged_pull_requests(stage.api, "1" * 40, "main", sleep=stage.waited.append) == ()
    assert stage.waited == [2.0]


def test_importing_the_client_does_not_import_pygithub() -> None:
    heavy = "('github', 'requests', 'boto3')"
    code = f"import sys, pipelayer.github.api; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
