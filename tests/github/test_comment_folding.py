"""Which comments stay open, and which are folded up; and that what was done stays written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.github.comment import CommentResult
from pipelayer.github.marker import Kind, Marker, read_marker
from pipelayer.github.trouble import ApiError, Trouble
from support.comments import MARKER, FakeComments

DEPLOYED = replace(MARKER, kind=Kind.DEPLOY, digest="deployed")


def test_an_earlier_verdict_is_withdrawn_and_comes_back() -> None:
    comments = FakeComments()
    comments.post()
    quiet = replace(MARKER, run=11, quiet=True)
    assert comments.post(quiet, "nothing changes any more").result is CommentResult.UPDATED
    assert comments.stored[0].body == f"{quiet}\nnothing changes any more"
    assert comments.minimized == {1}
    comments.calls.clear()
    comments.post(replace(quiet, run=12), "still nothing")
    assert comments.calls == ["all", "author", "update"]
    assert comments.post(replace(MARKER, run=13), "a change again").result is CommentResult.UPDATED
    assert comments.minimized == set()


def test_of_doubles_only_the_newest_stays() -> None:
    comments = FakeComments()
    comments.we_wrote(*[replace(MARKER, run=run) for run in (7, 9, 8)], replace(MARKER, group="prod"))
    comments.post(replace(MARKER, digest="x"))
    assert comments.minimized == {1, 3}
    assert comments.stored[1].body.endswith("verdict")
    unchanged = comments.post(replace(MARKER, digest="x", run=11))
    assert unchanged.result is CommentResult.UNCHANGED


def test_a_hundred_doubles_cost_no_hundred_requests() -> None:
    comments = FakeComments()
    comments.we_wrote(*[replace(MARKER, run=1)] * 100)
    comments.post()
    assert comments.calls.count("minimize") == 10


@pytest.mark.parametrize("quiet", [True, False])
def test_what_can_not_be_folded_up_costs_nobody_the_comment(quiet: bool) -> None:
    comments = FakeComments(folding=[ApiError("could not minimise: GitHub answered 403", Trouble.DENIED)])
    comments.we_wrote(*[replace(MARKER, run=run, quiet=not quiet) for run in (1, 2, 3)])
    posted = comments.post(replace(MARKER, quiet=quiet))
    assert posted.result is CommentResult.UPDATED
    assert posted.remark == "could not minimise: GitHub answered 403."
    assert "\n" not in posted.remark


LOST = ApiError("lost", Trouble.LOST)


@pytest.mark.parametrize("quiet", [True, False])
def test_what_could_not_be_folded_or_unfolded_is_by_the_next_run(quiet: bool) -> None:
    """Else news would stay hidden for good: a later run with the same words has nothing to write."""
    comments = FakeComments()
    comments.post(replace(MARKER, digest="before", quiet=False), "before")
    if not quiet:
        comments.post(replace(MARKER, run=11, digest="nothing", quiet=True), "nothing")
    told = replace(MARKER, run=12, digest="after", quiet=quiet)
    comments.folding = [LOST]
    first = comments.post(told, "after")
    assert (first.result, bool(first.remark)) == (CommentResult.UPDATED, True)
    assert comments.stored[0].body.endswith("after")
    assert (comments.minimized == {1}) is not quiet
    comments.post(replace(told, run=13), "after")
    assert (comments.minimized == {1}) is quiet
    assert comments.post(replace(told, run=14), "after").result is CommentResult.UNCHANGED


@pytest.mark.parametrize("quiet", [True, False])
@pytest.mark.parametrize("strikes", range(3))
def test_wherever_it_is_cut_short_the_next_run_settles_it(quiet: bool, strikes: int) -> None:
    comments = FakeComments()
    comments.post(replace(MARKER, digest="news"), "news")
    if not quiet:
        comments.post(replace(MARKER, run=11, digest="nothing", quiet=True), "nothing")
    refused = ApiError("refused", Trouble.REFUSED)
    comments.before = [*[None] * (strikes // 2), refused] if strikes != 1 else []
    comments.folding = [refused] if strikes == 1 else []
    comments.post(replace(MARKER, run=12, digest="other", quiet=quiet), "other")
    comments.before, comments.folding = [], []
    for run, digest in ((13, "nothing" if quiet else "news"), (14, "nothing" if quiet else "news")):
        comments.post(replace(MARKER, run=run, digest=digest, quiet=quiet), digest)
    assert comments.stored[0].body.endswith("nothing" if quiet else "news")
    assert (comments.minimized == {1}) is quiet


def test_what_was_done_is_never_rewritten() -> None:
    comments = FakeComments()
    assert comments.post(DEPLOYED, "one failed").result is CommentResult.CREATED
    again = replace(DEPLOYED, attempt=2, digest="all well")
    assert comments.post(again, "all well").result is CommentResult.CREATED
    assert [one.body.partition("\n")[2] for one in comments.stored] == ["one failed", "all well"]
    assert comments.minimized == set()
    assert "update" not in comments.calls


def test_nor_is_it_said_twice() -> None:
    comments = FakeComments()
    comments.post(DEPLOYED)
    assert comments.post(DEPLOYED).result is CommentResult.UNCHANGED
    assert len(comments.stored) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(DEPLOYED, run=9, kind=Kind.UPLOAD),
        replace(DEPLOYED, run=9, commit="c" * 40),
        replace(DEPLOYED, run=9, group="prod"),
        replace(DEPLOYED, run=11),
        replace(DEPLOYED, digest="another job's"),
        replace(MARKER, run=9),
    ],
)
def test_what_something_else_did_stays_open(other: Marker) -> None:
    comments = FakeComments()
    comments.we_wrote(other)
    assert comments.post(DEPLOYED).result is CommentResult.CREATED
    assert comments.minimized == set()


def test_an_attempt_with_nothing_to_say_says_nothing() -> None:
    comments = FakeComments()
    comments.post(DEPLOYED)
    quiet = replace(DEPLOYED, attempt=2, digest="nothing", quiet=True)
    assert comments.post(quiet).result is CommentResult.NOTHING
    assert len(comments.stored) == 1


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.sampled_from("AB")), max_size=12))
def test_whatever_the_order_nothing_that_was_done_is_lost(runs: list[tuple[int, int, str]]) -> None:
    comments = FakeComments()
    for run, attempt, digest in runs:
        comments.post(replace(DEPLOYED, run=run, attempt=attempt, digest=digest))
    written = [read_marker(comment.body) for comment in comments.stored]
    assert sorted((one.run, one.attempt, one.digest) for one in written if one) == sorted(set(runs))
    newest = max(runs)[:2] if runs else (0, 0)
    for one, comment in zip(written, comments.stored, strict=True):
        assert one is not None
        assert (one.run, one.attempt) != newest or comment.id not in comments.minimized
