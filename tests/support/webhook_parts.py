"""What the payloads of `support.webhooks` have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict, Unpack

from support.webhook_schemas import filled

MAIN = "main"
ANN = {"login": "ann", "type": "User"}
STRANGER = {"login": "somebody", "type": "User"}


class Place(TypedDict, total=False):
    """Where it happens, if not in `acme/nightly` with `main`."""

    repository: str
    default_branch: str


def payload(definition: str, facts: Mapping[str, object], **place: Unpack[Place]) -> dict[str, object]:
    """The payload that the definition describes, in this repository and sent by ANN."""
    return filled(definition, {**facts, "repository": repository(**place), "sender": ANN})


def repository(repository: str = "acme/nightly", default_branch: str = MAIN) -> dict[str, object]:
    """A repository that an organization owns."""
    owner, name = repository.split("/")
    return {
        "full_name": repository,
        "name": name,
        "owner": {"login": owner, "type": "Organization"},
        "html_url": f"https://github.com/{repository}",
        "default_branch": default_branch,
    }


def commit(sha: str) -> dict[str, object]:
    """A commit as a push tells it."""
    person = {"name": "Ann", "email": "ann@example.com"}
    return {
        "id": sha,
        "tree_id": "e" * len(sha),
        "distinct": True,
        "author": person,
        "committer": person,
    }


def pull(
    number: int, head: tuple[str, str], base: tuple[str, str], from_fork: bool, **place: Unpack[Place]
) -> dict[str, object]:
    """What every form of a pull request has; `head` and `base` are a commit and a branch."""
    home = source = repository(**place)
    if from_fork:
        fork: Place = {**place, "repository": f"somebody/{home['name']}"}
        source = {**repository(**fork), "id": 2, "owner": STRANGER, "fork": True}
    return {
        "number": number,
        "user": STRANGER if from_fork else ANN,
        "head": {"sha": head[0], "ref": head[1], "repo": source, "user": source["owner"]},
        "base": {"sha": base[0], "ref": base[1], "repo": home, "user": home["owner"]},
    }
