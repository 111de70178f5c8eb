"""The hook for pre-commit: its entry, run as pre-commit would run it in somebody's repository."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from support.gitrepo import Work, make_repo
from support.small_project import project, values

(HOOK,) = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def work(tmp_path: Path) -> Work:
    work = make_repo(tmp_path / "work")
    work.commit(project())
    return work


def run_hook(work: Work) -> subprocess.CompletedProcess[str]:
    """From the repository's top, with the hook's own environment first on the path and no AWS settings."""
    bin = Path(sys.executable).parent
    return subprocess.run(
        shlex.split(HOOK["entry"]),
        cwd=work.path,
        env={"PATH": f"{bin}{os.pathsep}{os.environ['PATH']}", "HOME": str(work.path.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_sound_may_be_committed(work: Work) -> None:
    work.write({"alpha/values.json": values("alpha", mySchedulePeriod="2 days")})
    work.git("add", "--all")
    ran = run_hook(work)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout


def test_a_mistake_that_is_about_to_be_committed_is_shown_at_its_line(work: Work) -> None:
    work.write({"alpha/values.json": values("alpha", mySchedulePeriod="1 mnth")})
    work.git("add", "--all")
    ran = run_hook(work)
    assert ran.returncode == 1
    assert "alpha/values.json:4:25: error PL209" in ran.stdout


def test_a_new_pipeline_counts_once_it_is_staged(work: Work) -> None:
    work.write({"gamma/values.json": "{,}"})
    assert run_hook(work).returncode == 0
    work.git("add", "--all")
    assert run_hook(work).returncode == 1


@pytest.mark.parametrize(
    ("path", "matters"),
    [
        ("pipelayer.yml", True),
        ("nightly/pipeline_definition.yaml", True),
        ("orders/values.prod.json", True),
        ("orders/run", True),
        ("orders/tasks/sql/export.sql", True),
        ("README.md", False),
        ("docs/rerun", False),
    ],
)
def test_it_runs_when_files_change_that_pipelines_are_made_of(path: str, matters: bool) -> None:
    assert bool(re.search(HOOK["files"], path)) is matters


def test_it_has_what_pre_commit_asks_for() -> None:
    assert HOOK["id"] == "pipelayer-validate"
    assert HOOK["language"] == "python"
    assert HOOK["pass_filenames"] is False
