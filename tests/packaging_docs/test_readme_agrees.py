"""README, action.yml and the code say the same about inputs, outputs, exit codes and permissions."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipelayer import errors
from pipelayer.github.inputs import INPUTS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def section(text: str, title: str) -> str:
    """What stands under a heading of the second level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert found, f"no section {title}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, headings and rulers left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in table if not set(row[0]) <= set("-: ") and row[0].startswith("`")]


def fences(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def test_inputs_are_the_same_in_the_readme_the_action_and_the_code() -> None:
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows(section(README, "Inputs"))}
    declared = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()}
    known = {spec.name: str(spec.default) for spec in INPUTS}

    assert documented == declared == known
    assert list(documented) == list(declared) == list(known)


def test_every_choice_of_an_input_is_documented() -> None:
    meanings = {row[0].strip("`"): " ".join(row[1:]) for row in rows(section(README, "Inputs"))}
    flag = ("true", "false")
    for spec in INPUTS:
        for choice in spec.choices if spec.choices != flag else ():
            assert f"`{choice}`" in meanings[spec.name], f"{spec.name}: {choice}"


def test_outputs_are_the_same_in_the_readme_and_the_action() -> None:
    documented = [row[0].strip("`") for row in rows(section(README, "Outputs"))]
    assert documented == list(ACTION["outputs"])


def test_exit_codes_are_those_of_the_code() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", section(README, "Command line"), re.M)}
    raised = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type)}
    assert documented == raised | {0}


def policies() -> list[dict[str, object]]:
    documents = [json.loads(text) for text in fences(section(README, "The roles"), "json")]
    assert len(documents) == 3
    return documents


def actions(policy: dict[str, object]) -> set[str]:
    found: set[str] = set()
    for statement in policy["Statement"]:  # type: ignore[attr-defined]
        action = statement["Action"]
        found.update([action] if isinstance(action, str) else action)
    return found


def test_the_role_of_pull_requests_writes_nothing() -> None:
    validating, _, _ = policies()
    assert actions(validating) == {
        "datapipeline:ListPipelines",
        "datapipeline:DescribePipelines",
        "datapipeline:GetPipelineDefinition",
        "datapipeline:ValidatePipelineDefinition",
        "iam:PassRole",
    }


def test_the_policies_name_operations_that_exist() -> None:
    from botocore.session import Session

    operations = set(Session().get_service_model("datapipeline").operation_names)
    for policy in policies():
        for action in actions(policy):
            service, _, name = action.partition(":")
            assert service != "datapipeline" or name in operations, action


def test_the_policies_and_the_page_about_them_agree() -> None:
    page = (ROOT / "docs" / "iam.md").read_text(encoding="utf-8")
    documented: set[str] = set()
    reading: set[str] = set()
    for row in rows(section(page, "What each permission is for")):
        service = ""
        for name in re.findall(r"`([A-Za-z0-9:]+)`", row[0]):
            if name in {"role", "resourceRole"}:
                continue
            service = name.partition(":")[0] if ":" in name else service
            action = name if ":" in name else f"{service}:{name}"
            documented.add(action)
            if row[1] == "yes":
                reading.add(action)
    validating, deploying, _ = policies()
    assert documented == actions(deploying)
    assert reading == actions(validating)


def test_passing_roles_is_limited_to_the_services_that_need_it() -> None:
    for policy in policies()[:2]:
        passing = [s for s in policy["Statement"] if s["Action"] == "iam:PassRole"]  # type: ignore[attr-defined]
        assert [s["Condition"]["StringEquals"]["iam:PassedToService"] for s in passing] == [
            ["datapipeline.amazonaws.com", "ec2.amazonaws.com", "elasticmapreduce.amazonaws.com"]
        ]
        assert all("*" not in resource for s in passing for resource in s["Resource"])


def workflow() -> str:
    (text,) = fences(section(README, "The workflow"), "yaml")
    return text


def test_the_workflow_to_copy_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "pipelines.yml"
    path.write_text(workflow(), encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_workflow_to_copy_gives_each_job_the_least() -> None:
    jobs = yaml.safe_load(workflow())
    assert jobs["permissions"] == {}
    for job in jobs["jobs"].values():
        assert job["permissions"] == {"contents": "read", "pull-requests": "write", "id-token": "write"}
        for step in job["steps"]:
            name, _, version = step["uses"].partition("@")
            assert name == "pipelayer/pipelayer" or re.fullmatch("[0-9a-f]{40}", version), step["uses"]
            assert "fetch-depth" not in step.get("with", {})
            if name == "pipelayer/pipelayer":
                assert set(step.get("with", {})) <= set(ACTION["inputs"])
    deploy = jobs["jobs"]["deploy"]
    assert deploy["environment"] == "production"
    assert deploy["concurrency"]["cancel-in-progress"] is False


DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_in_the_documents_can_be_read(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for example in fences(text, "json"):
        json.loads(example)
    for example in fences(text, "yaml"):
        yaml.safe_load(example)
    for example in fences(text, "python"):
        ast.parse(example)
