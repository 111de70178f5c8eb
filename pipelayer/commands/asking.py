"""Asking in a terminal, in one way for all commands: on stderr, so that stdout holds results alone, and only
where somebody sees the question and can answer it. A no is no error, but nothing was done: exit code 1.
"""

from __future__ import annotations

import sys

import click

from pipelayer.telling import say


def can_ask() -> bool:
    """Whether somebody is there."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, *, default: bool = True) -> bool:
    """Whether the answer is yes. The end of the input is a no; Ctrl-C raises click.Abort."""
    try:
        return click.confirm(question, default=default, err=True)
    except click.Abort as stopped:
        if isinstance(stopped.__context__, KeyboardInterrupt):  # click makes one exception of the two
            raise
        return False


def confirm_writing(question: str) -> None:
    """Goes on after a yes. After a no, says that nothing was written and ends the command."""
    if not confirm(question):
        say(["Nothing was written."], err=True)
        sys.exit(1)
