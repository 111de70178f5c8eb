"""The comment's table: one row for each pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pipelayer.model import Kind, Report, Verb
from pipelayer.render import escape, measures, words
from pipelayer.render.rows import Row, blocked, deployed
from pipelayer.render.words import Mood

ICONS = {Mood.GOOD: "✅", Mood.WARNING: "⚠️", Mood.BAD: "❌", Mood.PAUSED: "⏸️", Mood.QUIET: "▫️"}

_SHORT = 24
"""Characters of a name that a column can be as wide as."""


class Columns:
    """The table's columns: those that would be empty in each row are left out."""

    def __init__(self, report: Report, table: Sequence[Row], now: datetime) -> None:
        self._now = now
        self._groups = len({row.group for row in table}) > 1
        self._waits = blocked(report, table)
        self._deployed = deployed(report)
        self._found = any(row.errors or row.warnings for row in table)
        self._runs = any(row.plan and measures.next_run(row.plan.preview) for row in table)
        self._verb = report.verb

    def heads(self) -> list[str]:
        """What stands above them."""
        runs = ["Next run (UTC)"] if self._runs else []
        found = ["Findings"] if self._found else []
        if self._deployed:
            return ["", "Pipeline", "What was done", *found, *runs]
        who = "merging" if self._verb is Verb.VALIDATE else "a deploy"
        what = f"What {who} would do {words.MENDED}" if self._waits else f"What {who} will do"
        return ["", "Pipeline", what, *found, *runs]

    def plan(self, row: Row) -> list[str]:
        """What will be done."""
        found = [words.tally(row.errors, row.warnings)] if self._found else []
        icon = ICONS[words.mood_of(row, waits=self._waits)]
        return [icon, _name(row, self._groups), _doing(row), *found, *self._run(row)]

    def deed(self, row: Row) -> list[str]:
        """What was done."""
        outcome = row.outcome
        found = [words.tally(row.errors, row.warnings)] if self._found else []
        if outcome is None:
            icon = ICONS[words.mood_of(row, waits=True)]
            return [icon, _name(row, self._groups), "not reached", *found, *([""] if self._runs else [])]
        done = f"**{outcome.result.value}**"
        if words.tells_why(outcome.result) and (why := escape.prose(words.reason(row))):
            done = f"{done}: {why}"
        live = escape.code(outcome.pipeline_id)
        if outcome.previous_id and outcome.previous_id != outcome.pipeline_id:
            live = f"{escape.code(outcome.previous_id)} → {live}"
        details = [*filter(None, [live]), *words.files(outcome)]
        details += filter(None, [words.duration(outcome.seconds)])
        if details:
            done += f"<br><sub>{' · '.join(details)}</sub>"
        return [ICONS[words.mood_of(row)], _name(row, self._groups), done, *found, *self._run(row)]

    def _done(self, row: Row) -> bool:
        return row.done or not self._deployed

    def _run(self, row: Row) -> list[str]:
        if not self._runs:
            return []
        plan = row.plan if row.plan and row.plan.kind is not Kind.INVALID else None
        match measures.next_run(plan.preview if plan else None, done=self._done(row)):
            case datetime() as time if self._deployed:  # what is written once soon says "in" wrongly
                return [_unbroken(measures.day(time, self._now))]
            case datetime() as time:
                away = measures.span(self._now, time)
                return [f"{_unbroken(measures.day(time, self._now))}<br><sub>in {_unbroken(away)}</sub>"]
            case words_instead:
                return [escape.text(words_instead)]


def _doing(row: Row) -> str:
    if row.plan is None:
        return "nothing until it is mended" if row.broken else "not compared with AWS"
    why = escape.prose(words.reason(row))
    label = words.label(row.plan.kind)
    if row.plan.kind is Kind.UNKNOWN and row.plan.preview:
        return f"{words.in_files(row.plan.preview)} (not compared with AWS)"
    if not row.still:
        label = f"**{label}**"
    if row.plan.kind is Kind.UPLOAD:
        return f"{label} {why}"
    doing = f"{label}: {why}" if why else label
    return f"{doing}<br><sub>{words.NEW_ID}</sub>" if row.plan.kind is Kind.REPLACE else doing


def _unbroken(text: str) -> str:
    """On one line, however narrow the column."""
    return text.replace(" ", "&nbsp;")


def _name(row: Row, groups: bool) -> str:
    shown_name = escape.text(row.name)
    name = f"**{_unbroken(shown_name) if len(shown_name) <= _SHORT else shown_name}**"
    if groups and row.group:
        name += f" · {escape.text(row.group)}"
    directory = row.directory.rsplit("/", 1)[-1]
    shown = "" if directory == row.name or not row.directory else escape.text(row.directory)
    parts = [*filter(None, [shown]), *(["left by an earlier deploy"] if row.left_over else [])]
    return f"{name}<br><sub>{' · '.join(parts)}</sub>" if parts else name
