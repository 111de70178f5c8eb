"""README, action.yml and the code say the same about inputs, outputs, exit codes and permissions."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from pipelayer import errors
from pipelayer.cli import cli
from pipelayer.github.inputs import INPUTS
from pipelayer.model import Kind, OutcomeResult, Reason, Severity
from pipelayer.project import metadata
from pipelayer.sandbox.control_http import VERBS
from support.pages import README, ROOT, entries, fences, section, text_of, workflow

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def test_inputs_are_the_same_in_the_readme_the_action_and_the_code() -> None:
    documented = {row[0].strip("`"): row[1].strip("`") for row in entries(section(README, "Inputs"))}
    declared = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()}
    known = {spec.name: str(spec.default) for spec in INPUTS}

    assert documented == declared == known
    assert list(documented) == list(declared) == list(known)


def test_every_choice_of_an_input_is_documented() -> None:
    meanings = {row[0].strip("`"): " ".join(row[1:]) for row in entries(section(README, "Inputs"))}
    flag = ("true", "false")
    for spec in INPUTS:
        for choice in spec.choices if spec.choices != flag else ():
            assert f"`{choice}`" in meanings[spec.name], f"{spec.name}: {choice}"


def test_outputs_are_the_same_in_the_readme_and_the_action() -> None:
    documented = [row[0].strip("`") for row in entries(section(README, "Outputs"))]
    assert documented == list(ACTION["outputs"])


def test_exit_codes_are_those_of_the_code() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", section(README, "Command line"), re.M)}
    raised = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type)}
    assert documented == raised | {0}


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


REPORT_PAGE = text_of("docs/report.md")
SCHEMA = json.loads((ROOT / "pipelayer" / "schemas" / "report.json").read_text(encoding="utf-8"))


def fields_of(table: str) -> list[str]:
    return [name for row in entries(table) for name in re.findall(r"`(\w+)`", row[0])]


def test_the_page_about_the_report_names_every_field_of_its_schema() -> None:
    top, _, _ = REPORT_PAGE.partition("## groups")
    assert fields_of(top) == list(SCHEMA["properties"])
    for name in ("groups", "selection", "findings", "plan", "outcomes"):
        assert fields_of(section(REPORT_PAGE, name)) == list(
            SCHEMA["properties"][name]["items"]["properties"]
        )
    preview = section(REPORT_PAGE, "preview")
    assert fields_of(preview) == list(SCHEMA["$defs"]["preview"]["properties"])
    described = SCHEMA["$defs"]["preview"]["properties"]
    inner = [described[name]["items"]["properties"] for name in ("changes", "files", "resources")]
    graph = SCHEMA["$defs"]["graph"]["properties"]
    inner += [graph[name]["items"]["properties"] for name in graph]
    for field in {field for fields in inner for field in fields}:
        assert f"`{field}`" in preview


def test_the_page_about_the_report_names_every_result_and_reason() -> None:
    for words, title in ((OutcomeResult, "outcomes"), (Reason, "selection"), (Severity, "findings")):
        text = section(REPORT_PAGE, title)
        for word in words:
            assert f"`{word.value}`" in text, word


def test_the_decision_table_has_a_row_for_every_kind_of_plan() -> None:
    page = text_of("docs/how-it-decides.md")
    last_cells = {line.rstrip(" |").rpartition("|")[2] for line in section(page, "What is done").splitlines()}
    documented = {name for cell in last_cells for name in re.findall(r"`([a-z, ]+)`", cell)}
    assert documented >= {kind.value for kind in Kind}


def test_the_page_about_files_names_every_key_of_the_configuration() -> None:
    page = text_of("docs/files.md")
    schema = json.loads((ROOT / "pipelayer" / "schemas" / "pipelayer.json").read_text(encoding="utf-8"))
    group = schema["properties"]["groups"]["additionalProperties"]
    keys = set(schema["properties"]) | set(group.get("properties") or resolved(schema, group)["properties"])
    assert set(fields_with_hyphens(section(page, "pipelayer.yml"))) == keys


def resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    found = schema
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def fields_with_hyphens(table: str) -> list[str]:
    return [row[0].strip("`") for row in entries(table)]


def test_the_page_about_files_names_every_key_of_metadata() -> None:
    page = text_of("docs/files.md")
    documented = [row[0].strip("`") for row in entries(section(page, "values.json"))]
    assert documented == list(metadata.KEYS)


def test_the_page_about_the_sandbox_names_every_request() -> None:
    page = section(text_of("docs/sandbox.md"), "The control API")
    documented = {name for row in entries(page) for name in re.findall(r"`([a-z-]+)`", row[0])}
    assert documented >= set(VERBS)


def test_every_family_of_codes_is_in_the_page_about_troubles() -> None:
    page = section(text_of("docs/troubleshooting.md"), "By code")
    documented = {row[0].strip("`").rstrip("x") for row in entries(page)}
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "pipelayer").rglob("*.py")]
    codes = {code for text in sources for code in re.findall(r'^    [A-Z_]+ = "(PL[0-9]{3})"', text, re.M)}
    families = {next((f for f in documented if code.startswith(f)), code) for code in codes}
    assert families == documented - {"AWS"}


def options(command: click.Command) -> set[str]:
    """The options as one writes them: a flag that is on without them is written to switch it off."""
    written = (one.secondary_opts if one.default is True else one.opts for one in command.params)
    return {name for names in written for name in names if name.startswith("-")}


def test_the_options_of_the_command_line_are_those_of_the_readme() -> None:
    table = {
        option: row[1]
        for row in entries(section(README, "Command line"))
        for option in re.findall(r"`(-[A-Za-z-]+)`", row[0])
    }
    everywhere = {option for option, where in table.items() if where == "every verb"}
    for verb in ("plan", "upload", "activate", "deploy"):
        assert options(cli.commands[verb]) == set(table), verb
    assert options(cli.commands["validate"]) == everywhere


def test_the_commands_are_those_of_the_readme() -> None:
    documented = {row[0].strip("`") for row in entries(section(README, "Command line")) if len(row) == 2}
    assert documented == set(cli.commands)
