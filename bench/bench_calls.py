"""How many Data Pipeline calls a deploy makes: they must grow with the k changed pipelines, not with all n.

`each` is what one more changed pipeline adds; the rest is fixed. DescribePipelines is counted apart: it asks
about 25 pipelines at once, to see what is live and to wait for what is being stopped.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from made import BUCKET, make_project, offer, print_table, write_values

from pipelayer import Project
from pipelayer.sandbox import Sandbox

FEW, MORE = 1, 4
Change = Callable[[Path, Sequence[str], int], None]


def edit(folder: Path, names: Sequence[str], level: int) -> None:
    """A change that AWS allows on a live pipeline."""
    for name in names:
        write_values(folder / name, level)


def period(folder: Path, names: Sequence[str], level: int) -> None:
    """One that it forbids."""
    for name in names:
        write_values(folder / name, level, level)


def files(folder: Path, names: Sequence[str], level: int) -> None:
    """Another file for these."""
    for name in names:
        (folder / name / "run").write_text(f"#!/bin/sh\necho {level}\n")


def with_files(change: Change) -> Change:
    """The change, and another file."""

    def both(folder: Path, names: Sequence[str], level: int) -> None:
        change(folder, names, level)
        files(folder, names, level)

    return both


def nothing(folder: Path, names: Sequence[str], level: int) -> None:
    """Neither."""


SITUATIONS: tuple[tuple[str, Change, int], ...] = (
    ("edited", edit, 7),
    ("edited and uploaded", with_files(edit), 7),
    ("replaced", period, 8),
    ("replaced and uploaded", with_files(period), 9),
    ("uploaded only", files, 2),
    ("unchanged", nothing, 0),
)


def deploy(sandbox: Sandbox, folder: Path, names: Sequence[str] = ()) -> tuple[int, int]:
    """Deploys; the number of calls without and of DescribePipelines."""
    sandbox.clear_record()
    with Project.open(folder, environ=sandbox.aws_environment()) as project:
        report = project.deploy(names)
    assert report.exit_code == 0, (report.error, report.outcomes)
    described = len(sandbox.calls("datapipeline", "DescribePipelines"))
    return len(sandbox.calls("datapipeline")) - described, described


def row(name: str, few: tuple[int, int], more: tuple[int, int], n: int, most: int) -> tuple[object, ...]:
    """One line of the table."""
    each = (more[0] - few[0]) / (MORE - FEW)
    return name, n, few[0], more[0], f"{each:g}", most, f"{few[1]}, {more[1]}"


def account(sandbox: Sandbox, home: Path, n: int) -> list[tuple[object, ...]]:
    """Every situation in an account with n pipelines."""
    sandbox.reset()
    sandbox.create_bucket(BUCKET)
    folder = home / f"of-{n}"
    names = make_project(folder, n + FEW + MORE)
    deploy(sandbox, folder, names[:n])
    created = [
        deploy(sandbox, folder, names[n : n + FEW]),
        deploy(sandbox, folder, names[n + FEW :]),
    ]
    found = [row("created", created[0], created[1], n, 4)]
    level = 1
    for name, change, most in SITUATIONS:
        counted = []
        for k in (FEW, MORE):
            level += 1
            change(folder, names[:k], level)
            counted.append(deploy(sandbox, folder))
        found.append(row(name, counted[0], counted[1], n, most))
    return found


def main() -> int:
    """Prints the table."""
    small, large = 5, 50
    with tempfile.TemporaryDirectory() as home, Sandbox() as sandbox:
        rows = [line for n in (small, large) for line in account(sandbox, Path(home), n)]
    order = ["created", *(name for name, _, _ in SITUATIONS)]
    print_table(
        "Data Pipeline calls of a deploy",
        ("", "n", f"k={FEW}", f"k={MORE}", "each", "at most", "described"),
        sorted(rows, key=lambda line: order.index(str(line[0]))),
    )
    for name, n, _, _, each, most, _ in rows:
        if n == large:
            offer(
                f"Data Pipeline calls for each pipeline that is {name}", str(each), target=f"at most {most}"
            )
    return 0 if all(float(str(each)) <= int(str(most)) for _, _, _, _, each, most, _ in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
