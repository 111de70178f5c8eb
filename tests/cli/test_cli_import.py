"""From an account to a project: what is written, and that AWS and the project are the same from then on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Shell
from pipelayer.api import Project
from pipelayer.model import Verb
from pipelayer.model.report_json import report_to_json
from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.faults import Kind as FaultKind
from support.accounts import BUCKET, live, scripts, shell_job, staged_job
from support.gitrepo import make_repo

PROJECT = ("--project", "acme/nightly", "--yes")
READING = {"ListPipelines", "DescribePipelines", "GetPipelineDefinition", "ValidatePipelineDefinition"}


@pytest.fixture
def account(tmp_path: Path, sandbox: Sandbox) -> Shell:
    """An empty repository, and a bucket."""
    sandbox.create_bucket(BUCKET)
    make_repo(tmp_path / "new")
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    return Shell(tmp_path / "new", {**environ, **sandbox.aws_environment()})


def files(shell: Shell) -> dict[str, str]:
    return {
        path.relative_to(shell.folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(shell.folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(shell.folder).parts
    }


def values(shell: Shell, directory: str) -> dict[str, object]:
    found = json.loads((shell.folder / directory / "values.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


Report = dict[str, Any]
Runs = Callable[[Verb], Report]
Proof = Callable[[Shell], Runs]


def in_processes(shell: Shell) -> Runs:
    """As somebody types it."""

    def run(verb: Verb) -> Report:
        report: Report = json.loads(shell(verb, "--json").stdout)
        return report

    return run


def in_this_one(shell: Shell) -> Runs:
    """The same without starting Python each time."""

    def run(verb: Verb) -> Report:
        with Project.open(shell.folder, environ=shell.environ) as project:
            return report_to_json(project.run(verb))

    return run


def proved(
    shell: Shell, sandbox: Sandbox, ids: Mapping[str, str] | list[str], by: Proof = in_this_one
) -> None:
    """Nothing differs, deploying writes tags alone, and then everything is the project's, with its id."""
    run = by(shell)
    before = {one.id: (one.version, one.state, len(one.runs)) for one in sandbox.pipelines()}
    sandbox.clear_record()
    shell_git(shell, "add", ".")
    planned = run(Verb.PLAN)
    assert planned["result"] == "success", planned
    assert {one["kind"] for one in planned["plan"]} == {"adopt"}
    assert {step["action"] for one in planned["plan"] for step in one["steps"]} == {"claim", "record"}
    assert [one["severity"] for one in planned["findings"] if one["severity"] == "error"] == []
    done = run(Verb.DEPLOY)
    assert {one["pipeline_id"]: one["result"] for one in done["outcomes"]} == dict.fromkeys(ids, "adopted")
    written = {call.operation for call in sandbox.calls("datapipeline")} - READING
    assert written == {"AddTags"}
    assert {call.operation for call in sandbox.calls("s3")} <= {"ListObjectsV2", "HeadObject"}
    assert {one.id: (one.version, one.state, len(one.runs)) for one in sandbox.pipelines()} == before
    again = run(Verb.PLAN)
    assert {one["kind"] for one in again["plan"]} == {"unchanged"}


def shell_git(shell: Shell, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=shell.folder, check=True, capture_output=True)


def test_pipelines_of_one_structure_share_a_template(account: Shell, sandbox: Sandbox) -> None:
    ids = []
    for name in ("orders", "billing", "stock"):
        scripts(sandbox, f"code/{name}")
        ids.append(live(sandbox, f"{name} export", staged_job(f"code/{name}"), tags={"team": name}))
    done = account("import", *PROJECT)
    assert done.returncode == 0, done.stderr
    assert set(files(account)) == {
        *(
            f"{one}-export/{file}"
            for one in ("billing", "orders", "stock")
            for file in ("run", "tasks/main.sh", "values.json")
        ),
        "pipelayer.yml",
        "pipeline_definition.json",
    }
    assert values(account, "orders-export") == {
        "metadata": {"name": "orders export", "tags": {"team": "orders"}, "adopt": ids[0]},
        "values": {"myS3InputDir": f"s3://{BUCKET}/code/orders"},
    }
    assert os.access(account.folder / "orders-export/run", os.X_OK)
    assert not os.access(account.folder / "orders-export/tasks/main.sh", os.X_OK)
    proved(account, sandbox, ids, in_processes)


def test_each_structure_has_its_place(account: Shell, sandbox: Sandbox) -> None:
    ids = [live(sandbox, f"job {number}", shell_job(f"echo {number}")) for number in range(3)]
    other = shell_job("echo x")
    other["objects"][2]["keyPair"] = "k"
    ids += [live(sandbox, f"keyed-{name}", other) for name in ("one", "two")]
    alone = shell_job("echo #{@scheduledStartTime}")
    ids.append(live(sandbox, "alone", alone))
    assert account("import", *PROJECT).returncode == 0
    templates = [path for path in files(account) if path.endswith("definition.json")]
    assert templates == [
        "alone/pipeline_definition.json",
        "keyed/pipeline_definition.json",
        "pipeline_definition.json",
    ]
    assert {"keyed/keyed-one/values.json", "job-0/values.json"} <= set(files(account))
    assert values(account, "job-1")["values"] == {"myCommand": "echo 1"}
    proved(account, sandbox, ids)


def test_what_was_made_in_other_ways_is_taken_over_too(account: Shell, sandbox: Sandbox) -> None:
    """On demand, paused, finished, and with a start of its own."""
    demand = shell_job("echo demand")
    demand["objects"] = [one for one in demand["objects"] if one["id"] != "When"]
    demand["objects"][0] |= {"scheduleType": "ondemand"}
    del demand["objects"][0]["schedule"]
    first = shell_job("echo first")
    del first["objects"][1]["startDateTime"]
    first["objects"][1]["startAt"] = "FIRST_ACTIVATION_DATE_TIME"
    over = shell_job("echo over", start="2026-01-01T00:00:00")
    over["objects"][1]["occurrences"] = "2"
    sandbox.set_time(datetime(2026, 1, 1, tzinfo=UTC))
    ids = [live(sandbox, name, flat) for name, flat in (("demand", demand), ("first", first), ("over", over))]
    ids.append(live(sandbox, "paused", shell_job("echo paused")))
    sandbox.pause(ids[-1])
    sandbox.set_time(datetime(2026, 3, 1, tzinfo=UTC))
    for one in ids:
        sandbox.complete_runs(one)
    assert account("import", *PROJECT).returncode == 0
    proved(account, sandbox, ids)


def test_names_that_are_no_file_names(account: Shell, sandbox: Sandbox) -> None:
    names = [
        "a/b",
        "..",
        "x" * 1024,
        "🚀",
        "Orders",
        "orders",
        "twin",
        "twin",
        "#{myName}",
        "con",
        " spaced ",
    ]
    ids = [live(sandbox, name, shell_job(f"echo {number}")) for number, name in enumerate(names)]
    done = account("import", *PROJECT)
    assert done.returncode == 0, done.stderr
    paths = [Path(path) for path in files(account)]
    assert all(path.parts[0].isascii() and len(path.parts[0]) <= 70 for path in paths)
    assert len({path.parts[0].casefold() for path in paths if len(path.parts) > 1}) == len(names)
    proved(account, sandbox, ids, in_processes)


def test_secrets_are_not_written(account: Shell, sandbox: Sandbox) -> None:
    flat = shell_job("connect '#{*myPassword}'")
    flat["parameters"] = [{"id": "*myPassword", "type": "String", "default": "hunter2-default"}]
    flat["values"] = {"*myPassword": "hunter2"}
    flat["objects"].append(
        {
            "id": "Db",
            "type": "RdsDatabase",
            "username": "u",
            "rdsInstanceId": "db",
            "*password": "hunter2-field",
        }
    )
    made = live(sandbox, "secret", flat)
    done = account("import", *PROJECT)
    assert done.returncode == 0, done.stderr
    assert not [path for path, text in files(account).items() if "hunter2" in text]
    assert "hunter2" not in done.stdout + done.stderr
    assert "secret/values.json:6: `*myPassword` from SECRET_PASSWORD" in done.stdout
    proved(account, sandbox, [made])


def test_some_by_name_glob_id_and_tag(account: Shell, sandbox: Sandbox) -> None:
    made = {
        name: live(sandbox, name, shell_job(f"echo {name}"), tags={"team": name[-1]})
        for name in ("export-a", "export-b", "other-a", "other-b")
    }

    def chosen(*arguments: str) -> list[str]:
        answer = json.loads(account("import", *PROJECT, "--dry-run", "--json", *arguments).stdout)
        assert not any(one["written"] for one in answer["pipelines"])
        return sorted(one["name"] for one in answer["pipelines"])

    assert chosen("export-*") == ["export-a", "export-b"]
    assert chosen(made["other-a"], "other-b") == ["other-a", "other-b"]
    assert chosen("--tag", "team=a") == ["export-a", "other-a"]
    assert chosen("export-*", "--tag", "team=b") == ["export-b"]
    assert files(account) == {}


def test_a_name_that_means_none(account: Shell, sandbox: Sandbox) -> None:
    live(sandbox, "orders", shell_job())
    done = account("import", *PROJECT, "order")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Error: No pipeline of this account and region is called `order`.\nHint: Did you mean `orders`?\n"
    )


def test_without_a_name_for_the_project_nothing_is_written(account: Shell, sandbox: Sandbox) -> None:
    live(sandbox, "orders", shell_job())
    done = account("import", "--yes")
    assert done.returncode == 2
    assert "--project" in done.stderr
    assert files(account) == {}
    assert "orders" in account("import", "--list").stdout


def test_what_never_ran_is_listed_and_left(account: Shell, sandbox: Sandbox) -> None:
    live(sandbox, "draft", shell_job(), activate=False)
    kept = live(sandbox, "orders", shell_job())
    done = account("import", *PROJECT)
    assert done.returncode == 0
    assert "(draft): it was never activated" in done.stdout
    assert account("import", *PROJECT, "draft").returncode == 1
    proved(account, sandbox, [kept])


def test_a_folder_in_s3_that_is_forbidden_gone_or_shared(account: Shell, sandbox: Sandbox) -> None:
    scripts(sandbox, "code/good")
    scripts(sandbox, "code/shared")
    good = live(sandbox, "good", staged_job("code/good"))
    nowhere = staged_job("x")
    nowhere["objects"][-1]["directoryPath"] = "s3://no-such-bucket-here/code"
    live(sandbox, "gone", nowhere)
    shared = [live(sandbox, f"shared-{one}", shared_job()) for one in ("a", "b")]
    sandbox.create_bucket("private")
    forbidden = staged_job("x")
    forbidden["objects"][-1]["directoryPath"] = "s3://private/code"
    live(sandbox, "forbidden", forbidden)
    sandbox.fault(Fault("s3", "ListObjectsV2", resource="private*", times=0, code="AccessDenied"))
    done = account("import", *PROJECT)
    assert done.returncode == 1
    assert "(gone): There is no bucket `no-such-bucket-here`.\n" in done.stdout
    assert "(forbidden): AWS refused ListObjectsV2" in done.stdout
    assert "Allow `s3:ListBucket` in the role's policy." in done.stdout
    assert "is the folder of `shared-b` too" in done.stdout
    assert not (account.folder / "gone").exists()
    assert not (account.folder / "shared-a/tasks").exists()
    proved(account, sandbox, [good, *shared])


def shared_job() -> dict[str, object]:
    """It runs a script of a folder that others use as well."""
    flat = staged_job("code/shared")
    flat["objects"][-2]["command"] = "sh ${INPUT1_STAGING_DIR}/tasks/main.sh"
    return flat


def test_names_in_s3_that_can_be_no_files(account: Shell, sandbox: Sandbox) -> None:
    scripts(sandbox, "code/odd")
    for key in ("code/odd/../../evil", "code/odd/values.json", "code/odd/a//b", "code/odd/tasks/"):
        sandbox.put_object(BUCKET, key, b"" if key.endswith("/") else b"evil")
    made = live(sandbox, "odd", staged_job("code/odd"))
    done = account("import", *PROJECT)
    assert done.returncode == 0
    assert "code/odd/values.json" in done.stdout
    assert not [path for path, text in files(account).items() if text == "evil"]
    proved(account, sandbox, [made])
    assert sandbox.objects(BUCKET, "code/odd/")["code/odd/a//b"] == b"evil"


def test_twice_into_the_same_folder(account: Shell, sandbox: Sandbox) -> None:
    ids = [live(sandbox, f"job {number}", shell_job(f"echo {number}")) for number in range(3)]
    assert account("import", *PROJECT).returncode == 0
    before = files(account)
    again = account("import", "--yes")
    assert again.returncode == 0, again.stderr
    assert again.stdout == "3 pipelines of these the project has already.\nNothing was written.\n"
    assert "Nothing was written." in again.stdout
    assert files(account) == before
    proved(account, sandbox, ids)
    assert account("import", "--yes").stdout == again.stdout
    assert files(account) == before


def test_more_of_them_join_the_template_that_is_there(account: Shell, sandbox: Sandbox) -> None:
    ids = [live(sandbox, f"job {number}", shell_job(f"echo {number}")) for number in range(3)]
    assert account("import", *PROJECT, "job 0", "job 1").returncode == 0
    assert account("import", "--yes").returncode == 0
    assert [path for path in files(account) if path.endswith("definition.json")] == [
        "pipeline_definition.json"
    ]
    proved(account, sandbox, ids)


def test_a_template_that_was_changed_meanwhile_is_left(account: Shell, sandbox: Sandbox) -> None:
    ids = [live(sandbox, f"job {number}", shell_job(f"echo {number}")) for number in range(3)]
    assert account("import", *PROJECT, "job 0").returncode == 0
    path = account.folder / "pipeline_definition.json"
    mine = path.read_text(encoding="utf-8").replace("}\n", "}\n\n", 1) + "\n"
    path.write_text(mine, encoding="utf-8")
    assert account("import", "--yes").returncode == 0
    assert path.read_text(encoding="utf-8") == mine
    proved(account, sandbox, ids)


def test_a_folder_of_somebody_elses_is_not_used(account: Shell, sandbox: Sandbox) -> None:
    (account.folder / "docs").mkdir()
    (account.folder / "docs/notes.txt").write_text("mine", encoding="utf-8")
    made = live(sandbox, "docs", shell_job())
    assert account("import", *PROJECT).returncode == 0
    docs = {path for path in files(account) if path.startswith("docs")}
    assert docs == {"docs-2/values.json", "docs/notes.txt"}
    proved(account, sandbox, [made])


@pytest.mark.parametrize("writes", [0, 7])
def test_cut_short_and_gone_on_with(account: Shell, sandbox: Sandbox, writes: int) -> None:
    """Killed while it fetches; what is there is whole, and the next one writes the rest."""
    ids = []
    for name in ("orders", "billing", "stock", "returns"):
        scripts(sandbox, f"code/{name}")
        ids.append(live(sandbox, f"{name}-export", staged_job(f"code/{name}")))
    sandbox.fault(Fault("s3", "GetObject", nth=writes + 1, times=1, kind=FaultKind.DELAY, seconds=60))
    with account.start("import", *PROJECT) as running:
        assert sandbox.wait_for_faults()
        running.send_signal(signal.SIGKILL)
    sandbox.clear_faults()
    half = files(account)
    done = account("import", *PROJECT)
    assert done.returncode == 0, done.stderr
    assert {path: files(account)[path] for path in half} == half
    proved(account, sandbox, ids)


def test_told_to_stop_it_says_how_far_it_got(account: Shell, sandbox: Sandbox) -> None:
    for name in ("orders", "billing"):
        scripts(sandbox, f"code/{name}")
        live(sandbox, f"{name}-export", staged_job(f"code/{name}"))
    sandbox.fault(Fault("s3", "GetObject", nth=3, times=1, kind=FaultKind.DELAY, seconds=60))
    with account.start("import", *PROJECT) as running:
        assert sandbox.wait_for_faults()
        running.send_signal(signal.SIGINT)
        sandbox.clear_faults()
        _, said = running.communicate()
    assert running.returncode == 130
    assert "of 2 pipelines were written" in said
    assert account("import", *PROJECT).returncode == 0


def test_a_file_that_cannot_be_fetched(account: Shell, sandbox: Sandbox) -> None:
    scripts(sandbox, "code/orders")
    made = live(sandbox, "orders", staged_job("code/orders"))
    sandbox.fault(Fault("s3", "GetObject", nth=1, times=8, code="AccessDenied"))
    done = account("import", *PROJECT)
    assert done.returncode == 1
    assert f"left out: {made} (orders): " in done.stderr
    assert "s3:GetObject" in done.stderr
    assert not (account.folder / "orders").exists()
    sandbox.clear_faults()
    assert account("import", *PROJECT).returncode == 0
    proved(account, sandbox, [made])


def test_a_group_that_would_get_them_too(account: Shell, sandbox: Sandbox) -> None:
    live(sandbox, "orders", shell_job())
    groups = "groups:\n  dev: {region: us-east-1}\n  prod: {region: us-east-1}\n"
    config = f"version: 1\nproject: acme/nightly\n{groups}"
    (account.folder / "pipelayer.yml").write_text(config, encoding="utf-8")
    assert "several groups" in account("import", "--yes").stderr
    done = account("import", "-y", "-g", "prod")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: pipelayer.yml:4:3: The `dirs` of the group dev match `orders` too.")
    assert sorted(files(account)) == ["pipelayer.yml"]


def test_another_account_than_the_projects(account: Shell, sandbox: Sandbox) -> None:
    live(sandbox, "orders", shell_job())
    config = 'version: 1\nproject: a/b\ngroups: {prod: {region: us-east-1, account: "999999999999"}}\n'
    (account.folder / "pipelayer.yml").write_text(config, encoding="utf-8")
    done = account("import", "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert "belongs to account 999999999999" in done.stderr


def test_what_a_deploy_would_refuse_is_left_out_and_said(account: Shell, sandbox: Sandbox) -> None:
    """It calls a `run` that isn't in its folder."""
    sandbox.put_object(BUCKET, "code/broken/other", b"x")
    made = live(sandbox, "broken", staged_job("code/broken"))
    done = account("import", *PROJECT)
    assert done.returncode == 1
    assert f"left out: {made} (broken): The command of `Job` calls `run`" in done.stdout
    assert account("import", *PROJECT, "--broken").returncode == 0
    assert (account.folder / "broken/values.json").exists()
