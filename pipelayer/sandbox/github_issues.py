"""GitHub's REST endpoints of issues, as far as a client that keeps one uses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from pipelayer.sandbox.github_json import Json, Object, Shapes
from pipelayer.sandbox.github_state import Issue, Pull, Repository
from pipelayer.sandbox.github_words import instant, node_id

Listed: TypeAlias = "Issue | Pull"
_REASONS = ("completed", "not_planned", "duplicate", "reopened")


class Invalid(Exception):
    """What GitHub answers 422 to, and to which field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def issue_shape(shapes: Shapes, repo: Repository, issue: Issue) -> Object:
    """An issue that is no pull request: it has no `pull_request` at all."""
    url = f"{shapes.url(repo)}/issues/{issue.number}"
    return {
        "url": url,
        "repository_url": shapes.url(repo),
        **{f"{link}_url": f"{url}/{link}" for link in ("comments", "events", "timeline")},
        "labels_url": f"{url}/labels{{/name}}",
        "html_url": f"{shapes.web}/{repo.full_name}/issues/{issue.number}",
        "id": issue.id,
        "node_id": node_id("I", issue.id),
        "number": issue.number,
        "title": issue.title,
        "user": shapes.user(issue.login),
        "labels": [],
        "state": "open" if issue.is_open else "closed",
        "state_reason": issue.reason or None,
        "locked": issue.locked,
        "active_lock_reason": None,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": len(repo.comments_of(issue.number)),
        "created_at": instant(issue.created),
        "updated_at": instant(issue.updated),
        "closed_at": instant(issue.closed_at),
        "author_association": "NONE" if issue.login.endswith("[bot]") else "CONTRIBUTOR",
        "performed_via_github_app": None,
        "body": issue.body or None,
    }


def listed(repo: Repository, query: Mapping[str, str]) -> Sequence[Listed]:
    """What the list holds for these parameters: pull requests too, open ones unless asked, newest first.

    A creator that nobody knows gets an empty list.
    """
    state, creator = query.get("state", "open"), query.get("creator", "").lower()
    oldest_first = query.get("direction", "desc") == "asc"
    everything: list[Listed] = [*repo.issues.values(), *repo.pulls.values()]
    found = [
        one
        for one in everything
        if state in ("all", "open" if _is_open(one) else "closed") and creator in ("", one.login.lower())
    ]

    def moment(one: Listed) -> tuple[datetime, int]:
        return _updated(one) if query.get("sort") == "updated" else one.created, one.number

    return sorted(found, key=moment, reverse=not oldest_first)


def edit(issue: Issue, document: Mapping[str, Json], now: datetime) -> None:
    """Changes what the document names; body and state in one go. Raises Invalid."""
    state, reason = document.get("state"), document.get("state_reason")
    title, body = document.get("title"), document.get("body")
    if state not in (None, "open", "closed"):
        raise Invalid("state", "is not included in the list")
    if reason is not None and reason not in _REASONS:
        raise Invalid("state_reason", "is not included in the list")
    issue.change(
        now,
        title=title if isinstance(title, str) else None,
        body=body if isinstance(body, str) else None,
        is_open=None if state is None else state == "open",
        reason=str(reason or ""),
    )


def _is_open(one: Listed) -> bool:
    return one.is_open if isinstance(one, Issue) else one.closed_at is None


def _updated(one: Listed) -> datetime:
    return one.updated if isinstance(one, Issue) else one.closed_at or one.created
