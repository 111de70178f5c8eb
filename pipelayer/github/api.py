"""GitHub's API through PyGithub: the only module that talks to it. PyGithub is imported when a client is
made.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, assert_never, cast
from urllib.parse import urlsplit

from pipelayer.github.comment import ACTIONS_BOT, Comment
from pipelayer.github.issue import Issue
from pipelayer.github.issue_keeping import State
from pipelayer.github.pulls import PullRequest
from pipelayer.github.queries import MINIMIZE, UNMINIMIZE, VIEWER
from pipelayer.github.refusals import explained
from pipelayer.github.trouble import ApiError, Trouble

if TYPE_CHECKING:
    from github.Issue import Issue as GitHubIssue
    from github.IssueComment import IssueComment
    from github.NamedUser import NamedUser
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

    def issues(self) -> RepositoryIssues:
        """The issues of the repository."""
        return RepositoryIssues(self)

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
    """The comments of one pull request, or of one issue, as `comment.Comments` wants them."""

    def __init__(self, api: GitHubApi, number: int, where: str = "pull request") -> None:
        self._api = api
        self._number = number
        self._where = where
        self._issue = api._repository.get_issue(number)
        self._known: dict[int, IssueComment] = {}

    def author(self) -> str:
        """The login that our token speaks for."""
        return self._api.login()

    def all(self) -> Sequence[Comment]:
        """Every comment, all pages read, oldest first."""
        with explained(f"read the {self._where}'s comments"):
            return [self._comment(comment) for comment in self._issue.get_comments()]

    def create(self, body: str) -> Comment:
        """A new comment, sent once."""
        with explained(f"comment on the {self._where}"):
            return self._comment(self._issue.create_comment(body))

    def update(self, comment: Comment, body: str) -> Comment:
        """The comment, which `all` has listed, with a new body."""
        with explained(f"rewrite the comment on the {self._where}"):
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


class RepositoryIssues:
    """The issues of one repository, as `issue_keeping.Issues` wants them."""

    def __init__(self, api: GitHubApi) -> None:
        self._api = api
        self._known: dict[int, GitHubIssue] = {}

    def author(self) -> str:
        """The login that our token speaks for."""
        return self._api.login()

    def by(self, login: str) -> Sequence[Issue]:
        """Those of one author: every open one, and the hundred closed ones that were touched last.

        GitHub lists pull requests among them, and so does this: none of those has our marker.
        """
        with explained("list the repository's issues"):
            # The parameter takes a login, whatever the type that PyGithub declares.
            mine = partial(self._api._repository.get_issues, creator=cast("NamedUser", login))
            closed = mine(state="closed", sort="updated", direction="desc")
            return [self._issue(issue) for issue in (*mine(state="open"), *closed.get_page(0))]

    def create(self, title: str, body: str) -> Issue:
        """A new issue, sent once."""
        with explained("open an issue"):
            return self._issue(self._api._repository.create_issue(title, body))

    def edit(self, issue: Issue, body: str, state: State) -> Issue:
        """The issue, which `by` has listed, with a new body, opened or closed in the same request."""
        with explained("rewrite the issue"):
            known = self._known[issue.number]
            match state:
                case State.AS_IT_IS:
                    known.edit(body=body)
                case State.OPEN:
                    known.edit(body=body, state="open")
                case State.DONE:
                    known.edit(body=body, state="closed", state_reason="completed")
                case State.DOUBLE:
                    known.edit(body=body, state="closed", state_reason="not_planned")
                case _:
                    assert_never(state)
            return self._issue(known)

    def comments(self, number: int) -> PullRequestComments:
        """The comments of an issue."""
        return PullRequestComments(self._api, number, "issue")

    def _issue(self, issue: GitHubIssue) -> Issue:
        if not issue.html_url:
            raise ValueError("an answer that is no issue")  # such as a redirect
        self._known[issue.number] = issue
        author = issue.user.login if issue.user is not None else ""
        is_open = issue.state == "open"
        return Issue(issue.number, author, is_open, issue.locked, issue.body or "", issue.html_url)


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
