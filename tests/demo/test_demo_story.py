"""The demo: played once as a newcomer would, and what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from pipelayer.demo.shown import comment_as_shown, log_as_shown
from support.html_document import Document

COMMAND = (sys.executable, "-c", "from pipelayer.cli import main; main()", "demo")


class Played(NamedTuple):
    """A telling's exit code, what it said on each stream, and its folder."""

    code: int
    out: str
    complaints: str
    pages: Path


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("demo")
    home = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    environ = {**home, "AWS_PROFILE": "a-real-one"}
    ran = subprocess.run(COMMAND, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return Played(ran.returncode, ran.stdout, ran.stderr, folder / ".demo")


def test_the_story_ends_well(played: Played) -> None:
    assert (played.code, played.complaints) == (0, "")
    acts = [line for line in played.out.splitlines() if line[:2] in {f"{n} " for n in range(1, 6)}]
    assert [act[0] for act in acts] == ["1", "2", "3", "4", "5"]
    assert "Only Click sessions was touched" in played.out


def test_a_stranger_sees_no_machinery(played: Played) -> None:
    assert "::" not in played.out.replace("arn:aws", "")
    for unknown in ("<br", "<sub", "<details", "<!--", "Click sessionsclick", "not-a-real-one", "\x1b"):
        assert unknown not in played.out
    assert max(map(len, played.out.splitlines())) <= 100


def test_the_comments_are_left_as_a_page(played: Played) -> None:
    page = (played.pages / "comments.html").read_text(encoding="utf-8")
    document = Document()
    document.feed(page)
    text = document.text
    for expected in ("needs mending", "1 mnth", "Merging will edit 1 pipeline", "Edited 1 pipeline"):
        assert expected in text


def test_the_last_runs_report_is_left(played: Played) -> None:
    report = json.loads((played.pages / "report.json").read_text(encoding="utf-8"))
    assert report["result"] == "success"
    assert [one["result"] for one in report["outcomes"]] == ["edited"]


def test_a_log_as_github_shows_it() -> None:
    log = (
        "::group::Progress\n::add-mask::hunter2\nuses hunter2\n::endgroup::\n"
        "::error file=a/values.json,line=3,col=5,title=PL001 A::Not `::` good%0Aat all\n::debug::x\n"
    )
    assert log_as_shown(log) == ("▾ Progress\nuses ***\n\n▸ annotation on a/values.json, line 3: error")


def test_a_comment_without_what_only_a_browser_draws() -> None:
    comment = (
        "<!-- pipelayer:x -->\n### Good\n| A<br><sub>a</sub> | b |\n- one<br>two\n"
        "<details><summary><b>6 steps</b></summary>\n\n1. first\n\n</details>\n"
    )
    assert comment_as_shown(comment) == "\n### Good\n| A · a | b |\n- one  \n  two\n▸ 6 steps"
