"""A stand-in for GitHub on the loopback, in memory: pull requests, issues, comments, and who may write them.

Comes in: HTTP requests of a real client (PyGithub with `GITHUB_API_URL` and `GITHUB_GRAPHQL_URL`). Goes
out: answers in GitHub's shapes. It never opens a connection itself and imports nothing of the product.
`GitHubSandbox` is a WSGI app to mount under a prefix. Its methods set the stage and read what happened, and
so do JSON requests below `/_control/`, whose fields are the methods' arguments:

    POST   /_control/repositories   add_repository      POST   /_control/comments   add_comment
    POST   /_control/commits        add_commit          POST   /_control/tokens     add_token
    POST   /_control/pulls          add_pull            POST   /_control/faults     fail
    POST   /_control/push           push_to_pull        GET    /_control/comments?repository=O/R&number=N
    POST   /_control/merge          merge_pull          GET    /_control/calls
    POST   /_control/issues         add_issue           POST   /_control/issue      set_issue
    DELETE /_control/calls          clear_calls         GET    /_control/issues?repository=O/R
    DELETE /_control/faults         clear_faults
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from pipelayer.sandbox import github_json as shape
from pipelayer.sandbox.github_rest import Rest, answer
from pipelayer.sandbox.github_stage import Stage
from pipelayer.sandbox.github_state import ACTIONS_BOT, Call, Comment, Issue, Pull, Repository, Token

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["ACTIONS_BOT", "Call", "Comment", "GitHubSandbox", "Issue", "Pull", "Repository", "Token"]


class GitHubSandbox(Stage):
    """The stand-in. Any token that was not introduced with `add_token` speaks for `github-actions[bot]`.

    `web` is the root of the addresses that people click; `clock` tells the time (aware, UTC).
    """

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


class _Silent(WSGIRequestHandler):
    """Answers without a line in the log for each request."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Says nothing."""
