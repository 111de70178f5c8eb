"""GitHub's runner, as far as the action notices: an environment, an event file, file commands, one
process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = "acme/nightly"
_ENTRY = "import os, sys; from pipelayer.github.action import main; sys.exit(main(os.environ))"


@dataclass(frozen=True)
class Job:
    """One finished run: exit code, log, and the report as JSON text."""

    code: int
    log: str
    report: str


def run_action(
    home: Path,
    workspace: Path,
    event: str,
    payload: Mapping[str, object],
    environment: Mapping[str, str],
    number: int,
) -> Job:
    """Runs the action once, as a process of its own with nothing inherited."""
    files = home / f"job-{number}"
    files.mkdir()
    (files / "event.json").write_text(json.dumps(payload), encoding="utf-8")
    for name in ("output", "summary"):
        (files / name).touch()
    done = subprocess.run(
        [sys.executable, "-I", "-c", _ENTRY],
        cwd=workspace,
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(files),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(files / "event.json"),
            "GITHUB_OUTPUT": str(files / "output"),
            "GITHUB_STEP_SUMMARY": str(files / "summary"),
            "GITHUB_RUN_ID": str(number),
            "GITHUB_RUN_ATTEMPT": "1",
            "INPUT_GITHUB-TOKEN": "demo-token",
            "INPUT_GROUP": "dev",
            **environment,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    reports = sorted(workspace.glob(".git/pipelayer/*.json")) or sorted(
        workspace.rglob("pipelayer-report*.json")
    )
    report = reports[-1].read_text(encoding="utf-8") if reports else ""
    return Job(done.returncode, done.stdout + done.stderr, report)
