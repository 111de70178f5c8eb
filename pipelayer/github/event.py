"""The event as typed facts, read from the runner's environment and the payload.

Pure but for `load_payload`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipelayer.changes.ids import is_commit_id
from pipelayer.errors import UsageError

_BRANCH = "refs/heads/"
_TAG = "refs/tags/"
_HINT = "The runner writes it for each job; look at GITHUB_EVENT_PATH and GITHUB_EVENT_NAME."


class EventName(StrEnum):
    """The events that are told apart (GitHub documentation, "Events that trigger workflows")."""

    PUSH = "push"
    PULL_REQUEST = "pull_request"
    PULL_REQUEST_TARGET = "pull_request_target"
    PULL_REQUEST_REVIEW = "pull_request_review"
    PULL_REQUEST_REVIEW_COMMENT = "pull_request_review_comment"
    MERGE_GROUP = "merge_group"
    WORKFLOW_DISPATCH = "workflow_dispatch"
    WORKFLOW_RUN = "workflow_run"
    SCHEDULE = "schedule"
    RELEASE = "release"
    REPOSITORY_DISPATCH = "repository_dispatch"
    OTHER = "other"


@dataclass(frozen=True)
class Push:
    """What a push changed. `before` and `after` are empty where `ref` did not exist before or after it. After
    a deletion the job itself runs on the default branch.
    """

    ref: str
    before: str
    after: str
    created: bool
    forced: bool
    deleted: bool


@dataclass(frozen=True)
class PullRequest:
    """The pull request. Its payload's `base.sha` is left out on purpose: it goes stale as the base moves on.

    `commits` is how many its branch has of its own, `merge_commit` the commit that merged it, empty before.
    `from_fork` is true where its head lies elsewhere, or in a repository that is gone; `head_repository` is
    that one's name, empty where it is gone.
    """

    number: int
    action: str
    head_sha: str
    head_ref: str
    base_ref: str
    from_fork: bool
    head_repository: str
    merged: bool
    merge_commit: str
    commits: int


@dataclass(frozen=True)
class MergeGroup:
    """A group of pull requests in the merge queue: the commit it starts from, and the one to be merged."""

    base_sha: str
    head_sha: str
    action: str


@dataclass(frozen=True)
class Event:
    """Why this job runs. `title` is the event's own name, also of those that are not told apart.

    `sha` and `ref` are what the runner says that the job is about, `default_branch` is empty where nothing
    tells it. Exactly one of `push`, `pull_request` and `merge_group` is there for the events that have one.
    """

    name: EventName
    title: str
    repository: str
    sha: str
    ref: str
    default_branch: str
    server_url: str
    run_id: str
    run_attempt: int
    actor: str
    push: Push | None = None
    pull_request: PullRequest | None = None
    merge_group: MergeGroup | None = None

    @property
    def branch(self) -> str:
        """The branch that the job runs on, empty for a tag or a pull request."""
        return self.ref.removeprefix(_BRANCH) if self.ref.startswith(_BRANCH) else ""

    @property
    def is_tag(self) -> bool:
        """Whether the job runs on a tag."""
        return self.ref.startswith(_TAG)

    @property
    def on_default_branch(self) -> bool:
        """Whether the job runs on the default branch."""
        return self.branch != "" and self.branch == self.default_branch


def load_payload(environ: Mapping[str, str]) -> dict[str, object]:
    """The event's payload from the file that GITHUB_EVENT_PATH names.

    Raises UsageError where it is missing, half written or no JSON object.
    """
    path = environ.get("GITHUB_EVENT_PATH", "")
    if not path:
        raise UsageError("GITHUB_EVENT_PATH is not set.", "Run this as a step of a GitHub workflow.")
    try:
        payload = json.loads(Path(path).read_bytes())
    except OSError as problem:
        raise UsageError(f"The event's payload can't be read: {problem.strerror}.", _HINT) from None
    except (ValueError, RecursionError):
        raise UsageError("The event's payload is no complete JSON.", _HINT) from None
    if not isinstance(payload, dict):
        raise UsageError("The event's payload is no JSON object.", _HINT)
    return payload


def read_event(environ: Mapping[str, str], payload: Mapping[str, object]) -> Event:
    """The event from the runner's environment and its payload.

    Raises UsageError for one that lacks what it needs.
    """
    title = _variable(environ, "GITHUB_EVENT_NAME")
    name = next((name for name in EventName if name == title), EventName.OTHER)
    sha, ref = _variable(environ, "GITHUB_SHA"), environ.get("GITHUB_REF", "")
    if name is EventName.PUSH and not ref and isinstance(payload.get("ref"), str):
        ref = str(payload["ref"])
    if not is_commit_id(sha):
        raise UsageError(f"GITHUB_SHA is no commit id: {sha[:80]!r}", _HINT)
    top = _Reader(payload, title)
    default_branch = _default_branch(top, name)
    if name is EventName.SCHEDULE and not default_branch:
        default_branch = ref.removeprefix(_BRANCH)  # schedules run on the default branch alone
    attempt = environ.get("GITHUB_RUN_ATTEMPT", "")
    return Event(
        name=name,
        title=title,
        repository=_variable(environ, "GITHUB_REPOSITORY"),
        sha=sha,
        ref=ref,
        default_branch=default_branch,
        server_url=environ.get("GITHUB_SERVER_URL") or "https://github.com",
        run_id=environ.get("GITHUB_RUN_ID", ""),
        run_attempt=int(attempt) if attempt.isascii() and attempt.isdigit() and len(attempt) < 10 else 1,
        actor=environ.get("GITHUB_ACTOR", ""),
        push=_push(top, ref) if name is EventName.PUSH else None,
        pull_request=_pull_request(top) if name.startswith("pull_request") else None,
        merge_group=_merge_group(top) if name is EventName.MERGE_GROUP else None,
    )


def _variable(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise UsageError(f"{name} is not set.", "Run this as a step of a GitHub workflow.")
    return value


@dataclass(frozen=True)
class _Reader:
    """Typed reads from one object of the payload; `path` names it in messages."""

    table: Mapping[str, object]
    path: str

    def _wrong(self, key: str, wanted: str) -> UsageError:
        return UsageError(f"The event's payload is incomplete: {self.path}.{key} is not {wanted}.", _HINT)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.table.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self._wrong(key, "a text")
        return value

    def commit(self, key: str) -> str:
        """A commit's id, empty for the all-zero one that means "none"."""
        value = self.text(key)
        if value and not value.strip("0") and len(value) in {40, 64}:
            return ""
        if not is_commit_id(value):
            raise self._wrong(key, "a commit id")
        return value

    def flag(self, key: str) -> bool:
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def number(self, key: str) -> int:
        value = self.table.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, "a number")
        return value

    def optional(self, key: str) -> _Reader | None:
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._wrong(key, "an object")
        return _Reader(value, f"{self.path}.{key}")

    def part(self, key: str) -> _Reader:
        found = self.optional(key)
        if found is None:
            raise self._wrong(key, "an object")
        return found


def _default_branch(top: _Reader, name: EventName) -> str:
    """Needed where it decides whether to deploy; other payloads, such as a schedule's, may lack it."""
    if name in {EventName.PUSH, EventName.WORKFLOW_DISPATCH}:
        return top.part("repository").text("default_branch")
    repository = top.optional("repository")
    return repository.text("default_branch", "") if repository else ""


def _push(top: _Reader, ref: str) -> Push:
    before, after = top.commit("before"), top.commit("after")
    return Push(
        ref=top.text("ref", ref),
        before=before,
        after=after,
        created=top.flag("created") or not before,
        forced=top.flag("forced"),
        deleted=top.flag("deleted") or not after,
    )


def _pull_request(top: _Reader) -> PullRequest:
    request = top.part("pull_request")
    head, base = request.part("head"), request.part("base")
    home, origin = base.part("repo"), head.optional("repo")
    merged = request.flag("merged") if request.table.get("merged") is not None else False
    return PullRequest(
        number=request.number("number"),
        action=top.text("action", ""),
        head_sha=head.commit("sha"),
        head_ref=head.text("ref", ""),
        base_ref=base.text("ref"),
        head_repository=origin.text("full_name") if origin else "",
        from_fork=origin is None or origin.text("full_name") != home.text("full_name"),
        merged=merged,
        merge_commit=request.commit("merge_commit_sha") if merged else "",
        commits=request.number("commits") if "commits" in request.table else 1,
    )


def _merge_group(top: _Reader) -> MergeGroup:
    group = top.part("merge_group")
    return MergeGroup(group.commit("base_sha"), group.commit("head_sha"), top.text("action", ""))
