"""Jobs as GitHub runs them: a checkout of one commit, the runner's environment, `python -I entrypoint.py`.

    with Story.begin(tmp_path) as story:
        first = story.work.commit(...)
        job = story.push(first)                       # what a push to main starts
        job = story.pull_request(story.open_pull({"a/values.json": "…"}))
        assert job.code == 0 and job.outputs["result"] == "success"

AWS and GitHub are the sandbox, git is a real bare repository.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml

from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.github import GitHubSandbox
from pipelayer.sandbox.settings import Settings
from support.gitrepo import Content, Work, checkout_like_actions, make_repo, make_server
from support.job import Job, Started
from support.steps import step_environment

ROOT = Path(__file__).parents[2]
NIGHTLY = ROOT / "examples" / "nightly"
REPOSITORY = "acme/nightly"
TOKEN = "ghs_0123456789abcdefghijABCDEFGHIJ456789"
ACCOUNT = "111122223333"
REGION = "us-west-2"
NOTHING = "0" * 40
_INPUTS = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]


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
    stdout: int = subprocess.PIPE
    """Where the log goes; as it is, to the job."""
    jobs: int = 0

    @classmethod
    @contextmanager
    def begin(cls, folder: Path, *, nightly: bool = True, **more: Any) -> Iterator[Self]:
        """The example project in a repository (or an empty one), and nothing in AWS but its bucket. `more`
        are the fields that a kind of story adds.
        """
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
            yield cls(folder, sandbox, github, work, bare.url, **more)

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

    def look(self, commit: str, event: str = "schedule", ref: str = "refs/heads/main", **inputs: str) -> Job:
        """Runs what a schedule starts that looks how the pipelines are."""
        with self.looking(commit, event, ref, **inputs) as started:
            return started.ended()

    def looking(
        self, commit: str, event: str = "schedule", ref: str = "refs/heads/main", **inputs: str
    ) -> AbstractContextManager[Started]:
        """The same, under way."""
        workspace = self._workspace()
        checkout_like_actions(workspace, self.url, commit)
        payload = {"schedule": "17 6 * * *"} if event == "schedule" else {}
        return self.started(workspace, event, payload, commit, ref, command="status", **inputs)

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
        with self.started(workspace, event, payload, sha, ref, **inputs) as started:
            return started.ended()

    @contextmanager
    def started(
        self,
        workspace: Path,
        event: str,
        payload: Mapping[str, object],
        sha: str,
        ref: str,
        **inputs: str,
    ) -> Iterator[Started]:
        """The action under way in a workspace as it is."""
        environ = self.environment(workspace, event, payload, sha, ref, **inputs)
        with subprocess.Popen(
            self.command(), cwd=workspace, env=environ, stdout=self.stdout, stderr=subprocess.PIPE
        ) as process:
            try:
                yield Started(workspace, process)
            finally:
                process.kill()

    def command(self) -> list[str]:
        """How the container starts it."""
        return [sys.executable, "-I", str(ROOT / "entrypoint.py")]

    def environment(
        self,
        workspace: Path,
        event: str,
        payload: Mapping[str, object],
        sha: str,
        ref: str,
        **inputs: str,
    ) -> dict[str, str]:
        """Lays out the runner's files; gives the step's environment."""
        runner = workspace.parent
        for name in ("set_output", "step_summary"):
            (runner / name).touch()
        (runner / "home").mkdir(exist_ok=True)
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
            **step_environment(workspace, REPOSITORY, event, sha, ref, self.jobs),
            "SHOP_DEV_PASSWORD": "a-secret-of-the-shop",
            **self.environ,
        }

    def _workspace(self) -> Path:
        return self.folder / "jobs" / str(self.jobs + 1) / "workspace"
