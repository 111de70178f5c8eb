"""The repository's own workflows: pinned, and allowed no more than they need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_foreign_actions_are_pinned_by_commit_with_their_version_beside(path: Path) -> None:
    uses = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))
    assert uses
    for line in uses:
        assert line.startswith("./") or re.fullmatch(
            r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line
        ), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_allowed_by_default_and_each_job_names_what_it_needs(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert job["permissions"]["contents"] == "read"
        assert job["timeout-minutes"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_expression_reaches_a_shell(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    steps = [step for job in document["jobs"].values() for step in job["steps"]]
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


def test_the_readme_uses_the_same_commits() -> None:
    def pins(text: str) -> set[str]:
        return set(re.findall(r"uses: ([\w.-]+/[\w.-]+@[0-9a-f]{40} # \S+)", text))

    example = (ROOT / ".github" / "workflows" / "pipelines-example.yml").read_text(encoding="utf-8")
    assert pins((ROOT / "README.md").read_text(encoding="utf-8")) == pins(example)


def test_the_matrix_covers_every_python_that_the_project_names() -> None:
    document = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    named = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert document["jobs"]["test"]["strategy"]["matrix"]["python"] == named
