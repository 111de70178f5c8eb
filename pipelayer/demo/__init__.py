"""The whole story on this machine: a deploy, a pull request with a mistake, the fix, the merge, the proof.

Comes in: a folder to leave pages in. Goes out: what happened, told in the terminal, with the comments as an
HTML page beside the JSON reports. It talks to the sandbox only: no account, and no network beyond this
machine.
"""

from __future__ import annotations

from pathlib import Path


def play(into: Path) -> int:
    """Plays the story and returns the exit code: 0 if everything went as told."""
    from pipelayer.demo.story import Story

    return Story(into).tell()
