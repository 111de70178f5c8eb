"""GitHub's API through PyGithub: the only module that talks to it. PyGithub is imported when a client is
made.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelayer.github.comment import ACTIONS_BOT, Comment
from pipelayer.github.pulls import PullRequest
from pipelayer.github.queries import MINIMIZE, UNMINIMIZE, VIEWER
from pipelayer.github.refusals import explained
from pipelayer.github.trouble import ApiError, Trouble

if TYPE_CHECKING:
    from github.IssueComment import IssueComment
    from github.Repository import Repository

    from github import Github

_TIMEOUT = 15
"""Seconds for one request."""


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
        """Whom the token speaks for; where GitHub won't tell, it is taken for the workflow's own.

        Raises ApiError where the answer is lost or has to be waited for: who takes our own comment for
        another's writes a second one.
        """
        if not self._login:
            self._login = self._viewer() or ACTIONS_BOT
        return self._login

    def _viewer(self) -> str:
        try:
            viewer = self.ask("ask who the token belongs to", VIEWER).get("viewer")
        except ApiError as error:
            if error.trouble in (Trouble.LOST, Trouble.LIMITED):
                raise
            return ""
        login = viewer.get("login") if isinstance(viewer, dict) else None
        return login if isinstance(login, str) else ""

    def ask(self, what: str, query: str, **variables: str) -> Mapping[str, object]:
        """The data that answers a GraphQL document. Raises ApiError, also for an error in an answer that has
        status 200.
        """
        requester = self._github.requester
        url = self._graphql_url or requester.graphql_url
        document = {"query": query, "variables": variables}
        with explained(what):
            _, answer = requester.requestJsonAndCheck("POST", url, input=document)
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict) or answer.get("errors"):
            raise ApiError(f"could not {what}: {_first_error(answer)}", Trouble.REFUSED)
        return data

    def of_commit(self, sha: str) -> Sequence[PullRequest]:
        """The pull requests that GitHub associates with a commit. May raise ApiError."""
        with explained("look up the pull request of the commit"):
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
        self._number = number
        self._issue = api._repository.get_issue(number)
        self._known: dict[int, IssueComment] = {}

    def author(self) -> str:
        """The login that our token speaks for."""
        return self._api.login()

    def all(self) -> Sequence[Comment]:
        """Every comment, all pages read, oldest first."""
        with explained("read the pull request's comments"):
            return [self._comment(comment) for comment in self._issue.get_comments()]

    def create(self, body: str) -> Comment:
        """A new comment, sent once."""
        with explained("comment on the pull request"):
            return self._comment(self._issue.create_comment(body))

    def update(self, comment: Comment, body: str) -> Comment:
        """The comment, which `all` has listed, with a new body."""
        with explained("rewrite the comment on the pull request"):
            self._known[comment.id].edit(body)
            return self._comment(self._known[comment.id])

    def head(self) -> str:
        """The newest commit of the pull request's branch."""
        with explained("ask for the pull request's newest commit"):
            return str(self._api._repository.get_pull(self._number).head.sha)

    def minimize(self, comment: Comment) -> None:
        """Folds a comment, which `all` has listed, up as outdated."""
        what = "minimise an outdated comment"
        self._api.ask(what, MINIMIZE, comment=self._known[comment.id].node_id)

    def unminimize(self, comment: Comment) -> None:
        """Shows a comment, which `all` has listed, again."""
        what = "show the minimised comment again"
        self._api.ask(what, UNMINIMIZE, comment=self._known[comment.id].node_id)

    def _comment(self, comment: IssueComment) -> Comment:
        if not comment.html_url:
            raise ValueError("an answer that is no comment")  # such as a redirect
        self._known[comment.id] = comment
        author = comment.user.login if comment.user is not None else ""
        return Comment(comment.id, author, comment.body or "", comment.html_url)


def _same_server(one: str, other: str) -> bool:
    """Whether the token may go to both."""
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.netloc) == (second.scheme, second.netloc)


def _first_error(answer: object) -> str:
    """What GitHub says went wrong with a GraphQL document."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    said = first.get("message") if isinstance(first, dict) else None
    return f"GitHub answered: {said}" if isinstance(said, str) else "an unusable answer"
