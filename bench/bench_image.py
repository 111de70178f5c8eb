"""The action's image: its size beside its base's, and the time from starting the engine to the first line of
work, beside a bare Python in the same image.

The best of several runs, on the wall clock: most of it is the engine's own.

Needs docker or podman, with the image that `make container-test` has built with it, or that IMAGE names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made import offer, print_table

IMAGE = os.environ.get("IMAGE", "localhost/pipelayer-action")
BASE = "python:3.13-slim"
RUNS = 9
PYTHON = "/opt/venv/bin/python"
SCHEDULED = {
    "GITHUB_EVENT_NAME": "schedule",
    "GITHUB_EVENT_PATH": "/tmp/event.json",
    "GITHUB_REPOSITORY": "acme/nightly",
    "GITHUB_SHA": "0" * 39 + "1",
    "GITHUB_REF": "refs/heads/main",
    "INPUT_COMMAND": "auto",
}


def has_image(engine: str, image: str = IMAGE) -> bool:
    """Whether this engine has an image."""
    command = [engine, "image", "inspect", image]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def described(engine: str, image: str, field: str) -> str:
    """What the engine says of an image: its `Size` in bytes, unpacked, or when it was `Created`."""
    command = [engine, "image", "inspect", "--format", f"{{{{.{field}}}}}", image]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def first_line(engine: str, *arguments: str) -> float:
    """Seconds from the start of the engine's client to the first line that the container prints."""
    began = time.perf_counter()
    with subprocess.Popen(
        [engine, "run", "--rm", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - began
        process.communicate()
    assert line, arguments
    return seconds


def best(engine: str, *arguments: str) -> float:
    """The least of several runs."""
    return min(first_line(engine, *arguments) for _ in range(RUNS))


def main() -> int:
    """Prints the tables; 0 also where nothing can be measured."""
    engine = next((name for name in ("docker", "podman") if shutil.which(name) and has_image(name)), "")
    if not engine:
        print(f"\nThe image: not measured. Neither docker nor podman has {IMAGE}: see `make container-test`.")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        event = Path(folder) / "event.json"
        event.write_text('{"repository": {"full_name": "acme/nightly", "default_branch": "main"}}')
        given = [part for name, value in SCHEDULED.items() for part in ("-e", f"{name}={value}")]
        bare = best(engine, "--entrypoint", PYTHON, IMAGE, "-I", "-c", "print()")
        action = best(engine, *given, "-v", f"{event}:/tmp/event.json:ro", IMAGE)
    if not has_image(engine, BASE):
        subprocess.run([engine, "pull", "--quiet", BASE], check=True)
    whole, base = (int(described(engine, image, "Size")) for image in (IMAGE, BASE))
    print_table(
        f"{IMAGE} of {described(engine, IMAGE, 'Created')[:16]}, unpacked",
        ("", "MB", "x base"),
        [("base", f"{base / 1e6:.0f}", "1.0"), ("the action", f"{whole / 1e6:.0f}", f"{whole / base:.1f}")],
    )
    print_table(
        "From the start of the engine to the first line",
        ("", "wall s", "x bare"),
        [
            ("python -I -c 'print()' in the image", f"{bare:.2f}", "1.0"),
            ("the action, nothing to do", f"{action:.2f}", f"{action / bare:.1f}"),
        ],
    )
    offer(
        "The image, unpacked",
        f"{whole / 1e6:.0f} MB",
        f"its base: {base / 1e6:.0f} MB",
        f"{whole / base:.1f} of it",
    )
    offer(
        "From starting the container to the first line",
        f"{action:.2f} s",
        f"a bare Python: {bare:.2f} s",
        f"{action / bare:.1f} of it",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
