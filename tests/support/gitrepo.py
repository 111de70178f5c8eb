"""Real repositories for tests: a work tree to commit in, a bare server to fetch from, and checkouts as CI
makes them.

    server = make_server(tmp_path / "server.git")
    work = make_repo(tmp_path / "work", origin=server.url)
    first = work.commit({"a/values.json": "{}"})            # str or bytes; None deletes; Link, Executable
    work.push("main")
    clone = checkout_like_actions(tmp_path / "ws", server.url, first, "refs/remotes/origin/main")

Nothing here reads the configuration of the user who runs the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "A Person",
    "GIT_AUTHOR_EMAIL": "person@example.com",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+00:00",
    "GIT_COMMITTER_NAME": "A Person",
    "GIT_COMMITTER_EMAIL": "person@example.com",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05+00:00",
}


@dataclass(frozen=True)
class Link:
    """A symbolic link, as a file's content."""

    target: str


@dataclass(frozen=True)
class Executable:
    """A file with its executable bit set."""

    content: str


@dataclass(frozen=True)
class Submodule:
    """A submodule's pointer: only in the index, nothing on disk."""

    commit: str


Content = str | bytes | Link | Executable | Submodule | None


def git_environment() -> dict[str, str]:
    """An environment in which git reads no configuration but the repository's."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        **IDENTITY,
    }


def git(directory: Path | str, *arguments: str | bytes, given: bytes = b"") -> str:
    """Runs git and gives what it prints, without the last newline. A failure shows git's words."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env=git_environment(),
        input=given,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


@dataclass(frozen=True)
class Server:
    """A bare repository that serves any commit by its id, as GitHub does."""

    path: Path

    @property
    def url(self) -> str:
        """Its address for git."""
        return self.path.as_uri()


@dataclass(frozen=True)
class Work:
    """A repository with a work tree, on the branch `main`."""

    path: Path

    def git(self, *arguments: str | bytes, given: bytes = b"") -> str:
        """Runs git in it."""
        return git(self.path, *arguments, given=given)

    def write(self, files: Mapping[str, Content]) -> None:
        """Writes files to disk, by path with `/`; None deletes, and a file takes the place of what is left of
        a folder. Paths may hold surrogate-escaped bytes.
        """
        for name in files:
            path = self.path / name
            if path.is_symlink() or path.is_file():
                path.unlink()
        for name, content in files.items():
            path = self.path / name
            if content is None or isinstance(content, Submodule):
                continue
            if path.is_dir():
                shutil.rmtree(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            match content:
                case Link(target):
                    path.symlink_to(target)
                case Executable(text):
                    path.write_text(text)
                    path.chmod(0o755)
                case bytes():
                    path.write_bytes(content)
                case _:
                    path.write_text(content)

    def commit(self, files: Mapping[str, Content] | None = None, message: str = "change") -> str:
        """Writes files, commits all that differs, and gives the commit's full id."""
        files = files or {}
        self.write(files)
        gone = [name for name, content in files.items() if content is None]
        if gone:  # what stood for a submodule isn't taken for gone when its folder holds files
            self.git(
                "--literal-pathspecs", "rm", "--quiet", "-r", "--cached", "--ignore-unmatch", "--", *gone
            )
        self.git("add", "--all")
        for name, content in files.items():
            if isinstance(content, Submodule):
                self.git("update-index", "--add", "--cacheinfo", f"160000,{content.commit},{name}")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
        return self.head()

    def merge(self, branch: str) -> str:
        """Merges with a merge commit of its own, also where it need not; gives its id."""
        self.git("merge", "--quiet", "--no-ff", "--no-edit", branch)
        return self.head()

    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def push(self, *refspecs: str) -> None:
        """Pushes to `origin`, by force."""
        self.git("push", "--quiet", "--force", "origin", *refspecs)


def make_repo(path: Path, *, origin: str = "", object_format: str = "sha1") -> Work:
    """An empty repository on `main`."""
    path.mkdir(parents=True, exist_ok=True)
    git(path, "init", "--quiet", f"--object-format={object_format}", "--initial-branch=main", ".")
    if origin:
        git(path, "remote", "add", "origin", origin)
    return Work(path)


def make_server(path: Path, *, object_format: str = "sha1") -> Server:
    """An empty bare repository that serves any commit by its id, and partial clones too."""
    path.mkdir(parents=True, exist_ok=True)
    git(path, "init", "--quiet", "--bare", f"--object-format={object_format}", "--initial-branch=main", ".")
    git(path, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(path, "config", "uploadpack.allowFilter", "true")
    git(path, "config", "http.receivepack", "true")
    return Server(path)


def checkout_like_actions(
    path: Path,
    url: str,
    commit: str,
    ref: str = "refs/remotes/origin/main",
    *,
    depth: int = 1,
    extra_fetch: tuple[str, ...] = (),
    sparse: tuple[str, ...] = (),
) -> Work:
    """A workspace by the commands that actions/checkout runs: a detached head, or the branch that `ref`
    tracks.

    `ref` is where the commit is put: `refs/remotes/pull/1/merge` for a pull request. `depth=0` fetches all
    history and every branch. `extra_fetch` is for `--filter=blob:none`; `sparse` names the folders of a
    sparse checkout.
    """
    path.mkdir(parents=True, exist_ok=True)
    algorithm = "sha256" if len(commit) == 64 else "sha1"
    git(path, "init", "--quiet", f"--object-format={algorithm}", str(path))
    git(path, "remote", "add", "origin", url)
    git(path, "config", "--local", "gc.auto", "0")
    options = [
        "-c",
        "protocol.version=2",
        "fetch",
        "--quiet",
        "--prune",
        "--no-recurse-submodules",
        *extra_fetch,
    ]
    if depth:
        options += ["--no-tags", f"--depth={depth}", "origin", f"+{commit}:{ref}"]
    else:
        options += ["--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"]
        there = ref.startswith(("refs/remotes/origin/", "refs/tags/"))
        options += [] if there else [f"+{commit}:{ref}"]
    git(path, *options)
    if not depth and not ref.startswith("refs/tags/") and git(path, "rev-parse", ref) != commit:
        # The branch has moved on since: checkout then asks for the commit of the event itself.
        git(path, "fetch", "--quiet", "--no-recurse-submodules", "origin", f"+{commit}:{ref}")
    if sparse:
        git(path, "sparse-checkout", "set", *sparse)
    if ref.startswith("refs/remotes/origin/"):
        branch = ref.removeprefix("refs/remotes/origin/")
        git(path, "checkout", "--quiet", "--force", "-B", branch, ref)
    else:
        git(path, "checkout", "--quiet", "--force", ref)
    return Work(path)
