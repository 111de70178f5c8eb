"""`status`: the command as people and their scheduled jobs run it."""

from __future__ import annotations

import json

import jsonschema
import pytest

from cli.conftest import Shell
from pipelayer.api import Project
from pipelayer.sandbox import Sandbox
from pipelayer.schemas import load
from support.gitrepo import Work
from support.small_project import everything_in, template, values


@pytest.fixture
def deployed(shell: Shell) -> Shell:
    shell.deploy()
    return shell


def test_a_good_morning_and_a_bad_one(deployed: Shell, sandbox: Sandbox) -> None:
    before = everything_in(sandbox)
    good = deployed("status")
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.endswith("\n✓ Both pipelines are well\n")
    assert "\x1b" not in good.stdout
    assert everything_in(sandbox) == before
    (second,) = [one for one in sandbox.pipelines() if one.name == "The second one"]
    sandbox.delete(second.id)
    bad = deployed("status")
    assert (bad.returncode, bad.stderr) == (1, "")
    assert "✗ The second one: missing\n" in bad.stdout
    assert "  → pipelayer deploy beta\n" in bad.stdout
    assert bad.stdout.endswith("\n✗ 1 of 2 pipelines needs somebody · 1 missing\n")


def test_one_that_is_named_gets_a_page(deployed: Shell) -> None:
    page = deployed("status", "The second*")
    assert page.returncode == 0
    assert "key        acme/nightly:default/beta\n" in page.stdout
    assert "alpha" not in page.stdout
    assert "\n✓ The pipeline is well\n" in page.stdout


def test_json_keeps_to_its_schema_and_is_all_there_is(deployed: Shell) -> None:
    told = deployed("status", "--json")
    document = json.loads(told.stdout)
    jsonschema.validate(document, load("status"))
    assert (document["well"], told.returncode, told.stderr) == (True, 0, "")
    assert json.loads(deployed("schema", "status").stdout) == load("status")


def test_json_tells_an_error_too(deployed: Shell, offline: Shell) -> None:
    for told in (deployed("status", "nobody", "--json"), offline("status", "--json")):
        document = json.loads(told.stdout)
        assert (document["version"], told.returncode, told.stderr) == (1, 2, "")
        assert document["error"]
        assert "hint" in document
    assert "no AWS credentials" in document["error"]


def test_markdown_links_what_github_has(deployed: Shell, work: Work) -> None:
    github = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/nightly"}
    text = deployed("status", "--markdown", environ=github).stdout
    assert text.startswith("### ✅ Both pipelines are well\n")
    assert f"https://github.com/acme/nightly/commit/{work.head()}" in text
    assert text == deployed("status", "--markdown", environ=github).stdout
    assert "https://" not in deployed("status", "--markdown").stdout


def test_the_command_that_is_offered_finds_the_same_project(deployed: Shell, work: Work) -> None:
    (work.path / "pipelayer.yml").rename(work.path / "other.yml")
    work.git("add", "-A")
    (work.path / "alpha" / "values.json").write_text(values("alpha", mySchedulePeriod="2 days"))
    told = deployed("-C", ".", "status", "--config", "other.yml").stdout
    assert "not deployed yet" in told
    page = deployed("status", "alpha", "--config", "other.yml").stdout
    assert "→ pipelayer deploy alpha --config other.yml\n" in page
    assert "`Daily.period`" in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["alpa"], "No pipeline is named `alpa`.\nHint: Did you mean `alpha`?"),
        (["--json", "--markdown"], "--json and --markdown exclude each other."),
        (["--runs", "0"], "Invalid value for '--runs'"),
        (["-g", "dev"], "There is no group `dev`"),
    ],
)
def test_wrong_usage_ends_with_two(deployed: Shell, arguments: list[str], said: str) -> None:
    wrong = deployed("status", *arguments)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert said in wrong.stderr


def test_without_credentials_nobody_can_tell(offline: Shell) -> None:
    told = offline("status")
    assert (told.returncode, told.stdout) == (2, "")
    assert "credentials" in told.stderr


def test_a_mistake_in_the_template_is_told_of_each_pipeline(deployed: Shell, work: Work) -> None:
    (work.path / "pipeline_definition.json").write_text(template()[:-5])
    told = deployed("status")
    assert told.returncode == 1
    assert told.stdout.count(": broken files\n") == 2


def test_python_has_the_same(deployed: Shell) -> None:
    with Project.open(deployed.folder, environ=deployed.environ) as project:
        status = project.desk.status()
        assert (status.well, [one.name for one in status.pipelines]) == (True, ["alpha", "The second one"])
        assert [one.key.directory for one in project.desk.status("alpha").pipelines] == ["alpha"]
        assert [one.key.directory for one in project.desk.status(["beta"], runs=1).pipelines] == ["beta"]
