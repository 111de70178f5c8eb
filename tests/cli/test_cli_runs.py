"""The verbs against the sandbox, piped: what goes to which stream, the exit codes, and Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

import jsonschema
import pytest

from cli.conftest import COMMAND, CONFIG, Shell, read_until
from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.faults import Fault, Kind, When
from pipelayer.sandbox.state import State
from pipelayer.schemas import load
from support.gitrepo import Work
from support.small_project import pipeline, template, values

HELD = 1.5
"""Seconds that AWS takes for the answer during which somebody presses Ctrl-C."""

HUNG = 60
"""Seconds that nobody waits for."""


def test_validate_plan_and_deploy(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    ran = shell("validate")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "2 pipelines" in ran.stdout
    assert shell("plan").returncode == 0
    assert [one.name for one in sandbox.pipelines()] == ["pipelayer-validation-stub"]

    deployed = shell("deploy")
    assert deployed.returncode == 0
    assert "✓ Created 2 pipelines" in deployed.stdout
    assert "default/alpha: upload 2 files to s3://acme-dev-pipelines/code/alpha/\n" in deployed.stderr
    assert "\x1b" not in deployed.stdout + deployed.stderr

    again = shell("deploy")
    assert (again.returncode, again.stderr) == (0, "")
    assert "Nothing to do" in again.stdout


def test_json_is_all_that_standard_output_holds(shell: Shell) -> None:
    ran = shell("deploy", "--json")
    told = json.loads(ran.stdout)
    assert (ran.returncode, told["result"], told["command"]) == (0, "success", "deploy")
    assert "create the pipeline" in ran.stderr


@pytest.mark.parametrize(("folder", "concerned"), [("", ["alpha", "beta"]), ("team/", ["delta", "gamma"])])
def test_a_template_of_several_in_two_forms_is_an_error_of_each(
    offline: Shell, work: Work, folder: str, concerned: list[str]
) -> None:
    work.write(
        {
            "pipelayer.yml": f"{CONFIG}  dirs: ['*', '*/*']\n",
            **pipeline("team/gamma"),
            **pipeline("team/delta"),
            "team/pipeline_definition.json": template(),
            f"{folder}pipeline_definition.yml": "objects: []\n",
        }
    )
    work.git("add", "--all")
    ran = offline("validate", "--aws", "never", "--json")
    errors = [one for one in json.loads(ran.stdout)["findings"] if one["severity"] == "error"]
    assert ran.returncode == 1
    assert {(one["code"], one["path"]) for one in errors} == {("PL020", f"{folder}pipeline_definition.yml")}
    assert [one["key"].rpartition("/")[2] for one in errors] == concerned


def test_findings_end_with_1_and_change_nothing(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    broken = '{"values": {"myS3InputDir": "s3://acme-dev-pipelines/x", "mySchedulePeriod": "1 mnth"}}'
    work.write({"beta/values.json": broken})
    ran = shell("deploy")
    assert ran.returncode == 1
    assert "beta/values.json:1:" in ran.stdout
    assert sandbox.pipelines() == []


def test_dry_run_changes_nothing(shell: Shell, sandbox: Sandbox) -> None:
    ran = shell("deploy", "--dry-run")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert sandbox.pipelines() == []


def test_an_outcome_names_the_command_that_does_it_again(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    sandbox.fault(Fault(operation="ActivatePipeline", code="InvalidRequestException", times=0))
    elsewhere = Shell(work.path.parent, shell.environ)
    told = json.loads(elsewhere("-C", "work", "deploy", "alpha", "--source", "worktree", "--json").stdout)
    (outcome,) = told["outcomes"]
    assert outcome["error"].endswith(
        "Retry: pipelayer -C work deploy alpha --group default --source worktree"
    )
    sandbox.clear_faults()
    retried = elsewhere(*outcome["error"].rpartition("Retry: pipelayer ")[2].split(" "))
    assert retried.returncode == 0, retried.stdout


def test_what_is_left_alone_is_released_by_a_flag(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    def told(*flags: str) -> dict[str, Any]:
        return dict(json.loads(shell("deploy", "alpha", "--json", *flags).stdout))

    def result(*flags: str) -> str:
        return str(told(*flags)["outcomes"][0]["result"])

    assert result() == "created"
    (live,) = [one for one in sandbox.pipelines() if one.name == "alpha"]
    sandbox.pause(live.id)
    work.write({"alpha/values.json": values("alpha", myWord="bye")})
    assert (result(), result("--no-respect-paused")) == ("held", "edited")
    work.write({"alpha/values.json": values("alpha", mySchedulePeriod="2 days")})
    work.write({"pipelayer.yml": f"{CONFIG}  max-pipelines: 2\n"})
    assert "replace: delete-first" in told()["error_hint"]
    assert result("--replace", "delete-first", "--cancel-running") == "replaced"
    (stopped,) = sandbox.calls(operation="DeactivatePipeline")
    assert stopped.request.get("cancelActive", True)


def test_who_stops_reading_is_no_bug(shell: Shell) -> None:
    with subprocess.Popen(
        [*COMMAND, "validate", "--json"],
        cwd=shell.folder,
        env=shell.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_something_is_written_records_it(
    shell: Shell, sandbox: Sandbox, number: signal.Signals
) -> None:
    sandbox.fault(Fault("s3", "PutObject", kind=Kind.DELAY, seconds=HELD))
    with shell.start("deploy", "--json", "--concurrency", "1") as process:
        read_until(process.stderr, "alpha: upload 2 files")
        process.send_signal(number)
        out, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopping as soon as what is under way is recorded" in said
    told = json.loads(out)
    assert {one["result"] for one in told["outcomes"]} == {"skipped"}
    assert told["error"] == "It was told to stop before everything was done."
    assert all(one.state is not State.SCHEDULED for one in sandbox.pipelines())

    assert shell("deploy").returncode == 0
    assert len(sandbox.pipelines()) == 3


def test_ctrl_c_twice_ends_at_once(shell: Shell, sandbox: Sandbox) -> None:
    sandbox.fault(Fault(operation="CreatePipeline", nth=2, kind=Kind.DELAY, seconds=HELD))
    with shell.start("deploy", "--concurrency", "1") as process:
        read_until(process.stderr, "create the pipeline")
        process.send_signal(signal.SIGINT)
        read_until(process.stderr, "Stopping as soon as")
        process.send_signal(signal.SIGINT)
        read_until(process.stderr, "Interrupted.")
    assert process.returncode == 130
    assert shell("deploy").returncode == 0


@pytest.mark.parametrize("numbers", [(signal.SIGINT, signal.SIGTERM), (signal.SIGTERM,)])
def test_a_call_that_hangs_is_told_too(
    shell: Shell, sandbox: Sandbox, numbers: tuple[signal.Signals, ...]
) -> None:
    """A second signal ends it at once; after a single one it waits as long as there is time."""
    sandbox.fault(Fault(operation="ActivatePipeline", kind=Kind.DELAY, when=When.AFTER, seconds=HUNG))
    with shell.start("deploy", "--json", "--concurrency", "1") as process:
        assert sandbox.wait_for_faults()
        began = time.monotonic()
        for number in numbers:
            process.send_signal(number)
        out, said = process.communicate(timeout=9.5)
        assert time.monotonic() - began < 7
    assert process.returncode == 130
    assert "Interrupted." in said
    assert "Traceback" not in said
    told = json.loads(out)
    jsonschema.validate(told, load("report"))
    alpha, beta = told["outcomes"]
    assert (alpha["result"], alpha["steps_taken"]) == ("failed", ["upload", "create", "put"])
    assert alpha["step_under_way"] == "activate"
    assert "nobody knows whether it took effect. Retry: pipelayer deploy alpha" in alpha["error"]
    assert (beta["result"], beta["steps_taken"]) == ("skipped", [])

    assert shell("deploy").returncode == 0
    assert sorted((one.name, one.state) for one in sandbox.pipelines()) == [
        ("The second one", State.SCHEDULED),
        ("alpha", State.SCHEDULED),
        ("pipelayer-validation-stub", State.PENDING),
    ]


def test_people_are_told_of_a_call_that_hangs(shell: Shell, sandbox: Sandbox) -> None:
    sandbox.fault(Fault(operation="PutPipelineDefinition", kind=Kind.DROP, seconds=HUNG))
    with shell.start("deploy", "--concurrency", "1") as process:
        assert sandbox.wait_for_faults()
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        out, said = process.communicate(timeout=9.5)
    assert (process.returncode, "Interrupted." in said) == (130, True)
    assert "= after: upload, create; during: put" in out
    assert (out + said).count("takes up where") == 1
    assert "Run it again: it takes up where this run stopped." in out


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_ctrl_c_while_nothing_is_written_ends_at_once(
    shell: Shell, sandbox: Sandbox, options: tuple[str, ...]
) -> None:
    sandbox.fault(Fault(operation="ListPipelines", kind=Kind.DROP, seconds=HUNG))
    with shell.start("deploy", *options) as process:
        assert sandbox.wait_for_faults()
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=5)
    assert (process.returncode, said) == (130, "\nInterrupted.\n")
    assert sandbox.pipelines() == []
    if options:
        assert [one["result"] for one in json.loads(out)["outcomes"]] == ["skipped", "skipped"]
    else:
        assert out == ""


def test_a_bug_is_reported_in_the_report(shell: Shell) -> None:
    """On a machine that has no more threads, which the code leaves to nobody."""
    no_threads = (
        "import threading; start = threading.Thread.start\n"
        "def refuse(self):\n"
        '    if not self.daemon: raise RuntimeError("can\'t start new thread")\n'
        "    start(self)\n"
        "threading.Thread.start = refuse\n"
    )
    command = [sys.executable, "-c", no_threads + COMMAND[-1], "deploy", "--json"]
    ran = subprocess.run(command, cwd=shell.folder, env=shell.environ, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, b"")
    told = json.loads(ran.stdout)
    assert (told["exit_code"], [one["result"] for one in told["outcomes"]]) == (1, ["skipped", "skipped"])
    assert told["error"].startswith("This is a bug in Pipelayer, please report it: RuntimeError (")
    assert "PIPELAYER_DEBUG=1" in told["error_hint"]

    debugged = {**shell.environ, "PIPELAYER_DEBUG": "1"}
    ran = subprocess.run(command, cwd=shell.folder, env=debugged, capture_output=True, check=False)
    assert ran.returncode == 1
    assert b"can't start new thread" in ran.stderr


def terminal(shell: Shell, *arguments: str) -> tuple[str, int]:
    """The command's screen, all of it, and its exit code."""
    ours, theirs = pty.openpty()
    environ = {**shell.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=shell.folder,
        env=environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    ) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # Linux's way to say that nobody holds the other end any more
            while data := os.read(ours, 65536):
                shown += data
    os.close(ours)
    return shown.decode(), process.returncode


def test_a_terminal_sees_bars_while_files_are_sent(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    work.commit({f"alpha/tasks/{number}.txt": str(number) for number in range(40)})
    sandbox.fault(Fault("s3", "PutObject", nth=20, kind=Kind.DELAY, seconds=0.5))
    shown, code = terminal(shell, "deploy", "alpha")
    assert code == 0
    assert "of 42 files" in shown
    assert "━" in shown
    assert "\x1b[?25h" in shown, "the cursor is back"
    assert "Created 1 pipeline" in shown
