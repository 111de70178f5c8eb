"""Which pull requests a push brought to its branch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipelayer.github.trouble import wait_in_line

_MOST_COMMITS = 20
"""A push of more commits than this is looked at from its tip: each commit costs a request."""


@dataclass(frozen=True)
class PullRequest:
    """A pull request: its number, the branch it goes to, and the commit that brought it there."""

    number: int
    base: str
    merge_commit: str
    merged: bool


class PullRequests(Protocol):
    """Where pull requests are looked up. May raise ApiError."""

    def of_commit(self, sha: str) -> Sequence[PullRequest]:
        """The pull requests that GitHub associates with a commit."""
        ...


def merged_pull_requests(
    pulls: PullRequests,
    sha: str,
    branch: str,
    *,
    commits: Sequence[str] = (),
    sleep: Callable[[float], None],
) -> tuple[int, ...]:
    """The numbers of the pull requests that a push of `sha` merged into `branch`, in rising order.

    `commits` are those of the push, oldest first: a merge queue brings several pull requests at once. GitHub
    may learn of a merge a moment late, so an empty first answer is asked for again once. A direct push has
    none. A rate limit is waited for within bounds. May raise ApiError.
    """

    def of(commit: str) -> set[int]:
        return _chosen(wait_in_line(lambda: pulls.of_commit(commit), sleep), commit, branch)

    found = of(sha)
    if not found:
        sleep(2.0)
        found = of(sha)
    others = [commit for commit in commits if commit != sha][-_MOST_COMMITS:]
    for commit in others:
        found |= of(commit)
    return tuple(sorted(found))


def _chosen(candidates: Sequence[PullRequest], sha: str, branch: str) -> set[int]:
    """Of the merged ones those that this very commit merged, else those that went to the branch."""
    merged = [pull for pull in candidates if pull.merged]
    exact = {pull.number for pull in merged if pull.merge_commit == sha}
    return exact or {pull.number for pull in merged if pull.base == branch}
