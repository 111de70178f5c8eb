"""`init`: from nothing to a project that deploys under exactly the policies that were made with it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from cli.conftest import Shell
from pipelayer.render.words import count
from pipelayer.sandbox import Sandbox
from support.gitrepo import Content, Link, Work, make_repo
from support.small_project import TEMPLATE, project, template, values, writes

ACCOUNT, BUCKET = "123456789012", "acme-pipelines"
GIVEN = ("--yes", "--account", ACCOUNT, "--bucket", BUCKET)


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """An empty repository of GitHub's."""
    return make_repo(tmp_path / "work", origin="https://github.com/acme/nightly.git")


def files(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file() and ".git/" not in str(path)]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def policy(work: Work, name: str, folder: str = "") -> dict[str, object]:
    found = json.loads((work.path / folder / "iam" / f"{name}.json").read_text())
    assert isinstance(found, dict)
    return found


def as_role(sandbox: Sandbox, work: Work, key: str, *names: str, folder: str = "") -> Mapping[str, str]:
    """The credentials of a role that may do what these files of the project allow, and nothing else."""
    for name in names:
        sandbox.attach_policy(key, policy(work, name, folder))
    return sandbox.aws_environment(access_key=key)


def clean(shell: Shell, *arguments: str, environ: Mapping[str, str] | None = None) -> dict[str, object]:
    """Validates: no finding of any kind."""
    ran = shell("validate", "--json", *arguments, environ=environ)
    report: dict[str, object] = json.loads(ran.stdout)
    assert (ran.returncode, report["findings"]) == (0, []), ran.stdout
    return report


def test_what_it_makes_is_deployed_under_the_policies_that_it_makes(
    shell: Shell, sandbox: Sandbox, work: Work
) -> None:
    made = shell("init", *GIVEN)
    assert (made.returncode, made.stderr) == (0, "")
    sandbox.create_bucket(BUCKET)
    (stub,) = sandbox.pipelines()
    assert stub.id in made.stdout
    work.commit()
    asking = as_role(sandbox, work, "AKIAPULLREQUEST", "validate", "validate-files")
    begun = len(sandbox.calls())
    clean(shell, "--aws", "required", environ=asking)
    assert any(call.operation == "ValidatePipelineDefinition" for call in sandbox.calls()[begun:])
    deploying = as_role(sandbox, work, "AKIADEPLOY", "deploy-prod")
    deployed = shell("deploy", "-g", "prod", environ=deploying)
    assert deployed.returncode == 0, deployed.stdout
    (live,) = (one for one in sandbox.pipelines() if one.id != stub.id)
    assert (live.name, live.state.value) == ("hello", "SCHEDULED")
    assert {"code/prod/hello/run", "code/prod/hello/tasks/hello.sh"} == set(sandbox.objects(BUCKET))
    for role in (asking, deploying):
        report = json.loads(shell("plan", "-g", "prod", "--json", environ=role).stdout)
        assert [one["kind"] for one in report["plan"]] == ["unchanged"]
    assert [call for call in sandbox.calls()[begun:] if call.status == 403] == []


def test_several_groups_in_a_folder_are_kept_apart(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    made = shell("init", "etl", *GIVEN, "--group", "dev, prod", "--pipeline", "orders")
    assert made.returncode == 0, made.stderr
    sandbox.create_bucket(BUCKET)
    work.commit()
    clean(shell, "-C", "etl", "--aws", "required")
    for group in ("dev", "prod"):
        role = as_role(sandbox, work, f"AKIA{group.upper()}", f"deploy-{group}", folder="etl")
        ran = shell("deploy", "-C", "etl", "-g", group, environ=role)
        assert ran.returncode == 0, ran.stdout
    other = shell("deploy", "-C", "etl", "-g", "prod", environ=sandbox.aws_environment(access_key="AKIADEV"))
    assert other.returncode == 0, "nothing to do, so nothing was asked that dev may not"
    values = work.path / "etl/orders/values.json"
    values.write_text(values.read_text().replace("1 day", "2 days"))
    other = shell("deploy", "-C", "etl", "-g", "prod", environ=sandbox.aws_environment(access_key="AKIADEV"))
    assert other.returncode == 1
    assert "AccessDenied" in other.stdout


def test_nothing_is_asked_of_aws_without_credentials_or_where_that_is_wished(
    offline: Shell, shell: Shell, sandbox: Sandbox
) -> None:
    before = len(sandbox.calls())
    assert "there are no credentials" in offline("init", "one", *GIVEN).stdout
    assert "as wished" in shell("init", "two", *GIVEN, "--aws", "never").stdout
    assert "In AWS" not in offline("init", "three", *GIVEN, "--dry-run").stdout
    assert sandbox.calls()[before:] == []


def test_the_account_and_region_are_those_of_the_credentials(shell: Shell, work: Work) -> None:
    assert shell("init", "--yes", environ={"AWS_REGION": "eu-west-1"}).returncode == 0
    written = (work.path / "pipelayer.yml").read_text()
    assert "region: eu-west-1\n" in written
    assert f'account: "{ACCOUNT}"\n' in written
    assert f"myBucket: pipelines-{ACCOUNT}-eu-west-1\n" in written


def test_a_stub_that_may_not_be_made_is_told_and_no_failure(
    shell: Shell, sandbox: Sandbox, work: Work
) -> None:
    assert shell("init", *GIVEN, "--aws", "never").returncode == 0
    asking = as_role(sandbox, work, "AKIAPULLREQUEST", "validate")
    denied = shell("init", *GIVEN, environ=asking)
    assert denied.returncode == 0
    assert "was not made: these credentials may not create pipelines" in denied.stdout
    other = shell("init", "other", "--yes", "--account", "210987654321", "--bucket", BUCKET)
    assert other.returncode == 0
    assert f"not made: these credentials are of the account {ACCOUNT}" in other.stdout
    assert sandbox.pipelines() == []


def test_a_dry_run_makes_nothing(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    ran = shell("init", *GIVEN, "--dry-run")
    assert ran.returncode == 0
    assert "hello/run" in ran.stdout
    assert files(work.path) == {}
    assert writes(sandbox) == []


def test_a_second_run_goes_on_where_the_first_was_stopped(offline: Shell, work: Work) -> None:
    command = ("init", *GIVEN, "--start", "2030-01-01T00:00:00")
    shown = offline(*command, "--dry-run").stdout.splitlines()
    order = [line.split()[0] for line in shown if line.endswith("  new")]
    assert offline(*command).returncode == 0
    whole = files(work.path)
    assert set(order) == set(whole)
    for written in (0, 1, len(order) // 2, len(order) - 1):
        for path in order[written:]:
            (work.path / path).unlink()
        assert f"Wrote {count(len(order) - written, 'file')}." in offline(*command).stdout
        assert files(work.path) == whole
    assert "There was nothing to write." in offline(*command).stdout


def test_what_is_there_stays_as_it_is(offline: Shell, work: Work) -> None:
    mine = {"pipeline_definition.yml": b"objects: []\n", "hello/run": b"mine", "iam/validate.json": b"{}"}
    work.write(mine)
    ran = offline("init", *GIVEN)
    assert ran.returncode == 0, ran.stderr
    assert {path: content for path, content in files(work.path).items() if path in mine} == mine
    assert "pipeline_definition.json" not in files(work.path)
    assert ran.stdout.count("stays as it is") == len(mine)


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ({"pipelayer.yml": "version: 2\n"}, "pipelayer.yml:1:10: This version is not known."),
        (
            {"pipelayer.yml": 'version: 1\ngroups: {a: {account: "210987654321"}}\n'},
            "--account can't be `123456789012`: the files of this project say 210987654321.",
        ),
        (
            {
                "pipelayer.yml": "version: 1\n"
                'groups: {a: {account: "123456789012"}, b: {account: "210987654321"}}\n'
            },
            "The groups are in several accounts (123456789012, 210987654321)",
        ),
        ({"hello": Link("/tmp")}, "'hello' is a link"),
        ({"iam": "a file"}, "'iam' is no folder"),
        ({"pipelayer.yml": Link("nowhere")}, "pipelayer.yml:1:1: `pipelayer.yml` is a link."),
        ({".github": Link("/tmp")}, "'.github' is a link"),
    ],
)
def test_what_is_in_the_way_stops_it_before_anything_is_written(
    offline: Shell, work: Work, there: Mapping[str, str | Link], told: str
) -> None:
    work.write(there)
    before = files(work.path)
    ran = offline("init", *GIVEN)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert told in ran.stderr
    assert files(work.path) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--account, --bucket"),
        (("--yes",), "give --account, --bucket."),
        ((*GIVEN, "--region", "eu-north-1"), "--region can't be `eu-north-1`."),
    ],
)
def test_what_is_missing_or_can_t_be_is_named(
    offline: Shell, work: Work, arguments: tuple[str, ...], told: str
) -> None:
    ran = offline("init", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert told in ran.stderr
    assert files(work.path) == {}


def test_in_a_terminal_it_asks_with_defaults_and_asks_again(offline: Shell, work: Work) -> None:
    answers = "\n\ntrunk\nmars\neu-west-1\n111122223333\n\n\n\norders\n12 hours\n\ny\n"
    ran = offline.typed(answers, "init")
    assert ran.returncode == 0, ran.stderr
    assert "What is the project called? [acme/nightly]:" in ran.stderr
    assert "Error: Write one of us-east-1" in ran.stderr
    assert "?" not in ran.stdout, "questions are no results"
    written = (work.path / "pipelayer.yml").read_text()
    assert "region: eu-west-1\n" in written
    assert "myBucket: pipelines-111122223333-eu-west-1\n" in written
    assert '"mySchedulePeriod": "12 hours"' in (work.path / "orders/values.json").read_text()
    assert "refs/heads/trunk" in (work.path / ".github/workflows/pipelines.yml").read_text()


def test_who_says_no_has_nothing(offline: Shell, work: Work) -> None:
    asked = "\n\n\n\n111122223333\n\n\n\n\n\n\n"
    for typed in (f"{asked}n\n", f"{asked}\x04", "\n\x04"):
        ran = offline.typed(typed, "init")
        assert (ran.returncode, ran.stderr.endswith("Nothing was written.\n")) == (1, True), ran.stderr
    assert files(work.path) == {}


def test_ctrl_c_at_a_question_is_no_answer(offline: Shell, work: Work) -> None:
    # Whoever runs the tests in the background has them ignore Ctrl-C, and a process inherits that.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heard}; from pipelayer.cli import main; main()", "init"]
    ours, its = pty.openpty()
    asked = subprocess.Popen(
        command, cwd=offline.folder, env=offline.environ, stdin=its, stdout=its, stderr=its
    )
    seen = b""
    while b"called?" not in seen:
        seen += os.read(ours, 4096)
    while asked.poll() is None:
        asked.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            asked.wait(timeout=1)  # one that comes just before the reading begins is heard with the next
    assert asked.returncode == 130
    assert b"Interrupted." in os.read(ours, 4096)
    os.close(ours)
    os.close(its)
    assert files(work.path) == {}


# ---- a project that is there


def test_a_project_that_is_there_gets_a_workflow_and_roles_that_suffice(
    shell: Shell, sandbox: Sandbox, work: Work
) -> None:
    groups = "groups: {dev: {dirs: [alpha]}, prod: {dirs: [beta]}}\n"
    mine = {
        **project("alpha", "beta"),
        "pipelayer.yml": f"version: 1\nproject: acme/old\ndefaults: {{region: us-east-1}}\n{groups}",
        "beta/values.json": values("b", "other-bucket"),
    }
    work.commit(mine)
    made = shell("init", "--yes")
    assert made.returncode == 0, made.stderr
    assert "There is a project already" in made.stdout
    roles = ("validate", "validate-files", "trust-validate")
    each = [f"{name}-{group}" for name in ("deploy", "trust-deploy") for group in ("dev", "prod")]
    assert {path for path in files(work.path) if path not in mine} == {
        ".github/workflows/pipelines.yml",
        "iam/README.md",
        *(f"iam/{name}.json" for name in (*roles, *each)),
    }
    work.commit()
    for bucket in (BUCKETS := ("acme-dev-pipelines", "other-bucket")):
        sandbox.create_bucket(bucket)
    before = len(sandbox.calls())
    asking = as_role(sandbox, work, "AKIAPULLREQUEST", "validate", "validate-files")
    assert shell("validate", "--aws", "required", environ=asking).returncode == 0
    for group in ("dev", "prod"):
        role = as_role(sandbox, work, f"AKIA{group.upper()}", f"deploy-{group}")
        ran = shell("deploy", "-g", group, environ=role)
        assert ran.returncode == 0, ran.stdout
    assert [call for call in sandbox.calls()[before:] if call.status == 403] == []
    assert all(sandbox.objects(bucket) for bucket in BUCKETS)
    assert "other-bucket" not in (work.path / "iam/deploy-dev.json").read_text()


def next_steps(shown: str) -> list[str]:
    return [line.partition(". ")[2] for line in shown.partition("Next:\n")[2].splitlines()]


@pytest.mark.parametrize("groups", [1, 2])
def test_what_is_left_to_do_is_said_once_for_all_groups(offline: Shell, work: Work, groups: int) -> None:
    names = ",".join(["dev", "prod"][:groups])
    made = offline("init", "sub", *GIVEN, "-g", names)
    bucket, roles, checking, planning, _ = next_steps(made.stdout)
    assert bucket.endswith(f"aws s3 mb s3://{BUCKET} --region us-east-1")
    assert ("sub/iam/README.md" in roles, checking.endswith("pipelayer -C sub validate")) == (True, True)
    work.commit()
    named = planning.partition(": pipelayer ")[2].split()
    assert offline(*named, "--aws", "never").returncode == 0
    page = (work.path / "sub/iam/README.md").read_text()
    assert f"limit {'it' if groups == 1 else 'each'} to the branch `main`" in page


def test_in_the_folder_of_a_project_it_sends_nobody_elsewhere(work: Work, offline: Shell) -> None:
    """Its bucket is there: its pipelines live on it."""
    assert offline("init", "sub", *GIVEN).returncode == 0
    inside = replace(offline, folder=work.path / "sub")
    steps = next_steps(inside("init", "--yes").stdout)
    assert [step for step in steps if "aws s3" in step] == []
    assert "The environments and roles: iam/README.md says how." in steps


@pytest.mark.parametrize(("folder", "project"), [(".", "a/b"), ("deep/er", "a/b/deep/er")])
def test_the_project_is_called_as_the_repository_that_was_named(
    tmp_path: Path, offline: Shell, folder: str, project: str
) -> None:
    bare = make_repo(tmp_path / "bare")
    ran = replace(offline, folder=bare.path)("init", folder, *GIVEN, "--repository", "a/b")
    assert ran.returncode == 0, ran.stderr
    assert f"project: {project}\n" in (bare.path / folder / "pipelayer.yml").read_text()


def test_what_it_can_t_tell_of_a_project_is_said(offline: Shell, work: Work) -> None:
    role = template(Default={"role": "#{@scheduledStartTime}"})
    broken = {"alpha/values.json": "{", "beta/pipeline_definition.json": role}
    work.commit({**project("alpha", "beta"), **broken, "pipelayer.yml": "version: 1\nproject: acme/old\n"})
    made = offline("init", "--yes", "--account", ACCOUNT, "--region", "eu-west-1")
    assert made.returncode == 0, made.stderr
    assert "note: Which roles beta runs as can't be told" in made.stdout
    assert "note: What the pipelines with errors need may be missing" in made.stdout
    assert "aws-region: eu-west-1" in (work.path / ".github/workflows/pipelines.yml").read_text()


# ---- its secrets


def with_secrets(**passwords: Mapping[str, str]) -> dict[str, Content]:
    """Pipelines with a database each, whose password is kept somewhere, as an import writes them."""
    document = json.loads(template())
    document["objects"].append(
        {
            "id": "Database",
            "name": "Database",
            "type": "JdbcDatabase",
            "connectionString": "jdbc:postgresql://db/a",
            "jdbcDriverClass": "org.postgresql.Driver",
            "username": "copy",
            "*password": "#{*myPassword}",
        }
    )
    document["parameters"].append({"id": "*myPassword", "type": "String"})
    own = {f"{name}/values.json": values(name, **{"*myPassword": kept}) for name, kept in passwords.items()}
    return {**project(*passwords), TEMPLATE: json.dumps(document), **own}


def test_each_group_s_deploy_is_given_its_own_secrets_and_no_other_s(
    shell: Shell, sandbox: Sandbox, work: Work
) -> None:
    whole = sandbox.create_secret("nightly/whole", "swordfish")
    keyed = sandbox.create_secret("nightly/keyed", '{"db": "swordfish"}')
    mine = with_secrets(
        alpha={"env": "ALPHA_DB_PASSWORD"},
        beta={"secretsmanager": whole},
        gamma={"secretsmanager": f"{keyed}#db"},
    )
    groups = "groups: {dev: {dirs: [alpha, gamma]}, prod: {dirs: [beta]}}\n"
    config = f"version: 1\nproject: acme/old\ndefaults: {{region: us-east-1}}\n{groups}"
    work.commit({**mine, "pipelayer.yml": config})
    made = shell("init", "--yes")
    assert made.returncode == 0, made.stderr
    assert "The secrets of the environment dev: ALPHA_DB_PASSWORD." in made.stdout
    page = (work.path / "iam/README.md").read_text()
    assert "gh secret set ALPHA_DB_PASSWORD --repo acme/nightly --env dev\n" in page
    assert "--env prod" not in page
    jobs = yaml.safe_load((work.path / ".github/workflows/pipelines.yml").read_text())["jobs"]
    passed = {name: job["steps"][-1].get("env") for name, job in jobs.items()}
    assert passed == {
        "validate": None,
        "deploy-dev": {"ALPHA_DB_PASSWORD": "${{ secrets.ALPHA_DB_PASSWORD }}"},
        "deploy-prod": None,
    }
    work.commit()
    sandbox.create_bucket("acme-dev-pipelines")
    begun = len(sandbox.calls())
    for group, kept in (("dev", {"ALPHA_DB_PASSWORD": "swordfish"}), ("prod", {})):
        role = as_role(sandbox, work, f"AKIA{group.upper()}", f"deploy-{group}", f"secrets-{group}")
        ran = shell("deploy", "-g", group, environ={**role, **kept})
        assert ran.returncode == 0, ran.stdout
    assert [call for call in sandbox.calls()[begun:] if call.status == 403] == []
    other = {"*myPassword": {"secretsmanager": whole}, "mySchedulePeriod": "2 days"}
    work.write({"alpha/values.json": values("alpha", **other)})
    denied = shell("deploy", "-g", "dev", "alpha", environ=sandbox.aws_environment(access_key="AKIADEV"))
    assert denied.returncode == 1
    assert "AccessDenied" in denied.stdout
