"""A run's progress as lines of the job's log."""

from __future__ import annotations

import logging

from pipelayer.github.commands import Log
from pipelayer.model import Key, PipelinePlan, Step


class LogJournal:
    """Fulfils `deploy.hands.Journal`. Called by several threads; the log keeps lines whole."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def begins(self, plan: PipelinePlan, step: Step) -> None:
        """One line for each step, since a cancelled job's log is all that is left of it."""
        target = f" ({step.target})" if step.target else ""
        self._log.line(f"{plan.key.group}/{plan.key.directory}: {step.detail or step.action}{target}")

    def done(self, plan: PipelinePlan, step: Step) -> None:
        """Nothing: the next line tells."""

    def progress(self, key: Key | None, doing: str, done: int, total: int) -> None:
        """Nothing: a log is read afterwards."""

    def says(self, key: Key | None, text: str) -> None:
        """Something worth knowing that is no step."""
        self._log.line(f"{key.group}/{key.directory}: {text}" if key else text)


class LibraryLines(logging.Handler):
    """What libraries complain about, for those who debug. Left alone, they'd print to stderr unescaped."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One record."""
        self._log.debug(f"{record.name}: {record.getMessage()}")
