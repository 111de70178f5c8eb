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


# ---- in our form


def test_init_writes_what_means_the_same_and_adopts_what_is_live(
    inherited: Shell, sandbox: Sandbox, work: Work
) -> None:
    made = by_hand(sandbox)
    before = planned(inherited), everything_in(sandbox)
    done = inherited("init", "--from-pipewelder", "--adopt")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert f"dev/alpha  {made}  alpha (SCHEDULED" in done.stdout
    assert everything_in(sandbox) == before[1]
    work.commit({"pipewelder.json": None})
    assert inherited("validate", "--aws", "never").returncode == 0
    assert planned(inherited) == {**before[0], "dev/alpha": "adopt"}
    assert inherited("deploy", "-g", "dev").returncode == 0
    assert [one.id for one in sandbox.pipelines() if one.name == "alpha"] == [made]
    again = inherited("init", "--from-pipewelder")
    assert again.returncode == 2
    assert "There is no pipewelder.json" in again.stderr


def test_a_second_run_goes_on_where_the_first_stopped(inherited: Shell, sandbox: Sandbox, work: Work) -> None:
    made = by_hand(sandbox)
    first = inherited("init", "--from-pipewelder")
    assert first.returncode == 0, first.stderr
    assert f"  pipelayer adopt {made} --to alpha -g dev\n" in first.stdout
    assert "adopt" not in (work.path / "alpha/values.json").read_text()
    second = inherited("init", "--from-pipewelder", "--adopt")
    assert "there already" in second.stdout
    assert made in (work.path / "alpha/values.json").read_text()
    third = inherited("init", "--from-pipewelder", "--adopt")
    assert third.returncode == 0
    assert "AWS has no pipelines without a mark of Pipelayer's" in third.stdout


def test_what_can_t_be_told_apart_is_told_with_its_ids(
    inherited: Shell, sandbox: Sandbox, work: Work
) -> None:
    two = [sandbox.seed_pipeline("alpha"), sandbox.seed_pipeline("alpha")]
    shared = sandbox.seed_pipeline("The second one")
    both = {**OLD, "prod": {"dirs": ["beta"]}, "test": {"dirs": ["beta"]}, "far": {"account": "210987654321"}}
    work.commit({"pipewelder.json": json.dumps(both)})
    done = inherited("init", "--from-pipewelder", "--adopt")
    assert done.returncode == 0, done.stderr
    for made in (*two, shared):
        assert made in done.stdout
    assert "not offered: 2 live pipelines have its name." in done.stdout
    assert f"{shared} could be that of acme/nightly:test/beta just as well" in done.stdout
    assert "AWS was not asked about the group far: " in done.stdout
    assert "wrote" not in done.stdout


@pytest.mark.parametrize(
    ("files", "arguments", "told"),
    [
        ({"pipelayer.yml": "version: 1\n"}, (), "There is another configuration already"),
        (
            {"pipewelder.json": '{"dev": {"region": "nowhere"}}'},
            (),
            "pipewelder.json:1:20: `region` can't be",
        ),
        ({"pipelayer.json": '{"version": 1}'}, (), "There is another configuration already"),
        ({"pipewelder.json": None}, (), "There is no pipewelder.json"),
        ({}, ("--bucket", "b"), "--bucket doesn't go with --from-pipewelder."),
        ({}, ("--adopt", "--aws", "never"), "What is live can't be adopted"),
    ],
)
def test_what_can_t_be_done_is_told_and_nothing_is_written(
    inherited: Shell, work: Work, files: dict[str, str | None], arguments: tuple[str, ...], told: str
) -> None:
    work.commit(files)
    ran = inherited("init", "--from-pipewelder", *arguments)
    assert ran.returncode == 2
    assert told in ran.stderr
    assert work.git("status", "--porcelain") == ""


def test_a_dry_run_of_it_writes_nothing(inherited: Shell, sandbox: Sandbox, work: Work) -> None:
    made = by_hand(sandbox)
    ran = inherited("init", "--from-pipewelder", "--adopt", "--dry-run")
    assert ran.returncode == 0
    assert made in ran.stdout
    assert work.git("status", "--porcelain") == ""


def test_in_a_terminal_it_asks_before_each_of_the_two(inherited: Shell, sandbox: Sandbox, work: Work) -> None:
    made = by_hand(sandbox)
    ran = inherited.typed("n\n", "init", "--from-pipewelder")
    assert (ran.returncode, work.git("status", "--porcelain")) == (1, ""), ran.stderr
    assert ran.stderr.endswith("Nothing was written.\n")
    ran = inherited.typed("y\nn\n", "init", "--from-pipewelder")
    assert (ran.returncode, work.git("status", "--porcelain")) == (0, "?? pipelayer.yml"), ran.stderr
    ran = inherited.typed("y\n", "init", "--from-pipewelder")
    assert (ran.returncode, ran.stderr.count("Shall")) == (0, 1), ran.stderr
    assert made in (work.path / "alpha/values.json").read_text()
