"""Progress on a laptop: bars in a terminal, plain lines elsewhere; on standard error, so that a report can be
piped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TextIO

from pipelayer.model import Key, PipelinePlan, Step
from pipelayer.render.escape import one_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE = 5.0
"""Seconds without a line after which somebody who reads a log would wonder."""


class Lines:
    """One line for each step, and one every few seconds of a long one. Fulfils `Journal`.

    `clock` counts seconds. `began` says whether any step was begun.
    """

    def __init__(self, file: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._last = clock()
        self._lock = Lock()
        self.began = False

    def begins(self, plan: PipelinePlan, step: Step) -> None:
        """See `Journal.begins`."""
        self.began = True
        self.says(plan.key, step.detail)

    def done(self, plan: PipelinePlan, step: Step) -> None:
        """Nothing: the next line tells."""

    def progress(self, key: Key | None, doing: str, done: int, total: int) -> None:
        """A line if there was none for a while."""
        if done < total and self._clock() - self._last >= _PATIENCE:
            self.says(key, f"{doing}: {done:,} of {total:,}")

    def says(self, key: Key | None, text: str) -> None:
        """See `Journal.says`."""
        encoding = self._file.encoding or "utf-8"
        line = one_line(f"{_whose(key)}: {text}" if key else text).encode(encoding, "backslashreplace")
        with self._lock:
            self._last = self._clock()
            self._file.write(line.decode(encoding) + "\n")
            self._file.flush()


class Bars:
    """A bar for each pipeline at work, and one for what is done to all of them. Fulfils `Journal`.

    Bars of pipelines that are done disappear: a hundred wouldn't fit a screen. `began` says whether any step
    was begun.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[Key | str, TaskID] = {}
        self._taken: dict[Key, int] = {}
        self._lock = Lock()
        self.began = False

    def begins(self, plan: PipelinePlan, step: Step) -> None:
        """See `Journal.begins`."""
        self.began = True
        self._show(plan.key, _whose(plan.key), step.detail, self._taken.get(plan.key, 0), len(plan.steps))

    def done(self, plan: PipelinePlan, step: Step) -> None:
        """See `Journal.done`."""
        taken = self._taken[plan.key] = self._taken.get(plan.key, 0) + 1
        self._show(plan.key, _whose(plan.key), step.detail, taken, len(plan.steps))

    def progress(self, key: Key | None, doing: str, done: int, total: int) -> None:
        """See `Journal.progress`. Of a pipeline it is a part of one step."""
        if key is None:
            self._show(doing, doing, f"{done:,} of {total:,}", done, total)
        else:
            part = self._taken.get(key, 0) + done / max(total, 1)
            self._show(key, _whose(key), f"{done:,} of {total:,} {doing}", part)

    def says(self, key: Key | None, text: str) -> None:
        """See `Journal.says`."""
        from rich.text import Text

        self._progress.console.print(Text(one_line(f"{_whose(key)}: {text}" if key else text)))

    def _show(self, about: Key | str, whose: str, text: str, done: float, total: int | None = None) -> None:
        """`total` where it may be the first that is heard of it. What is done disappears."""
        from rich.markup import escape

        label = f"[bold]{escape(one_line(whose))}[/] {escape(one_line(text))}"
        with self._lock:
            if about not in self._tasks:
                self._tasks[about] = self._progress.add_task("", total=total)
            visible = total is None or done < total
            self._progress.update(self._tasks[about], description=label, completed=done, visible=visible)


def _whose(key: Key) -> str:
    return f"{key.group}/{key.directory}"


@contextmanager
def journal_for(file: TextIO) -> Iterator[Lines | Bars]:
    """Bars where `file` is a terminal, lines where it isn't."""
    if not file.isatty():
        yield Lines(file)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
    from rich.table import Column

    label = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    columns = (SpinnerColumn(), BarColumn(bar_width=20), TextColumn("{task.description}", table_column=label))
    with Progress(*columns, console=Console(file=file), transient=True, expand=True) as progress:
        yield Bars(progress)
