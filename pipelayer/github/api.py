"""GitHub's API through PyGithub: the only module that talks to it. PyGithub is imported when a client is
made.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelayer.github.comment import ACTIONS_BOT, ApiError, Comment, Trouble
from pipelayer.github.pulls import PullRequest

if TYPE_CHECKING:
    from github.GithubException import GithubException
    from github.IssueComment import IssueComment
    from github.Repository import Repository

    from github import Github

_TIMEOUT = 15
"""Seconds for one request."""

VIEWER = "query { viewer { login } }"
"""GraphQL: whom the token speaks for. REST's `GET /user` refuses a workflow's token."""


class GitHubApi:
    """One repository on GitHub, or on a GitHub Enterprise Server at `api_url`.

    `pause` is the least time in seconds between two writes, as GitHub asks of its clients.
    """

    def __init__(
        self, repository: str, token: str, *, api_url: str, graphql_url: str = "", pause: float = 1.0
    ) -> None:
        from urllib3 import Retry

        from github import Auth, Github

        # PyGithub would print what a server says, unescaped, where the runner looks for commands.
        logging.getLogger("github").handlers.clear()
        # Only reading is repeated below us: a repeated POST could comment twice. Nor does anybody wait below
        # us: a server may ask for an hour.
        retry = Retry(
            total=3,
            allowed_methods=frozenset({"GET", "HEAD"}),
            status_forcelist=(500, 502, 503, 504),
            backoff_factor=0.5,
            respect_retry_after_header=False,
        )
        self._github: Github = Github(
            auth=Auth.Token(token),
            base_url=api_url.rstrip("/"),
            timeout=_TIMEOUT,
            per_page=100,
            retry=retry,
            seconds_between_requests=0,
            seconds_between_writes=pause,
            lazy=True,
        )
        self._graphql_url = graphql_url if _same_server(graphql_url, api_url) else ""
        self._repository: Repository = self._github.get_repo(repository)
        self._login = ""

    def comments(self, number: int) -> PullRequestComments:
        """The comments of pull request `number`."""
        return PullRequestComments(self, number)

    def login(self) -> str:
        """Whom the token speaks for. Where GitHub doesn't say, it is taken for the workflow's own."""
        if not self._login:
            self._login = self._viewer() or ACTIONS_BOT
        return self._login

    def _viewer(self) -> str:
        requester = self._github.requester
        url = self._graphql_url or requester.graphql_url
        try:
            with _explained("ask who the token belongs to"):
                _, answer = requester.requestJsonAndCheck("POST", url, input={"query": VIEWER})
        except ApiError:
            return ""
        try:
            login = answer["data"]["viewer"]["login"]
        except (KeyError, TypeError):
            return ""
        return login if isinstance(login, str) else ""

    def of_commit(self, sha: str) -> Sequence[PullRequest]:
        """The pull requests that GitHub associates with a commit. May raise ApiError."""
        with _explained("look up the pull request of the commit"):
            return [
                PullRequest(
                    number=pull.number,
                    base=pull.base.ref,
                    merge_commit=pull.merge_commit_sha or "",
                    merged=pull.merged_at is not None,
                )
                for pull in self._repository.get_commit(sha).get_pulls()
            ]


class PullRequestComments:
    """The comments of one pull request, as `comment.Comments` wants them."""

    def __init__(self, api: GitHubApi, number: int) -> None:
        self._api = api
        self._issue = api._repository.get_issue(number)
        self._known: dict[int, IssueComment] = {}

    def author(self) -> str:
        """The login that our token speaks for."""
        return self._api.login()

    def all(self) -> Sequence[Comment]:
        """Every comment, all pages read, oldest first."""
        with _explained("read the pull request's comments"):
            return [self._comment(comment) for comment in self._issue.get_comments()]

    def create(self, body: str) -> Comment:
        """A new comment, sent once."""
        with _explained("comment on the pull request"):
            return self._comment(self._issue.create_comment(body))

    def update(self, comment: Comment, body: str) -> Comment:
        """The comment, which `all` has listed, with a new body."""
        with _explained("rewrite the comment on the pull request"):
            self._known[comment.id].edit(body)
            return self._comment(self._known[comment.id])

    def _comment(self, comment: IssueComment) -> Comment:
        self._known[comment.id] = comment
        author = comment.user.login if comment.user is not None else ""
        return Comment(comment.id, author, comment.body or "", comment.html_url)


def _same_server(one: str, other: str) -> bool:
    """Whether the token may go to both."""
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.netloc) == (second.scheme, second.netloc)


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turns what PyGithub and the network raise into an ApiError that says what could not be done."""
    from requests import RequestException

    from github import GithubException

    try:
        yield
    except GithubException as error:
        raise _refusal(what, error) from error
    except RequestException as error:
        reason = f"no answer from GitHub ({type(error).__name__})"
        raise ApiError(f"could not {what}: {reason}", Trouble.LOST) from error
    except (AssertionError, AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        # PyGithub asserts that redirects and links stay on the server that the token is for.
        raise ApiError(f"could not {what}: {error or 'an unusable answer'}", Trouble.REFUSED) from error


def _refusal(what: str, error: GithubException) -> ApiError:
    from github import RateLimitExceededException

    headers = {key.lower(): value for key, value in (error.headers or {}).items()}
    said = error.data.get("message") if isinstance(error.data, dict) else None
    message = f"could not {what}: GitHub answered {error.status}{f' ({said})' if said else ''}"
    match error.status:
        case 401:
            hint = "the token is wrong or has expired; check the input `github-token`"
            return ApiError(message, Trouble.REFUSED, hint)
        case 429:
            return ApiError(message, Trouble.LIMITED, wait=_wait(headers))
        case 403 if isinstance(error, RateLimitExceededException) or "retry-after" in headers:
            return ApiError(message, Trouble.LIMITED, wait=_wait(headers))
        case 403:
            return ApiError(message, Trouble.DENIED)
        case 404 | 410:
            return ApiError(message, Trouble.GONE)
        case status if status >= 500:
            return ApiError(message, Trouble.LOST)
        case _:
            return ApiError(message, Trouble.REFUSED)


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds that a rate limit asks to wait; a minute where it doesn't say, as GitHub advises."""
    if headers.get("retry-after", "").isdigit():
        return float(headers["retry-after"])
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdigit():
        return max(0.0, float(headers["x-ratelimit-reset"]) - datetime.now(UTC).timestamp() + 1)
    return 60.0
