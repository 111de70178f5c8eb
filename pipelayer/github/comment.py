"""One comment on a pull request that later runs find again and rewrite.

It starts with a marker, an HTML comment that nobody sees: which comment this is, and which run wrote it. A
comment counts as ours only if marker *and* author say so, since anybody can paste a marker.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Protocol

from pipelayer.errors import PipelayerError

ACTIONS_BOT = "github-actions[bot]"
"""Who `GITHUB_TOKEN` speaks for."""

_MARKER = re.compile(r"<!-- pipelayer:v1 ([A-Za-z0-9_-]+) -->")
_ATTEMPTS = 3
LONGEST_WAIT = 60.0
"""Seconds that a rate limit may hold up one comment."""


class Kind(StrEnum):
    """What a comment is about: the check of a pull request, or the deployment after its merge."""

    VALIDATE = "validate"
    DEPLOY = "deploy"


@dataclass(frozen=True)
class Marker:
    """Which comment this is (the first four) and which run of which commit wrote it."""

    kind: Kind
    directory: str
    config: str
    group: str
    commit: str
    run: int
    attempt: int

    def same_comment(self, other: Marker) -> bool:
        """Whether both stand for the same comment, whoever wrote it last."""
        return self._place() == other._place()

    def is_older_than(self, other: Marker) -> bool:
        """Whether this run began earlier. A second attempt of an old run is still an old run."""
        return (self.run, self.attempt) < (other.run, other.attempt)

    def _place(self) -> tuple[str, ...]:
        return (self.kind, self.directory, self.config, self.group)

    def __str__(self) -> str:
        text = json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)
        return f"<!-- pipelayer:v1 {urlsafe_b64encode(text.encode()).decode().rstrip('=')} -->"


def read_marker(body: str) -> Marker | None:
    """The marker at the very start of a comment, None where there is none that this version writes."""
    match = _MARKER.match(body)
    if match is None:
        return None
    try:
        fields = json.loads(urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)))
        marker = Marker(**{**fields, "kind": Kind(fields["kind"])})
    except (Base64Error, ValueError, TypeError, KeyError, RecursionError):
        return None
    return marker if _is_sound(marker) else None


def _is_sound(marker: Marker) -> bool:
    texts = (marker.directory, marker.config, marker.group, marker.commit)
    return all(type(text) is str for text in texts) and type(marker.run) is type(marker.attempt) is int


class Trouble(StrEnum):
    """What a failed request to GitHub means for the one who made it."""

    DENIED = "denied"  # the token may not
    GONE = "gone"  # it doesn't exist, or this token can't see it
    LIMITED = "limited"  # too many requests
    LOST = "lost"  # no usable answer: it may have taken effect or not
    REFUSED = "refused"  # anything else: asking again won't help


class ApiError(PipelayerError):
    """GitHub didn't do what it was asked. `wait` is how many seconds a rate limit asks for."""

    def __init__(self, message: str, trouble: Trouble, hint: str = "", *, wait: float = 0.0) -> None:
        super().__init__(message, hint)
        self.trouble = trouble
        self.wait = wait


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

    def all(self) -> Sequence[Comment]:
        """Every comment, all pages read, oldest first."""
        ...

    def create(self, body: str) -> Comment:
        """A new comment. Never retried on its own: the first try may have worked."""
        ...

    def update(self, comment: Comment, body: str) -> Comment:
        """The comment with a new body."""
        ...


class CommentResult(StrEnum):
    """What became of a comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NOTHING = "nothing"  # only an earlier comment would have been rewritten, and there is none
    SUPERSEDED = "superseded"  # a newer run has spoken
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True)
class Posted:
    """What became of a comment, where it stands, and in one sentence why it doesn't."""

    result: CommentResult
    url: str = ""
    problem: str = ""


def post(
    comments: Comments,
    marker: Marker,
    text: str,
    *,
    sleep: Callable[[float], None],
    only_update: bool = False,
) -> Posted:
    """Writes `text` as the comment that `marker` stands for; never raises for what GitHub answers.

    `only_update` is for a run that has nothing to say itself but may have to withdraw what an earlier one
    said.
    """
    try:
        return _post(comments, marker, f"{marker}\n{text}", sleep, only_update)
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


def _sentence(error: ApiError, hint: str) -> str:
    return f"{error.message}: {hint}." if hint else f"{error.message}."


def _post(
    comments: Comments, marker: Marker, body: str, sleep: Callable[[float], None], only_update: bool
) -> Posted:
    earlier = _ours(comments, marker)
    if earlier is None:
        if only_update:
            return Posted(CommentResult.NOTHING)
        return Posted(CommentResult.CREATED, _create(comments, body, sleep).url)
    written = read_marker(earlier.body)
    if written is not None and marker.is_older_than(written):
        return Posted(CommentResult.SUPERSEDED, earlier.url)
    if _same_text(earlier.body, body):
        return Posted(CommentResult.UNCHANGED, earlier.url)
    try:
        updated = _persist(lambda: comments.update(earlier, body), sleep)
    except ApiError as error:
        if error.trouble is not Trouble.GONE or only_update:
            raise
        return Posted(CommentResult.CREATED, _create(comments, body, sleep).url)
    return Posted(CommentResult.UPDATED, updated.url)


def _same_text(stored: str, body: str) -> bool:
    """GitHub may keep line ends and the end of a body in its own way."""
    return stored.replace("\r\n", "\n").rstrip() == body.rstrip()


def _ours(comments: Comments, marker: Marker) -> Comment | None:
    """The comment to rewrite: ours by marker and author, the one that the newest run wrote, None if there is
    none.

    Who we are is only asked where a marker makes it matter.
    """
    marked = [
        (written, comment)
        for comment in comments.all()
        if (written := read_marker(comment.body)) is not None and written.same_comment(marker)
    ]
    if not marked:
        return None
    login = comments.author() or ACTIONS_BOT
    authors = {login, f"{login.removesuffix('[bot]')}[bot]"}
    ours = [(written.run, written.attempt, c.id, c) for written, c in marked if c.author in authors]
    return max(ours)[3] if ours else None


def _create(comments: Comments, body: str, sleep: Callable[[float], None]) -> Comment:
    """Posts once and only once: after a lost answer it looks whether the comment is there before trying
    again.
    """

    def create() -> Comment:
        try:
            return comments.create(body)
        except ApiError as error:
            if error.trouble is not Trouble.LOST:
                raise
            sleep(1.0)
            found = _find(comments, body)
            if found is None:
                raise
            return found

    return _persist(create, sleep)


def _find(comments: Comments, body: str) -> Comment | None:
    """The comment that a request whose answer was lost has made after all."""
    try:
        return next((comment for comment in comments.all() if _same_text(comment.body, body)), None)
    except ApiError as error:
        message = f"{error.message}, so that it is not known whether the comment was posted"
        raise ApiError(message, Trouble.REFUSED) from error


def _persist(request: Callable[[], Comment], sleep: Callable[[float], None]) -> Comment:
    """Tries again after a lost answer and after a rate limit, a few times and not for long."""
    for attempt in range(1, _ATTEMPTS):
        try:
            return request()
        except ApiError as error:
            match error.trouble:
                case Trouble.LOST:
                    wait = float(2**attempt)
                case Trouble.LIMITED if error.wait <= LONGEST_WAIT:
                    wait = max(error.wait, 1.0)
                case _:
                    raise
        sleep(wait)
    return request()
