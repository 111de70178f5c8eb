"""The sandbox as a server: one port for AWS, the control API and, if given, GitHub.

| what | where it goes |
|---|---|
| `X-Amz-Target: DataPipeline.*` | the simulated Data Pipeline |
| `/github/…` | the WSGI app that was given, mounted there |
| `/_sandbox/…` | the control API, as JSON |
| anything else | moto: S3, STS, Secrets Manager |
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterable
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING

from .control import Control
from .control_http import control_answer
from .http import Answer, Dropped, Incoming
from .settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .serving import Server


class Sandbox(Control):
    """A stand-in for AWS on this machine; a context manager, and a WSGI app itself.

    `github`: a WSGI app to be mounted under `/github`. `port` 0 takes a free one. `host` is the address to
    listen on, another than the loopback for clients in a container. Raises OSError where it can't.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        github: WSGIApplication | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
    ) -> None:
        super().__init__(settings)
        self.github = github
        self._port = port
        self._host = host
        self._server: Server | None = None

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serves in a thread of its own."""
        from .serving import Server

        self._server = Server(self, self._port, self._host)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="sandbox", daemon=True).start()

    def stop(self) -> None:
        """Serves no more; buckets and secrets are forgotten."""
        if self._server is not None:
            self.aws.moto.reset()
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running")
        return f"http://{self._server.server_name}:{self._server.server_port}"

    def aws_environment(self, region: str = "us-east-1", access_key: str = "AKIASANDBOX") -> dict[str, str]:
        """The environment in which AWS's clients talk to this sandbox and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def github_environment(self) -> dict[str, str]:
        """The environment in which GitHub's clients talk to the app under `/github`."""
        return {
            "GITHUB_API_URL": f"{self.url}/github",
            "GITHUB_GRAPHQL_URL": f"{self.url}/github/graphql",
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if path == "/github" or path.startswith("/github/"):
            return self._mounted(environ, start_response)
        incoming = Incoming.read(environ)
        try:
            if path.startswith("/_sandbox/"):
                answer = control_answer(self, incoming)
            else:
                answer = self.aws.answer(incoming)
        except Dropped:
            raise
        except Exception:
            traceback.print_exc()
            answer = Answer(500, {"Content-Type": "text/plain"}, traceback.format_exc().encode())
        start_response(f"{answer.status} {_phrase(answer.status)}", list(answer.headers.items()))
        return [answer.body]

    def _mounted(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.github is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"This sandbox has no GitHub."]
        environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/github"
        environ["PATH_INFO"] = str(environ["PATH_INFO"]).removeprefix("/github")
        return self.github(environ, start_response)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
