"""The stand-in for GitHub over real HTTP, each answer held against GitHub's own description."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from functools import cache
from pathlib import Path
from typing import Any, Self

import jsonschema

from github import Auth, Github
from pipelayer.sandbox.github import GitHubSandbox

EXTRACT = json.loads(
    (Path(__file__).parents[1] / "sandbox_github" / "data" / "openapi_extract.json").read_text("utf-8")
)
BASE, HEAD, MERGE = "a" * 40, "b" * 40, "c" * 40


class Clock:
    """Each look at it is a second later."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Answer:
    status: int
    headers: Message
    body: Any


@dataclass
class Site:
    """A running stand-in and a bare client; every answer is held against the description."""

    sandbox: GitHubSandbox
    api: str

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        """A repository with one open pull request."""
        sandbox = GitHubSandbox(clock=Clock())
        sandbox.add_repository("acme/nightly")
        sandbox.add_commit("acme/nightly", BASE, branch="main", message="first")
        sandbox.add_commit("acme/nightly", HEAD, parents=[BASE], message="second")
        sandbox.add_pull("acme/nightly", head_ref="topic/one", head_sha=HEAD)
        with sandbox.serve() as api:
            yield cls(sandbox, api)

    def send(self, method: str, path: str, body: object = None, *, token: str | None = "t") -> Answer:
        data = None if body is None else json.dumps(body).encode()
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        url = path if path.startswith("http") else f"{self.api}{path}"
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                answer = Answer(response.status, response.headers, json.loads(response.read() or b"null"))
        except urllib.error.HTTPError as error:
            with error:
                answer = Answer(error.code, error.headers, json.loads(error.read() or b"null"))
        conforms(method, url.removeprefix(self.api).partition("?")[0], answer)
        return answer

    def client(self, token: str = "t", *, retry: int | None = None, per_page: int = 100) -> Github:
        return Github(
            auth=Auth.Token(token),
            base_url=self.api,
            per_page=per_page,
            retry=retry,
            seconds_between_requests=0,
            seconds_between_writes=0,
        )


@cache
def operations() -> tuple[tuple[str, re.Pattern[str], Mapping[str, Any]], ...]:
    """The described operations, the most specific paths first."""
    found = []
    for name, operation in EXTRACT["operations"].items():
        method, template = name.split(" ", 1)
        pattern = re.sub(r"\{(ref|branch|basehead)\}", ".+", template)
        pattern = re.sub(r"\{\w+_number\}", r"\\d+", pattern)
        pattern = re.sub(r"\{\w+\}", "[^/]+", pattern)
        found.append((method, re.compile(pattern), operation))
    return tuple(sorted(found, key=lambda item: -len(item[1].pattern)))


def conforms(method: str, path: str, answer: Answer) -> None:
    """Fails unless the answer is one that GitHub describes for this operation."""
    if path == "/graphql" or path.startswith("/_control") or answer.status == 405:
        return
    known = [op for m, pattern, op in operations() if m == method and pattern.fullmatch(path)]
    if not known:
        assert answer.status == 404, f"{method} {path} is not described, yet answered {answer.status}"
        return
    responses = known[0]["responses"]
    assert str(answer.status) in responses, f"{method} {path} must not answer {answer.status}"
    schema = responses[str(answer.status)]
    if schema is None:
        assert answer.body is None
    else:
        validator = jsonschema.Draft4Validator({**schema, "components": EXTRACT["components"]})
        problems = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(answer.body)]
        assert problems == [], f"{method} {path}"
