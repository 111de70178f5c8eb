"""Speaking to the runner: log lines, workflow commands on stdout, and the files behind `GITHUB_OUTPUT` and
the summary.

The runner reads every line of stdout and stderr. `::command::` counts at the start of a line, the older
`##[command]` anywhere in it (actions/runner, ActionCommand.cs), so text that a pull request can choose must
never reach a line as it is. Everything that the action prints goes through `Log`.

The runner asks for no ordinal comparison (and its projects set no `InvariantGlobalization`), so .NET compares
with ICU, which overlooks characters without weight, or character for character where the runner's host says
so. Nothing here relies on either: everything invisible is made visible first, then tokens are broken with a
visible backslash.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from pipelayer.render.annotations import Level

_SUMMARY_LIMIT = 1024 * 1024
"""Bytes; the runner drops a bigger step summary whole (CreateStepSummaryCommand)."""

_MESSAGE_LIMIT = 4000
"""UTF-16 units; the runner cuts an annotation's message at 4,096, counted after it has put `***` for secrets
(ExecutionContext.cs).
"""

_WEIGHTLESS = "\u0640\u07fa\ufe73"
"""The letters that ICU overlooks like what isn't visible: two that lengthen others, and a part of one."""

_LEGACY = re.compile(rf"#(?=(?:[^\w\s]|[{_WEIGHTLESS}])*\[)")
"""A hash that only symbols or what has no weight separate from a bracket: every reading of `##[` is covered.
"""

_LEADING = re.compile(rf"^(?=(?:[^\w!-9;-~]|[{_WEIGHTLESS}])*:)")
"""The start of a line whose first character with a weight is a colon."""


class Output(StrEnum):
    """The outputs that `action.yml` declares."""

    CHANGED = "changed"
    CHANGED_COUNT = "changed-count"
    UPLOADED = "uploaded"
    ACTIVATED = "activated"
    FAILED = "failed"
    RESULT = "result"
    REPORT_FILE = "report-file"
    COMMENT_URL = "comment-url"
    ISSUE_URL = "issue-url"


def visible(text: str, *, keep: str = "") -> str:
    """The text with everything that doesn't print written as an escape (`\\x1b`, `\\u202e`), except those in
    `keep`.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in keep else ascii(character)[1:-1]
        for character in text
    )


def plain(text: str) -> str:
    """One log line that the runner reads as text whatever is in it; line breaks are shown, not made."""
    return _LEADING.sub(lambda _: "\\", _unbracketed(visible(text, keep="\t")))


def _unbracketed(text: str) -> str:
    return _LEGACY.sub(r"#\\", text)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def command(name: str, message: str = "", **properties: str) -> str:
    """One workflow command as a line without its end. An empty property is left out.

    The message keeps its line breaks; what doesn't print and `##[` in it are shown broken, since the runner
    writes the message into the log again.
    """
    return _command(name, _clean(message), properties)


def _command(name: str, message: str, properties: Mapping[str, str]) -> str:
    given = ",".join(f"{key}={_property(_clean(value))}" for key, value in properties.items() if value)
    return f"::{name}{' ' if given else ''}{given}::{_data(message)}"


def _clean(text: str) -> str:
    return _unbracketed(visible(text, keep="\t\n"))


def annotation(
    level: Level, message: str, *, path: str = "", line: int = 0, column: int = 0, title: str = ""
) -> str:
    """An annotation on a line of a file; `path` is relative to the repository, `line` and `column` count from
    1.
    """
    properties = {
        "file": path,
        "line": str(line) if path and line else "",
        "col": str(column) if path and line and column else "",
        "title": title,
    }
    return _command(level, _cut(_clean(message)), properties)


def _cut(message: str) -> str:
    """A message that the runner keeps whole."""
    units = message.encode("utf-16-le")
    if len(units) <= 2 * _MESSAGE_LIMIT:
        return message
    return units[: 2 * (_MESSAGE_LIMIT - 1)].decode("utf-16-le", "ignore") + "…"


class Log:
    """Where every line of the action goes, whole lines at a time, from any thread.

    `write` takes a line with its end; `debug` says whether debug lines are wanted (`RUNNER_DEBUG=1`).
    """

    def __init__(self, write: Callable[[str], object], *, debug: bool = False) -> None:
        self._write = write
        self._lock = threading.RLock()  # a finaliser may speak while its own thread is writing
        self.wants_debug = debug

    def line(self, text: str = "") -> None:
        """One line of text, harmless whatever is in it."""
        self._emit(plain(text))

    def lines(self, text: str) -> None:
        """Text of our own that may have several lines."""
        for part in text.split("\n"):
            self.line(part)

    def debug(self, text: str) -> None:
        """Text that only a debugging run shows."""
        if self.wants_debug:
            for part in text.split("\n"):
                self._emit(command("debug", part))

    def annotate(
        self, level: Level, message: str, *, path: str = "", line: int = 0, column: int = 0, title: str = ""
    ) -> None:
        """An annotation; the runner keeps the first ten of each kind in a step."""
        self._emit(annotation(level, message, path=path, line=line, column=column, title=title))

    def mask(self, secret: str) -> None:
        """Has the runner replace a secret with `***` from here on.

        Blank ones are left alone: they'd mask nothing.
        """
        if secret.strip():
            self._emit(f"::add-mask::{_data(secret)}")

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Lines that the log shows folded under a title."""
        self._emit(command("group", title.replace("\n", " ")))
        try:
            yield
        finally:
            self._emit("::endgroup::")

    def in_haste(self) -> Log:
        """The same log for who can't wait until another thread has written: it shares no lock."""
        return Log(self._write, debug=self.wants_debug)

    def unfold(self) -> None:
        """Ends whatever is folded: whoever began it won't."""
        self._emit("::endgroup::")

    def _emit(self, line: str) -> None:
        with self._lock:
            self._write(line + "\n")


def write_output(path: Path, name: Output, value: str) -> None:
    """Appends one output to the file of `GITHUB_OUTPUT`, between delimiters that the value can't know."""
    delimiter = f"pipelayer_{secrets.token_hex(16)}"
    while delimiter in value:
        delimiter = f"pipelayer_{secrets.token_hex(16)}"
    _append(path, f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def json_output(values: list[str]) -> str:
    """A list as an output: JSON on one line, ASCII only."""
    return json.dumps(values, separators=(",", ":"))


def append_summary(path: Path, write: Callable[[int], str], *, limit: int = _SUMMARY_LIMIT) -> bool:
    """Appends to the step summary what `write` makes for the bytes that are left there.

    The runner drops a summary that is too long, with all that earlier steps have written: what doesn't fit is
    left out whole. Returns whether there was room.
    """
    room = limit - (path.stat().st_size if path.exists() else 0)
    markdown = write(max(0, room - 1)).rstrip("\n") + "\n"
    if len(_encoded(markdown)) > room:
        return False
    _append(path, markdown)
    return True


def _append(path: Path, text: str) -> None:
    with path.open("ab") as file:
        file.write(_encoded(text))


def _encoded(text: str) -> bytes:
    """UTF-8; a byte of a file name that isn't UTF-8 becomes an escape."""
    return text.encode("utf-8", "backslashreplace")
