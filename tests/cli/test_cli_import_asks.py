"""The import as somebody at a terminal meets it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from cli.conftest import Shell
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


def typed(
    shell: Shell, *lines: str, project: Sequence[str] = ("--project", "acme/nightly")
) -> tuple[int, str]:
    """The exit code of an import whose questions are answered with these lines, and what was asked."""
    ran = shell.typed("".join(f"{line}\n" for line in lines), "import", *project)
    return ran.returncode, ran.stderr


def directories(shell: Shell) -> Sequence[str]:
    return sorted(path.parent.name for path in shell.folder.glob("*/values.json"))


def test_all_is_the_first_offer(account: Shell) -> None:
    code, shown = typed(account, "", "")
    assert code == 0, shown
    assert "1  billing" in shown
    assert "Which ones? Numbers such as 1-3, names or globs, with commas between [all]:" in shown
    assert "Write this? [Y/n]:" in shown
    assert directories(account) == ["billing", "orders", "stock"]


def test_some_by_number_and_glob(account: Shell) -> None:
    assert typed(account, "1, sto*", "y")[0] == 0
    assert directories(account) == ["billing", "stock"]


def test_a_name_for_the_project_is_asked_first(account: Shell) -> None:
    code, shown = typed(account, "acme/asked", "2-3", "y", project=())
    assert code == 0, shown
    assert "project: acme/asked" in (account.folder / "pipelayer.yml").read_text()
    assert directories(account) == ["orders", "stock"]


def test_a_slip_is_asked_again(account: Shell) -> None:
    code, shown = typed(account, "ordres", "orders", "y")
    assert code == 0
    assert "Did you mean `orders`?" in shown
    assert directories(account) == ["orders"]


@pytest.mark.parametrize("answers", ["all\nn\n", "all\n\x04", "\x04"])
def test_no_writes_nothing(account: Shell, answers: str) -> None:
    ran = account.typed(answers, "import", "--project", "acme/nightly")
    assert ran.returncode == 1, ran.stderr
    assert ran.stderr.endswith("Nothing was written.\n")
    assert [path.name for path in account.folder.iterdir()] == [".git"]
