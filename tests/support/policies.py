"""The policies of docs/iam, as a user fills them in for a scene, and the actions that they name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.scene import BUCKET, PROJECT

FOLDER = Path(__file__).parents[2] / "docs" / "iam"

FILLED_IN = {
    "acme-prod-pipelines/code/": f"{BUCKET}/in/",
    "acme-prod-pipelines": BUCKET,
    "code/*": "in/*",
    "OWNER/REPO:prod/": f"{PROJECT}:default/",
    "key/11111111-2222-3333-4444-555555555555": "key/a-key",
}
"""What a user replaces, and what a scene calls it. Account, roles, region and secrets are called the same."""


def policy(name: str) -> dict[str, Any]:
    """A file of docs/iam as it is there."""
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def filled_in(name: str) -> dict[str, Any]:
    """The same, with a scene's own names."""
    text = json.dumps(policy(name))
    for placeholder, own in FILLED_IN.items():
        text = text.replace(placeholder, own)
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def listed(value: str | Sequence[str]) -> Sequence[str]:
    """A policy may have one string where it can have several."""
    return [value] if isinstance(value, str) else value


def actions(*names: str) -> set[str]:
    """The actions that these files allow."""
    return {
        action
        for name in names
        for statement in policy(name)["Statement"]
        for action in listed(statement["Action"])
    }
