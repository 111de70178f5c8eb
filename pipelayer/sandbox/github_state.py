"""What the stand-in for GitHub knows: users, tokens, commits, pull requests, comments, faults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ACTIONS_BOT = "github-actions[bot]"


@dataclass(frozen=True)
class Token:
    """Whom a token speaks for. An installation's (`GITHUB_TOKEN`) is no user's: `GET /user` is refused."""

    login: str = ACTIONS_BOT
    read_only: bool = False
    installation: bool = True
    revoked: bool = False


@dataclass(frozen=True)
class Commit:
    """One commit; `parents` are full ids."""

    sha: str
    parents: tuple[str, ...]
    message: str
    at: datetime


@dataclass
class Comment:
    """One comment on a pull request or an issue. `minimized` is the classifier in lower case, empty while it
    is shown.
    """

    id: int
    number: int
    login: str
    body: str
    created: datetime
    updated: datetime
    minimized: str = ""


@dataclass
class Pull:
    """One pull request; `commits` are the ids on its branch, oldest first."""

    number: int
    title: str
    login: str
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    created: datetime
    commits: tuple[str, ...] = ()
    from_fork: bool = False
    merge_commit_sha: str = ""
    merged_at: datetime | None = None
    closed_at: datetime | None = None

    def introduces(self, sha: str) -> bool:
        """Whether this commit came in through the pull request."""
        return sha in {self.merge_commit_sha, self.head_sha, *self.commits}


@dataclass
class Issue:
    """One issue. `reason` is why it was closed or opened again, empty where nobody did so."""

    number: int
    id: int
    title: str
    body: str
    login: str
    created: datetime
    updated: datetime
    is_open: bool = True
    reason: str = ""
    locked: bool = False
    labels: tuple[str, ...] = ()
    closed_at: datetime | None = None

    def change(
        self,
        at: datetime,
        *,
        title: str | None = None,
        body: str | None = None,
        is_open: bool | None = None,
        reason: str = "",
    ) -> None:
        """Changes what is given. A reason counts only where the state changes."""
        self.updated = at
        self.title = self.title if title is None else title
        self.body = self.body if body is None else body
        if is_open is not None and is_open != self.is_open:
            self.is_open = is_open
            self.closed_at = None if is_open else at
            self.reason = reason or ("reopened" if is_open else "completed")


@dataclass
class Repository:
    """One repository, in memory. `branches` maps a branch to the commit at its tip."""

    owner: str
    name: str
    id: int
    default_branch: str
    created: datetime
    private: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    has_issues: bool = True

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def next_number(self) -> int:
        """The number of the next pull request or issue: they share them."""
        return max((*self.pulls, *self.issues), default=0) + 1

    def resolve(self, ref: str) -> str | None:
        """The commit that a branch, a full reference, an id or a unique prefix of one names."""
        branch = ref.removeprefix("refs/heads/").removeprefix("heads/")
        if branch in self.branches:
            return self.branches[branch]
        if ref in self.commits:
            return ref
        if re.fullmatch("[0-9a-f]{7,}", ref):
            found = [sha for sha in self.commits if sha.startswith(ref)]
            return found[0] if len(found) == 1 else None
        return None

    def ancestors(self, sha: str) -> list[str]:
        """The commit and all that it builds on, as far as they are known, nearest first."""
        seen: dict[str, None] = {}
        queue = [sha]
        while queue:
            current = queue.pop(0)
            if current not in seen and current in self.commits:
                seen[current] = None
                queue.extend(self.commits[current].parents)
        return list(seen)

    def comments_of(self, number: int) -> list[Comment]:
        """A pull request's or an issue's comments by id: GitHub sorts them so whatever is asked for."""
        return sorted((c for c in self.comments.values() if c.number == number), key=lambda c: c.id)


@dataclass
class Fault:
    """An answer that replaces the real one for some requests.

    `path` is a pattern of `re.fullmatch` for the path below the API's root. The first `skip` matching
    requests pass, the next `times` get `status`. With `after` the request takes effect first, and the client
    can't know.
    """

    method: str
    path: str
    status: int
    skip: int = 0
    times: int = 1
    after: bool = False
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def strikes(self, method: str, path: str) -> bool:
        """Whether this request gets the fault; counts it."""
        if self.times <= 0 or method != self.method or not re.fullmatch(self.path, path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(frozen=True)
class Call:
    """One request as answered. `login` is empty where the token was refused; `operation`: a GraphQL field."""

    method: str
    path: str
    query: str
    status: int
    login: str
    operation: str = ""
