"""`logs`: from a failed run to the lines that it wrote, over HTTP."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta

import pytest

from cli.conftest import Shell
from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import InstanceFields, Switches
from pipelayer.sandbox.work import Fate, WorkStatus
from support.gitrepo import Work
from support.small_project import BUCKET, template, values

DISK = Fate("Job", error_id="E1", error_message="No space left", stdout="out\n", stderr="cp: \x1b[31mno\n")


@pytest.fixture
def live(shell: Shell) -> Shell:
    """`alpha` is deployed."""
    shell.deploy("alpha")
    return shell


def run(sandbox: Sandbox, *fates: Fate) -> str:
    """The next run meets these fates; its scheduled time."""
    [one] = [one for one in sandbox.pipelines() if one.name == "alpha"]
    for fate in fates:
        sandbox.fate(one.id, fate)
    sandbox.advance(timedelta(days=1))
    return f"{sandbox.pipeline(one.id).runs[-1].scheduled_start:%Y-%m-%dT%H:%M:%S}"


def folder(sandbox: Sandbox, at: str, component: str = "Job", attempt: int = 4) -> str:
    """The folder of an attempt in the bucket."""
    [one] = [one for one in sandbox.pipelines() if one.name == "alpha"]
    instance = f"@{component}_{at}"
    return f"logs/{one.id}/{component}/{instance}/{instance}_Attempt={attempt}"


def test_the_last_attempt_of_what_failed(live: Shell, sandbox: Sandbox) -> None:
    at = run(sandbox, DISK)
    shown = live("logs", "alpha")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Job, attempt 4: FAILED" in shown.stdout
    assert "  E1: No space left\n" in shown.stdout
    assert f"==> s3://{BUCKET}/{folder(sandbox, at)}/StdError.gz (" in shown.stdout
    assert "\ncp: \\x1b[31mno\n" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert shown.stdout.endswith("note: It ran on Machine. Its logs: --object Machine\n")


@pytest.mark.parametrize("position", InstanceFields)
def test_the_definition_tells_where_logs_are_if_aws_does_not(
    shell: Shell, sandbox: Sandbox, work: Work, position: InstanceFields
) -> None:
    sandbox.switch(Switches(instance_fields=position))
    elsewhere = {"pipelineLogUri": "s3://#{myBucket}/#{format(@scheduledStartTime,'YYYY')}/"}
    written = {"stdout": f"s3://{BUCKET}/out/#{{@scheduledStartTime}}.txt"}
    work.commit(
        {
            "pipeline_definition.json": template(Default=elsewhere, Job=written),
            "alpha/values.json": values("alpha", myBucket=BUCKET),
        }
    )
    shell.deploy("alpha")
    at = run(sandbox, DISK)
    shown = shell("logs", "alpha").stdout
    assert f"==> s3://{BUCKET}/{folder(sandbox, at).replace('logs', at[:4], 1)}/StdError.gz (" in shown
    assert f"==> s3://{BUCKET}/out/{at}.txt (4 B" in shown


def test_a_definition_that_may_not_be_read_is_a_note(live: Shell, sandbox: Sandbox) -> None:
    sandbox.switch(Switches(instance_fields=InstanceFields.RUNTIME))
    run(sandbox, DISK)
    sandbox.fault(Fault(operation="GetPipelineDefinition", code="AccessDeniedException", message="no"))
    shown = live("logs", "alpha")
    assert (shown.returncode, "E1: No space left" in shown.stdout) == (1, True)
    assert "note: The definition, which says where logs go, can't be had" in shown.stdout


def test_another_object_run_and_attempt(live: Shell, sandbox: Sandbox) -> None:
    at = run(sandbox, DISK)
    run(sandbox, Fate("Job", status=WorkStatus.FINISHED, stdout="fine\n"))
    assert "\nfine\n" in live("logs", "alpha").stdout
    for which in (at, at[:10], f"@Job_{at}"):
        assert "attempt 4: FAILED" in live("logs", "alpha", "--run", which).stdout
    machine = live("logs", "alpha", "--run", at, "--object", "Machine").stdout
    assert f"{folder(sandbox, at, 'Machine', 1)}/Task Runner.log" in machine
    assert "Job, attempt 2: FAILED" in live("logs", "alpha", "--run", at, "--attempt", "2").stdout
    named = live("logs", "alpha", "--run", at, "--all", "--list").stdout
    assert named.count("/StdError.gz (") == 4
    assert "cp:" not in named


def test_as_json(live: Shell, sandbox: Sandbox) -> None:
    at = run(sandbox, DISK)
    [attempt] = json.loads(live("logs", "alpha", "--json").stdout)["attempts"]
    assert (attempt["object"], attempt["attempt"], attempt["error"]) == ("Job", 4, "No space left")
    lines = {one["address"].rpartition("/")[2]: one["lines"] for one in attempt["files"]}
    assert (lines["StdOutput.gz"], lines["StdError.gz"]) == (["out"], ["cp: \x1b[31mno"])
    assert attempt["address"].endswith(f"{folder(sandbox, at)}/")


def test_a_long_log_is_shown_from_its_end_unless_the_whole_is_wanted(live: Shell, sandbox: Sandbox) -> None:
    at = run(sandbox, DISK)
    text = "".join(f"line {number}\n" for number in range(5000)).encode()
    members = gzip.compress(text[:20_000]) + gzip.compress(text[20_000:])
    sandbox.put_object(BUCKET, f"{folder(sandbox, at)}/Long.gz", members)
    shown = live("logs", "alpha").stdout
    assert "[4,800 lines before these are left out: --whole shows them.]\nline 4800\n" in shown
    assert "\nline 4999\n" in shown
    whole = live("logs", "alpha", "--whole").stdout
    assert text.decode() in whole


def test_a_damaged_log_says_so(live: Shell, sandbox: Sandbox) -> None:
    at = run(sandbox, DISK)
    sandbox.put_object(BUCKET, f"{folder(sandbox, at)}/StdError.gz", gzip.compress(b"x" * 999)[:-12])
    for arguments in ([], ["--whole"]):
        shown = live("logs", "alpha", *arguments)
        assert (shown.returncode, "it is cut short" in shown.stdout) == (0, True)


def test_without_a_place_for_logs_there_is_still_what_aws_said(
    shell: Shell, sandbox: Sandbox, work: Work
) -> None:
    definition = json.loads(template())
    del definition["objects"][0]["pipelineLogUri"]
    work.commit({"pipeline_definition.json": json.dumps(definition)})
    shell.deploy("alpha")
    run(sandbox, DISK)
    shown = shell("logs", "alpha")
    assert shown.returncode == 1
    assert "E1: No space left" in shown.stdout
    assert "Hint: Set `pipelineLogUri` on Default" in shown.stdout


def test_logs_that_are_gone_or_forbidden(live: Shell, sandbox: Sandbox) -> None:
    at = run(sandbox, DISK)
    sandbox.fault(Fault("s3", "ListObjectsV2", code="AccessDenied", message="no"))
    denied = live("logs", "alpha")
    assert (denied.returncode, "may not read s3://" in denied.stdout) == (1, True)
    assert "Hint: Allow `s3:ListBucket`" in denied.stdout
    sandbox.fault(Fault("s3", "GetObject", resource="*StdError.gz", code="NoSuchKey", message="gone"))
    one_gone = live("logs", "alpha")
    assert one_gone.returncode == 0
    assert f"{folder(sandbox, at)}/StdError.gz is gone." in one_gone.stdout
    assert "\nout\n" in one_gone.stdout
    sandbox.fault(Fault("s3", "GetObject", times=0, code="AccessDenied", message="no"))
    unread = live("logs", "alpha")
    assert (unread.returncode, unread.stdout.count("may not read s3://")) == (1, 3)
    assert "Hint: Allow `s3:GetObject`" in unread.stdout


def test_what_is_still_at_work_has_none_yet(live: Shell, sandbox: Sandbox) -> None:
    run(sandbox, Fate("Job", status=WorkStatus.RUNNING))
    shown = live("logs", "alpha")
    assert shown.returncode == 1
    assert "Job, attempt 1: RUNNING" in shown.stdout
    assert "There is nothing under s3://" in shown.stdout
    assert "note: The run isn't over" in shown.stdout


def test_work_that_was_never_begun(live: Shell, sandbox: Sandbox) -> None:
    run(sandbox, Fate("Machine", error_message="InstanceLimitExceeded"))
    assert "InstanceLimitExceeded" in live("logs", "alpha").stdout
    job = live("logs", "alpha", "--object", "Job")
    assert (job.returncode, "Job: WAITING_ON_DEPENDENCIES" in job.stdout) == (1, True)
    assert "! It was never begun" in job.stdout


REFUSED = [
    (["alpha"], 1, "has not run yet"),
    (["beta"], 1, "isn't in AWS"),
    (["alpa"], 2, "No pipeline is named `alpa`"),
    (["*"], 2, "means 2 pipelines"),
    (["alpha", "--run", "soon"], 2, "is no run"),
    (["alpha", "--run", "2020-01-01"], 2, "had no run"),
]


def test_what_there_is_not(live: Shell) -> None:
    for arguments, code, said in REFUSED:
        refused = live("logs", *arguments)
        assert (refused.returncode, refused.stdout) == (code, ""), arguments
        assert said in refused.stderr
        assert "Hint: " in refused.stderr


def test_it_changes_nothing(live: Shell, sandbox: Sandbox) -> None:
    run(sandbox, DISK)
    before = (sandbox.pipelines(), sandbox.objects(BUCKET))
    live("logs", "alpha", "--all")
    assert (sandbox.pipelines(), sandbox.objects(BUCKET)) == before
