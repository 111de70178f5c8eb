"""What stops a run: one clear message, what to do next, and the exit code.

Comes in: nothing. Goes out: the few exceptions that cross rooms. A problem *inside* a user's file that other
files can be checked past is not an exception but a `pipelayer.model.Finding`.
"""

from __future__ import annotations

AGAIN = "Run the same command again"
"""How each hint begins that says so of a whole command; whoever knows only a part of one says more."""


class PipelayerError(Exception):
    """A problem that ends the run, or ends one pipeline's part of it.

    `message` says what is wrong, `hint` what to do about it. `path` (relative to the repository), `line` and
    `column` (from 1) point at the file where there is one.
    """

    exit_code = 1

    def __init__(
        self, message: str, hint: str = "", *, path: str = "", line: int = 0, column: int = 0
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path
        self.line = line
        self.column = column


class UsageError(PipelayerError):
    """Wrong usage or configuration: nothing was done, and nothing can be done until it is mended."""

    exit_code = 2


class AwsError(PipelayerError):
    """AWS refused a call, or could not be reached within the retries.

    `code` is AWS's error code (`AccessDenied`, `ThrottlingException`, …) or `""`; `operation` the call's
    name. `unsure`: no answer arrived that says whether AWS has done what it was told.
    """

    def __init__(
        self, message: str, hint: str = "", *, code: str = "", operation: str = "", unsure: bool = False
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.operation = operation
        self.unsure = unsure


class GitError(PipelayerError):
    """Git refused, or what it was asked for cannot be had."""


class Interrupted(PipelayerError):
    """SIGINT or SIGTERM arrived: what was begun is finished or recorded, nothing new is begun."""

    exit_code = 130


def in_words(bug: Exception) -> str:
    """A bug of ours as a sentence: what it says may hold anything, so only its kind is told."""
    frame = bug.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    where = f" ({frame.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno})" if frame else ""
    return f"This is a bug in Pipelayer, please report it: {type(bug).__name__}{where}."
