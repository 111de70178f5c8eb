from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.github.comment import (
    ApiError,
    Comment,
    CommentResult,
    Kind,
    Marker,
    Posted,
    Trouble,
    post,
    read_marker,
)

MARKER = Marker(Kind.VALIDATE, "", "pipelayer.yml", "", "a" * 40, run=10, attempt=1)
DENIED = ApiError("could not comment on the pull request: GitHub answered 403", Trouble.DENIED)
LOST = ApiError("could not comment on the pull request: GitHub answered 502", Trouble.LOST)


@dataclass
class FakeComments:
    """A pull request's comments in a list. `troubles` strike writes in turn: before they work, or after."""

    login: str = "github-actions[bot]"
    stored: list[Comment] = field(default_factory=list)
    before: list[ApiError | None] = field(default_factory=list)
    after: list[ApiError | None] = field(default_factory=list)
    reading: list[ApiError | None] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def author(self) -> str:
        self.calls.append("author")
        return self.login

    def all(self) -> Sequence[Comment]:
        self.calls.append("all")
        _strike(self.reading)
        return list(self.stored)

    def create(self, body: str) -> Comment:
        self.calls.append("create")
        _strike(self.before)
        self.stored.append(
            Comment(len(self.stored) + 1, "github-actions[bot]", body, f"https://x/{len(self.stored)}")
        )
        _strike(self.after)
        return self.stored[-1]

    def update(self, comment: Comment, body: str) -> Comment:
        self.calls.append("update")
        _strike(self.before)
        index = next(number for number, stored in enumerate(self.stored) if stored.id == comment.id)
        self.stored[index] = replace(comment, body=body)
        _strike(self.after)
        return self.stored[index]

    def somebody_wrote(self, body: str, author: str = "mallory") -> None:
        self.stored.append(Comment(len(self.stored) + 1, author, body, "https://x/other"))

    def post(self, marker: Marker = MARKER, text: str = "verdict", *, only_update: bool = False) -> Posted:
        return post(self, marker, text, sleep=self.waited.append, only_update=only_update)


def _strike(troubles: list[ApiError | None]) -> None:
    trouble = troubles.pop(0) if troubles else None
    if trouble is not None:
        raise trouble


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


def test_the_same_words_of_the_same_run_are_not_sent_again() -> None:
    comments = FakeComments()
    comments.post()
    comments.stored[0] = replace(
        comments.stored[0], body=comments.stored[0].body.replace("\n", "\r\n") + "\n"
    )
    comments.calls.clear()
    assert comments.post().result is CommentResult.UNCHANGED
    assert comments.calls == ["all", "author"]


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


def test_nothing_to_say_and_nothing_said_before() -> None:
    comments = FakeComments()
    assert comments.post(only_update=True) == Posted(CommentResult.NOTHING)
    assert comments.calls == ["all"]


def test_an_earlier_verdict_is_withdrawn() -> None:
    comments = FakeComments()
    comments.post()
    later = replace(MARKER, run=11)
    assert comments.post(later, "nothing changes any more", only_update=True).result is CommentResult.UPDATED
    assert comments.stored[0].body == f"{later}\nnothing changes any more"


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


def test_but_not_for_an_hour() -> None:
    comments = FakeComments(before=[ApiError("could not comment", Trouble.LIMITED, wait=3000)])
    assert comments.post().result is CommentResult.FAILED
    assert comments.waited == []


@given(
    st.builds(
        Marker,
        st.sampled_from(Kind),
        st.text(),
        st.text(),
        st.text(),
        st.text(),
        st.integers(0, 2**63),
        st.integers(1, 99),
    )
)
def test_a_marker_survives_and_never_ends_its_comment_early(marker: Marker) -> None:
    text = str(marker)
    assert read_marker(f"{text}\nbody") == marker
    assert text.isascii()
    assert text.index("-->") == len(text) - 3
    assert "\n" not in text


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b"[]",
        b"{}",
        b'{"kind":"validate"}',
        b"\xff\xfe",
        b'"x"',
        b"[" * 100_000,
        json.dumps({**vars(MARKER), "run": "10"}).encode(),
        json.dumps({**vars(MARKER), "run": True}).encode(),
        json.dumps({**vars(MARKER), "group": 3}).encode(),
        json.dumps({**vars(MARKER), "kind": "celebrate"}).encode(),
        json.dumps({**vars(MARKER), "extra": 1}).encode(),
    ],
)
def test_a_marker_that_we_do_not_write_is_none(payload: bytes) -> None:
    text = base64.urlsafe_b64encode(payload).decode().rstrip("=")
    assert read_marker(f"<!-- pipelayer:v1 {text} -->\n") is None


def test_another_versions_marker_is_none() -> None:
    assert read_marker(str(MARKER).replace("v1", "v2")) is None
    assert read_marker("<!-- pipelayer:v1 a -->") is None
