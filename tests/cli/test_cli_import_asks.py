"""The import as somebody at a terminal meets it."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from cli.conftest import COMMAND, Shell
from pipelayer.sandbox import Sandbox
from support.accounts import live, shell_job
from support.gitrepo import make_repo


@pytest.fixture
def account(tmp_path: Path, sandbox: Sandbox) -> Shell:
    """Three pipelines, and an empty repository."""
    for name in ("billing", "orders", "stock"):
        live(sandbox, name, shell_job(f"echo {name}"))
    make_repo(tmp_path / "new")
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    return Shell(tmp_path / "new", {**environ, "TERM": "xterm", **sandbox.aws_environment()})


def typed(shell: Shell, *lines: str) -> tuple[int, str]:
    """What comes of an import whose questions are answered with these lines; everything that was shown."""
    ours, theirs = pty.openpty()
    command = [*COMMAND, "import", "--project", "acme/nightly"]
    running = subprocess.Popen(
        command, cwd=shell.folder, env=shell.environ, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, "".join(f"{line}\n" for line in lines).encode())
    shown = b""
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # everybody else has closed the terminal
            break
    os.close(ours)
    return running.wait(), shown.decode().replace("\r\n", "\n")


def directories(shell: Shell) -> Sequence[str]:
    return sorted(path.parent.name for path in shell.folder.glob("*/values.json"))


def test_all_is_the_first_offer(account: Shell) -> None:
    code, shown = typed(account, "", "")
    assert code == 0, shown
    assert "1  billing" in shown
    assert "Which ones? Numbers, names or globs, with commas between [all]:" in shown
    assert "Write this? [Y/n]:" in shown
    assert directories(account) == ["billing", "orders", "stock"]


def test_some_by_number_and_glob(account: Shell) -> None:
    assert typed(account, "1, sto*", "y")[0] == 0
    assert directories(account) == ["billing", "stock"]


def test_a_slip_is_asked_again(account: Shell) -> None:
    code, shown = typed(account, "ordres", "orders", "y")
    assert code == 0
    assert "Did you mean `orders`?" in shown
    assert directories(account) == ["orders"]


def test_no_writes_nothing(account: Shell) -> None:
    code, shown = typed(account, "all", "n")
    assert code == 130, shown
    assert [path.name for path in account.folder.iterdir()] == [".git"]
