"""Comments on a pull request that later runs find again: to rewrite, or to minimise.

Each starts with a marker. A comment counts as ours only if marker *and* author say so, since anybody can
paste a marker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from pipelayer.github.marker import Marker, read_marker
from pipelayer.github.trouble import ApiError, Trouble, once, persist, wait_in_line

ACTIONS_BOT = "github-actions[bot]"
"""Who `GITHUB_TOKEN` speaks for."""

_MOST_HIDDEN = 10
"""Comments that one run minimises on a pull request: each costs a request, and GitHub wants a pause between
them.
"""


@dataclass(frozen=True)
class Comment:
    """A comment on a pull request; `author` is a login as REST writes it (`github-actions[bot]`)."""

    id: int
    author: str
    body: str
    url: str


class Comments(Protocol):
    """The comments of one pull request. Every method may raise ApiError."""

    def author(self) -> str:
        """The login that our token speaks for, with or without its `[bot]`; `""` where GitHub won't tell."""
        ...

    def head(self) -> str:
        """The newest commit of the pull request's branch, as GitHub knows it now."""
        ...

    def all(self) -> Sequence[Comment]:
        """Every comment, all pages read, oldest first."""
        ...

    def create(self, body: str) -> Comment:
        """A new comment. Never retried on its own: the first try may have worked."""
        ...

    def update(self, comment: Comment, body: str) -> Comment:
        """The comment with a new body."""
        ...

    def minimize(self, comment: Comment) -> None:
        """Folds the comment up as outdated."""
        ...

    def unminimize(self, comment: Comment) -> None:
        """Shows a comment that was folded up."""
        ...


class CommentResult(StrEnum):
    """What became of a comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NOTHING = "nothing"  # only an earlier comment would have been rewritten, and there is none
    SUPERSEDED = "superseded"  # a newer run has spoken, or will
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True)
class Posted:
    """What became of a comment, where it stands, and in one sentence why it doesn't.

    `remark` says in one sentence what else didn't work, and costs nobody the comment.
    """

    result: CommentResult
    url: str = ""
    problem: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Ours:
    """One of our comments, with what its marker says."""

    marker: Marker
    comment: Comment


def our_comments(comments: Comments, sleep: Callable[[float], None]) -> Sequence[Ours]:
    """All that are ours by marker and author, in the order in which their runs began. May raise ApiError.

    Who we are is only asked where a marker makes it matter.
    """
    listed = wait_in_line(comments.all, sleep)
    marked = [Ours(marker, comment) for comment in listed if (marker := read_marker(comment.body))]
    if not marked:
        return ()
    login = persist(comments.author, sleep) or ACTIONS_BOT
    authors = {login, f"{login.removesuffix('[bot]')}[bot]"}
    ours = [one for one in marked if one.comment.author in authors]
    return sorted(ours, key=lambda one: (one.marker.run, one.marker.attempt, one.comment.id))


def post(
    comments: Comments,
    marker: Marker,
    text: str,
    *,
    sleep: Callable[[float], None],
    head: str = "",
    known: Sequence[Ours] | None = None,
) -> Posted:
    """Writes `text` as the comment that `marker` stands for; never raises for what GitHub answers.

    A quiet run has nothing to say itself but may have to withdraw what an earlier one said. With `head`, the
    commit that this run is about, nothing is written once the pull request has another one: its run has the
    word. `known` are our comments where they have been read already.
    """
    try:
        found = our_comments(comments, sleep) if known is None else known
        return _Author(comments, marker, f"{marker}\n{text}", sleep, head).post(found)
    except ApiError as error:
        match error.trouble:
            case Trouble.DENIED:
                return Posted(CommentResult.DENIED, problem=_sentence(error, _DENIED_HINT))
            case _:
                return Posted(CommentResult.FAILED, problem=_sentence(error, error.hint))


_DENIED_HINT = (
    "a pull request from a fork or by Dependabot has a read-only token; elsewhere the job needs "
    "`permissions: pull-requests: write`. The job summary says the same as the comment would have"
)


def _sentence(error: ApiError, hint: str = "") -> str:
    return f"{error.message}: {hint}." if hint else f"{error.message}."


def minimize(comments: Comments, outdated: Sequence[Ours]) -> str:
    """Folds up what no longer applies, the newest first; never raises.

    Gives in one sentence what didn't work: after the first failure nothing more is tried.
    """
    try:
        for one in list(reversed(outdated))[:_MOST_HIDDEN]:
            comments.minimize(one.comment)
    except ApiError as error:
        return _sentence(error)
    return ""


@dataclass(frozen=True)
class _Author:
    """Writes one comment. Every method may raise ApiError."""

    comments: Comments
    marker: Marker
    body: str
    sleep: Callable[[float], None]
    head: str

    def post(self, found: Sequence[Ours]) -> Posted:
        same = [one for one in found if one.marker.same_comment(self.marker)]
        return self._rewrite(same) if self.marker.sticky else self._add(same)

    def _rewrite(self, same: Sequence[Ours]) -> Posted:
        """Brings the newest of ours up to date; others of the same place come from runs that raced."""
        if not same:
            if self.marker.quiet:
                return Posted(CommentResult.NOTHING)
            return self._superseded_by_head() or self._create()
        *doubles, latest = same
        if self.marker.is_older_than(latest.marker):
            url = latest.comment.url
            return Posted(CommentResult.SUPERSEDED, url, f"a newer run has written it: {url}")
        if self.marker.says_the_same(latest.marker):
            return Posted(
                CommentResult.UNCHANGED, latest.comment.url, remark=minimize(self.comments, doubles)
            )
        superseded = self._superseded_by_head(latest.comment.url)
        if superseded:
            return superseded
        folds = self.marker.quiet != latest.marker.quiet
        try:
            updated = self._update(latest, self._unsettled(latest) if folds else self.body)
        except ApiError as error:
            if error.trouble is not Trouble.GONE or self.marker.quiet:
                raise
            return self._create()
        remark = (self._fold(latest) if folds else "") or minimize(self.comments, doubles)
        return Posted(CommentResult.UPDATED, updated.url, remark=remark)

    def _update(self, latest: Ours, body: str) -> Comment:
        return persist(lambda: self.comments.update(latest.comment, body), self.sleep)

    def _unsettled(self, latest: Ours) -> str:
        """The body of a comment that is still folded up, or open, as it was. Without a digest the next run
        tries again, wherever this one is cut short: else news could stay hidden for good.
        """
        marker = replace(self.marker, quiet=latest.marker.quiet, digest="")
        return f"{marker}{self.body.removeprefix(str(self.marker))}"

    def _fold(self, latest: Ours) -> str:
        """Whether there is something to say decides whether the comment is shown. Once it is so, the marker
        says it.
        """
        try:
            if self.marker.quiet:
                self.comments.minimize(latest.comment)
            else:
                self.comments.unminimize(latest.comment)
            self._update(latest, self.body)
        except ApiError as error:
            return _sentence(error)
        return ""

    def _add(self, same: Sequence[Ours]) -> Posted:
        """What was done stays written: a later attempt has a comment of its own."""
        if same:
            *doubles, latest = same
            return Posted(
                CommentResult.UNCHANGED, latest.comment.url, remark=minimize(self.comments, doubles)
            )
        return Posted(CommentResult.NOTHING) if self.marker.quiet else self._create()

    def _superseded_by_head(self, url: str = "") -> Posted | None:
        """A newer run that had nothing new to say has left no trace in the marker; the branch's head tells.

        Where GitHub won't say it, the marker alone has to do.
        """
        if not self.head:
            return None
        try:
            now = self.comments.head()
        except ApiError:
            return None
        if now in {"", self.head}:
            return None
        problem = f"the pull request is at {now[:7]} by now, and this run is about {self.head[:7]}."
        return Posted(CommentResult.SUPERSEDED, url, problem)

    def _create(self) -> Posted:
        return Posted(CommentResult.CREATED, add_once(self.comments, self.body, self.sleep).url)


def add_once(comments: Comments, body: str, sleep: Callable[[float], None]) -> Comment:
    """Adds a comment once and only once, whatever answers are lost. May raise ApiError."""

    def find() -> Comment | None:
        return next((comment for comment in comments.all() if same_text(comment.body, body)), None)

    return once(lambda: comments.create(body), find, sleep)


def same_text(stored: str, body: str) -> bool:
    """GitHub may keep line ends and the end of a body in its own way."""
    return stored.replace("\r\n", "\n").rstrip() == body.rstrip()
