"""The console's buttons as people and scripts press them: previews, questions, JSON, exit codes, Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import click
import pytest

from cli.conftest import COMMAND, Shell, read_until
from pipelayer.cli import cli
from pipelayer.model.order import Button
from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.faults import Fault, Kind
from pipelayer.sandbox.state import State
from pipelayer.sandbox.work import Fate
from support.gitrepo import Work
from support.small_project import writes

STOP = signal.SIGINT


@pytest.fixture
def live(shell: Shell, sandbox: Sandbox) -> Sandbox:
    """`alpha` and `beta` are deployed."""
    shell.deploy()
    return sandbox


def one(sandbox: Sandbox, name: str = "alpha") -> str:
    """The id of the pipeline of this name."""
    return next(pipeline.id for pipeline in sandbox.pipelines() if pipeline.name == name)


def state(sandbox: Sandbox, name: str = "alpha") -> str:
    return str(sandbox.pipeline(one(sandbox, name)).state)


def test_pause_and_resume_ask_nothing_and_say_what_they_do(shell: Shell, live: Sandbox) -> None:
    alpha = one(live)
    paused = shell("pause", "alpha")
    assert (paused.returncode, paused.stderr) == (0, "")
    assert paused.stdout.splitlines() == [
        f"default/alpha: {alpha} (alpha, SCHEDULED, 123456789012, us-east-1)",
        "  stop its schedule; running work finishes",
        f"default/alpha ({alpha}): it is paused",
    ]
    assert (state(live), state(live, "The second one")) == ("INACTIVE", "SCHEDULED")
    again = shell("pause", "alpha")
    assert (again.returncode, again.stdout) == (
        0,
        f"default/alpha ({alpha}): nothing to do: it is paused already\n",
    )
    resumed = shell("resume", alpha)
    assert resumed.returncode == 0
    assert "  resume it: its next run is at " in resumed.stdout
    assert resumed.stdout.endswith(f"default/alpha ({alpha}): it goes on\n")
    assert state(live) == "SCHEDULED"


def test_what_cannot_be_undone_needs_somebody_to_ask_or_yes(shell: Shell, live: Sandbox) -> None:
    arguments = ("pause", "alpha", "--cancel-running")
    live.settings = replace(live.settings, run_seconds=None)
    live.advance(timedelta(days=1))
    before = len(writes(live))
    ran = shell(*arguments)
    assert ran.returncode == 2
    assert "  mind: " in ran.stdout
    assert ran.stderr.splitlines() == [
        "Error: This can't be undone, so it asks first, and here is nobody to answer. Nothing was done.",
        "Hint: --yes does it without asking, --dry-run says what it would do.",
    ]
    shown = shell(*arguments, "--dry-run")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.endswith("Nothing was done: this was a dry run.\n")
    assert ran.stdout in shown.stdout
    no = shell.typed("n\n", *arguments)
    assert no.returncode == 1
    assert "skipped: nothing was done" in no.stdout
    assert len(writes(live)) == before

    yes = shell(*arguments, "--yes")
    assert (yes.returncode, yes.stderr.count("Error")) == (0, 0), yes.stdout
    assert len(writes(live)) > before


def test_a_yes_in_the_terminal_reruns(shell: Shell, live: Sandbox) -> None:
    alpha = one(live)
    live.fate(alpha, Fate("Job", error_message="No space left"))
    live.advance(timedelta(days=1))
    ran = shell.typed("y\n", "rerun", "alpha", "--failed")
    assert ran.returncode == 0, ran.stderr
    assert "Go on? [y/N]" in ran.stderr
    assert "FAILED" in ran.stdout
    assert ran.stdout.endswith("AWS runs them again in a while: 1 object\n")
    assert [call.request["status"] for call in live.calls(operation="SetStatus")] == ["RERUN"]


@pytest.mark.parametrize(
    ("typed", "code"), [("The second one\n", 0), ("beta\n", 0), ("second\n", 1), ("\x04", 1)]
)
def test_a_deletion_is_typed(shell: Shell, live: Sandbox, typed: str, code: int) -> None:
    beta = one(live, "The second one")
    ran = shell.typed(typed, "delete", "beta")
    assert ran.returncode == code, (ran.stdout, ran.stderr)
    assert "Type 'The second one' to delete it" in ran.stderr
    assert ("That is another name." in ran.stderr) is (typed == "second\n")
    assert (live.pipeline(beta).state in (State.DELETING, State.DELETED)) is (code == 0)


def test_json_is_all_that_a_script_gets(shell: Shell, live: Sandbox) -> None:
    alpha = one(live)
    live.fate(alpha, Fate("Job"))
    live.advance(timedelta(days=1))
    ran = shell("rerun", "alpha", "--failed", "--json", "--yes")
    assert (ran.returncode, ran.stderr) == (0, "")
    document = json.loads(ran.stdout)
    scheduled = document["pipelines"][0]["objects"][0]["scheduled"]
    assert document == {
        "version": 1,
        "command": "rerun",
        "result": "success",
        "dry_run": False,
        "pipelines": [
            {
                "key": "acme/nightly:default/alpha",
                "name": "alpha",
                "group": "default",
                "region": "us-east-1",
                "account": "123456789012",
                "pipeline_id": alpha,
                "state": "SCHEDULED",
                "result": "ordered",
                "message": "AWS runs them again in a while: 1 object",
                "hint": "",
                "objects": [
                    {"id": f"@Job_{scheduled.removesuffix('Z')}", "status": "FAILED", "scheduled": scheduled}
                ],
                "notes": [],
            }
        ],
        "notes": [],
        "error": "",
        "hint": "",
    }
    nobody = shell("delete", "alpha", "--json")
    assert nobody.returncode == 2
    document = json.loads(nobody.stdout)
    assert (document["result"], document["pipelines"]) == ("failure", [])
    assert document["error"].startswith("This can't be undone")
    unknown = shell("pause", "gamma", "--json")
    assert (unknown.returncode, unknown.stderr) == (2, "")
    assert json.loads(unknown.stdout)["error"] == "No pipeline is named `gamma`."


@pytest.mark.parametrize("button", Button)
def test_every_button_explains_its_options_and_has_what_all_have(button: Button) -> None:
    command = cli.commands[button]
    names = {name for option in command.params for name in option.opts}
    assert {"names", "--group", "--dry-run", "--yes", "--json", "--config", "--working-directory"} <= names
    assert all(isinstance(one, click.Argument) or getattr(one, "help", "") for one in command.params)
    assert "Examples:\n  pipelayer " in str(command.help)


def test_wrong_usage_is_a_line_and_a_hint(shell: Shell, offline: Shell, work: Work) -> None:
    button = Button.PAUSE
    for arguments, error in [
        ((), "Error: Missing argument 'NAME...'."),
        (("gamma",), "Error: No pipeline is named `gamma`."),
    ]:
        ran = shell(button, *arguments)
        assert (ran.returncode, ran.stdout) == (2, ""), arguments
        first, *hint = ran.stderr.splitlines()
        assert first.startswith(error)
        assert len(hint) <= 1
    assert offline(button, "alpha").returncode == 2
    work.commit({"pipelayer.yml": "version: 1\nproject: acme/nightly\ngroups: {dev: {}, prod: {}}\n"})
    several = shell(button, "alpha")
    assert (several.returncode, several.stdout) == (2, "")
    assert "has several groups (dev, prod), and none was chosen" in several.stderr


def when(*arguments: str) -> object:
    """What `rerun` understands."""
    return cli.commands["rerun"].make_context("rerun", ["alpha", *arguments]).params["run"]


def test_times_are_utc_however_they_are_written() -> None:
    for written in (
        "2026-03-10T02:00:00",
        "2026-03-10T02:00:00Z",
        "2026-03-10 02:00 UTC",
        "2026-03-10 02:00",
    ):
        assert when("--run", written) == datetime(2026, 3, 10, 2, tzinfo=UTC)
    assert when("--run", "2026-03-10") == datetime(2026, 3, 10, tzinfo=UTC)
    for wrong in ("yesterday", "2026-13-01"):
        with pytest.raises(click.BadParameter):
            when("--run", wrong)


def test_two_times_exclude_each_other(offline: Shell) -> None:
    ran = offline("rerun", "alpha", "--since", "2026-03-01", "--run", "2026-03-01")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "exclude each other" in ran.stderr


def test_who_is_asked_sees_what_will_not_be_done_too(shell: Shell, live: Sandbox) -> None:
    live.advance(timedelta(days=1))
    live.pause(one(live))
    live.delete(one(live, "The second one"))
    ran = shell.typed("n\n", "rerun", "alpha", "beta")
    assert ran.returncode == 1
    before, _, after = ran.stdout.partition("mind: ")
    refusal = "default/beta: refused: it isn't in AWS"
    assert "note: it is paused, and no document says whether AWS runs anything" in after
    assert refusal in after
    assert ran.stdout.count(refusal) == 2
    assert before.startswith("default/alpha: df-")


def test_ctrl_c_at_the_question_is_a_no(shell: Shell, live: Sandbox) -> None:
    ours, its = pty.openpty()
    asked = subprocess.Popen(
        [*COMMAND, "delete", "alpha"],
        cwd=shell.folder,
        env=shell.environ,
        stdin=its,
        stdout=subprocess.PIPE,
        stderr=its,
        text=True,
    )
    before = len(writes(live))
    read_until(asked.stdout, "the files still have it")
    asked.send_signal(STOP)
    asked.communicate(timeout=30)
    complaint = os.read(ours, 4096).decode()
    os.close(ours)
    os.close(its)
    assert asked.returncode == 130
    assert "Nothing was done." in complaint
    assert len(writes(live)) == before


def test_ctrl_c_half_way_says_what_was_done(shell: Shell, live: Sandbox) -> None:
    beta = one(live, "The second one")
    live.fault(Fault(operation="DeactivatePipeline", resource=one(live), kind=Kind.DELAY, seconds=1.5))
    running = shell.start("pause", "alpha", "beta", "--json")
    assert live.wait_for_faults(30)
    running.send_signal(STOP)
    said, complaint = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Stopping as soon as what is under way is recorded" in complaint
    document = json.loads(said)
    assert [order["result"] for order in document["pipelines"]] == ["ordered", "skipped"]
    assert live.pipeline(beta).state is State.SCHEDULED


def test_names_that_would_play_with_the_terminal_are_shown_harmless(
    shell: Shell, live: Sandbox, work: Work
) -> None:
    work.write({"alpha/values.json": '{"metadata": {"name": "a\\u001b[2Jb"}, "values": {}}'})
    live.set_tags(one(live), {"pipelayer:key": "acme/nightly:default/gone"})
    ran = shell("pause", "a*", "--dry-run")
    assert "\x1b" not in ran.stdout


def test_the_command_that_is_offered_finds_the_same_project(shell: Shell, live: Sandbox, work: Work) -> None:
    (work.path / "pipelayer.yml").rename(work.path / "other.yml")
    work.git("add", "-A")
    live.delete(one(live, "The second one"))
    for command, hint in [
        ("pause beta", "`pipelayer -C ../work deploy beta --config other.yml` makes it."),
        ("logs beta", "`pipelayer -C ../work deploy beta --config other.yml` puts it there."),
    ]:
        button, name = command.split()
        ran = shell("-C", "../work", button, name, "--config", "other.yml")
        assert hint in ran.stdout + ran.stderr
