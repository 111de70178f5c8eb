"""A git server over HTTP on loopback that remembers the Authorization headers it was sent.

    with git_http_server(tmp_path / "served", token="secret") as server:
        server.url("owner/repo")     # serves tmp_path/served/owner/repo.git

With `token`, a request without exactly the header that GitHub's tokens travel in is refused: 401 without one,
400 with two, as GitHub does. `failures` makes the next answers 503, `elsewhere` sends to another server.
"""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class GitHttpServer:
    """What the server was sent, and how it shall answer."""

    root: Path
    base: str
    token: str
    failures: int = 0
    elsewhere: str = ""
    requests: list[tuple[str, ...]] = field(default_factory=list)

    def url(self, name: str) -> str:
        """The address of the bare repository `name`.git below the root."""
        return f"{self.base}/{name}"


def authorization(token: str) -> str:
    """The header's value for a token."""
    return "basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()


class _Handler(BaseHTTPRequestHandler):
    state: GitHttpServer

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._answer(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def _answer(self, body: bytes) -> None:
        state = self.state
        sent = tuple(self.headers.get_all("Authorization") or ())
        state.requests.append(sent)
        if state.failures:
            state.failures -= 1
            self._refuse(503)
        elif state.elsewhere:
            self.send_response(302)
            self.send_header("Location", state.elsewhere + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif state.token and len(sent) > 1:
            self._refuse(400)
        elif state.token and sent != (authorization(state.token),):
            self._refuse(401)
        else:
            self._serve(body)

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="GitHub"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _serve(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        name, _, rest = path.partition("/info/") if "/info/" in path else path.rpartition("/")
        tail = f"info/{rest}" if "/info/" in path else rest
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_PROJECT_ROOT": str(self.state.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"{name.removesuffix('.git')}.git/{tail}",
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], env=environment, input=body, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [line.partition(b": ")[::2] for line in head.split(b"\r\n")]
        status = next((int(value.split()[0]) for key, value in headers if key == b"Status"), 200)
        self.send_response(status)
        for key, value in headers:
            if key and key != b"Status":
                self.send_header(key.decode(), value.decode())
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def git_http_server(root: Path, token: str = "") -> Iterator[GitHttpServer]:
    """Serves every bare repository `NAME.git` below `root` until the end of the block."""
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        state = GitHttpServer(root, f"http://127.0.0.1:{httpd.server_port}", token)
        handler.state = state
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            httpd.shutdown()
            thread.join()
