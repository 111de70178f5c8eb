"""What a newcomer types first: help, mistakes, completion."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from cli.conftest import Shell
from pipelayer.cli import cli
from support.gitrepo import Work

VERBS = ("validate", "plan", "upload", "activate", "deploy")
GROUPS = "version: 1\nproject: acme/nightly\ngroups:\n  dev: {dirs: [alpha]}\n  prod: {}\n"


def test_the_commands_are_listed_in_the_order_of_their_use(offline: Shell) -> None:
    shown = offline("--help").stdout
    places = [shown.index(f"\n  {name} ") for name in (*VERBS, "demo", "completion")]
    assert places == sorted(places)
    assert "Examples:\n    pipelayer demo" in shown, "not wrapped into a paragraph"


def test_alone_it_shows_the_help(offline: Shell) -> None:
    ran = offline()
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("Usage: pipelayer")


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_says_what_a_name_is_and_explains_every_option(offline: Shell, verb: str) -> None:
    shown = offline(verb, "-h").stdout
    assert "NAME is a pipeline: its directory or the last part of that, its name in AWS" in shown
    assert "    " not in shown.partition("Options:")[0], "paragraphs are wrapped"
    for option in cli.commands[verb].params:
        assert isinstance(option, click.Argument) or getattr(option, "help", "")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("deplpy",), "Error: No such command 'deplpy'."),
        (("validate", "--aws", "maybe"), "Error: Invalid value for '--aws': 'maybe' is not one of"),
        (("plan", "--concurrency", "0"), "Error: Invalid value for '--concurrency': 0 is not in the range"),
        (("plan", "--concurrency", "many"), "Error: Invalid value for '--concurrency': 'many' is not"),
        (("deploy", "--group"), "Error: Option '--group' requires an argument."),
        (("validate", "--prune"), "Error: No such option '--prune'"),
        (("completion", "tcsh"), "Error: Invalid value for '{bash|zsh|fish}': 'tcsh' is not one of"),
    ],
)
def test_a_slip_is_one_line_and_a_hint(offline: Shell, arguments: tuple[str, ...], line: str) -> None:
    ran = offline(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    first, *hint = ran.stderr.splitlines()
    assert first.startswith(line)
    assert len(hint) <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("validate", "gamma"), "No pipeline is named `gamma`."),
        (("validate", "-C", "nowhere"), "There is no folder `nowhere`."),
        (("validate", "-g", "nope"), "There is no group `nope`"),
        (("validate", "--config", "nope.yml"), "The configuration is wrong."),
        (("validate", "alpha", "--changed-since", "main"), "Names and `changed-since` exclude each other."),
        (("deploy", "--aws", "never"), "deploy can't do without AWS."),
        (("deploy",), "There are no AWS credentials."),
        (("validate", "--aws", "required"), "There are no AWS credentials."),
    ],
)
def test_wrong_usage_of_the_project_ends_with_2(
    offline: Shell, arguments: tuple[str, ...], message: str
) -> None:
    ran = offline(*arguments)
    assert (ran.returncode, ran.stderr) == (2, "")
    assert message in ran.stdout

    told = json.loads(offline(*arguments, "--json").stdout)
    assert (told["exit_code"], told["result"]) == (2, "failure")
    assert message in told["error"]


def test_a_folder_with_nothing_in_it(offline: Shell, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = Shell(tmp_path / "empty", offline.environ)("validate")
    assert (ran.returncode, ran.stderr) == (2, "")
    assert "There is no pipeline in this project." in ran.stdout


def test_outside_a_repository_there_is_nothing_to_compare_with(offline: Shell, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    ran = Shell(tmp_path / "plain", offline.environ)("validate", "--changed-since", "main")
    assert ran.returncode == 2
    assert "is in no git repository" in ran.stdout


@pytest.mark.parametrize("before", [True, False])
def test_the_folder_is_named_before_the_verb_or_after_it(offline: Shell, work: Work, before: bool) -> None:
    place, verb = ("-C", str(work.path)), ("validate", "--aws", "never")
    elsewhere = Shell(work.path.parent, offline.environ)
    ran = elsewhere(*place, *verb) if before else elsewhere(*verb, *place)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "2 pipelines checked, no error found" in ran.stdout


def selected(shell: Shell, *names: str) -> list[str]:
    told = json.loads(shell("validate", "--aws", "never", "--json", *names).stdout)
    return [item["directory"] for item in told["selection"]]


def test_names_are_directories_names_in_aws_and_globs(offline: Shell) -> None:
    assert selected(offline) == ["alpha", "beta"]
    assert selected(offline, "alpha/") == ["alpha"]
    assert selected(offline, "The second one") == ["beta"]
    assert selected(offline, "The * one", "alpha") == ["alpha", "beta"]
    assert selected(offline, "default/b*") == ["beta"]


def test_changed_since_a_revision_and_since_one_that_is_not_there(offline: Shell, work: Work) -> None:
    work.git("branch", "earlier")
    work.write({"beta/run": "echo again\n"})
    arguments = ("--aws", "never", "--json", "--changed-since")
    told = json.loads(offline("validate", *arguments, "earlier").stdout)
    assert [item["directory"] for item in told["selection"]] == ["beta"]

    for misspelt in ("nowhere", "", "HEAD:alpha", "--output=x"):
        mistyped = offline("validate", *arguments[:-1], f"--changed-since={misspelt}")
        assert (mistyped.returncode, json.loads(mistyped.stdout)["selection"]) == (2, [])
        assert "is neither a commit of this clone nor a branch" in json.loads(mistyped.stdout)["error"]

    gone = "1" * 40
    lost = json.loads(offline("validate", *arguments, gone).stdout)
    assert [item["directory"] for item in lost["selection"]] == ["alpha", "beta"]
    assert "The base can't be had" in lost["notes"][0]

    failed = offline("validate", *arguments, gone, "--on-unknown-base", "fail")
    assert failed.returncode == 1
    assert "can't be had" in json.loads(failed.stdout)["error"]


def test_the_commit_is_named_where_the_files_are_its_own(offline: Shell, work: Work) -> None:
    head = work.git("rev-parse", "HEAD").strip()

    def commit(*options: str) -> str:
        return str(json.loads(offline("validate", "--aws", "never", "--json", *options).stdout)["commit"])

    assert commit() == commit("--source", "commit") == head
    assert commit("--source", "worktree") == ""
    work.write({"beta/run": "echo again\n"})
    assert (commit(), commit("--source", "commit")) == ("", head)


def test_a_shell_completes_commands_options_pipelines_and_groups(offline: Shell, work: Work) -> None:
    work.write({"pipelayer.yml": GROUPS})
    assert offline.complete("de") == ["deploy", "delete", "demo"]
    assert "--run-on-demand" in offline.complete("deploy", "--r")
    assert offline.complete("deploy", "") == ["alpha", "beta"]
    assert offline.complete("deploy", "alpha", "") == ["beta"]
    assert offline.complete("deploy", "-g", "dev", "") == ["alpha"]
    assert offline.complete("deploy", "-g", "") == ["dev", "prod"]
    assert offline.complete("deploy", "--group", "dev,") == ["dev,prod"]
    assert offline.complete("plan", "--aws", "n") == ["never"]
    elsewhere = Shell(work.path.parent, offline.environ)
    assert elsewhere.complete("-C", str(work.path), "validate", "b") == ["beta"]


@pytest.mark.parametrize("config", ["groups: [", "", None])
def test_completion_never_fails(offline: Shell, work: Work, tmp_path: Path, config: str | None) -> None:
    work.write({"pipelayer.yml": config, "beta/values.json": "{"})
    assert offline.complete("deploy", "-g", "zzz") == []
    (tmp_path / "bare").mkdir()
    assert Shell(tmp_path / "bare", offline.environ).complete("deploy", "") == []
    assert Shell(tmp_path / "bare", offline.environ).complete("-C", "nowhere", "deploy", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell(offline: Shell, shell: str) -> None:
    ran = offline("completion", shell)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "_PIPELAYER_COMPLETE" in ran.stdout
