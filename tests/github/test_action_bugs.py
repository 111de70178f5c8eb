from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipelayer.github.action import act
from pipelayer.github.answer import outputs_of
from pipelayer.github.bugs import without_secrets
from pipelayer.github.commands import Log, Output
from pipelayer.github.commenting import has_something_to_say
from pipelayer.github.files import write_report
from pipelayer.model import Key, Outcome, OutcomeResult, Reason, Report, Result, Selected, Selection, Verb
from pipelayer.run.stopping import Stop
from pipelayer.schemas import load
from support.gitrepo import checkout_like_actions
from support.job import Job
from support.jobs import NOTHING, Story
from support.runner_effects import effects_of
from support.runner_parser import read_pairs, read_stream
from support.small_project import project


class Broken(dict[str, str]):
    """An environment that fails where nobody expects it."""

    def get(self, name: str, default: Any = None, /) -> Any:
        if name == "INPUT_SOURCE":
            raise ZeroDivisionError(f"while holding {self['INPUT_GITHUB-TOKEN']}")
        return super().get(name, default)


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
    assert dict(read_pairs((tmp_path / "output").read_text()))["result"] == "failure"


class Trouble(dict[str, str]):
    """An environment in which looking for one variable fails, as anything may."""

    def __init__(self, environ: Mapping[str, str], name: str) -> None:
        super().__init__(environ)
        self.name = name

    def get(self, name: str, default: Any = None, /) -> Any:
        if name == self.name:
            raise MemoryError
        return super().get(name, default)


@dataclass
class Troubled:
    """A push to main whose job runs in this process. Memory runs out when a variable is looked for, or when a
    line is said that holds `at`.
    """

    story: Story
    said: list[str] = field(default_factory=list)

    def deploy(self, *, variable: str = "", at: str = "") -> Job:
        story = self.story
        commit = story.work.head()
        workspace = story.folder / "jobs" / "1" / "workspace"
        checkout_like_actions(workspace, story.url, commit)
        payload = {"ref": "refs/heads/main", "before": NOTHING, "after": commit, "deleted": False}
        given = {"group": "", "comment": "never"}
        environ = story.environment(workspace, "push", payload, commit, "refs/heads/main", **given)

        def write(line: str) -> None:
            if at and at in line:
                raise MemoryError
            self.said.append(line)

        code = act(Trouble(environ, variable), Log(write), Stop())
        return Job.of(workspace, code, "".join(self.said).encode(), b"")


@pytest.fixture
def troubled(tmp_path: Path) -> Iterator[Troubled]:
    with Story.begin(tmp_path, nightly=False) as story:
        story.work.commit(project("alpha", "beta"))
        story.work.push("main")
        yield Troubled(story)


def test_a_bug_in_one_pipeline_is_its_own(troubled: Troubled) -> None:
    job = troubled.deploy(at="alpha: save its definition")
    assert job.code == 1
    alpha, beta = job.report()["outcomes"]
    assert (alpha["result"], alpha["steps_taken"]) == ("failed", ["upload", "create"])
    assert alpha["step_under_way"] == "put"
    assert "bug in Pipelayer, please report it: MemoryError" in alpha["error"]
    assert beta["result"] == "created"
    assert job.keys("failed") == ["alpha"]
    assert "MemoryError" in job.summary


@pytest.mark.parametrize(
    ("name", "selected"),
    [
        ("AWS_ENDPOINT_URL_DATA_PIPELINE", ["alpha", "beta"]),  # once all is selected
        ("AWS_REGION", []),  # before anything is known
    ],
)
def test_after_a_bug_there_is_a_report(troubled: Troubled, name: str, selected: list[str]) -> None:
    job = troubled.deploy(variable=name)
    assert job.code == 1
    report = job.report()
    jsonschema.validate(report, load("report"))
    assert (report["exit_code"], report["result"]) == (1, "failure")
    assert str(report["error"]).startswith("The run failed with MemoryError: this is a bug in Pipelayer")
    assert [one["key"].rpartition("/")[2] for one in report["outcomes"]] == selected
    assert {one["result"] for one in report["outcomes"]} <= {"skipped"}
    assert job.outputs["result"] == "failure"
    assert job.summary.startswith("### ❌ Pipelayer stopped: The run failed with MemoryError")
    (annotation,) = job.annotations()
    assert "debug logging" in annotation.data
    assert "Traceback" not in job.stdout


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


def test_a_finaliser_that_fails_while_its_thread_writes_is_told_and_holds_nobody_up() -> None:
    """In a process of its own, since who waits for a lock that is his own waits for ever."""
    code = (
        "import sys\n"
        "from pipelayer.github.bugs import tell_the_unheard\n"
        "from pipelayer.github.commands import Log\n"
        "class Thrown:\n"
        "    def __del__(self): raise ValueError('in a finaliser')\n"
        "def write(line):\n"
        "    if line == 'hello\\n': Thrown()\n"
        "    sys.stdout.write(line)\n"
        "log = Log(write, debug=True)\n"
        "tell_the_unheard(log, {})\n"
        "log.line('hello')\n"
        "log.line('goodbye')\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, check=True, timeout=30)
    effects = effects_of(done.stdout, done.stderr)
    assert done.stderr == b""
    assert effects.log == ["hello", "goodbye"]
    assert "ValueError: in a finaliser" in effects.debug


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


def test_who_hangs_in_writing_is_ended_too() -> None:
    """Nobody reads what it says."""
    code = (
        "from pipelayer.run.stopping import Stop\n"
        "stop = Stop()\nstop.install()\nprint('ready', flush=True)\n"
        "stop.deadline.report = lambda: print('x' * 10_000_000, flush=True)\n"
        "print('x' * 10_000_000, flush=True)"
    )
    command = [sys.executable, "-c", code]
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=9.5) == 130
    assert time.monotonic() - began < 8
