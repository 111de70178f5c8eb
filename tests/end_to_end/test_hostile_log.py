"""Whatever way a job ends, and whoever chose its words, the runner is told nothing but what was meant."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipelayer.github.action import act
from pipelayer.github.commands import Log
from pipelayer.github.journal import LibraryLines
from pipelayer.run.stopping import Stop
from pipelayer.sandbox.faults import Fault, Kind
from support.cancelling import deploying
from support.gitrepo import Content, checkout_like_actions
from support.hostile_names import BROKEN, NASTY, hostile
from support.jobs import REPOSITORY, ROOT, Story
from support.obedience import assert_obeyed, assert_plain
from support.runner_effects import Effects, effects_of
from support.small_project import project

LINES = "\n".join(NASTY + BROKEN).replace("\udcff", "\ufffd")
FEW = [NASTY[0], NASTY[1], NASTY[3], NASTY[6]]


def deployable() -> dict[str, Content]:
    """A few pipelines with nasty names."""
    files: dict[str, Content] = project("plain")
    for index, text in enumerate(FEW):
        files |= hostile(index, text)
    return files


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Story.begin(tmp_path, nightly=False) as story:
        story.words = LINES
        yield story


def test_what_aws_answers_is_text(story: Story) -> None:
    first = story.work.commit(deployable(), message=NASTY[1])
    story.environ |= {"RUNNER_DEBUG": "1", "GITHUB_ACTOR": NASTY[0], "GITHUB_WORKFLOW": NASTY[1]}
    refusal = Fault(
        operation="PutPipelineDefinition", times=len(FEW), code="InvalidRequestException", message=LINES
    )
    story.sandbox.fault(refusal)
    story.sandbox.fault(Fault("s3", "PutObject", "*/code/1/*", code=NASTY[2], message=NASTY[0], status=403))
    job = story.push(first, group="")
    assert story.sandbox.wait_for_faults(1)
    assert job.code == 1
    assert len(json.loads(job.outputs["failed"])) == len(FEW) + 1
    assert "pwned" in job.stdout
    assert_obeyed(job, debug=True)
    assert_plain(job.summary)


def test_what_aws_answers_a_pull_request_is_text(story: Story) -> None:
    story.work.commit(deployable())
    story.work.push("main")
    change = hostile(0, FEW[0])
    change["another/values.json"] = change.pop(f"0 {FEW[0]}/values.json")
    change["another/pipeline_definition.json"] = json.dumps({"objects": list(map(nameless, NASTY + BROKEN))})
    number = story.open_pull(change, "change")
    story.sandbox.fault(Fault(operation="ListPipelines", code="AccessDeniedException", message=LINES))
    job = story.pull_request(number, group="")
    assert story.sandbox.wait_for_faults(1)
    assert job.code == 1
    (comment,) = story.github.comments(REPOSITORY, number)
    assert "pwned" in comment.body
    assert_obeyed(job)
    assert_plain(comment.body.partition("\n")[2])
    assert_plain(job.summary)


def nameless(text: str) -> dict[str, object]:
    """An object of a definition, all of whose words are the text."""
    return {"id": text, "name": text, "type": text, "schedule": {"ref": text}, text: {"ref": text}}


def test_a_cancelled_job_leaves_nothing_open(story: Story) -> None:
    commit = story.work.commit(deployable(), message=NASTY[1])
    story.work.push("main")
    story.sandbox.fault(Fault(operation="ActivatePipeline", kind=Kind.DELAY, seconds=1))
    with deploying(story, commit) as started:
        started.read_until(": activate")
        job, _ = started.cancel(signal.SIGINT, signal.SIGTERM)
    assert job.code == 130
    assert_obeyed(job)
    assert_plain(job.summary)


def test_a_secret_is_masked_and_never_said(tmp_path: Path) -> None:
    secret = "::error::pwned ##[add-mask]e%0A\nsecond line %25\r\n##[set-output name=changed]third"
    with Story.begin(tmp_path) as story:
        story.environ |= {"SHOP_DEV_PASSWORD": secret, "RUNNER_DEBUG": "1"}
        job = story.push(story.work.commit(), comment="never")
        assert job.code == 0, job.stdout
        assert_obeyed(job, masks=frozenset({secret, *secret.splitlines()}), debug=True)
        assert [part for part in secret.splitlines() if part in job.shown] == []


def test_a_job_with_nothing_to_do(story: Story) -> None:
    commit = story.work.commit(deployable())
    story.work.push("main")
    workspace = story.folder / "jobs" / "1" / "workspace"
    checkout_like_actions(workspace, story.url, commit)
    job = story.run(workspace, LINES, {"action": LINES, "ref": LINES}, commit, LINES)
    assert job.code == 0, job.stdout
    assert job.effects.outputs["result"] == "nothing-to-do"
    assert "pwned" in job.stdout
    assert_obeyed(job)


@pytest.mark.parametrize(
    "names", [("command", "base", "head", "source"), ("group", "pipelines"), ("config",)]
)
def test_inputs_are_quoted(story: Story, names: tuple[str, ...]) -> None:
    commit = story.work.commit(project("plain"))
    job = story.push(commit, **dict.fromkeys(names, LINES))
    assert job.code == 2, job.stdout
    assert job.effects.annotations
    assert_obeyed(job)


class Bug(dict[str, str]):
    """An environment whose innards quote strangers when they break."""

    def get(self, name: str, default: Any = None, /) -> Any:
        if name == "INPUT_SOURCE":
            raise RuntimeError(LINES)
        return super().get(name, default)


def in_process(environ: Mapping[str, str], *, debug: bool) -> Effects:
    said: list[str] = []
    act(environ, Log(said.append, debug=debug), Stop())
    return effects_of("".join(said).encode("utf-8", "backslashreplace"))


@pytest.mark.parametrize("debug", [False, True])
def test_a_bug_is_confessed_in_our_own_words(debug: bool) -> None:
    effects = in_process(Bug(), debug=debug)
    assert {found.name for found in effects.commands} == {"error"} | ({"debug"} if debug else set())
    assert ("pwned" in "\n".join(effects.debug)) == debug
    assert effects.failures == []
    assert len(effects.annotations) == 1


def test_what_libraries_say_is_for_who_debugs() -> None:
    said: list[str] = []
    handler = LibraryLines(Log(said.append, debug=True))
    logger = logging.getLogger("py.warnings")
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(True)
            warnings.warn_explicit(LINES, UserWarning, NASTY[1], 1)
    finally:
        logging.captureWarnings(False)
        logger.removeHandler(handler)
    effects = effects_of("".join(said).encode())
    assert {found.name for found in effects.commands} == {"debug"}
    assert "pwned" in "\n".join(effects.debug)
    assert effects.log == []


def test_what_nobody_catches_is_for_who_debugs() -> None:
    code = (
        "import os, sys, threading\n"
        "from pipelayer.github.action import main\n"
        "class Thrown:\n"
        "    def __del__(self): raise ValueError(sys.argv[1])\n"
        "def fail(): raise ValueError(sys.argv[1])\n"
        "main(os.environ)\n"
        "Thrown()\n"
        "thread = threading.Thread(target=fail)\n"
        "thread.start()\n"
        "thread.join()\n"
    )
    said = {}
    for debug in ("", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code, LINES],
            env={"RUNNER_DEBUG": debug},
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        said[debug] = effects_of(done.stdout, done.stderr)
        assert done.stderr == b""
    assert [command.name for command in said[""].commands] == ["error"]
    assert {command.name for command in said["1"].commands} == {"error", "debug"}
    assert "\n".join(said["1"].debug).count("ValueError: x#") == 2
