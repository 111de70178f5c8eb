"""Event payloads as GitHub sends them (npm `@octokit/webhooks-examples`), cut down to the keys that matter.

read_event(environ("push"), push(before=..., after=...))
"""

from __future__ import annotations

ZERO = "0" * 40
BEFORE = "b" * 40
AFTER = "a" * 40
HEAD = "c" * 40


def environ(name: str, **more: str) -> dict[str, str]:
    """The runner's variables for an event on `main` at AFTER. An empty value takes a variable away."""
    variables = {
        "GITHUB_EVENT_NAME": name,
        "GITHUB_SHA": AFTER,
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": "acme/nightly",
        "GITHUB_RUN_ID": "77",
        "GITHUB_RUN_ATTEMPT": "2",
        "GITHUB_ACTOR": "ann",
        **more,
    }
    return {key: value for key, value in variables.items() if value}


def repository() -> dict[str, object]:
    """The part that nearly every payload has."""
    return {
        "repository": {"full_name": "acme/nightly", "name": "nightly", "default_branch": "main"},
        "sender": {"login": "ann"},
    }


def push(
    *, before: str = BEFORE, after: str = AFTER, ref: str = "refs/heads/main", forced: bool = False
) -> dict[str, object]:
    """A push; ZERO as `before` or `after` is a branch that is new or gone."""
    return {
        **repository(),
        "ref": ref,
        "before": before,
        "after": after,
        "created": before == ZERO,
        "deleted": after == ZERO,
        "forced": forced,
        "base_ref": None,
        "commits": [],
    }


def pull_request(
    *,
    number: int = 7,
    action: str = "synchronize",
    head: str = HEAD,
    head_repo: dict[str, object] | None = {"full_name": "acme/nightly"},  # noqa: B006  (never changed)
    base: str = BEFORE,
    merged: bool = False,
    merge_commit: str = AFTER,
) -> dict[str, object]:
    """A pull request from a branch of the same repository; `head_repo` None is a fork that is gone."""
    return {
        **repository(),
        "action": action,
        "number": number,
        "pull_request": {
            "number": number,
            "state": "closed" if action == "closed" else "open",
            "merged": merged,
            "merge_commit_sha": merge_commit,
            "head": {"ref": "feature", "sha": head, "repo": head_repo},
            "base": {"ref": "main", "sha": base, "repo": {"full_name": "acme/nightly"}},
        },
    }


def merge_group(
    *, base: str = BEFORE, head: str = AFTER, action: str = "checks_requested"
) -> dict[str, object]:
    """A group of the merge queue."""
    return {
        **repository(),
        "action": action,
        "merge_group": {
            "head_sha": head,
            "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-" + BEFORE,
            "base_sha": base,
            "base_ref": "refs/heads/main",
        },
    }
