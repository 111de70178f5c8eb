"""What is needed of other people: node, Chromium and the packages that `package-lock.json` pins."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

from docs_check.verdict import LOCK, PACKAGES

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_STAMP = PACKAGES / ".installed"
_DESCRIPTION = "api.github.com.json"
MISSING = (
    "This needs node 18 or newer, npm and Chromium. On Debian and Ubuntu: "
    "apt install nodejs npm chromium fonts-liberation fonts-noto-color-emoji"
)


class CantCheck(Exception):
    """Something that every check needs isn't there; says in words what."""


def browser() -> str:
    """Chromium's path: `CHROMIUM`, or what is on PATH; empty where there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), "")


def node(script: Path, job: object, *, what: str, seconds: int) -> Any:
    """Has node run a script that reads its job as JSON and answers in JSON; `what` it needs, for messages.
    Raises CantCheck where there is no answer.
    """
    command = ["node", str(script)]
    try:
        done = subprocess.run(
            command, input=json.dumps(job), capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CantCheck(f"{what} isn't done after {seconds} seconds") from error
    if done.returncode:
        raise CantCheck(f"{what} can't do it:\n{done.stderr.strip()}")
    return json.loads(done.stdout)


def install() -> None:
    """Installs the packages where they aren't yet those of the lock. Raises CantCheck."""
    if not (shutil.which("node") and shutil.which("npm") and browser()):
        raise CantCheck(MISSING)
    wanted = sha256(LOCK.read_bytes()).hexdigest()
    if _STAMP.exists() and _STAMP.read_text("utf-8") == wanted:
        return
    done = subprocess.run(["npm", "ci"], cwd=LOCK.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CantCheck(f"npm can't install the packages of {LOCK.parent.name}:\n{done.stderr.strip()}")
    # The package has GitHub's description twelve times over; one is 13 MB, all are 400.
    for path in (PACKAGES / "@octokit" / "openapi" / "generated").iterdir():
        if path.name != _DESCRIPTION:
            path.unlink()
    _STAMP.write_text(wanted, "utf-8")
