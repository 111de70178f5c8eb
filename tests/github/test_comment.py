from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.github.comment import CommentResult, Posted
from pipelayer.github.marker import Kind, Marker, read_marker
from pipelayer.github.trouble import ApiError, Trouble
from support.comments import HEAD, MARKER, FakeComments

PUSHED = "b2" * 20
DENIED = ApiError("could not comment on the pull request: GitHub answered 403", Trouble.DENIED)
LOST = ApiError("could not comment on the pull request: GitHub answered 502", Trouble.LOST)


def test_the_first_run_posts_the_marker_first() -> None:
    comments = FakeComments()
    posted = comments.post()
    assert posted == Posted(CommentResult.CREATED, "https://x/0")
    (comment,) = comments.stored
    assert comment.body == f"{MARKER}\nverdict"
    assert comments.calls == ["all", "create"]


def test_a_later_run_rewrites_it() -> None:
    comments = FakeComments()
    comments.post()
    later = replace(MARKER, run=11, commit="b" * 40)
    assert comments.post(later, "better").result is CommentResult.UPDATED
    assert [comment.body for comment in comments.stored] == [f"{later}\nbetter"]


def test_content_that_no_run_has_changed_is_not_sent_again() -> None:
    comments = FakeComments()
    comments.post(replace(MARKER, digest="same"), "verdict of run 10")
    comments.calls.clear()
    posted = comments.post(replace(MARKER, digest="same", run=11), "verdict of run 11", head=HEAD)
    assert posted == Posted(CommentResult.UNCHANGED, "https://x/0")
    assert comments.calls == ["all", "author"]
    assert comments.stored[0].body.endswith("verdict of run 10")


@pytest.mark.parametrize("change", [{"digest": "other"}, {"said": "else"}, {"quiet": True}, {"digest": ""}])
def test_anything_else_is_sent(change: dict[str, Any]) -> None:
    comments = FakeComments()
    comments.post(replace(MARKER, digest="same"))
    later = replace(MARKER, digest="same", run=11)
    assert comments.post(replace(later, **change)).result is CommentResult.UPDATED


def test_a_late_run_of_another_commit_does_not_undo_what_a_newer_one_left_as_it_was() -> None:
    """Run 10 of commit A posts; a push of B starts run 11; A is pushed back, and run 12 changes nothing."""
    comments = FakeComments(branch=HEAD)
    comments.post(replace(MARKER, digest="A"), "what A does", head=HEAD)
    twelve = replace(MARKER, run=12, digest="A")
    assert comments.post(twelve, "what A does", head=HEAD).result is CommentResult.UNCHANGED
    late = comments.post(replace(MARKER, run=11, digest="B"), "what B does", head=PUSHED)
    assert late.result is CommentResult.SUPERSEDED
    assert late.url == "https://x/0"
    assert late.problem == "the pull request is at a1a1a1a by now, and this run is about b2b2b2b."
    assert comments.stored[0].body.endswith("what A does")


def test_the_first_comment_too_is_the_present_commits() -> None:
    comments = FakeComments(branch=PUSHED)
    assert comments.post(head=HEAD).result is CommentResult.SUPERSEDED
    assert comments.stored == []
    assert comments.post(replace(MARKER, run=11), head=PUSHED).result is CommentResult.CREATED


@pytest.mark.parametrize("answer", [LOST, ApiError("not found", Trouble.GONE), ""])
def test_where_the_branch_is_not_known_the_marker_alone_decides(answer: str | ApiError) -> None:
    comments = FakeComments(branch=answer)
    comments.post(head=HEAD)
    assert comments.post(replace(MARKER, run=11), head=PUSHED).result is CommentResult.UPDATED
    assert comments.post(head=HEAD).result is CommentResult.SUPERSEDED


def test_whoever_has_nothing_to_write_does_not_ask_for_the_branch() -> None:
    comments = FakeComments()
    comments.post(replace(MARKER, quiet=True), head=HEAD)
    assert comments.calls == ["all"]


@pytest.mark.parametrize("written", [replace(MARKER, run=11), replace(MARKER, attempt=2)])
def test_an_older_run_is_silent(written: Marker) -> None:
    comments = FakeComments()
    comments.post(written, "newer")
    assert comments.post(MARKER, "older").result is CommentResult.SUPERSEDED
    assert comments.stored[0].body == f"{written}\nnewer"


@given(st.permutations(list(itertools.product([1, 2, 3], [1, 2]))))
def test_whatever_the_order_the_newest_run_has_the_last_word(order: list[tuple[int, int]]) -> None:
    comments = FakeComments()
    for run, attempt in order:
        comments.post(replace(MARKER, run=run, attempt=attempt), "the same verdict")
    (comment,) = comments.stored
    written = read_marker(comment.body)
    assert written is not None
    assert (written.run, written.attempt) == (3, 2)


@pytest.mark.parametrize(
    "other",
    [
        replace(MARKER, kind=Kind.DEPLOY),
        replace(MARKER, directory="jobs"),
        replace(MARKER, config="other.yml"),
        replace(MARKER, group="prod"),
    ],
)
def test_each_kind_project_and_group_has_its_own(other: Marker) -> None:
    comments = FakeComments()
    comments.post()
    assert comments.post(other).result is CommentResult.CREATED
    assert len(comments.stored) == 2


def test_somebody_elses_copy_of_the_marker_is_not_ours() -> None:
    comments = FakeComments()
    comments.somebody_wrote(f"{replace(MARKER, run=99)}\nall is well, merge it")
    assert comments.post().result is CommentResult.CREATED
    assert comments.stored[0].body.endswith("all is well, merge it")


def test_a_quoted_marker_is_not_ours() -> None:
    comments = FakeComments()
    comments.somebody_wrote(f"> {MARKER}\n> verdict", "github-actions[bot]")
    assert comments.post().result is CommentResult.CREATED


@pytest.mark.parametrize(
    ("login", "author", "ours"),
    [
        ("github-actions[bot]", "github-actions[bot]", True),
        ("github-actions", "github-actions[bot]", True),
        ("", "github-actions[bot]", True),
        ("octocat", "octocat", True),
        ("octocat", "github-actions[bot]", False),
        ("acme-deployer[bot]", "acme-deployer[bot]", True),
        ("acme-deployer[bot]", "github-actions[bot]", False),
    ],
)
def test_whose_comment_it_is(login: str, author: str, ours: bool) -> None:
    comments = FakeComments(login=login)
    comments.somebody_wrote(f"{MARKER}\nverdict", author)
    result = comments.post(replace(MARKER, run=11)).result
    assert (result is CommentResult.UPDATED) == ours


def test_who_we_are_is_asked_only_where_a_marker_matters() -> None:
    comments = FakeComments()
    comments.somebody_wrote("looks good to me")
    comments.post()
    assert "author" not in comments.calls


def test_of_two_of_ours_the_newest_is_rewritten() -> None:
    comments = FakeComments()
    comments.somebody_wrote(f"{replace(MARKER, run=9)}\nnine", "github-actions[bot]")
    comments.somebody_wrote(f"{replace(MARKER, run=8)}\neight", "github-actions[bot]")
    comments.post()
    assert comments.stored[0].body == f"{MARKER}\nverdict"
    assert comments.minimized == {2}


def test_nothing_to_say_and_nothing_said_before() -> None:
    comments = FakeComments()
    assert comments.post(replace(MARKER, quiet=True)) == Posted(CommentResult.NOTHING)
    assert comments.calls == ["all"]


def test_a_read_only_token_is_said_and_not_raised() -> None:
    comments = FakeComments(before=[DENIED])
    posted = comments.post()
    assert posted.result is CommentResult.DENIED
    assert "pull-requests: write" in posted.problem
    assert "fork" in posted.problem
    assert "\n" not in posted.problem
    assert comments.calls == ["all", "create"]


def test_a_lost_answer_does_not_make_two_comments() -> None:
    comments = FakeComments(after=[LOST])
    assert comments.post() == Posted(CommentResult.CREATED, "https://x/0")
    assert len(comments.stored) == 1
    assert comments.calls == ["all", "create", "all"]


def test_a_lost_request_is_sent_again() -> None:
    comments = FakeComments(before=[LOST, LOST])
    assert comments.post().result is CommentResult.CREATED
    assert len(comments.stored) == 1
    assert comments.calls.count("create") == 3


def test_three_lost_requests_are_enough() -> None:
    comments = FakeComments(before=[LOST, LOST, LOST])
    posted = comments.post()
    assert posted.result is CommentResult.FAILED
    assert "502" in posted.problem
    assert comments.calls.count("create") == 3


def test_where_nobody_can_tell_it_is_not_posted_again() -> None:
    comments = FakeComments(after=[LOST], reading=[None, LOST])
    posted = comments.post()
    assert posted.result is CommentResult.FAILED
    assert "not known whether" in posted.problem
    assert comments.calls.count("create") == 1


def test_a_lost_rewrite_is_sent_again() -> None:
    comments = FakeComments()
    comments.post()
    comments.before = [LOST]
    assert comments.post(replace(MARKER, run=11)).result is CommentResult.UPDATED


def test_a_comment_deleted_meanwhile_is_posted_anew() -> None:
    comments = FakeComments()
    comments.post()
    comments.before = [ApiError("could not rewrite", Trouble.GONE)]
    assert comments.post(replace(MARKER, run=11)).result is CommentResult.CREATED


def test_a_rate_limit_is_waited_for() -> None:
    comments = FakeComments(before=[ApiError("could not comment", Trouble.LIMITED, wait=30)])
    assert comments.post().result is CommentResult.CREATED
    assert comments.waited == [30]


def test_also_before_reading() -> None:
    limited = ApiError("could not read", Trouble.LIMITED, wait=7)
    comments = FakeComments(reading=[limited])
    assert comments.post().result is CommentResult.CREATED
    assert comments.waited == [7]
    assert FakeComments(reading=[limited, limited]).post().result is CommentResult.FAILED


def test_but_not_for_an_hour() -> None:
    comments = FakeComments(before=[ApiError("could not comment", Trouble.LIMITED, wait=3000)])
    assert comments.post().result is CommentResult.FAILED
    assert comments.waited == []
