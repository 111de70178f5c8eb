"""A step's environment as GitHub's runner makes it, with what careless earlier steps leave in it."""

from __future__ import annotations

import os
from pathlib import Path


def step_environment(
    workspace: Path, repository: str, event: str, sha: str, ref: str, number: int
) -> dict[str, str]:
    """All but the inputs, for the run with that `number`. Its files lie beside the workspace."""
    runner = workspace.parent
    hostile = _left_behind(runner / "pythonpath")
    return {
        "ACTIONS_RUNTIME_TOKEN": "a-runtime-token",
        "ACTIONS_RUNTIME_URL": "http://127.0.0.1:9/",
        "CI": "true",
        "GIT_DIR": "/nowhere",
        "GITHUB_ACTION": "__acme_pipelayer",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "octocat",
        "GITHUB_ACTOR_ID": "583231",
        "GITHUB_BASE_REF": "main" if event == "pull_request" else "",
        "GITHUB_ENV": str(runner / "set_env"),
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(runner / "event.json"),
        "GITHUB_HEAD_REF": "change" if event == "pull_request" else "",
        "GITHUB_JOB": "pipelines",
        "GITHUB_OUTPUT": str(runner / "set_output"),
        "GITHUB_PATH": str(runner / "add_path"),
        "GITHUB_REF": ref,
        "GITHUB_REF_NAME": ref.removeprefix("refs/heads/").removeprefix("refs/pull/"),
        "GITHUB_REF_PROTECTED": "false",
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_REPOSITORY": repository,
        "GITHUB_REPOSITORY_ID": "1296269",
        "GITHUB_REPOSITORY_OWNER": repository.partition("/")[0],
        "GITHUB_RETENTION_DAYS": "90",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": str(1000 + number),
        "GITHUB_RUN_NUMBER": str(number),
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": sha,
        "GITHUB_STATE": str(runner / "save_state"),
        "GITHUB_STEP_SUMMARY": str(runner / "step_summary"),
        "GITHUB_TRIGGERING_ACTOR": "octocat",
        "GITHUB_WORKFLOW": "Pipelines",
        "GITHUB_WORKSPACE": str(workspace),
        "HOME": str(runner / "home"),
        "LD_LIBRARY_PATH": str(hostile),
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONHOME": "/nowhere",
        "PYTHONPATH": str(hostile),
        "PKG_CONFIG_PATH": str(hostile),
        "RUNNER_ARCH": "X64",
        "RUNNER_NAME": "a runner",
        "RUNNER_OS": "Linux",
        "RUNNER_TEMP": str(runner),
        "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",
        "pythonLocation": str(hostile),
    }


def _left_behind(folder: Path) -> Path:
    """A folder in which Python and git would find what breaks them."""
    folder.mkdir(exist_ok=True)
    (folder / "json.py").write_text("raise SystemExit('imported from PYTHONPATH')\n", encoding="utf-8")
    (folder / "libpcre2-8.so.0").write_text("no library at all\n", encoding="utf-8")  # no Python loads it
    return folder
