"""Progress on a laptop: bars in a terminal, plain lines elsewhere; on standard error, so that a report can be
piped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TextIO

from pipelayer.deploy.hands import Journal
from pipelayer.model import Action, Key, PipelinePlan, Step
from pipelayer.render.escape import one_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Lines:
    """One line for each step. Fulfils `Journal`."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = Lock()

    def begins(self, plan: PipelinePlan, step: Step) -> None:
        """See `Journal.begins`."""
        self.says(plan.key, step.detail)

    def done(self, plan: PipelinePlan, step: Step) -> None:
        """Nothing: the next line tells."""

    def says(self, key: Key | None, text: str) -> None:
        """See `Journal.says`."""
        whose = f"{key.group}/{key.directory}: " if key else ""
        line = one_line(f"{whose}{text}").encode(self._file.encoding or "utf-8", "backslashreplace")
        with self._lock:
            self._file.write(line.decode(self._file.encoding or "utf-8") + "\n")
            self._file.flush()


class Bars:
    """One bar for each pipeline at work, as long as it has steps. Fulfils `Journal`."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[Key, TaskID] = {}
        self._lock = Lock()

    def begins(self, plan: PipelinePlan, step: Step) -> None:
        """See `Journal.begins`."""
        self._progress.update(self._task(plan), description=self._label(plan.key, step.detail))

    def done(self, plan: PipelinePlan, step: Step) -> None:
        """See `Journal.done`."""
        last = step == plan.steps[-1] or step.action is Action.DELETE
        self._progress.update(self._task(plan), advance=1)
        if last:
            self._progress.update(self._task(plan), description=self._label(plan.key, "done"))

    def says(self, key: Key | None, text: str) -> None:
        """See `Journal.says`."""
        from rich.text import Text

        self._progress.console.print(Text(one_line(f"{key.directory}: {text}" if key else text)))

    def _task(self, plan: PipelinePlan) -> TaskID:
        with self._lock:
            if plan.key not in self._tasks:
                self._tasks[plan.key] = self._progress.add_task("", total=len(plan.steps))
            return self._tasks[plan.key]

    @staticmethod
    def _label(key: Key, text: str) -> str:
        from rich.markup import escape

        return f"[bold]{escape(one_line(key.directory))}[/] {escape(one_line(text))}"


@contextmanager
def journal_for(file: TextIO) -> Iterator[Journal]:
    """Bars where `file` is a terminal, lines where it isn't."""
    if not file.isatty():
        yield Lines(file)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(file=file), transient=True) as progress:
        yield Bars(progress)
