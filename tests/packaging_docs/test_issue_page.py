"""The page about the issue: its workflow can be copied as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

from support.pages import README, ROOT, fences, section, text_of

PAGE = text_of("docs/issue.md")
(WORKFLOW,) = fences(section(PAGE, "The workflow"), "yaml")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
BIN = Path(sys.executable).parent


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_to_copy_is_valid_and_safe(tmp_path: Path) -> None:
    """With the action pinned by a commit, as its comment advises."""
    path = tmp_path / ".github" / "workflows" / "daily.yml"
    path.parent.mkdir(parents=True)
    pinned, times = re.subn(r"pipelayer@v1 #.*", f"pipelayer@{'a' * 40} # v1.0.0", WORKFLOW)
    assert times == 1
    path.write_text(pinned, encoding="utf-8")
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", path)
    config = ROOT / ".github" / "zizmor.yml"
    run(BIN / "zizmor", "--config", config, "--pedantic", "--offline", "--no-progress", "--quiet", tmp_path)


def test_it_gives_its_job_the_least() -> None:
    workflow = yaml.safe_load(WORKFLOW)
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read", "issues": "write", "id-token": "write"}
    last = job["steps"][-1]
    assert last["with"] == {"command": "status"}
    assert set(last["with"]) <= set(ACTION["inputs"])


def test_it_takes_the_same_actions_as_the_readme() -> None:
    def used(text: str) -> set[str]:
        return set(re.findall(r"uses: (\S+) #", text))

    assert used(WORKFLOW) <= used(section(README, "The workflow"))
