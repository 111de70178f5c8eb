"""Jobs as in `support.jobs`, with the action in its container: what a test says of a `Story` holds there.

The workspace belongs to another user, git is asked over HTTP with the token, and earlier steps have left
everything behind that could make a program or a library of the workspace run in place of ours.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from container.runners import FILES, Runner, client_or_action
from support.githttp import git_http_server
from support.gitrepo import git
from support.job import Job, Started
from support.jobs import REPOSITORY, TOKEN, Story

INSIDE = "/github/workspace"
TRACE = "leaked/ran"
_SAYS_SO = f'#!/bin/sh\necho "$0 $*" >>{INSIDE}/{TRACE}\nexit 1\n'
_MODULE = f"open('{INSIDE}/{TRACE}', 'a').write(__file__)\nraise SystemExit('imported from the workspace')\n"
_LIBRARIES = ("libc.so.6", "libcrypto.so.3", "libexpat.so.1", "libpcre2-8.so.0", "libz.so.1")
"""What Python and git load."""

_OPENSSL = """
config_diagnostics = 1
openssl_conf = start
[start]
providers = theirs
[theirs]
theirs = one
[one]
activate = 1
module = /github/workspace/leaked/libz.so.1
"""
"""Has OpenSSL load a library, and not work at all where it can't."""

_LEAKED = {
    **dict.fromkeys(("json.py", "github.py", "leaked/json.py", "leaked/sitecustomize.py"), _MODULE),
    **dict.fromkeys(("leaked/bin/git", "leaked/bin/git-remote-http", "leaked/bin/python3"), _SAYS_SO),
    **{f"leaked/{name}": "no library\n" for name in _LIBRARIES},
    "leaked/openssl.cnf": _OPENSSL,
    "libc.so.6": "no library\n",  # an empty element of LD_LIBRARY_PATH is the working directory
}
_LEFT_BEHIND = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.fsmonitor",
    "GIT_CONFIG_VALUE_0": f"{INSIDE}/leaked/bin/git",
    "GIT_EXEC_PATH": f"{INSIDE}/leaked/bin",
    "LD_LIBRARY_PATH": f":{INSIDE}/leaked",
    "LD_PRELOAD": f"{INSIDE}/leaked/libc.so.6",
    "OPENSSL_CONF": f"{INSIDE}/leaked/openssl.cnf",
    "PATH": f"{INSIDE}/leaked/bin:/opt/hostedtoolcache/Python/3.9.0/x64/bin",
    "GCONV_PATH": f"{INSIDE}/leaked",
    "LC_ALL": "de_DE.ISO-8859-1",
    "LD_AUDIT": f"{INSIDE}/leaked/libz.so.1",
    "LOCPATH": f"{INSIDE}/leaked",
    "OPENSSL_ENGINES": f"{INSIDE}/leaked",
    "OPENSSL_MODULES": f"{INSIDE}/leaked",
    "PYTHONPATH": f"{INSIDE}/leaked:{INSIDE}",
    "PYTHONSTARTUP": f"{INSIDE}/json.py",
    "__PYVENV_LAUNCHER__": f"{INSIDE}/leaked/bin/python3",
}
_CONFIGURED = ("core.fsmonitor", "core.sshCommand", "core.alternateRefsCommand", "diff.external")


@dataclass
class Contained(Story):
    """One repository with its server, AWS and GitHub, and the image."""

    runner: Runner = field(kw_only=True)
    server: str = field(kw_only=True)

    @contextmanager
    def started(
        self, workspace: Path, event: str, payload: Mapping[str, object], sha: str, ref: str, **inputs: str
    ) -> Iterator[Running]:
        """The action under way in its container."""
        git(workspace, "remote", "set-url", "origin", f"{self.server}/{REPOSITORY}")
        _leave_behind(workspace)
        environ = self.environment(workspace, event, payload, sha, ref, **inputs)
        environ |= {**_LEFT_BEHIND, "GITHUB_SERVER_URL": self.server, **self.environ}
        runner, out = workspace.parent, workspace.parent / "out"
        inside = {
            str(workspace): INSIDE,
            str(runner / "home"): "/github/home",
            str(runner / "event.json"): "/github/workflow/event.json",
            **{str(runner / name): f"/github/file_commands/{name}" for name in FILES},
        }
        given = {name: _translated(value, inside) for name, value in environ.items()}
        with self.runner.start(workspace, runner / "event.json", given, out) as process:
            try:
                yield Running(workspace, process, runner=self.runner)
            finally:
                process.kill()


@dataclass
class Running(Started):
    """A container under way."""

    runner: Runner = field(kw_only=True)

    def send(self, number: signal.Signals) -> None:
        os.kill(client_or_action(self.process), number)

    def _job(self, stdout: bytes, stderr: bytes) -> Job:
        runner = self.workspace.parent
        for name in FILES:
            shutil.copy(runner / "out" / "file_commands" / name, runner / name)
        lines, noise = stderr.splitlines(keepends=True), self.runner.own_noise
        return super()._job(stdout, b"".join(line for line in lines if not line.startswith(noise)))


@contextmanager
def in_containers(folder: Path, runner: Runner, *, nightly: bool = True) -> Iterator[Contained]:
    """As `Story.begin`, for the image that `runner` has built."""
    served = folder / "served" / f"{REPOSITORY}.git"
    served.parent.mkdir(parents=True)
    served.symlink_to(folder / "server.git")
    with (
        git_http_server(folder / "served", token=TOKEN) as server,
        Contained.begin(folder, nightly=nightly, runner=runner, server=server.base) as story,
    ):
        yield story


def nothing_ran(job: Job) -> bool:
    """Whether nothing of what lay in wait in the workspace was run."""
    return not (job.workspace / TRACE).exists()


def _leave_behind(workspace: Path) -> None:
    for name, content in _LEAKED.items():
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        path.chmod(0o755)
    for name in _CONFIGURED:
        git(workspace, "config", name, f"{INSIDE}/leaked/bin/git")


def _translated(value: str, inside: Mapping[str, str]) -> str:
    """A path of the host as the runner gives it to a container (actions/runner, ContainerInfo.cs)."""
    for host, name in inside.items():
        if value == host or value.startswith(f"{host}/"):
            return name + value[len(host) :]
    return value
