"""How a command that makes no report speaks: lines, and the one error that ends it."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from pipelayer.errors import PipelayerError


def refused(problem: PipelayerError) -> int:
    """Says what is wrong, where, and what to do about it; gives the exit code."""
    place = f"{problem.path}:{problem.line}:{problem.column}: " if problem.line else ""
    hint = [f"Hint: {problem.hint}"] if problem.hint else []
    say([f"Error: {place}{problem.message}", *hint], err=True)
    return problem.exit_code


def say(lines: Iterable[str], *, err: bool = False) -> None:
    """Prints them: names come from files and from AWS, and must neither move the cursor nor be refused by a
    terminal.
    """
    from pipelayer.render.escape import visible

    stream = sys.stderr if err else sys.stdout
    encoding = stream.encoding or "utf-8"
    for line in lines:
        click.echo(visible(line).encode(encoding, "backslashreplace").decode(encoding), err=err)
