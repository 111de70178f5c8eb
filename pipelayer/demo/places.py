"""The demo's git: a server's bare repository, a developer's clone, and the checkouts that a runner makes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}


def git(folder: Path, *arguments: str) -> str:
    """Runs git without anybody's configuration, and returns what it prints. Raises RuntimeError with git's
    own words.
    """
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **_IDENTITY,
    }
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


@dataclass(frozen=True)
class Places:
    """Folders below `home`: `server.git`, `work` and one checkout per run."""

    home: Path

    @property
    def work(self) -> Path:
        """The developer's clone."""
        return self.home / "work"

    @property
    def server(self) -> Path:
        """What everybody fetches from."""
        return self.home / "server.git"

    def begin(self) -> str:
        """A repository with the example project, pushed; returns its first commit."""
        shutil.copytree(example_project(), self.work)
        git(self.home, "init", "--quiet", "--bare", "--initial-branch=main", str(self.server))
        # As on GitHub, any commit can be fetched by its id.
        git(self.server, "config", "uploadpack.allowAnySHA1InWant", "true")
        git(self.work, "init", "--quiet", "--initial-branch=main")
        git(self.work, "remote", "add", "origin", self.server.as_uri())
        return self.commit("Three nightly pipelines")

    def commit(self, message: str, edits: Mapping[str, tuple[str, str]] | None = None) -> str:
        """Replaces a piece of text per file, commits and pushes; returns the commit."""
        for name, (before, after) in (edits or {}).items():
            path = self.work / name
            text = path.read_text(encoding="utf-8")
            if before not in text:
                raise RuntimeError(f"{name} no longer holds {before!r}")
            path.write_text(text.replace(before, after, 1), encoding="utf-8")
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "-m", message)
        git(self.work, "push", "--quiet", "origin", "HEAD")
        return git(self.work, "rev-parse", "HEAD")

    def branch(self, name: str) -> None:
        """Starts a branch."""
        git(self.work, "switch", "--quiet", "--create", name)

    def offer(self, number: int, branch: str) -> str:
        """The merge commit that GitHub makes for a pull request, under refs/pull/N/merge; returns it."""
        git(self.work, "switch", "--quiet", "--detach", "main")
        git(self.work, "merge", "--quiet", "--no-ff", "-m", f"Merge {branch} into main", branch)
        merge = git(self.work, "rev-parse", "HEAD")
        git(self.work, "push", "--quiet", "--force", "origin", f"HEAD:refs/pull/{number}/merge")
        git(self.work, "switch", "--quiet", branch)
        return merge

    def merge(self, branch: str, number: int) -> str:
        """Merges the pull request into main; returns the merge commit."""
        git(self.work, "switch", "--quiet", "main")
        git(
            self.work,
            "merge",
            "--quiet",
            "--no-ff",
            "-m",
            f"Merge pull request #{number} from {branch}",
            branch,
        )
        git(self.work, "push", "--quiet", "origin", "main")
        return git(self.work, "rev-parse", "HEAD")

    def checkout(self, name: str, commit: str, ref: str) -> Path:
        """A workspace as actions/checkout leaves it: one commit, no history."""
        folder = self.home / name
        folder.mkdir()
        git(folder, "init", "--quiet")
        git(folder, "remote", "add", "origin", self.server.as_uri())
        options = ("--quiet", "--no-tags", "--prune", "--no-recurse-submodules", "--depth=1")
        git(folder, "fetch", *options, "origin", f"+{commit}:{ref}")
        git(folder, "checkout", "--quiet", "--force", "--detach", ref)
        return folder


def example_project() -> Path:
    """The example project: packed with the package, or beside it in a checkout."""
    packed = Path(str(resources.files("pipelayer.demo") / "nightly"))
    return packed if packed.is_dir() else Path(__file__).parents[2] / "examples" / "nightly"
