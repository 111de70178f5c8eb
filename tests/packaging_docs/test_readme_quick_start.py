"""The README's smallest project is complete: as it stands there, nothing is found wrong with it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from pipelayer.sandbox import Sandbox
from support.pages import README, jobs, section
from support.policies import policy

QUICK_START = section(README, "Quick start")


def files() -> dict[str, str]:
    """What each block holds whose introduction begins with the file's path."""
    block = r"^`([\w./]+)`.*\n(?:.+\n)*\n```\w+\n([\s\S]*?)^```"
    return dict(re.findall(block, QUICK_START, re.M))


def written_to(folder: Path) -> Path:
    for path, text in files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for arguments in (["init", "--quiet"], ["add", "."]):
        assert f"git {arguments[0]}" in QUICK_START
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return folder


def pipelayer(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from pipelayer.cli import main; main()", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder.parent), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_has_every_file_that_it_needs() -> None:
    assert list(files()) == [
        "pipelayer.yml",
        "pipeline_definition.json",
        "orders_export/values.json",
        "orders_export/run",
    ]


def test_nothing_is_wrong_with_it(tmp_path: Path) -> None:
    project = written_to(tmp_path)
    assert "$ pipelayer validate --aws never\n" in QUICK_START

    ran = pipelayer(project, "validate", "--aws", "never", "--fail-on", "warning", "--json")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = json.loads(ran.stdout)
    assert [item["key"] for item in report["selection"]] == ["acme/nightly:prod/orders_export"]
    found = [finding["code"] for finding in report["findings"] if finding["severity"] != "note"]
    assert found == []


def test_the_workflow_deploys_it_with_the_policy_to_copy(tmp_path: Path) -> None:
    """What one copies from the page fits together: of the policy only the repository is replaced."""
    project, role = written_to(tmp_path), "AKIAROLE"
    name = yaml.safe_load(files()["pipelayer.yml"])["project"]
    deploy = json.loads(json.dumps(policy("deploy")).replace("OWNER/REPO", name))
    (given,) = (step["with"] for step in jobs()["deploy"]["steps"] if step["uses"].startswith("pipelayer/"))
    with Sandbox() as sandbox:
        sandbox.create_bucket("acme-prod-pipelines")
        sandbox.attach_policy(role, deploy)
        environment = sandbox.aws_environment("us-east-1", role)
        ran = pipelayer(project, "deploy", "--group", given["group"], **environment)
        made = {pipeline.name for pipeline in sandbox.pipelines()}
        sent = set(sandbox.objects("acme-prod-pipelines"))

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert made == {"Orders export", "pipelayer-validation-stub"}
    assert sent == {"code/orders_export/run"}
