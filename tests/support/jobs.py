"""Jobs as GitHub runs them: a checkout of one commit, the runner's environment, `python -I entrypoint.py`.

    with Story.begin(tmp_path) as story:
        first = story.work.commit(...)
        job = story.push(first)                       # what a push to main starts
        job = story.pull_request({"a/values.json": "…"})
        assert job.code == 0 and job.outputs["result"] == "success"

AWS and GitHub are the sandbox, git is a real bare repository.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.github import GitHubSandbox
from pipelayer.sandbox.settings import Settings
from support.gitrepo import Content, Work, checkout_like_actions, make_repo, make_server
from support.runner_effects import Effects, effects_of
from support.runner_parser import Command, read_outputs, read_stream

ROOT = Path(__file__).parents[2]
NIGHTLY = ROOT / "examples" / "nightly"
REPOSITORY = "acme/nightly"
TOKEN = "ghs_0123456789abcdefghijABCDEFGHIJ456789"
ACCOUNT = "111122223333"
REGION = "us-west-2"
NOTHING = "0" * 40
_INPUTS = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]


@dataclass(frozen=True)
class Job:
    """One run of the action: how it ended and everything that it said."""

    code: int
    stdout: str
    stderr: str
    commands: list[Command]
    outputs: dict[str, str]
    summary: str
    workspace: Path
    effects: Effects
    """What the runner makes of all of it."""

    def annotations(self, level: str = "error") -> list[Command]:
        """The annotations of one level."""
        return [command for command in self.commands if command.name == level]

    @property
    def masked(self) -> set[str]:
        """What the runner was told to hide from then on."""
        return {command.data for command in self.commands if command.name == "add-mask"}

    @property
    def shown(self) -> str:
        """The log as people see it: the runner takes commands that hide something out of it."""
        return "".join(
            line for line in self.stdout.splitlines(keepends=True) if not line.startswith("::add-mask::")
        )

    def keys(self, output: str) -> list[str]:
        """The directories of the keys in an output."""
        return [key.rpartition("/")[2] for key in json.loads(self.outputs[output])]

    def report(self) -> dict[str, Any]:
        """The report file."""
        found = json.loads((self.workspace / self.outputs["report-file"]).read_text(encoding="utf-8"))
        assert isinstance(found, dict)
        return found


@dataclass
class Story:
    """One repository with its server, AWS and GitHub."""

    folder: Path
    sandbox: Sandbox
    github: GitHubSandbox
    work: Work
    url: str
    environ: dict[str, str] = field(default_factory=dict)
    words: str = "change"
    """What people wrote as titles, messages and names, in every event from here on."""
    jobs: int = 0

    @classmethod
    @contextmanager
    def begin(cls, folder: Path, *, nightly: bool = True) -> Iterator[Story]:
        """The example project in a repository (or an empty one), and nothing in AWS but its bucket."""
        github = GitHubSandbox()
        github.add_repository(REPOSITORY)
        github.add_token(TOKEN)
        bare = make_server(folder / "server.git")
        work = make_repo(folder / "work", origin=bare.url)
        if nightly:
            shutil.copytree(NIGHTLY, work.path, dirs_exist_ok=True)
        with Sandbox(github=github) as sandbox:
            sandbox.reset(Settings(account=ACCOUNT))  # moto keeps buckets for the whole process
            sandbox.create_bucket("acme-dev-pipelines", REGION)
            yield cls(folder, sandbox, github, work, bare.url)

    def push(self, after: str, before: str = NOTHING, **inputs: str) -> Job:
        """Pushes `main` and runs what that starts."""
        parents = () if before == NOTHING else (before,)
        self.github.add_commit(REPOSITORY, after, parents=parents, branch="main")
        self.work.push("main")
        return self.pushed(after, before, **inputs)

    def pushed(self, after: str, before: str = NOTHING, *, commits: Sequence[str] = (), **inputs: str) -> Job:
        """Runs what a push that has already happened starts. `commits` are all that it brought."""
        payload = {
            "ref": "refs/heads/main",
            "before": before,
            "after": after,
            "created": before == NOTHING,
            "deleted": False,
            "forced": False,
            "commits": [{"id": commit, "message": self.words} for commit in commits or (after,)],
            "head_commit": {"id": after, "message": self.words, "author": {"name": self.words}},
        }
        workspace = self._workspace()
        checkout_like_actions(workspace, self.url, after)
        return self.run(workspace, "push", payload, after, "refs/heads/main", **inputs)

    def open_pull(self, files: Mapping[str, Content], branch: str = "change") -> int:
        """A pull request with one commit on top of `main`; gives its number."""
        main = self.work.head()
        self.work.git("checkout", "--quiet", "-B", branch)
        head = self.work.commit(files)
        self.work.push(branch)
        self.work.git("checkout", "--quiet", "main")
        return self.github.add_pull(REPOSITORY, head_ref=branch, head_sha=head, base_sha=main).number

    def pull_request(
        self,
        number: int,
        branch: str = "change",
        *,
        action: str = "opened",
        from_fork: bool = False,
        **inputs: str,
    ) -> Job:
        """Runs what opening the pull request, or pushing to it, starts."""
        main = self.work.head()
        head = self.work.git("rev-parse", branch)
        self.work.git("checkout", "--quiet", "--detach", "main")
        merge = self.work.merge(branch)
        self.work.push(f"{merge}:refs/pull/{number}/merge")
        self.work.git("checkout", "--quiet", "main")
        home = {"full_name": REPOSITORY}
        payload = {
            "action": action,
            "number": number,
            "pull_request": {
                "number": number,
                "title": self.words,
                "body": self.words,
                "user": {"login": self.words},
                "merged": False,
                "merge_commit_sha": merge,
                "head": {
                    "sha": head,
                    "ref": branch,
                    "repo": {"full_name": "mallory/nightly"} if from_fork else home,
                },
                "base": {"sha": main, "ref": "main", "repo": home},
            },
        }
        workspace = self._workspace()
        checkout_like_actions(workspace, self.url, merge, f"refs/remotes/pull/{number}/merge")
        return self.run(workspace, "pull_request", payload, merge, f"refs/pull/{number}/merge", **inputs)

    def merge(self, number: int, branch: str = "change") -> str:
        """Merges the pull request into `main`; gives the merge commit."""
        merged = self.work.merge(branch)
        self.work.push("main")
        self.github.merge_pull(REPOSITORY, number, merged)
        return merged

    def run(
        self, workspace: Path, event: str, payload: Mapping[str, object], sha: str, ref: str, **inputs: str
    ) -> Job:
        """Runs the action in a workspace as it is."""
        command = self.command()
        environ = self.environment(workspace, event, payload, sha, ref, **inputs)
        done = subprocess.run(
            command, cwd=workspace, env=environ, capture_output=True, check=False, timeout=120
        )
        return self.job(workspace, done.returncode, done.stdout, done.stderr)

    def command(self) -> list[str]:
        """How the container starts it."""
        return [sys.executable, "-I", str(ROOT / "entrypoint.py")]

    def job(self, workspace: Path, code: int, stdout: bytes, stderr: bytes) -> Job:
        """What an ended process said."""
        runner = workspace.parent
        text, complaints = stdout.decode("utf-8"), stderr.decode("utf-8")
        written = {"output": "set_output", "env": "set_env", "state": "save_state", "path": "add_path"}
        files = {
            kind: (runner / name).read_bytes()
            for kind, name in (written | {"step_summary": "step_summary"}).items()
            if (runner / name).exists()
        }
        return Job(
            code,
            text,
            complaints,
            read_stream(text) + read_stream(complaints),
            read_outputs((runner / "set_output").read_text(encoding="utf-8")),
            (runner / "step_summary").read_text(encoding="utf-8"),
            workspace,
            effects_of(stdout, stderr, files),
        )

    def environment(
        self,
        workspace: Path,
        event: str,
        payload: Mapping[str, object],
        sha: str,
        ref: str,
        **inputs: str,
    ) -> dict[str, str]:
        """The step's environment as the runner makes it, with what careless earlier steps leave in it."""
        runner = workspace.parent
        for name in ("set_output", "step_summary"):
            (runner / name).touch()
        (runner / "home").mkdir(exist_ok=True)
        hostile = runner / "pythonpath"
        hostile.mkdir(exist_ok=True)
        (hostile / "json.py").write_text("raise SystemExit('imported from PYTHONPATH')\n")
        (hostile / "libpcre2-8.so.0").write_text("no library at all\n")  # which git loads, and no Python
        body = {"repository": {"full_name": REPOSITORY, "default_branch": "main"}, **payload}
        (runner / "event.json").write_text(json.dumps(body), encoding="utf-8")
        self.jobs += 1
        given = {name: str(spec["default"]) for name, spec in _INPUTS.items()}
        given |= {"github-token": TOKEN, "group": "dev"}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        return {
            **{f"INPUT_{name.upper()}": value for name, value in given.items()},
            **self.sandbox.aws_environment(REGION),
            **self.sandbox.github_environment(),
            "ACTIONS_RUNTIME_TOKEN": "a-runtime-token",
            "ACTIONS_RUNTIME_URL": "http://127.0.0.1:9/",
            "CI": "true",
            "GIT_DIR": "/nowhere",
            "GITHUB_ACTION": "__acme_pipelayer",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "octocat",
            "GITHUB_ACTOR_ID": "583231",
            "GITHUB_BASE_REF": "main" if event == "pull_request" else "",
            "GITHUB_ENV": str(runner / "set_env"),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(runner / "event.json"),
            "GITHUB_HEAD_REF": "change" if event == "pull_request" else "",
            "GITHUB_JOB": "pipelines",
            "GITHUB_OUTPUT": str(runner / "set_output"),
            "GITHUB_PATH": str(runner / "add_path"),
            "GITHUB_REF": ref,
            "GITHUB_REF_NAME": ref.removeprefix("refs/heads/").removeprefix("refs/pull/"),
            "GITHUB_REF_PROTECTED": "false",
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REPOSITORY_ID": "1296269",
            "GITHUB_REPOSITORY_OWNER": REPOSITORY.partition("/")[0],
            "GITHUB_RETENTION_DAYS": "90",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": str(1000 + self.jobs),
            "GITHUB_RUN_NUMBER": str(self.jobs),
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": sha,
            "GITHUB_STATE": str(runner / "save_state"),
            "GITHUB_STEP_SUMMARY": str(runner / "step_summary"),
            "GITHUB_TRIGGERING_ACTOR": "octocat",
            "GITHUB_WORKFLOW": "Pipelines",
            "GITHUB_WORKSPACE": str(workspace),
            "HOME": str(runner / "home"),
            "LD_LIBRARY_PATH": str(hostile),
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONHOME": "/nowhere",
            "PYTHONPATH": str(hostile),
            "PKG_CONFIG_PATH": str(hostile),
            "RUNNER_ARCH": "X64",
            "RUNNER_NAME": "a runner",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(runner),
            "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",
            "SHOP_DEV_PASSWORD": "a-secret-of-the-shop",
            "pythonLocation": str(hostile),
            **self.environ,
        }

    def _workspace(self) -> Path:
        return self.folder / "jobs" / str(self.jobs + 1) / "workspace"
