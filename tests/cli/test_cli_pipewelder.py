"""A project of Pipewelder's, from its live pipelines to deploying them, with no file of ours."""

from __future__ import annotations

import json

import pytest

from cli.conftest import Shell
from cli.test_cli_adopt import by_hand
from pipelayer.sandbox import Sandbox
from support.gitrepo import Work
from support.small_project import everything_in

OLD = {
    "defaults": {"dirs": ["alpha"], "region": "us-east-1"},
    "dev": {"values": {}},
    "prod": {"dirs": ["beta"]},
}


@pytest.fixture
def inherited(shell: Shell, work: Work) -> Shell:
    """Its files instead of ours."""
    work.git("remote", "add", "origin", "https://github.com/acme/nightly.git")
    work.commit({"pipelayer.yml": None, "pipewelder.json": json.dumps(OLD)})
    return shell


def planned(shell: Shell, *arguments: str) -> dict[str, str]:
    report = json.loads(shell("plan", "--json", *arguments).stdout)
    return {plan["key"].partition(":")[2]: plan["kind"] for plan in report["plan"]}


def test_it_works_as_it_is(inherited: Shell, sandbox: Sandbox) -> None:
    checked = inherited("validate", "--aws", "never")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert planned(inherited, "-g", "prod") == {"prod/beta": "create"}
    deployed = inherited("deploy", "-g", "dev")
    assert deployed.returncode == 0, deployed.stdout
    assert planned(inherited, "-g", "dev") == {"dev/alpha": "unchanged"}


def test_what_is_live_is_found_by_its_name_and_offered_for_adoption(
    inherited: Shell, sandbox: Sandbox
) -> None:
    made = by_hand(sandbox)
    before = everything_in(sandbox)
    refused = inherited("deploy", "-g", "dev", "alpha")
    assert refused.returncode == 1
    assert "pipelayer adopt" in refused.stdout
    assert everything_in(sandbox) == before
    assert inherited("adopt", "alpha", "-g", "dev").returncode == 0
    assert inherited("deploy", "-g", "dev", "alpha").returncode == 0
    assert [one.id for one in sandbox.pipelines() if one.name == "alpha"] == [made]


def test_a_change_of_its_configuration_is_a_change_of_its_groups(inherited: Shell, work: Work) -> None:
    changed = {**OLD, "prod": {"dirs": ["beta"], "values": {"mySchedulePeriod": "2 days"}}}
    work.commit({"pipewelder.json": json.dumps(changed)})
    assert planned(inherited, "-g", "prod", "--changed-since", "HEAD~1") == {"prod/beta": "create"}
    report = json.loads(inherited("validate", "--aws", "never", "--changed-since", "HEAD~1", "--json").stdout)
    assert [one["directory"] for one in report["selection"]] == ["beta"]
