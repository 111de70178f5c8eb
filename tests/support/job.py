"""One run of the action: under way, and what it left."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from support.runner_effects import Effects, effects_of
from support.runner_parser import Command

_FILES = {
    "output": "set_output",
    "env": "set_env",
    "state": "save_state",
    "path": "add_path",
    "step_summary": "step_summary",
}
"""The files behind `GITHUB_OUTPUT` and its like, beside the workspace."""


@dataclass(frozen=True)
class Job:
    """One run of the action: how it ended and everything that it said."""

    code: int
    stdout: str
    stderr: str
    summary: str
    """What it wrote; `effects` has it as people see it."""
    workspace: Path
    effects: Effects
    """What the runner makes of all of it."""

    @classmethod
    def of(cls, workspace: Path, code: int, stdout: bytes, stderr: bytes) -> Self:
        """What an ended process said and wrote."""
        paths = {kind: workspace.parent / name for kind, name in _FILES.items()}
        files = {kind: path.read_bytes() for kind, path in paths.items() if path.exists()}
        summary = files["step_summary"].decode("utf-8")
        effects = effects_of(stdout, stderr, files)
        return cls(code, stdout.decode("utf-8"), stderr.decode("utf-8"), summary, workspace, effects)

    @property
    def commands(self) -> list[Command]:
        """What the runner carried out."""
        return self.effects.commands

    def annotations(self, level: str = "error") -> list[Command]:
        """The annotations of one level."""
        return [command for command in self.commands if command.name == level]

    @property
    def masked(self) -> set[str]:
        """What the runner was told to hide from then on."""
        return self.effects.masks

    @property
    def outputs(self) -> dict[str, str]:
        """What later steps get."""
        assert self.effects.failures == []
        return self.effects.outputs

    @property
    def shown(self) -> str:
        """The log as people see it: the runner takes commands that hide something out of it."""
        return "".join(
            line for line in self.stdout.splitlines(keepends=True) if not line.startswith("::add-mask::")
        )

    def keys(self, output: str) -> list[str]:
        """The directories of the keys in an output."""
        return [key.rpartition("/")[2] for key in json.loads(self.outputs[output])]

    def report(self) -> dict[str, Any]:
        """The report file."""
        found = json.loads((self.workspace / self.outputs["report-file"]).read_text(encoding="utf-8"))
        assert isinstance(found, dict)
        return found


@dataclass
class Started:
    """A job under way. `said` is what was read of its log so far."""

    workspace: Path
    process: subprocess.Popen[bytes]
    said: bytes = b""

    def read_until(self, text: str) -> None:
        """Reads its log up to a line that holds `text`."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if text.encode() in line:
                return
        raise AssertionError(f"{text!r} was never said, but {self.said.decode()}")

    def cancel(self, *numbers: signal.Signals) -> tuple[Job, float]:
        """Sends the signals one right after the other; gives the job, and the seconds that it took to end."""
        began = time.monotonic()
        for number in numbers:
            self.send(number)
        job = self.ended(within=9.5)
        return job, time.monotonic() - began

    def cancel_as_runner(self) -> tuple[Job, float, list[signal.Signals]]:
        """What the runner does: SIGINT, 7.5 seconds later SIGTERM, after another 2.5 the end (actions/runner,
        ProcessInvoker.cs). Gives the job, the seconds that it took, and what was sent.
        """
        began, sent = time.monotonic(), []
        for number, patience in ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5)):
            sent.append(number)
            self.send(number)
            with suppress(subprocess.TimeoutExpired):
                return self.ended(patience), time.monotonic() - began, sent
        raise AssertionError("It didn't end before the runner's patience did.")

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the action."""
        self.process.send_signal(number)

    def ended(self, within: float = 120) -> Job:
        """The job, once it has ended. Raises TimeoutExpired after `within` seconds."""
        rest, complaints = self.process.communicate(timeout=within)
        return self._job(self.said + (rest or b""), complaints)

    def _job(self, stdout: bytes, stderr: bytes) -> Job:
        return Job.of(self.workspace, self.process.returncode, stdout, stderr)
