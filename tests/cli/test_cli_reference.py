"""`explain` and `schema`: what one looks up."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from cli.conftest import COMMAND, Shell
from pipelayer.explain import rules
from pipelayer.schemas import NAMES, load


def test_every_rule_has_a_line_of_its_own(offline: Shell) -> None:
    ran = offline("explain")
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(rules())
    assert "PL209  error    No period" in lines
    assert max(map(len, lines)) <= 100


def test_a_rule_is_explained_with_examples(offline: Shell) -> None:
    ran = offline("explain", "pl209")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("# PL209\n\n**No period** (error)\n")
    assert "Not so:" in ran.stdout
    assert "\x1b" not in ran.stdout
    both = offline("explain", "PL209", "PL001").stdout
    assert both.startswith(ran.stdout)
    assert "\n# PL001\n" in both


def test_what_aws_says_has_an_explanation_too(offline: Shell) -> None:
    ran = offline("explain", "aws")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "AWS's own words" in ran.stdout


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("PL-209", "Did you mean `PL209`?"),
        ("everything", "`pipelayer explain` lists all of them."),
        ("\x1b]0;x\x07" + "y" * 200, "`pipelayer explain` lists all of them."),
    ],
)
def test_an_unknown_code_is_a_line_and_a_hint(offline: Shell, code: str, hint: str) -> None:
    ran = offline("explain", "PL209", code)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("Error: There is no rule ")
    assert hint in ran.stderr
    assert "\x1b" not in ran.stderr
    assert max(map(len, ran.stderr.splitlines())) < 200


@pytest.mark.parametrize("columns", [40, 80])
def test_a_terminal_gets_colours_and_lines_that_fit(offline: Shell, columns: int) -> None:
    shown = in_terminal(offline, columns, "explain", "PL209")
    assert "\x1b[" in shown
    assert "```" not in shown
    assert "**" not in shown
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in shown.splitlines()]
    assert "PL209  error    No period" in plain
    assert max(map(len, plain)) <= columns


def in_terminal(shell: Shell, columns: int, *arguments: str) -> str:
    ours, theirs = pty.openpty()
    environ = {**shell.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=shell.folder, env=environ, stdout=theirs, stdin=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    assert process.returncode == 0
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux's way to say that nobody is left at the other end
        return b""


def test_codes_are_completed(offline: Shell) -> None:
    assert offline.complete("explain", "pl20") == [code for code in rules() if code.startswith("PL20")]
    assert offline.complete("schema", "") == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_printed_as_it_is(offline: Shell, name: str) -> None:
    ran = offline("schema", name)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == load(name)


@pytest.mark.parametrize("arguments", [["schema"], ["schema", "vlaues"]])
def test_what_has_no_schema_is_answered_with_what_has(offline: Shell, arguments: list[str]) -> None:
    ran = offline(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert all(name in ran.stderr for name in NAMES)


def test_neither_needs_a_project(offline: Shell, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shell = Shell(elsewhere, offline.environ)
    assert shell("explain", "PL209").returncode == shell("schema", "values").returncode == 0
