"""How git is run: a list of arguments, an allow-listed environment, nothing that a repository could execute.

Once `safe.directory` names a checkout, its `.git/config` is trusted by git, and an earlier step of the job
may have written to it. So whatever git would run because a configuration says so is switched off for each
process through `GIT_CONFIG_COUNT`, which outranks every file and leaves no trace (github.com/git/git,
Documentation/git-config.txt).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pipelayer.errors import GitError

LOCAL_SECONDS = 120.0
REMOTE_SECONDS = 600.0
TIP_SECONDS = 90.0
"""More than git itself waits for a server that sends nothing (http.lowSpeedTime), which is then asked again.
"""

ATTEMPTS = 3
PAUSE_SECONDS = 2.0

T = TypeVar("T")

# Where the network is, whom to trust, and the agent that holds a person's keys.
# GIT_TEST_ASSUME_DIFFERENT_OWNER is git's own switch for its tests and ours; it can only make git stricter.
_PASSED_ON = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSH_AUTH_SOCK",
    "TMPDIR",
    "GIT_TEST_ASSUME_DIFFERENT_OWNER",
)

_FIXED = {
    "HOME": os.devnull,
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
}

# (name, value), in git's own spelling of names. Whatever names a program, and what starts background work.
_SETTINGS = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.alternateRefsCommand", "true"),
    ("core.pager", "cat"),
    ("credential.helper", ""),
    ("protocol.ext.allow", "never"),
    ("fetch.recurseSubmodules", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
)

# In a partial clone git fetches by itself what it lacks, even a commit that it was only asked about.
NO_PROTOCOLS = "none"
ALL_PROTOCOLS = "file:http:https:ssh"
NETWORK_PROTOCOLS = "http:https:ssh"

# The program that a remote on this machine is asked with. Of several values git takes the first, so that no
# setting of ours outranks it.
_PROGRAM = re.compile(r"remote\..+\.uploadpack", re.DOTALL)

_HINTS = (
    ("dubious ownership", "The checkout belongs to another user; name its folder in git's safe.directory."),
    ("not our ref", "The commit is gone from the server, as after a forced push or a deleted branch."),
    ("couldn't find remote ref", "The server has no such branch or commit."),
    ("remote error", "The server refused; see its words above."),
    ("authentication failed", "Give a `github-token` that may read the repository's contents."),
    ("could not read username", "Give a `github-token` that may read the repository's contents."),
    ("duplicate header", "Another step left a second token in the checkout's git configuration; remove it."),
    ("permission denied (publickey", "Give a `github-token`, or fetch the commit yourself first."),
    (
        "returned error: 30",
        "The server sends elsewhere, where the token may not go: correct the address of `origin`.",
    ),
    ("could not resolve host", "The server can't be reached; look at the network and the proxy settings."),
    (
        "unable to access",
        "The server can't be reached or refuses: look at the network and `github-token`.",
    ),
    ("' not allowed", "For safety only http, https, ssh and, with git's own programs, file are used."),
    ("bad object", "The clone lacks this commit; fetch it first."),
    ("no space left", "The disk is full."),
)

_DEFINITE = (
    "not our ref",
    "couldn't find remote ref",
    "authentication failed",
    "could not read username",
    "returned error: 30",
    "returned error: 40",
    "permission denied (publickey",
    "does not appear to be a git repository",
    "' not allowed",
)
_ASKING = frozenset({"fetch", "ls-remote"})
_LAZY = "promisor remote"
"""What any command says where a partial clone's server did not give what was missing."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_USERINFO = re.compile(r"(\w://)[^/@\s]+@")


class Unsettled(GitError):
    """A failure that may be gone when it is tried again: nothing in git's words says that it is final."""


def patiently(act: Callable[[], T], pause: Callable[[float], None]) -> T:
    """What `act` gives, tried up to three times where it asks a server.

    Raises GitError where it stays Unsettled, or at once where trying again can't help.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return act()
        except Unsettled:
            pause(PAUSE_SECONDS * attempt)
    return act()


@dataclass(frozen=True)
class Result:
    """What one git process left: its exit code and both streams."""

    code: int
    out: bytes
    err: str


@dataclass(frozen=True)
class Git:
    """Runs git in one directory. `settings` are added to the fixed ones, later ones winning.

    `protocols` are the transports that git may use, as GIT_ALLOW_PROTOCOL lists them.
    """

    directory: Path
    environ: Mapping[str, str] = field(repr=False)
    settings: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    protocols: str = ALL_PROTOCOLS

    def with_settings(self, settings: Iterable[tuple[str, str]]) -> Git:
        """The same with more configuration.

        A secret in it reaches git's environment only, never its arguments.
        """
        return replace(self, settings=(*self.settings, *settings))

    def command(self, *arguments: str) -> list[str]:
        """The arguments of a process, git's own path first. Raises GitError where there is no git."""
        path = shutil.which("git", path=_search_path(self.environ))
        if path is None:
            raise GitError("git is not installed", "Install git 2.36 or newer, and see that PATH has it.")
        return [path, "--no-pager", *arguments]

    def environment(self) -> dict[str, str]:
        """All that a git process sees of the environment."""
        environment = {name: self.environ[name] for name in _PASSED_ON if name in self.environ}
        environment |= _FIXED
        environment["GIT_ALLOW_PROTOCOL"] = self.protocols
        environment["PATH"] = _search_path(self.environ)
        environment["GIT_CEILING_DIRECTORIES"] = str(self.directory.parent)
        settings = (*_SETTINGS, ("safe.directory", str(self.directory)), *self.settings)
        environment["GIT_CONFIG_COUNT"] = str(len(settings))
        for number, (name, value) in enumerate(settings):
            environment[f"GIT_CONFIG_KEY_{number}"] = name
            environment[f"GIT_CONFIG_VALUE_{number}"] = value
        return environment

    def run(self, *arguments: str, seconds: float = LOCAL_SECONDS, given: bytes = b"") -> Result:
        """Runs git to its end, with `given` on its standard input. Raises GitError where it can't be started
        or takes longer than `seconds`.
        """
        command = self.command(*arguments)
        try:
            done = subprocess.run(
                command,
                cwd=self.directory,
                env=self.environment(),
                input=given,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise GitError(
                f"`git {arguments[0]}` took longer than {seconds:g} seconds", "Try again."
            ) from None
        except OSError as problem:
            raise GitError(f"git can't be run in {self.directory}: {problem.strerror}") from None
        return Result(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))

    def output(self, *arguments: str, seconds: float = LOCAL_SECONDS, given: bytes = b"") -> bytes:
        """What git prints. Raises GitError where it fails."""
        result = self.run(*arguments, seconds=seconds, given=given)
        if result.code != 0:
            raise failure(arguments[0], result.err)
        return result.out


def _search_path(environ: Mapping[str, str]) -> str:
    """PATH without relative entries: with one, a checkout could bring its own git."""
    entries = environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if os.path.isabs(entry)) or os.defpath


def failure(verb: str, stderr: str) -> GitError:
    """Git's complaint as one line without control characters or passwords, with what to do about it."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
    fatal = list({line.rpartition(": ")[2]: line for line in fatal}.values())  # git says some things twice
    words = _USERINFO.sub(r"\1***@", _CONTROL.sub(" ", "; ".join(fatal[:3] or lines[-1:])))[:500]
    lowered = stderr.lower()
    hint = next((hint for sign, hint in _HINTS if sign in lowered), "")
    asked = verb in _ASKING or _LAZY in lowered
    kind = Unsettled if asked and not any(sign in lowered for sign in _DEFINITE) else GitError
    return kind(f"`git {verb}` failed: {words or 'it gave no reason'}", hint)


def guarded(git: Git, names: Collection[str]) -> Git:
    """`git` for a repository that configures `names`, some of which may lead past the general settings."""
    return replace(git, protocols=NETWORK_PROTOCOLS) if any(map(_PROGRAM.fullmatch, names)) else git
