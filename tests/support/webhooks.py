"""Whole payloads of GitHub's events, which GitHub's published webhook schemas accept.

A builder is told what a test is about, and the schema fills in the rest. `support.events` has payloads that
are cut down to what is read; these are for tests in which a payload must look as it does on the runner.

    payload = push(before=old, after=new)
    assert problems("push", payload) == []
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Unpack

from support.webhook_parts import ANN, MAIN, Place, commit, payload, pull, repository
from support.webhook_schemas import WHEN
from support.webhook_schemas import problems as problems  # noqa: PLC0414  (who builds a payload checks it)


def push(
    *,
    before: str,
    after: str,
    ref: str = "refs/heads/main",
    forced: bool = False,
    commits: Sequence[str] | None = None,
    **place: Unpack[Place],
) -> dict[str, object]:
    """A push to a branch or tag; an all-zero `before` or `after` is one that is new or gone.

    `commits` are the ids of those that it brings, the oldest first. If not told, that is `after` alone, and
    none for what is new or gone.
    """
    created, deleted = not before.strip("0"), not after.strip("0")
    if commits is None:
        commits = [] if created or deleted else [after]
    facts = {
        "ref": ref,
        "before": before,
        "after": after,
        "created": created,
        "deleted": deleted,
        "forced": forced,
        "base_ref": None,
        "commits": [commit(each) for each in commits],
        "head_commit": None if deleted else commit(after),
        "pusher": {"name": "ann", "email": "ann@example.com"},
    }
    return payload("push$event", facts, **place)


def pull_request(
    *,
    number: int,
    action: str = "synchronize",
    head: str,
    head_ref: str = "change",
    base: str,
    base_ref: str = MAIN,
    merge_commit: str | None,
    merged: bool = False,
    from_fork: bool = False,
    commits: int = 1,
    **place: Unpack[Place],
) -> dict[str, object]:
    """A pull request. `merge_commit` is the trial merge, and once `merged` the commit that did it; None while
    GitHub has not made one.
    """
    request = pull(number, (head, head_ref), (base, base_ref), from_fork, **place)
    request |= {
        "state": "closed" if action == "closed" else "open",
        "closed_at": WHEN if action == "closed" else None,
        "merged": merged,
        "merged_at": WHEN if merged else None,
        "merged_by": ANN if merged else None,
        "merge_commit_sha": merge_commit,
        "commits": commits,
    }
    facts: dict[str, object] = {"number": number, "pull_request": request}
    if action == "synchronize":
        facts |= {"before": "d" * len(head), "after": head}
    return payload(f"pull_request${action}", facts, **place)


def pull_request_review(
    *,
    number: int,
    head: str,
    head_ref: str = "change",
    base: str,
    base_ref: str = MAIN,
    state: str = "approved",
    from_fork: bool = False,
    **place: Unpack[Place],
) -> dict[str, object]:
    """A review that was submitted; its pull request is told in short, without `merged`."""
    request = pull(number, (head, head_ref), (base, base_ref), from_fork, **place)
    facts = {"pull_request": request, "review": {"user": ANN, "state": state, "commit_id": head}}
    return payload("pull_request_review$submitted", facts, **place)


def merge_group(
    *,
    base: str,
    head: str,
    action: str = "checks_requested",
    base_ref: str = MAIN,
    number: int = 7,
    **place: Unpack[Place],
) -> dict[str, object]:
    """A group of the merge queue that ends with pull request `number`."""
    group = {
        "base_sha": base,
        "base_ref": f"refs/heads/{base_ref}",
        "head_sha": head,
        "head_ref": f"refs/heads/gh-readonly-queue/{base_ref}/pr-{number}-{base}",
        "head_commit": {"id": head, "tree_id": "e" * len(head)},
    }
    return payload(f"merge_group${action}", {"merge_group": group}, **place)


def workflow_dispatch(
    *,
    ref: str = "refs/heads/main",
    inputs: Mapping[str, str] | None = None,
    workflow: str = ".github/workflows/deploy.yml",
    **place: Unpack[Place],
) -> dict[str, object]:
    """A run by hand."""
    return payload("workflow_dispatch$event", {"ref": ref, "inputs": inputs, "workflow": workflow}, **place)


def workflow_run(
    *,
    head: str,
    head_branch: str = "change",
    event: str = "pull_request",
    conclusion: str = "success",
    **place: Unpack[Place],
) -> dict[str, object]:
    """The end of another workflow's run, which `event` began."""
    home = repository(**place)
    del home["default_branch"]  # a run tells its repositories in short
    run = {
        "head_sha": head,
        "head_branch": head_branch,
        "head_commit": {"id": head, "tree_id": "e" * len(head)},
        "head_repository": home,
        "repository": home,
        "event": event,
        "status": "completed",
        "conclusion": conclusion,
    }
    return payload("workflow_run$completed", {"workflow_run": run}, **place)


def release(*, tag: str, target: str = MAIN, **place: Unpack[Place]) -> dict[str, object]:
    """A release that was published; `target` is where its tag was made if there was none."""
    facts = {"release": {"tag_name": tag, "name": tag, "target_commitish": target, "author": ANN}}
    return payload("release$published", facts, **place)


def repository_dispatch(
    *,
    event_type: str = "deploy",
    client_payload: Mapping[str, object] | None = None,
    **place: Unpack[Place],
) -> dict[str, object]:
    """An event sent through the API, always about the default branch; its type is the payload's `action`."""
    branch = repository(**place)["default_branch"]
    facts = {"action": event_type, "branch": branch, "client_payload": client_payload or {}}
    return payload("repository_dispatch$event", facts, **place)


def issue_comment(*, number: int, body: str = "/deploy", **place: Unpack[Place]) -> dict[str, object]:
    """A new comment on pull request `number`: to GitHub an issue that has a `pull_request`."""
    link = {"url": f"https://api.github.com/repos/{repository(**place)['full_name']}/pulls/{number}"}
    facts = {"issue": {"number": number, "pull_request": link, "state": "open"}, "comment": {"body": body}}
    return payload("issue_comment$created", facts, **place)


def create(*, ref: str, ref_type: str = "branch", **place: Unpack[Place]) -> dict[str, object]:
    """A new branch or tag; `ref` is its short name."""
    branch = repository(**place)["default_branch"]
    facts = {"ref": ref, "ref_type": ref_type, "master_branch": branch, "pusher_type": "user"}
    return payload("create$event", facts, **place)


def delete(*, ref: str, ref_type: str = "branch", **place: Unpack[Place]) -> dict[str, object]:
    """A branch or tag that is gone; `ref` is its short name."""
    return payload("delete$event", {"ref": ref, "ref_type": ref_type, "pusher_type": "user"}, **place)


def schedule(cron: str = "0 5 * * *") -> dict[str, object]:
    """A run by the clock. No schema is published for it, so `problems` can't check it; GitHub's documentation
    of schedules uses this one key.
    """
    return {"schedule": cron}
