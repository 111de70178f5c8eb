"""What the stand-in for GitHub holds: how a test sets the stage, and reads what happened."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime

from pipelayer.sandbox.github_state import (
    ACTIONS_BOT,
    Call,
    Comment,
    Commit,
    Fault,
    Issue,
    Pull,
    Repository,
    Token,
)
from pipelayer.sandbox.github_words import valid_full_name


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Stage:
    """Repositories, tokens, faults and the requests so far. Every method takes the lock."""

    def __init__(self, *, web: str = "https://github.com", clock: Callable[[], datetime] = _utc_now) -> None:
        self._lock = threading.RLock()
        self._web = web
        self._clock = clock
        self._repositories: dict[str, Repository] = {}
        self._tokens: dict[str, Token] = {}
        self._faults: list[Fault] = []
        self._calls: list[Call] = []
        self._last_id = 1000

    # ---- setting the stage

    def add_repository(
        self, repository: str, *, default_branch: str = "main", private: bool = False
    ) -> Repository:
        """A repository `owner/name` without commits."""
        if not valid_full_name(repository):
            raise ValueError(f"not owner/name: {repository!r}")
        owner, name = repository.split("/")
        with self._lock:
            repo = Repository(owner, name, self._next_id(), default_branch, self._clock(), private)
            self._repositories[repository.lower()] = repo
            return repo

    def add_commit(
        self, repository: str, sha: str, *, parents: Iterable[str] = (), message: str = "", branch: str = ""
    ) -> Commit:
        """A commit, which becomes the tip of `branch` if one is named."""
        with self._lock:
            repo = self._repository(repository)
            commit = repo.commits[sha] = Commit(sha, tuple(parents), message, self._clock())
            if branch:
                repo.branches[branch] = sha
            return commit

    def add_pull(
        self,
        repository: str,
        *,
        head_ref: str,
        head_sha: str,
        base_ref: str = "",
        base_sha: str = "",
        title: str = "A change",
        login: str = "octocat",
        commits: Iterable[str] = (),
        from_fork: bool = False,
    ) -> Pull:
        """An open pull request. Without a base it goes to the default branch as that stands."""
        with self._lock:
            repo = self._repository(repository)
            number = repo.next_number()
            base_ref = base_ref or repo.default_branch
            base_sha = base_sha or repo.branches.get(base_ref, "0" * 40)
            pull = Pull(number, title, login, head_ref, head_sha, base_ref, base_sha, self._clock())
            pull.from_fork = from_fork
            repo.pulls[number] = pull
            self._move_head(repo, pull, head_sha, commits)
            return pull

    def push_to_pull(self, repository: str, number: int, sha: str, *, commits: Iterable[str] = ()) -> None:
        """A new head for an open pull request."""
        with self._lock:
            repo = self._repository(repository)
            self._move_head(repo, repo.pulls[number], sha, commits)

    def merge_pull(self, repository: str, number: int, sha: str) -> None:
        """Merges: `sha` is the commit that brings it to its base branch, which moves there."""
        with self._lock:
            repo = self._repository(repository)
            pull = repo.pulls[number]
            pull.merge_commit_sha = sha
            pull.merged_at = pull.closed_at = self._clock()
            tip = repo.branches.get(pull.base_ref)
            parents = tuple(parent for parent in (tip, pull.head_sha) if parent)
            repo.commits.setdefault(sha, Commit(sha, parents, f"Merge pull request #{number}", self._clock()))
            repo.branches[pull.base_ref] = sha

    def add_issue(self, repository: str, *, title: str, body: str = "", login: str = "octocat") -> Issue:
        """An open issue by anybody, without a request. Issues and pull requests share their numbers."""
        with self._lock:
            repo = self._repository(repository)
            now = self._clock()
            issue = Issue(repo.next_number(), self._next_id(), title, body, login, now, now)
            repo.issues[issue.number] = issue
            return replace(issue)

    def set_issue(
        self,
        repository: str,
        number: int,
        *,
        is_open: bool | None = None,
        locked: bool | None = None,
        body: str | None = None,
    ) -> None:
        """What a person does to an issue."""
        with self._lock:
            issue = self._repository(repository).issues[number]
            issue.locked = issue.locked if locked is None else locked
            issue.change(self._clock(), body=body, is_open=is_open)

    def remove_issue(self, repository: str, number: int) -> None:
        """Deletes an issue, or moves it where the token can't see it."""
        with self._lock:
            del self._repository(repository).issues[number]

    def switch_issues(self, repository: str, *, on: bool) -> None:
        """Whether the repository has issues."""
        with self._lock:
            self._repository(repository).has_issues = on

    def add_comment(self, repository: str, number: int, login: str, body: str) -> Comment:
        """A comment by anybody, on a pull request or an issue, without a request."""
        with self._lock:
            repo = self._repository(repository)
            now = self._clock()
            known = repo.pulls.get(number) or repo.issues[number]
            comment = Comment(self._next_id(), known.number, login, body, now, now)
            repo.comments[comment.id] = comment
            return comment

    def add_token(
        self,
        token: str,
        *,
        login: str = ACTIONS_BOT,
        read_only: bool = False,
        installation: bool | None = None,
        revoked: bool = False,
    ) -> None:
        """Whom a token speaks for. Unless said otherwise a bot's token is an installation's."""
        owned = login.endswith("[bot]") if installation is None else installation
        with self._lock:
            self._tokens[token] = Token(login, read_only, owned, revoked)

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        *,
        skip: int = 0,
        times: int = 1,
        after: bool = False,
        message: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The next requests to `path` (a regular expression, below the root) get `status`.

        `skip` matching requests pass first. With `after` the request takes effect, only its answer is lost.
        """
        with self._lock:
            fault = Fault(method.upper(), path, status, skip, times, after, message, headers or {})
            self._faults.append(fault)

    # ---- reading what happened

    def comments(self, repository: str, number: int) -> tuple[Comment, ...]:
        """The comments of a pull request or an issue as they are now, oldest first."""
        with self._lock:
            return tuple(Comment(**asdict(c)) for c in self._repository(repository).comments_of(number))

    def issues(self, repository: str) -> tuple[Issue, ...]:
        """The issues as they are now, oldest first, without pull requests."""
        with self._lock:
            return tuple(replace(issue) for _, issue in sorted(self._repository(repository).issues.items()))

    def calls(self) -> tuple[Call, ...]:
        """Every request to the API so far, in order."""
        with self._lock:
            return tuple(self._calls)

    def clear_calls(self) -> None:
        """Forgets the requests so far."""
        with self._lock:
            self._calls.clear()

    def clear_faults(self) -> None:
        """Lifts every fault that has not struck yet."""
        with self._lock:
            self._faults.clear()

    def _repository(self, full_name: str) -> Repository:
        return self._repositories[full_name.lower()]

    def _move_head(self, repo: Repository, pull: Pull, sha: str, commits: Iterable[str]) -> None:
        pull.head_sha = sha
        pull.commits = tuple(commits) or tuple(dict.fromkeys((*pull.commits, sha)))
        for known in (*pull.commits, pull.base_sha):
            repo.commits.setdefault(known, Commit(known, (), "", self._clock()))
        if not pull.from_fork:
            repo.branches[pull.head_ref] = sha

    def _next_id(self) -> int:
        with self._lock:
            self._last_id += 1
            return self._last_id
