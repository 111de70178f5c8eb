"""Asking in a terminal, in one way for all commands: on stderr, so that stdout holds results alone, and only
where somebody sees the question and can answer it. A no is no error, but nothing was done: exit code 1. The
end of the input is a no; Ctrl-C raises click.Abort.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

import click

from pipelayer.telling import say

T = TypeVar("T")


def can_ask() -> bool:
    """Whether somebody is there."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, *, default: bool = True) -> bool:
    """Whether the answer is yes."""
    return _answered(lambda: click.confirm(question, default=default, err=True)) or False


def ask(question: str, default: str | None, check: Callable[[str], str] | None = None) -> str | None:
    """What somebody types, as `check` gives it, which raises click.UsageError for what has to be asked again.
    Without a `default` there must be something. None where the input ends.
    """
    return _answered(
        lambda: str(
            click.prompt(question, default=default, show_default=bool(default), value_proc=check, err=True)
        )
    )


def confirm_writing(question: str) -> None:
    """Goes on after a yes, and ends the command after a no."""
    if not confirm(question):
        stop()


def stop() -> NoReturn:
    """Ends a command that was to write files, and may not."""
    say(["Nothing was written."], err=True)
    sys.exit(1)


def _answered(asked: Callable[[], T]) -> T | None:
    try:
        return asked()
    except click.Abort as stopped:
        if isinstance(stopped.__context__, KeyboardInterrupt):  # click makes one exception of the two
            raise
        click.echo(err=True)
        return None
