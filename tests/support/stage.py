"""A pull request on the stand-in for GitHub, and a client for it, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from pipelayer.github.api import GitHubApi
from pipelayer.github.comment import Posted, post
from pipelayer.github.marker import Marker
from pipelayer.sandbox.github import GitHubSandbox
from support.comments import MARKER

REPO = "acme/nightly"


class Stage:
    """A repository with one open pull request, and a client for it."""

    def __init__(self, github: GitHubSandbox, api_url: str) -> None:
        self.github = github
        self.api_url = api_url
        self.waited: list[float] = []
        self.expected: list[int] = []
        github.add_repository(REPO)
        github.add_commit(REPO, "1" * 40, branch="main")
        self.number = github.add_pull(REPO, head_ref="change", head_sha="2" * 40).number
        self.api = self.client("ghs_token")

    def client(self, token: str, *, graphql: str | None = None) -> GitHubApi:
        graphql = f"{self.api_url}/graphql" if graphql is None else graphql
        return GitHubApi(REPO, token, api_url=self.api_url, graphql_url=graphql, pause=0)

    def post(
        self, marker: Marker = MARKER, text: str = "verdict", api: GitHubApi | None = None, head: str = ""
    ) -> Posted:
        comments = (api or self.api).comments(self.number)
        return post(comments, marker, text, sleep=self.waited.append, head=head)

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        *,
        times: int = 1,
        after: bool = False,
        message: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The next requests whose path holds `path` get `status`; a test that never meets it fails."""
        self.expected.append(status)
        self.github.fail(
            method, f".*{path}.*", status, times=times, after=after, message=message, headers=headers
        )

    def bodies(self) -> list[str]:
        return [comment.body for comment in self.github.comments(REPO, self.number)]

    def minimized(self) -> list[str]:
        return [comment.minimized for comment in self.github.comments(REPO, self.number)]

    def requests(self) -> list[str]:
        return [f"{call.method} {call.path.removeprefix(f'/repos/{REPO}')}" for call in self.github.calls()]

    @classmethod
    @contextmanager
    def begin(cls) -> Iterator[Self]:
        """A stage that is served while the block runs; every failure that was ordered must have struck."""
        github = GitHubSandbox()
        with github.serve() as api_url:
            stage = cls(github, api_url)
            yield stage
            answered = [call.status for call in github.calls()]
            assert all(status in answered for status in stage.expected)
