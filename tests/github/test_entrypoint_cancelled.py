"""A job that is cancelled while the entry point is still importing: nothing was begun, and that is said."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.runner_parser import read_stream

ROOT = Path(__file__).parents[2]
SLOW = "import sys\nprint('importing', flush=True)\nsys.stdin.read()\ndef main(environ): return 0\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_and_without_a_traceback(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "pipelayer" / "github").mkdir(parents=True)
    (tmp_path / "pipelayer" / "__init__.py").touch()
    (tmp_path / "pipelayer" / "github" / "action.py").write_text(SLOW)
    shutil.copy(ROOT / "entrypoint.py", tmp_path)
    with subprocess.Popen(
        [sys.executable, "-I", str(tmp_path / "entrypoint.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        process.send_signal(number)
        said, complaints = process.communicate(timeout=10)
    assert process.returncode == 130
    assert complaints == ""
    (why,) = read_stream(said)
    assert why.name == "error"
    assert "before anything was begun" in why.data
