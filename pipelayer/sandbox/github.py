"""A stand-in for GitHub on the loopback, in memory: pull requests, their comments, and who may write them.

Comes in: HTTP requests of a real client (PyGithub with `GITHUB_API_URL` and `GITHUB_GRAPHQL_URL`). Goes
out: answers in GitHub's shapes. It never opens a connection itself and imports nothing of the product.
`GitHubSandbox` is a WSGI app to mount under a prefix. Its methods set the stage and read what happened, and
so do JSON requests below `/_control/`, whose fields are the methods' arguments:

    POST   /_control/repositories   add_repository      POST   /_control/comments   add_comment
    POST   /_control/commits        add_commit          POST   /_control/tokens     add_token
    POST   /_control/pulls          add_pull            POST   /_control/faults     fail
    POST   /_control/push           push_to_pull        GET    /_control/comments?repository=O/R&number=N
    POST   /_control/merge          merge_pull          GET    /_control/calls
    DELETE /_control/calls          clear_calls         DELETE /_control/faults     clear_faults
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from pipelayer.sandbox import github_json as shape
from pipelayer.sandbox.github_rest import Rest, answer
from pipelayer.sandbox.github_state import ACTIONS_BOT, Call, Comment, Commit, Fault, Pull, Repository, Token
from pipelayer.sandbox.github_words import valid_full_name

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["ACTIONS_BOT", "Call", "Comment", "GitHubSandbox", "Pull", "Repository", "Token"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class GitHubSandbox:
    """The stand-in. Any token that was not introduced with `add_token` speaks for `github-actions[bot]`.

    `web` is the root of the addresses that people click; `clock` tells the time (aware, UTC).
    """

    def __init__(self, *, web: str = "https://github.com", clock: Callable[[], datetime] = _utc_now) -> None:
        self._lock = threading.RLock()
        self._web = web
        self._clock = clock
        self._repositories: dict[str, Repository] = {}
        self._tokens: dict[str, Token] = {}
        self._faults: list[Fault] = []
        self._calls: list[Call] = []
        self._last_id = 1000

    # ---- setting the stage

    def add_repository(
        self, repository: str, *, default_branch: str = "main", private: bool = False
    ) -> Repository:
        """A repository `owner/name` without commits."""
        if not valid_full_name(repository):
            raise ValueError(f"not owner/name: {repository!r}")
        owner, name = repository.split("/")
        with self._lock:
            repo = Repository(owner, name, self._next_id(), default_branch, self._clock(), private)
            self._repositories[repository.lower()] = repo
            return repo

    def add_commit(
        self, repository: str, sha: str, *, parents: Iterable[str] = (), message: str = "", branch: str = ""
    ) -> Commit:
        """A commit, which becomes the tip of `branch` if one is named."""
        with self._lock:
            repo = self._repository(repository)
            commit = repo.commits[sha] = Commit(sha, tuple(parents), message, self._clock())
            if branch:
                repo.branches[branch] = sha
            return commit

    def add_pull(
        self,
        repository: str,
        *,
        head_ref: str,
        head_sha: str,
        base_ref: str = "",
        base_sha: str = "",
        title: str = "A change",
        login: str = "octocat",
        commits: Iterable[str] = (),
        from_fork: bool = False,
    ) -> Pull:
        """An open pull request. Without a base it goes to the default branch as that stands."""
        with self._lock:
            repo = self._repository(repository)
            number = max(repo.pulls, default=0) + 1
            base_ref = base_ref or repo.default_branch
            base_sha = base_sha or repo.branches.get(base_ref, "0" * 40)
            pull = Pull(number, title, login, head_ref, head_sha, base_ref, base_sha, self._clock())
            pull.from_fork = from_fork
            repo.pulls[number] = pull
            self._move_head(repo, pull, head_sha, commits)
            return pull

    def push_to_pull(self, repository: str, number: int, sha: str, *, commits: Iterable[str] = ()) -> None:
        """A new head for an open pull request."""
        with self._lock:
            repo = self._repository(repository)
            self._move_head(repo, repo.pulls[number], sha, commits)

    def merge_pull(self, repository: str, number: int, sha: str) -> None:
        """Merges: `sha` is the commit that brings it to its base branch, which moves there."""
        with self._lock:
            repo = self._repository(repository)
            pull = repo.pulls[number]
            pull.merge_commit_sha = sha
            pull.merged_at = pull.closed_at = self._clock()
            tip = repo.branches.get(pull.base_ref)
            parents = tuple(parent for parent in (tip, pull.head_sha) if parent)
            repo.commits.setdefault(sha, Commit(sha, parents, f"Merge pull request #{number}", self._clock()))
            repo.branches[pull.base_ref] = sha

    def add_comment(self, repository: str, number: int, login: str, body: str) -> Comment:
        """A comment by anybody, without a request."""
        with self._lock:
            repo = self._repository(repository)
            now = self._clock()
            comment = Comment(self._next_id(), repo.pulls[number].number, login, body, now, now)
            repo.comments[comment.id] = comment
            return comment

    def add_token(
        self,
        token: str,
        *,
        login: str = ACTIONS_BOT,
        read_only: bool = False,
        installation: bool | None = None,
        revoked: bool = False,
    ) -> None:
        """Whom a token speaks for. Unless said otherwise a bot's token is an installation's."""
        owned = login.endswith("[bot]") if installation is None else installation
        with self._lock:
            self._tokens[token] = Token(login, read_only, owned, revoked)

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        *,
        skip: int = 0,
        times: int = 1,
        after: bool = False,
        message: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The next requests to `path` (a regular expression, below the root) get `status`.

        `skip` matching requests pass first. With `after` the request takes effect, only its answer is lost.
        """
        with self._lock:
            fault = Fault(method.upper(), path, status, skip, times, after, message, headers or {})
            self._faults.append(fault)

    # ---- reading what happened

    def comments(self, repository: str, number: int) -> tuple[Comment, ...]:
        """The comments of a pull request as they are now, oldest first."""
        with self._lock:
            return tuple(Comment(**asdict(c)) for c in self._repository(repository).comments_of(number))

    def calls(self) -> tuple[Call, ...]:
        """Every request to the API so far, in order."""
        with self._lock:
            return tuple(self._calls)

    def clear_calls(self) -> None:
        """Forgets the requests so far."""
        with self._lock:
            self._calls.clear()

    def clear_faults(self) -> None:
        """Lifts every fault that has not struck yet."""
        with self._lock:
            self._faults.clear()

    # ---- answering

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The WSGI app: `PATH_INFO` is relative to where it is mounted."""
        request = Request(environ)
        with self._lock:
            if request.path.startswith("/_control/"):
                from pipelayer.sandbox.github_control import control

                response = control(self, request)
            else:
                response = self._respond(request)
        return response(environ, start_response)

    @contextmanager
    def serve(self, prefix: str = "/github") -> Iterator[str]:
        """Serves on a free port of the loopback while the block runs; gives the root of the API.

        With the prefix `/api/v3` it is shaped like a GitHub Enterprise Server: GraphQL is at `/api/graphql`.
        """
        mounts: dict[str, WSGIApplication] = {prefix: self}
        if prefix == "/api/v3":
            mounts["/api"] = self
        app = DispatcherMiddleware(Response("not here", 404), mounts)
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{prefix}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _respond(self, request: Request) -> Response:
        token = self._token(request)
        operation = self._operation(request)
        if isinstance(token, Response):
            response, login = token, ""
        else:
            login = token.login
            fault = next((f for f in self._faults if f.strikes(request.method, request.path)), None)
            response = self._act(request, token) if fault is None or fault.after else Response()
            if fault is not None:
                message = fault.message or f"injected: {fault.status}"
                response = answer(shape.error(message, fault.status), fault.status, fault.headers)
        query = request.query_string.decode()
        self._calls.append(Call(request.method, request.path, query, response.status_code, login, operation))
        return response

    def _act(self, request: Request, token: Token) -> Response:
        shapes = shape.Shapes(request.root_url.rstrip("/"), self._web)
        if request.path != "/graphql":
            return Rest(self._repositories, token, shapes, self._clock(), self._next_id).respond(request)
        from pipelayer.sandbox.github_graphql import GraphQL

        document = request.get_json(force=True, silent=True)
        if request.method != "POST" or not isinstance(document, dict):
            return answer(shape.error("Problems parsing JSON", 400), 400)
        query, variables = document.get("query"), document.get("variables") or {}
        if not isinstance(query, str) or not isinstance(variables, dict):
            return answer(shape.error("A query attribute must be specified and must be a string.", 400), 400)
        body = GraphQL(self._repositories, token, shapes).respond(query, variables)
        return Response(json.dumps(body), content_type="application/json; charset=utf-8")

    def _operation(self, request: Request) -> str:
        document = request.get_json(force=True, silent=True) if request.path == "/graphql" else None
        if not isinstance(document, dict):
            return ""
        from pipelayer.sandbox.github_graphql import operation_of

        return operation_of(str(document.get("query", "")))

    def _token(self, request: Request) -> Token | Response:
        authorization = request.authorization
        if authorization is None:
            return answer(shape.error("Requires authentication", 401), 401)
        secret = authorization.password if authorization.type == "basic" else authorization.token
        token = self._tokens.get(secret or "", Token())
        if not secret or token.revoked:
            return answer(shape.error("Bad credentials", 401), 401)
        return token

    def _repository(self, full_name: str) -> Repository:
        return self._repositories[full_name.lower()]

    def _move_head(self, repo: Repository, pull: Pull, sha: str, commits: Iterable[str]) -> None:
        pull.head_sha = sha
        pull.commits = tuple(commits) or tuple(dict.fromkeys((*pull.commits, sha)))
        for known in (*pull.commits, pull.base_sha):
            repo.commits.setdefault(known, Commit(known, (), "", self._clock()))
        if not pull.from_fork:
            repo.branches[pull.head_ref] = sha

    def _next_id(self) -> int:
        with self._lock:
            self._last_id += 1
            return self._last_id


class _Silent(WSGIRequestHandler):
    """Answers without a line in the log for each request."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Says nothing."""
