"""Runs in the image: fails where something is there that should have gone, or something is missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path

GIT = {"git", "git-remote-http", "git-remote-https"}
GONE = ("usr/bin/git-shell", "usr/bin/scalar", "usr/share/perl", "usr/share/man/*", "usr/share/locale/*")
"""Below `/`. Debian's perl-base, which nothing can be without, keeps its modules elsewhere."""


def problems() -> Iterator[str]:
    """A line for each."""
    asked = subprocess.run(["git", "--exec-path"], capture_output=True, check=True, text=True)
    commands = {path.name for path in Path(asked.stdout.strip()).iterdir()}
    if commands != GIT:
        yield f"git has the commands {sorted(commands)}"
    for pattern in GONE:
        yield from (f"there is still {found}" for found in Path("/").glob(pattern))
    import pipelayer.github.action  # noqa: F401 what a run begins with

    files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
    for source in files:
        if source.endswith(".py") and source != __file__ and not Path(cache_from_source(source)).exists():
            yield f"{source} has no bytecode"


if __name__ == "__main__":
    sys.exit("\n".join(problems()) or 0)
