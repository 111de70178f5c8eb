"""The CI job in which the action runs against itself: its steps, as far as they run without GitHub."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml

from support.job import Job
from support.jobs import NIGHTLY, Story
from support.runner_parser import read_pairs

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".github" / "scripts" / "try_action.py"
STEPS = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]["action"][
    "steps"
]
OUTPUT = re.compile(r"\$\{\{ steps\.(\w+)\.outputs\.([\w-]+) \}\}")


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """The examples at their place in this repository, and the job's made-up secret."""
    with Story.begin(tmp_path, nightly=False) as story:
        shutil.copytree(NIGHTLY, story.work.path / "examples" / "nightly")
        story.environ["SHOP_DEV_PASSWORD"] = "made up"
        yield story


def inputs(step_id: str) -> dict[str, str]:
    (step,) = (step for step in STEPS if step.get("id") == step_id)
    assert step["uses"] == "./"
    return dict(step["with"])


def check_after(step_id: str, job: Job, sandbox: str) -> subprocess.CompletedProcess[str]:
    """Runs the step that looks at the outputs of that one, with its environment's expressions filled in."""
    (step,) = (each for each in STEPS if f"steps.{step_id}.outputs.result" in str(each.get("env")))
    assert step["run"] == ".venv/bin/python .github/scripts/try_action.py check"
    outputs: dict[str, dict[str, str]] = {step_id: job.outputs, "sandbox": {"url": sandbox}}
    environ = {
        name: OUTPUT.sub(lambda found: outputs[found[1]][found[2]], text)
        for name, text in step["env"].items()
    }
    return run("check", **environ)


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], env=environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("from_fork", [False, True])
def test_on_a_pull_request_the_examples_are_found_well(story: Story, from_fork: bool) -> None:
    story.push(story.work.commit(message="the examples"))
    number = story.open_pull({"README.md": "another word"})
    job = story.pull_request(number, from_fork=from_fork, **inputs("validate"))
    assert job.code == 0, job.stdout
    checked = check_after("validate", job, story.sandbox.url)
    assert (checked.returncode, checked.stdout) == (0, "All is as it should be.\n")


def test_on_a_push_to_main_they_are_deployed(story: Story) -> None:
    head = story.work.commit(message="the examples")
    job = story.push(head, **inputs("validate"))
    assert check_after("validate", job, story.sandbox.url).returncode == 0
    job = story.pushed(head, **inputs("deploy"))
    assert job.code == 0, job.stdout
    checked = check_after("deploy", job, story.sandbox.url)
    assert (checked.returncode, checked.stdout) == (0, "All is as it should be.\n")


def test_a_deploy_that_left_something_out_is_noticed(story: Story) -> None:
    head = story.work.commit(message="the examples")
    job = story.push(head, **inputs("deploy") | {"pipelines": "orders_export"})
    assert job.code == 0
    checked = check_after("deploy", job, story.sandbox.url)
    assert checked.returncode == 1
    assert "1 were selected" in checked.stdout
    assert "Activated are ['orders_export']." in checked.stdout
    assert "Scheduled are ['Orders export']." in checked.stdout


def test_a_mistake_in_the_examples_is_noticed(story: Story) -> None:
    values = story.work.path / "examples" / "nightly" / "exchange_rates" / "values.json"
    values.write_text(values.read_text("utf-8").replace("s3://", "s4://"), "utf-8")
    job = story.push(story.work.commit(), **inputs("validate"))
    checked = check_after("validate", job, story.sandbox.url)
    assert checked.returncode == 1
    assert "The result is 'failure'." in checked.stdout


def test_the_sandbox_is_started_at_docker_s_gateway_and_left_running(tmp_path: Path) -> None:
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text("#!/bin/sh\ntest \"$1 $2 $3\" = 'network inspect bridge' && echo 127.0.0.4\n")
    docker.chmod(0o755)
    outputs = tmp_path / "outputs"
    path = f"{docker.parent}{os.pathsep}{os.environ['PATH']}"
    started = run("start", PATH=path, RUNNER_TEMP=str(tmp_path), GITHUB_OUTPUT=str(outputs))
    assert started.returncode == 0, started.stderr
    told = dict(read_pairs(outputs.read_text("utf-8")))
    try:
        assert told["url"].startswith("http://127.0.0.4:")
        with urlopen(f"{told['url']}/_sandbox/pipelines") as answer:
            assert json.load(answer) == []
        with urlopen(f"{told['url']}/acme-dev-pipelines?list-type=2") as answer:
            assert b"<KeyCount>0</KeyCount>" in answer.read()
    finally:
        os.kill(int(told["pid"]), signal.SIGTERM)


def test_a_sandbox_that_cannot_start_fails_the_step(tmp_path: Path) -> None:
    failed = run("start", "203.0.113.1", RUNNER_TEMP=str(tmp_path), GITHUB_OUTPUT=str(tmp_path / "outputs"))
    assert failed.returncode == 1
    assert "didn't start" in failed.stderr
    assert "Cannot assign requested address" in (tmp_path / "sandbox.log").read_text("utf-8")
