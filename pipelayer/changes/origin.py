"""The remote `origin`: the one commit that a clone lacks, and where a branch stands now.

A token travels in the environment of the git process that needs it, in one header bound to its own server:
never in arguments, in an address, or in a file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence

from pipelayer.changes import remote
from pipelayer.changes.ids import is_commit_id
from pipelayer.changes.process import REMOTE_SECONDS, TIP_SECONDS, Git, patiently
from pipelayer.errors import GitError

URL = "remote.origin.url"
_PARTIAL = re.compile(r"extensions\.partialclone|remote\..+\.promisor", re.DOTALL)
_LEADS_ELSEWHERE = re.compile(
    r"http\.(?:.+\.)?(?:proxy|curloptresolve|followredirects|sslverify|sslcainfo|sslcapath)"
    r"|remote\..+\.proxy",
    re.DOTALL,
)
"""Settings by which a `.git/config` that an earlier step wrote to could have the token sent to a stranger."""

_NO_MORE = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
_PROGRAM = "--upload-pack=git-upload-pack"
"""Never the one that a configuration names."""


class Origin:
    """What is asked of `origin`. `token` is of the server at `address`, and is sent nowhere else."""

    def __init__(
        self,
        git: Git,
        config: Mapping[str, str],
        *,
        token: str,
        address: str,
        pause: Callable[[float], None],
    ) -> None:
        self.url = config.get(URL, "")
        self.is_partial = any(map(_PARTIAL.fullmatch, config))
        self._git = git
        self._config = config
        self._token = token
        self._address = address
        self._pause = pause

    def fetch(self, commit: str, *, depth: int) -> None:
        """Fetches one commit: no tags, no submodules, and no more history than `depth`; 0 means all of it.

        Raises GitError where it can't be had: gone from the server, or no answer in three attempts.
        """
        if not is_commit_id(commit):
            raise GitError(f"{commit!r} is no full commit id", "Only full ids can be fetched.")
        self._ask("fetch", *_NO_MORE, *([f"--depth={depth}"] if depth else []), what=(commit,))

    def fetch_blobs(self, ids: Sequence[str]) -> None:
        """Fetches the content of files into a partial clone, all at once, and nothing beside it.

        As git does it by itself for one: without telling the server what is here. Raises GitError.
        """
        git = self.for_reading().with_settings((("fetch.negotiationAlgorithm", "noop"),))
        given = "\n".join(ids).encode("ascii")
        arguments = ("fetch", *_NO_MORE, "--filter=blob:none", "--stdin", _PROGRAM, "origin")
        patiently(lambda: git.output(*arguments, seconds=REMOTE_SECONDS, given=given), self._pause)

    def tip(self, branch: str) -> str | None:
        """The commit that `branch` is at now, None where the server has no such branch."""
        name = f"refs/heads/{branch}"
        return self._listed(name).get(name)

    def _listed(self, *names: str) -> dict[str, str]:
        answer = self._ask("ls-remote", "--quiet", what=names, seconds=TIP_SECONDS)
        lines = answer.decode("utf-8", "surrogateescape").splitlines()
        found = {ref: commit for commit, _, ref in (line.partition("\t") for line in lines)}
        return {ref: commit for ref, commit in found.items() if ref in names and is_commit_id(commit)}

    def for_reading(self) -> Git:
        """How objects are read. In a partial clone git itself fetches what is missing: with the token."""
        place = self._takes_token() if self.is_partial else None
        if place is None or self._led_elsewhere():
            return self._git
        # It goes to the address that is configured, which may be one that takes an ssh key.
        return self._with_token().with_settings(((f"url.{place}.insteadOf", self.url),))

    def find(self, name: str) -> str | None:
        """The commit of a branch, else of a tag, of that name; None where the server has neither."""
        branch, tag = f"refs/heads/{name}", f"refs/tags/{name}"
        found = self._listed(branch, tag, f"{tag}^{{}}")
        return found.get(branch) or found.get(f"{tag}^{{}}") or found.get(tag)

    def _ask(self, verb: str, *options: str, what: Sequence[str], seconds: float = REMOTE_SECONDS) -> bytes:
        if not self.url:
            raise GitError("the repository has no remote `origin`", "Add one, or fetch the commit yourself.")
        git, place = self._git, "origin"
        with_token = self._takes_token()
        if with_token is not None:
            git = self._with_token()
            place = "origin" if with_token == self.url else with_token
        arguments = (verb, *options, _PROGRAM, "--", place, *what)
        return patiently(lambda: git.output(*arguments, seconds=seconds), self._pause)

    def _takes_token(self) -> str | None:
        """The address that the token may be sent to, None where there is none."""
        return remote.token_address(self.url, self._address) if self._token else None

    def _led_elsewhere(self) -> str:
        """The setting by which the token could get to a stranger, `""` where there is none."""
        return next(filter(_LEADS_ELSEWHERE.fullmatch, self._config), "")

    def _with_token(self) -> Git:
        if name := self._led_elsewhere():
            raise GitError(
                f"the repository's own configuration sets {name!r}, which could lead the token elsewhere",
                "Remove it there: proxies and certificates are taken from the environment alone.",
            )
        return self._git.with_settings(remote.token_settings(self._address, self._token))


def configuration(git: Git) -> dict[str, str]:
    """The configuration that applies, the last value of each name.

    Raises GitError for a git that ignores ours.
    """
    config: dict[str, str] = {}
    for record in git.output("config", "--list", "-z").decode("utf-8", "surrogateescape").split("\0"):
        name, _, value = record.partition("\n")
        if name == URL:
            config.setdefault(name, value)  # of several addresses git fetches from the first
        elif name:
            config[name] = value
    if config.get("core.hookspath") != os.devnull:
        raise GitError(
            "this git is too old: it takes no configuration from its environment", "Install git 2.36."
        )
    return config
