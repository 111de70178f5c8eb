"""The names that GitHub's REST API gives to links and counts, and those that it lets people give."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from datetime import datetime


def words(text: str) -> list[str]:
    return text.split()


USER_LINKS = words(
    "followers following gists starred subscriptions organizations repos events received_events"
)
REPOSITORY_LINKS = words("""
    archive assignees blobs branches collaborators comments commits compare contents contributors deployments
    downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels
    languages merges milestones notifications pulls releases stargazers statuses subscribers subscription tags
    teams trees
""")
REPOSITORY_COUNTS = words("""
    forks_count stargazers_count watchers_count size open_issues_count forks open_issues watchers
""")
PULL_COUNTS = words("review_comments additions deletions changed_files")
ISSUE_FIELDS = words("""
    id node_id html_url number state locked title user body created_at updated_at closed_at comments
""")


def valid_full_name(name: str) -> bool:
    """Whether this may name a repository."""
    return re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", name) is not None


def node_id(kind: str, number: int | str) -> str:
    """An opaque global id, as GraphQL wants it back."""
    return f"{kind}_{urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


def instant(at: datetime | None) -> str | None:
    """A time as GitHub writes it."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")
