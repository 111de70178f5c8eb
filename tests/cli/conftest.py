"""The command as people run it: a process of its own, in a project of its own, against the sandbox."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest

from pipelayer import Project
from pipelayer.sandbox import Sandbox
from support.gitrepo import Work, make_repo
from support.small_project import BUCKET, project, values

CONFIG = "version: 1\nproject: acme/nightly\ndefaults:\n  region: us-east-1\n"
COMMAND = (sys.executable, "-c", "from pipelayer.cli import main; main()")


@dataclass
class Shell:
    """Runs `pipelayer` in `folder`."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __call__(
        self, *arguments: str, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env={**self.environ, **(environ or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    def deploy(self, *names: str) -> None:
        """Deploys in this process: quicker, for tests of what comes after."""
        with Project.open(self.folder, environ=self.environ) as project:
            assert project.deploy(names).exit_code == 0

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The same, not waited for."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def typed(self, answers: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same at a terminal, in which somebody types; stdout goes elsewhere."""
        ours, its = pty.openpty()
        os.write(ours, answers.encode())
        with subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environ,
            stdin=its,
            stdout=subprocess.PIPE,
            stderr=its,
            text=True,
        ) as running:
            os.close(its)
            shown = b""
            while True:
                try:
                    shown += os.read(ours, 4096)
                except OSError:  # the other end was closed
                    break
            os.close(ours)
            printed, _ = running.communicate()
        return subprocess.CompletedProcess(
            running.args, running.returncode, printed, shown.decode().replace("\r\n", "\n")
        )

    def complete(self, *words: str) -> list[str]:
        """What a shell would offer for the last of these words."""
        environ = {
            "_PIPELAYER_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(["pipelayer", *words]),
            "COMP_CWORD": str(len(words)),
        }
        offered = self(environ=environ)
        assert offered.stderr == ""
        return [line.partition(",")[2] for line in offered.stdout.splitlines() if line]


def read_until(stream: IO[str] | None, text: str) -> None:
    """Reads lines up to one that holds `text`."""
    assert stream is not None
    read: list[str] = []
    for line in stream:
        read.append(line)
        if text in line:
            return
    raise AssertionError(f"{text!r} was never said, but {read}")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """A repository with two pipelines that have files."""
    work = make_repo(tmp_path / "work")
    named = values("beta")[:-2] + ', "metadata": {"name": "The second one"}}\n'
    work.commit({**project("alpha", "beta"), "beta/values.json": named, "pipelayer.yml": CONFIG})
    return work


@pytest.fixture
def offline(work: Work) -> Shell:
    """Without any AWS settings."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(work.path.parent), "AWS_EC2_METADATA_DISABLED": "true"}
    return Shell(work.path, environ)


@pytest.fixture
def shell(offline: Shell, sandbox: Sandbox) -> Shell:
    """With the sandbox's."""
    sandbox.create_bucket(BUCKET)
    return Shell(offline.folder, {**offline.environ, **sandbox.aws_environment()})
