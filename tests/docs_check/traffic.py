"""What the real client sends to GitHub: recorded against the sandbox, held against GitHub's descriptions.

Whoever gives the client a new method adds a line to `SCRIPT`; the check fails until it is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from threading import Thread
from typing import TYPE_CHECKING

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, parse
from graphql.execution.values import get_variable_values
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from docs_check.description import Description, Exchange
from docs_check.queries import query_problems
from docs_check.verdict import Verdict
from pipelayer.github.api import GitHubApi, PullRequestComments, RepositoryIssues
from pipelayer.github.comment import ApiError, Comment
from pipelayer.github.issue import Issue
from pipelayer.github.issue_keeping import State
from pipelayer.github.queries import VIEWER
from pipelayer.render.words import count
from pipelayer.sandbox.github import ACTIONS_BOT, GitHubSandbox

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REPOSITORY = "acme/nightly"
MERGED = "c" * 40
_ROOT = "/api/v3"


@dataclass
class Recorder:
    """A WSGI app that notes what passes through to another."""

    app: WSGIApplication
    exchanges: list[Exchange] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        sent = request.get_data()
        path = request.path.removeprefix(_ROOT)
        inner = {**environ, "PATH_INFO": path, "SCRIPT_NAME": _ROOT, "wsgi.input": BytesIO(sent)}
        response = Response.from_app(self.app, inner)
        self.exchanges.append(
            Exchange(
                request.method,
                path,
                request.query_string.decode(),
                _json(sent),
                response.status_code,
                _json(response.get_data()),
            )
        )
        return response(environ, start_response)


def _json(body: bytes) -> object:
    return json.loads(body) if body else None


class Stage:
    """A repository with a merged pull request of two pages of comments, and the client for it.

    Beside it there are more open issues than a page has, and a closed one.
    """

    def __init__(self, github: GitHubSandbox, api_url: str) -> None:
        github.add_repository(REPOSITORY)
        github.add_commit(REPOSITORY, "a" * 40, branch="main")
        number = github.add_pull(REPOSITORY, head_ref="topic/one", head_sha="b" * 40).number
        github.merge_pull(REPOSITORY, number, MERGED)
        for remark in range(120):
            github.add_comment(REPOSITORY, number, "octocat", f"remark {remark}")
        self.number = number
        self.api = GitHubApi(REPOSITORY, "token", api_url=api_url, graphql_url=f"{api_url}/graphql", pause=0)
        self.comments = self.api.comments(number)
        self.issues = self.api.issues()
        for remark in range(120):
            github.add_issue(REPOSITORY, title=f"issue {remark}", login=ACTIONS_BOT)
        github.set_issue(REPOSITORY, number + 1, is_open=False)

    def last(self) -> Comment:
        """The newest comment, which `create` has left."""
        return self.comments.all()[-1]

    def last_issue(self) -> Issue:
        """The newest issue, which `create` has left."""
        return max(self.issues.by(ACTIONS_BOT), key=lambda issue: issue.number)

    def edit(self) -> None:
        """Every way to edit an issue."""
        for state in (State.AS_IT_IS, State.DONE, State.OPEN, State.DOUBLE):
            self.issues.edit(self.last_issue(), f"now {state}", state)


SCRIPT: dict[str, Callable[[Stage], object]] = {
    "GitHubApi.login": lambda stage: stage.api.login(),
    "GitHubApi.of_commit": lambda stage: stage.api.of_commit(MERGED),
    "GitHubApi.comments": lambda stage: stage.api.comments(stage.number),
    "PullRequestComments.author": lambda stage: stage.comments.author(),
    "PullRequestComments.create": lambda stage: stage.comments.create("hello"),
    "PullRequestComments.all": lambda stage: stage.comments.all(),
    "PullRequestComments.update": lambda stage: stage.comments.update(stage.last(), "hello again"),
    "GitHubApi.ask": lambda stage: stage.api.ask("ask who it is", VIEWER),
    "PullRequestComments.head": lambda stage: stage.comments.head(),
    "PullRequestComments.minimize": lambda stage: stage.comments.minimize(stage.last()),
    "PullRequestComments.unminimize": lambda stage: stage.comments.unminimize(stage.last()),
    "GitHubApi.issues": lambda stage: stage.api.issues(),
    "RepositoryIssues.author": lambda stage: stage.issues.author(),
    "RepositoryIssues.create": lambda stage: stage.issues.create("pipelines", "how they are"),
    "RepositoryIssues.by": lambda stage: stage.issues.by(ACTIONS_BOT),
    "RepositoryIssues.edit": lambda stage: stage.edit(),
    "RepositoryIssues.comments": lambda stage: stage.issues.comments(stage.last_issue().number).create("!"),
}


def unplayed() -> Iterator[str]:
    """The client's methods that the script leaves out, and the script's lines that name no method."""
    methods = {
        f"{kind.__name__}.{name}"
        for kind in (GitHubApi, PullRequestComments, RepositoryIssues)
        for name, value in vars(kind).items()
        if callable(value) and not name.startswith("_")
    }
    for name in sorted(methods - SCRIPT.keys()):
        yield f"{name} is called nowhere in SCRIPT of tests/docs_check/traffic.py"
    for name in sorted(SCRIPT.keys() - methods):
        yield f"SCRIPT of tests/docs_check/traffic.py calls {name}, which the client doesn't have"


def record() -> tuple[list[Exchange], list[str]]:
    """Every exchange of the script, and what the client couldn't do."""
    refused = []
    sandbox = GitHubSandbox()
    recorder = Recorder(sandbox)
    with _served(recorder) as api_url:
        stage = Stage(sandbox, api_url)
        for name, act in SCRIPT.items():
            try:
                act(stage)
            except ApiError as error:
                refused.append(f"{name}: {error}")
    return recorder.exchanges, refused


@contextmanager
def _served(app: WSGIApplication) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{_ROOT}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Says nothing."""


def graphql_problems(exchange: Exchange, schema: GraphQLSchema) -> Iterator[str]:
    """What GitHub would refuse of a GraphQL request, and what the sandbox refused."""
    sent = exchange.sent if isinstance(exchange.sent, dict) else {}
    query, variables = sent.get("query"), sent.get("variables") or {}
    if not isinstance(query, str):
        yield "POST /graphql: it was sent no query"
        return
    name = f"POST /graphql {query[:60]!r}"
    refused = list(query_problems(name, query, schema))
    if isinstance(exchange.received, dict) and "errors" in exchange.received:
        refused.append(f"{name}: the sandbox answers {exchange.received['errors']}")
    yield from refused or (f"{name}: {problem}" for problem in _variable_problems(query, variables, schema))


def _variable_problems(query: str, variables: dict[str, object], schema: GraphQLSchema) -> Iterator[str]:
    for part in parse(query).definitions:
        if isinstance(part, OperationDefinitionNode):
            definitions = part.variable_definitions or ()
            result = get_variable_values(schema, definitions, variables)
            if isinstance(result, list):
                yield from (error.message for error in result if isinstance(error, GraphQLError))
            declared = {definition.variable.name.value for definition in definitions}
            yield from (f"the query has no variable {name!r}" for name in variables if name not in declared)


def check(description: Description, schema: GraphQLSchema) -> Iterator[Verdict]:
    """The recorded exchanges, REST and GraphQL."""
    exchanges, refused = record()
    rest = [exchange for exchange in exchanges if exchange.path != "/graphql"]
    said = [problem for exchange in rest for problem in description.problems(exchange)]
    what = f"{count(len(rest), 'REST call')} of the client, answers too, for GitHub's OpenAPI description"
    yield Verdict(what, (*unplayed(), *refused, *dict.fromkeys(said)))

    graphql = [exchange for exchange in exchanges if exchange.path == "/graphql"]
    said = [problem for exchange in graphql for problem in graphql_problems(exchange, schema)]
    yield Verdict(f"{count(len(graphql), 'GraphQL call')} of the client, with their variables", tuple(said))
