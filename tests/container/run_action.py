"""Builds the action's image and lets it deploy twice, started as GitHub's runner starts it.

    python tests/container/run_action.py [--runner PROGRAM]

A first push deploys three pipelines, a second one changes one of them: AWS and GitHub are the sandbox, git is
a real server, each checkout has one commit and another owner than the container's user. Where there is no
docker, `PROGRAM build CONTEXT` and `PROGRAM run WORKSPACE EVENT NAME=VALUE…` stand in for it; run leaves the
runner's files in $OUT. Without `--runner`, docker or podman is used. Not collected by pytest: it needs one.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import yaml

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from pipelayer.sandbox import Sandbox  # noqa: E402
from pipelayer.sandbox.github import GitHubSandbox  # noqa: E402
from pipelayer.sandbox.settings import Settings  # noqa: E402
from support.githttp import git_http_server  # noqa: E402
from support.gitrepo import Work, checkout_like_actions, make_repo, make_server  # noqa: E402
from support.runner_parser import read_outputs  # noqa: E402

REPOSITORY = "acme/nightly"
TOKEN = "ghs_0123456789abcdefghijABCDEFGHIJ456789"
ACCOUNT = "111122223333"


class Runner(Protocol):
    """What builds and starts the image."""

    def build(self) -> None: ...

    def run(self, workspace: Path, event: Path, environ: Mapping[str, str], out: Path) -> int:
        """The action's exit status; `out/file_commands` holds set_output and step_summary."""
        ...


@dataclass(frozen=True)
class StandIn:
    """A program that does both without docker."""

    program: str

    def build(self) -> None:
        subprocess.run([self.program, "build", str(ROOT)], check=True, stdout=subprocess.DEVNULL)

    def run(self, workspace: Path, event: Path, environ: Mapping[str, str], out: Path) -> int:
        pairs = [f"{name}={value}" for name, value in environ.items()]
        return subprocess.run(
            [self.program, "run", str(workspace), str(event), *pairs],
            env={**os.environ, "OUT": str(out)},
            check=False,
        ).returncode


@dataclass(frozen=True)
class Engine:
    """docker or podman, with the flags of GitHub's runner."""

    name: str

    def build(self) -> None:
        subprocess.run([self.name, "build", "--quiet", "--tag", "pipelayer-action", str(ROOT)], check=True)

    def run(self, workspace: Path, event: Path, environ: Mapping[str, str], out: Path) -> int:
        for folder in ("home", "workflow", "file_commands"):
            (out / folder).mkdir(parents=True)
        for file in ("set_output", "step_summary"):
            (out / "file_commands" / file).touch()
        shutil.copy(event, out / "workflow" / "event.json")
        given = {
            "HOME": "/github/home",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_OUTPUT": "/github/file_commands/set_output",
            "GITHUB_STEP_SUMMARY": "/github/file_commands/step_summary",
            **environ,
        }
        flags = [flag for name, value in given.items() for flag in ("-e", f"{name}={value}")]
        for folder in ("home", "workflow", "file_commands"):
            flags += ["-v", f"{out / folder}:/github/{folder}"]
        return subprocess.run(
            [
                *(self.name, "run", "--rm", "--network", "host", "--workdir", "/github/workspace"),
                *(*flags, "-v", f"{workspace}:/github/workspace", "pipelayer-action"),
            ],
            check=False,
        ).returncode


def find_runner(program: str | None) -> Runner:
    """The stand-in that was named, else docker or podman."""
    if program:
        return StandIn(program)
    for name in ("docker", "podman"):
        if shutil.which(name):
            return Engine(name)
    raise SystemExit("Neither docker nor podman is installed, and no --runner was given.")


def environment(sandbox: Sandbox, server: str, after: str) -> dict[str, str]:
    """The step's environment as the runner makes it: every input with its default, and the github context."""
    declared = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    inputs = {name: str(spec.get("default", "")) for name, spec in declared.items()}
    inputs |= {"group": "dev", "github-token": TOKEN}
    return {
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        **sandbox.aws_environment("us-west-2"),
        **sandbox.github_environment(),
        "GITHUB_ACTOR": "octocat",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_JOB": "deploy",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REF_NAME": "main",
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_REPOSITORY_OWNER": "acme",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "1",
        "GITHUB_SERVER_URL": server,
        "GITHUB_SHA": after,
        "GITHUB_WORKFLOW": "Pipelines",
        "SHOP_DEV_PASSWORD": "a secret",
        # What setup-python and a careless step leave behind: none of it may reach the interpreter or git.
        "LD_LIBRARY_PATH": "/opt/hostedtoolcache/Python/3.9.0/x64/lib",
        "PYTHONPATH": "/github/workspace",
        "PYTHONHOME": "/nowhere",
    }


@dataclass
class Story:
    """One repository, its server, AWS and GitHub, and what the action did in them."""

    folder: Path
    runner: Runner
    sandbox: Sandbox
    github: GitHubSandbox
    work: Work
    server: str
    checks: int = 0

    def push(self, name: str, before: str, after: str) -> dict[str, str]:
        """Pushes, lets the action deploy in a fresh checkout of one commit, and gives its outputs."""
        parents = () if before == "0" * 40 else (before,)
        self.github.add_commit(REPOSITORY, after, parents=parents, message=name, branch="main")
        self.work.push("main")
        address = f"{self.server}/{REPOSITORY}"
        workspace = self.folder / name / "workspace"
        checkout_like_actions(workspace, self.clone_address(), after)
        subprocess.run(["git", "-C", str(workspace), "remote", "set-url", "origin", address], check=True)
        # A module of the workspace that would break every import, if the workspace could be imported from.
        (workspace / "json.py").write_text("raise SystemExit('imported from the workspace')\n")
        event = self.folder / name / "event.json"
        event.write_text(
            json.dumps(
                {
                    "ref": "refs/heads/main",
                    "before": before,
                    "after": after,
                    "created": not parents,
                    "deleted": False,
                    "forced": False,
                    "repository": {"full_name": REPOSITORY, "default_branch": "main"},
                    "commits": [],
                }
            )
        )
        environ = environment(self.sandbox, self.server, after)
        out = self.folder / name / "out"
        status = self.runner.run(workspace, event, environ, out)
        self.expect(f"{name}: the action ends with 0", status, 0)
        summary = (out / "file_commands" / "step_summary").read_text(encoding="utf-8")
        self.expect(f"{name}: there is a summary", bool(summary.strip()), True)
        return read_outputs((out / "file_commands" / "set_output").read_text(encoding="utf-8"))

    def clone_address(self) -> str:
        """Where the checkout is fetched from: the host's own path to the served repository."""
        return (self.folder / "served" / f"{REPOSITORY}.git").as_uri()

    def expect(self, what: str, found: object, wanted: object) -> None:
        """Says that it holds, or ends the story."""
        if found != wanted:
            raise SystemExit(f"FAILED {what}: {found!r}, not {wanted!r}")
        self.checks += 1
        print(f"ok {what}", flush=True)


def tell(story: Story) -> None:
    """Two pushes."""
    shutil.copytree(ROOT / "examples" / "nightly", story.work.path, dirs_exist_ok=True)
    first = story.work.commit(message="Three pipelines")
    outputs = story.push("first push", "0" * 40, first)
    story.expect("first push: everything is new", outputs["changed-count"], "3")
    story.expect("first push: it succeeded", outputs["result"], "success")
    live = {one.name: one.id for one in story.sandbox.pipelines("us-west-2") if one.name in NAMES}
    story.expect("first push: three pipelines are in AWS", sorted(live), sorted(NAMES))
    story.expect(
        "first push: their files are in S3", len(story.sandbox.objects("acme-dev-pipelines")) > 8, True
    )

    script = story.work.path / "exchange_rates" / "tasks" / "fetch.sh"
    second = story.work.commit({"exchange_rates/tasks/fetch.sh": script.read_text() + "# a remark\n"})
    story.sandbox.clear_record()
    outputs = story.push("second push", first, second)
    changed = [key.rpartition("/")[2] for key in json.loads(outputs["changed"])]
    story.expect("second push: one pipeline changed", changed, ["exchange_rates"])
    puts = [call for call in story.sandbox.calls(service="s3") if call.operation == "PutObject"]
    story.expect("second push: one file was sent", len(puts), 1)
    still = {one.name: one.id for one in story.sandbox.pipelines("us-west-2") if one.name in NAMES}
    story.expect("second push: the same three are live", still, live)


NAMES = ("Click sessions", "Exchange rates", "Orders export")


def main() -> int:
    """0 if everything held."""
    parser = argparse.ArgumentParser(description="Runs the action's image as GitHub would.")
    parser.add_argument("--runner", help="a program that stands in for docker")
    runner = find_runner(parser.parse_args().runner)
    runner.build()
    github = GitHubSandbox()
    github.add_repository(REPOSITORY)
    github.add_token(TOKEN)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        bare = make_server(folder / "served" / f"{REPOSITORY}.git")
        work = make_repo(folder / "work", origin=bare.url)
        with (
            Sandbox(Settings(account=ACCOUNT), github=github) as sandbox,
            git_http_server(folder / "served", token=TOKEN) as server,
        ):
            sandbox.create_bucket("acme-dev-pipelines", "us-west-2")
            story = Story(folder, runner, sandbox, github, work, server.base)
            tell(story)
    print(f"container: {story.checks} passed, 0 failed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
