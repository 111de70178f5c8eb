"""Uploading a pipeline of a thousand files: at first, after ten have changed, and once nothing has.

Against the sandbox on this machine, so the ratios count, not the seconds.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from made import BUCKET, make_project, offer, print_table

from pipelayer import Project
from pipelayer.sandbox import Sandbox

FILES, CHANGED = 1000, 10


def upload(sandbox: Sandbox, folder: Path) -> tuple[int, int, float]:
    """Uploads; PUTs, other calls to S3, and seconds."""
    sandbox.clear_record()
    began = time.perf_counter()
    with Project.open(folder, environ=sandbox.aws_environment()) as project:
        report = project.upload()
    seconds = time.perf_counter() - began
    assert report.exit_code == 0, (report.error, report.outcomes)
    puts = len(sandbox.calls("s3", "PutObject"))
    return puts, len(sandbox.calls("s3")) - puts, seconds


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as home, Sandbox() as sandbox:
        sandbox.create_bucket(BUCKET)
        folder = Path(home) / "project"
        (name,) = make_project(folder, 1, FILES - 1)
        with Project.open(folder, environ=sandbox.aws_environment()) as project:
            assert project.activate().exit_code == 0
        rows = [("first upload", *upload(sandbox, folder))]
        for number in range(CHANGED):
            (folder / name / "tasks" / f"{number:04}.sh").write_text(f"echo again {number}\n")
        rows.append((f"{CHANGED} changed", *upload(sandbox, folder)))
        rows.append(("nothing changed", *upload(sandbox, folder)))
    first = rows[0][3]
    print_table(
        f"Uploading {FILES:,} files",
        ("", "PUTs", "other S3 calls", "seconds", "of the first"),
        [(name, puts, other, f"{took:.2f}", f"{took / first:.2f}") for name, puts, other, took in rows],
    )
    _, puts, _, took = rows[1]
    what = f"Upload of {FILES:,} files of which {CHANGED} changed"
    offer(what, f"{puts} PUTs, {took:.1f} s", f"all of them: {first:.1f} s", f"{took / first:.2f} of it")


if __name__ == "__main__":
    main()
