"""Jobs that are cancelled: the runner's signals, sent to the process itself.

with deploying(story, commit) as started:
    started.read_until("alpha: create")      # or story.sandbox.wait_for_faults()
    job, seconds = started.cancel(signal.SIGINT, signal.SIGTERM)
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.gitrepo import checkout_like_actions, git
from support.jobs import NOTHING, Job, Story


@dataclass
class Started:
    """A job under way. `said` is what was read of its log so far."""

    story: Story
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
            os.kill(self.process.pid, number)
        rest, complaints = self.process.communicate(timeout=9.5)
        seconds = time.monotonic() - began
        job = self.story.job(self.workspace, self.process.returncode, self.said + (rest or b""), complaints)
        return job, seconds


@contextmanager
def deploying(
    story: Story,
    commit: str,
    before: str = NOTHING,
    *,
    origin: str = "",
    stdout: int = subprocess.PIPE,
    **inputs: str,
) -> Iterator[Started]:
    """What a push to main starts, pipelines one after the other. `origin` is where the clone's server is from
    the checkout on; `stdout` where its log goes instead of to `said`.
    """
    workspace = story.folder / "jobs" / str(story.jobs + 1) / "workspace"
    checkout_like_actions(workspace, story.url, commit)
    if origin:
        git(workspace, "remote", "set-url", "origin", origin)
    payload = {"ref": "refs/heads/main", "before": before, "after": commit, "deleted": False}
    given = {"group": "", "comment": "never", "concurrency": "1", **inputs}
    environ = story.environment(workspace, "push", payload, commit, "refs/heads/main", **given)
    with subprocess.Popen(
        story.command(), cwd=workspace, env=environ, stdout=stdout, stderr=subprocess.PIPE
    ) as process:
        try:
            yield Started(story, workspace, process)
        finally:
            process.kill()
