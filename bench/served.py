"""The sandbox as a process of its own, so that what is measured shares no interpreter with it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from types import TracebackType
from typing import Any
from urllib.request import Request, urlopen

from made import BUCKET


class ServedSandbox:
    """A context manager: an AWS on this machine. `environ` is what leads its clients there."""

    def __init__(self) -> None:
        self.environ: dict[str, str] = {}

    def __enter__(self) -> ServedSandbox:
        command = [sys.executable, "-m", "pipelayer.sandbox"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if not line.startswith("export "):
                break  # it listens
            name, _, value = shlex.split(line)[1].partition("=")
            self.environ[name] = value
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def begin(self, latency: float, *, limits: bool = False) -> None:
        """An empty account with room for a thousand pipelines, and a bucket.

        Each call takes `latency` seconds longer; `limits` are AWS's published rates.
        """
        self._tell("reset")
        self._tell("configure", max_pipelines=1000)
        self._tell("create-bucket", name=BUCKET)
        self._tell("fault", service="*", kind="delay", seconds=latency, times=0)
        if limits:
            self._tell("throttle")

    def see(self, what: str) -> list[dict[str, Any]]:
        """`pipelines` or `calls`, as the control API shows them."""
        with urlopen(self._address(what)) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def _tell(self, verb: str, **members: object) -> None:
        with urlopen(Request(self._address(verb), json.dumps(members).encode(), method="POST")):
            pass

    def _address(self, verb: str) -> str:
        return f"{self.environ['AWS_ENDPOINT_URL']}/_sandbox/{verb}"
