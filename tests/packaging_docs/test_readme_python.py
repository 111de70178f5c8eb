"""The README's Python example runs as it is written: in the example project, against the stand-in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.settings import Settings
from support.pages import README, ROOT, fences


def python_example() -> str:
    (example,) = fences(README, "python")
    return example


def test_the_example_runs_as_written(tmp_path: Path) -> None:
    project = tmp_path / "nightly"
    shutil.copytree(ROOT / "examples" / "nightly", project)
    with Sandbox(Settings(account="444455556666")) as sandbox:
        sandbox.create_bucket("acme-prod-pipelines")
        ran = subprocess.run(
            [sys.executable, "-c", python_example()],
            cwd=project,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **sandbox.aws_environment("us-east-1")},
            capture_output=True,
            text=True,
            check=False,
        )
        made = [pipeline.name for pipeline in sandbox.pipelines()]

    assert (ran.returncode, ran.stderr) == (0, "")
    planned = [line.split(" ", 2)[:2] for line in ran.stdout.splitlines() if line.startswith("acme/")]
    assert planned == [
        [f"acme/nightly:prod/{name}", "create"]
        for name in ("click_sessions", "exchange_rates", "orders_export")
    ]
    assert made == ["pipelayer-validation-stub"], "planning and validating make nothing but the stub"
