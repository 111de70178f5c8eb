"""The issue on the stand-in for GitHub, over real HTTP: what can go wrong, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

import pytest

from pipelayer.github.api import GitHubApi, RepositoryIssues
from pipelayer.github.issue import Act, Issue, named
from pipelayer.github.issue_keeping import Kept, Page, keep
from support.issues import BOT, MARKER
from support.stage import REPO, Stage


class Upkeep(Stage):
    """The stage, with runs that keep an issue."""

    def look(self, *troubles: str, run: int = 11, api: GitHubApi | None = None, text: str = "") -> Kept:
        text = text or "\n".join(troubles)
        digest = sha256(text.encode()).hexdigest()
        marker = replace(MARKER, run=run, digest=digest, quiet=not troubles, said=named(troubles))
        page = Page("Pipelines", text, {one: f"*{one}*" for one in troubles})
        self.seen = len(self.github.calls())
        return keep((api or self.api).issues(), marker, page, sleep=self.waited.append)

    def requests(self) -> list[str]:
        """Those of the last look."""
        return super().requests()[self.seen :]

    def told(self, number: int = 2) -> list[str]:
        return [comment.body for comment in self.github.comments(REPO, number)]

    def opened(self) -> list[int]:
        return [issue.number for issue in self.github.issues(REPO) if issue.is_open]


@pytest.fixture
def stage() -> Iterator[Upkeep]:
    with Upkeep.begin() as stage:
        assert isinstance(stage, Upkeep)
        yield stage


LISTS = ["GET /issues", "GET /issues"]


def test_its_life_and_what_it_costs(stage: Upkeep) -> None:
    asked = ["POST /graphql", *LISTS]
    assert stage.look(run=11).act is Act.NOTHING
    assert stage.requests() == asked
    opened = stage.look("orders failed", run=12)
    assert (opened.act, opened.url) == (Act.OPEN, "https://github.com/acme/nightly/issues/2")
    assert stage.requests() == [*LISTS, "POST /issues", *LISTS]
    assert stage.look("orders failed", run=13).act is Act.KEEP
    assert stage.requests() == LISTS
    assert stage.look("orders failed", "rates missing", run=14).act is Act.REWRITE
    assert stage.requests() == [*LISTS, "POST /issues/2/comments", "PATCH /issues/2"]
    assert stage.look(run=15).act is Act.CLOSE
    assert stage.requests() == [*LISTS, "PATCH /issues/2", "POST /issues/2/comments"]
    assert stage.look("orders failed", run=16).act is Act.REOPEN
    assert [(issue.is_open, issue.reason) for issue in stage.github.issues(REPO)] == [(True, "reopened")]
    assert stage.waited == []


def test_it_is_found_behind_any_number_of_others(stage: Upkeep) -> None:
    stage.look("orders failed")
    for number in range(230):
        stage.github.add_issue(REPO, title=f"issue {number}", login=BOT if number % 2 else "octocat")
    assert stage.look("orders failed", run=12).act is Act.KEEP
    assert len(stage.requests()) == 3
    stage.look(run=13)
    assert stage.look("orders failed", run=14).act is Act.REOPEN


def test_a_pull_request_of_ours_is_no_issue(stage: Upkeep) -> None:
    stage.github.add_pull(REPO, head_ref="x", head_sha="3" * 40, login=BOT)
    assert stage.look("orders failed").act is Act.OPEN
    assert stage.look("orders failed", run=12).url.endswith("/issues/3")


def test_a_planted_marker_is_left_alone(stage: Upkeep) -> None:
    body = f"{replace(MARKER, said=named(['orders failed']))}\nall is well"
    stage.github.add_issue(REPO, title="Pipelines", body=body, login="mallory")
    stage.look("orders failed")
    stage.look(run=12)
    planted, _ = stage.github.issues(REPO)
    assert (planted.body, planted.is_open) == (body, True)


def test_a_persons_token_finds_its_own(stage: Upkeep) -> None:
    stage.github.add_token("ghp_person", login="octocat")
    stage.look("orders failed", api=stage.client("ghp_person"))
    assert stage.look("orders failed", run=12, api=stage.client("ghp_person")).act is Act.KEEP
    assert stage.look("orders failed", run=13).act is Act.OPEN


def test_a_lost_answer_to_the_first_opens_one_issue(stage: Upkeep) -> None:
    stage.fail("POST", "/issues", 502, after=True)
    assert stage.look("orders failed").act is Act.OPEN
    assert stage.opened() == [2]
    assert stage.requests().count("POST /issues") == 1


def test_a_lost_request_is_sent_again(stage: Upkeep) -> None:
    stage.fail("POST", "/issues", 502)
    assert stage.look("orders failed").act is Act.OPEN
    stage.fail("PATCH", "/issues/2", 502)
    stage.fail("POST", "/issues/2/comments", 502, after=True)
    assert stage.look("rates missing", run=12).act is Act.REWRITE
    assert len(stage.told()) == 1
    stage.fail("GET", "/issues", 502)
    assert stage.look(run=13).act is Act.CLOSE


def test_where_nobody_knows_whether_it_was_opened_none_is_opened_twice(stage: Upkeep) -> None:
    """The first list is answered; after the lost answer no list is any more."""
    stage.github.fail("POST", ".*/issues", 502, after=True)
    stage.github.fail("GET", ".*/issues", 502, skip=2, times=99)
    kept = stage.look("orders failed")
    assert kept.act is None
    assert "not known whether" in kept.problem
    stage.github.clear_faults()
    assert stage.look("orders failed", run=12).act is Act.KEEP
    assert stage.opened() == [2]


def test_news_whose_rewriting_fails_are_told_again_and_not_lost(stage: Upkeep) -> None:
    stage.look("orders failed")
    stage.fail("PATCH", "/issues/2", 502, times=3)
    assert stage.look("rates missing", run=12).act is None
    assert stage.look("rates missing", run=13).act is Act.REWRITE
    assert ["rates" in told for told in stage.told()] == [True, True]


def test_a_secondary_rate_limit_is_waited_for_within_a_minute(stage: Upkeep) -> None:
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    stage.fail("POST", "/issues", 403, message=message, headers={"Retry-After": "7"})
    stage.fail("GET", "/issues", 429, headers={"Retry-After": "5"})
    assert stage.look("orders failed").act is Act.OPEN
    assert stage.waited == [5, 7]
    stage.fail("PATCH", "/issues/2", 403, message=message, headers={"Retry-After": "3600"})
    kept = stage.look(run=12)
    assert (kept.act, stage.waited) == (None, [5, 7])
    assert "secondary rate limit" in kept.problem


def test_without_the_permission_it_says_which(stage: Upkeep) -> None:
    stage.github.add_token("ghs_reader", read_only=True)
    kept = stage.look("orders failed", api=stage.client("ghs_reader"))
    assert kept.act is None
    assert kept.problem.endswith("the job needs `permissions: issues: write`.")
    stage.fail("GET", "/issues", 403, message="Resource not accessible by integration")
    assert stage.look("orders failed").problem.endswith("the job needs `permissions: issues: write`.")


def test_issues_that_are_switched_off_are_said_in_one_line(stage: Upkeep) -> None:
    stage.github.switch_issues(REPO, on=False)
    kept = stage.look("orders failed")
    assert kept.act is None
    assert "GitHub answered 410 (Issues has been disabled in this repository.)" in kept.problem
    assert kept.problem.endswith("Without them, set `issue: never`.")
    assert "\n" not in kept.problem


@pytest.mark.parametrize("status", [301, 404, 410])
def test_one_that_goes_between_list_and_write_is_as_if_it_had_never_been(stage: Upkeep, status: int) -> None:
    """301: it was moved to a repository that the token can't see."""
    moved = f"{stage.api_url}/repos/acme/elsewhere/issues/5"
    stage.look("orders failed")
    stage.fail("PATCH", "/issues/2", status, headers={"Location": moved})
    assert stage.look(run=12).act is Act.NOTHING
    stage.fail("POST", "/issues/2/comments", status, headers={"Location": f"{moved}/comments"})
    kept = stage.look("rates missing", run=13)
    assert (kept.act, stage.told()) == (Act.OPEN, [])


def test_a_deleted_one_is_opened_anew(stage: Upkeep) -> None:
    stage.look("orders failed")
    stage.github.remove_issue(REPO, 2)
    assert stage.look("orders failed", run=12).act is Act.OPEN


def test_a_locked_one_is_kept_without_comments(stage: Upkeep) -> None:
    stage.look("orders failed")
    stage.github.set_issue(REPO, 2, locked=True)
    kept = stage.look("rates missing", run=12)
    assert (kept.act, kept.remark) == (Act.REWRITE, "The issue is locked, so no comment tells what is new.")
    assert stage.look(run=13).act is Act.CLOSE
    assert stage.told() == []


def test_a_comment_that_is_refused_costs_nobody_the_issue(stage: Upkeep) -> None:
    stage.look("orders failed")
    stage.fail("POST", "/issues/2/comments", 403, message="Unable to create comment")
    kept = stage.look("rates missing", run=12)
    assert kept.act is Act.REWRITE
    assert "could not comment on the issue: GitHub answered 403" in kept.remark


class Late(RepositoryIssues):
    """The client of a run whose first list was answered long ago."""

    def __init__(self, api: GitHubApi, listed: Sequence[Issue]) -> None:
        super().__init__(api)
        self.answers = [listed]

    def by(self, login: str) -> Sequence[Issue]:
        return self.answers.pop() if self.answers else super().by(login)


def test_of_two_runs_that_race_to_open_one_the_older_issue_stays(stage: Upkeep) -> None:
    """Both have listed before either has opened."""
    late = Late(stage.api, stage.api.issues().by(BOT))
    stage.look("orders failed", run=12)
    marker = replace(MARKER, run=13, digest="d", said=named(["orders failed"]))
    kept = keep(late, marker, Page("Pipelines", "late", {"orders failed": "x"}), sleep=stage.waited.append)
    assert kept == Kept(Act.OPEN, "https://github.com/acme/nightly/issues/2")
    assert stage.opened() == [2]
    double = stage.github.issues(REPO)[1]
    assert (double.reason, double.body) == ("not_planned", "The same as #2.")


def test_the_longest_text_fits(stage: Upkeep) -> None:
    assert stage.look("orders failed", text="x" * 60_000).act is Act.OPEN
    kept = stage.look("rates missing", run=12, text="x" * 70_000)
    assert kept.act is None
    assert "422" in kept.problem
