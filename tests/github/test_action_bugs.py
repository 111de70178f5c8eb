from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelayer.github.action import act
from pipelayer.github.answer import has_something_to_say, outputs_of
from pipelayer.github.bugs import without_secrets
from pipelayer.github.commands import Log, Output
from pipelayer.github.files import write_report
from pipelayer.model import Key, Outcome, OutcomeResult, Reason, Report, Result, Selected, Selection, Verb
from pipelayer.run.stopping import Stop
from support.runner_parser import read_outputs, read_stream


class Broken(dict[str, str]):
    """An environment that fails where nobody expects it."""

    def get(self, name: str, default: object = None) -> str:  # type: ignore[override]
        if name == "INPUT_SOURCE":
            raise ZeroDivisionError(f"while holding {self['INPUT_GITHUB-TOKEN']}")
        return str(super().get(name, default or ""))


@pytest.mark.parametrize("debug", [False, True])
def test_an_unforeseen_exception_is_one_line_and_its_traceback_only_for_who_debugs(
    tmp_path: Path, debug: bool
) -> None:
    said: list[str] = []
    environ = Broken({"INPUT_GITHUB-TOKEN": "ghs_secret", "GITHUB_OUTPUT": str(tmp_path / "output")})
    code = act(environ, Log(said.append, debug=debug), Stop())
    text = "".join(said)
    assert code == 1
    found = [command.name for command in read_stream(text)]
    assert found[0] == "error"
    assert set(found[1:]) == ({"debug"} if debug else set())
    assert "this is a bug in Pipelayer, please report" in said[0]
    assert ("Traceback" in text) == debug
    assert "ghs_secret" not in text
    assert read_outputs((tmp_path / "output").read_text())["result"] == "failure"


def test_secrets_are_taken_out_of_a_traceback() -> None:
    environ = {"AWS_SECRET_ACCESS_KEY": "abcd1234", "MY_PASSWORD": "abcd", "HOME": "/root", "TOKEN": "x"}
    assert without_secrets("abcd1234 abcd /root x", environ) == "*** *** /root x"


def outcome(
    name: str, result: OutcomeResult, *, uploaded: int = 0, removed: int = 0, activated: bool = False
) -> Outcome:
    return Outcome(f"p:g/{name}", result, uploaded=uploaded, removed=removed, activated=activated)


def test_outputs_are_what_the_report_says() -> None:
    selected = Selected(Key("p", "g", "a"), "A", "a", (Reason.FILES,))
    report = Report(
        Verb.DEPLOY,
        Result.FAILURE,
        selection=Selection((selected,)),
        outcomes=(
            outcome("a", OutcomeResult.UPLOADED, uploaded=2),
            outcome("b", OutcomeResult.UPLOADED, removed=1),
            outcome("c", OutcomeResult.REPLACED, activated=True),
            outcome("d", OutcomeResult.FAILED),
            outcome("e", OutcomeResult.INVALID),
            outcome("f", OutcomeResult.UNCHANGED),
        ),
    )
    assert outputs_of(report) == {
        Output.CHANGED: '["p:g/a"]',
        Output.CHANGED_COUNT: "1",
        Output.UPLOADED: '["p:g/a","p:g/b"]',
        Output.ACTIVATED: '["p:g/c"]',
        Output.FAILED: '["p:g/d","p:g/e"]',
        Output.RESULT: "failure",
    }
    assert has_something_to_say(report)
    assert not has_something_to_say(Report(Verb.VALIDATE, Result.NOTHING_TO_DO, notes=("not asked",)))
    assert has_something_to_say(Report(Verb.VALIDATE, Result.FAILURE, error="no region"))


def test_each_report_has_its_own_name(tmp_path: Path) -> None:
    paths = [write_report("{}\n", str(tmp_path)) for _ in range(3)]
    assert [Path(path).name for path in paths] == [
        "pipelayer-report.json",
        "pipelayer-report-2.json",
        "pipelayer-report-3.json",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_is_told_to_stop_waits_no_longer(number: signal.Signals) -> None:
    code = (
        "from pipelayer.run.stopping import Stop\n"
        "stop = Stop()\nstop.install()\nprint('ready', flush=True)\n"
        "stop.sleep(60)\nprint(stop.asked())"
    )
    command = [sys.executable, "-c", code]
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        os.kill(process.pid, number)
        assert process.stdout.read() == b"True\n"
    assert process.returncode == 0
    assert time.monotonic() - began < 5
