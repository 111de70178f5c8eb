"""The daily look in a terminal: a line for each pipeline, what needs somebody, and one line over all."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from pipelayer.definition.excerpts import excerpts
from pipelayer.model.status import (
    Drift,
    Drifted,
    Failure,
    PipelineRun,
    PipelineStatus,
    Reason,
    Status,
    Trouble,
)
from pipelayer.render import measures, status_words, words
from pipelayer.render.columns import aligned, first_cells, width_of
from pipelayer.render.escape import one_line, visible
from pipelayer.render.paint import Paint, Style, mark, mood_style
from pipelayer.render.words import Mood

_NARROWEST = 40
_LONGEST_NAME = 40
_LONGEST_TEXT = 60
_MOST = 25
"""Differences of one pipeline: the JSON has all of them."""

_SHORTEST_NAME = 16
_DROPPED = ("runs", "next run (UTC)", "took", "at (UTC)", "group")
"""Columns in the order in which a narrow terminal goes without them, once names are as short as they get, and
the last column is gone where it says the same of all.
"""

_WITH_DIFFERENCES = {
    Trouble.CHANGED_BY_HAND: Drift.CHANGED_BY_HAND,
    Trouble.SAVED_ASIDE: Drift.SAVED_ASIDE,
}
"""Of these the fields that differ are shown."""


def print_status(status: Status, *, file: TextIO, color: bool | None = None, width: int = 100) -> None:
    """Writes the status to `file`; `color` defaults to whether that is a terminal. Elsewhere, as in a pipe,
    the table is as wide as it is.
    """
    colored = file.isatty() if color is None else color
    encoding = file.encoding or "utf-8"
    shown = terminal_status(status, color=colored, width=width, whole=not file.isatty())
    file.write(shown.encode(encoding, "backslashreplace").decode(encoding))


def terminal_status(status: Status, *, color: bool = False, width: int = 100, whole: bool = False) -> str:
    """The status as text of at most so many columns, but for addresses and commands, which stay whole; with
    `whole` so does the table.

    Pipelines that somebody named get a page each.
    """
    return _Terminal(status, Paint(color), max(width, _NARROWEST), whole).show()


@dataclass(frozen=True)
class _Terminal:
    status: Status
    paint: Paint
    width: int
    whole: bool = False

    def show(self) -> str:
        status = self.status
        blocks = [self.paint(where, Style.DIM)] if (where := _where(status)) else []
        if status.named:
            blocks += ["\n".join(self._page(one)) for one in status.pipelines]
        else:
            if status.pipelines:
                blocks.append("\n".join(self._table()))
            for reason, names in status_words.told_alike(status):
                blocks.append("\n".join(self._reason(reason, names)))
        notes = [*status.notes, *filter(None, [status_words.strangers(status)])]
        if notes:
            blocks.append("\n".join(line for note in notes for line in self._note(note)))
        blocks.append(self._verdict())
        return "\n\n".join(blocks) + "\n"

    # ---- all of them

    def _table(self) -> Iterator[str]:
        rows = [self._row(one) for one in self.status.pipelines]
        heads = [head for head in rows[0] if any(row[head] for row in rows)]
        if not self.whole:
            self._fit(heads, rows)
        body = [[row[head] for head in heads] for row in rows]
        widths = [max(width_of(line[column]) for line in [heads, *body]) for column in range(len(heads) - 1)]
        yield "   " + self.paint(aligned(heads, widths), Style.DIM)
        for one, line in zip(self.status.pipelines, body, strict=True):
            mood = status_words.mood_of(one)
            room = max(self.width - 3 - sum(widths) - 2 * len(widths), 8)
            last = line[-1] if self.whole else _cut(line[-1], room)
            yield f"{self._mark(mood)}  {aligned([*line[:-1], last], widths)}".rstrip()

    def _fit(self, heads: list[str], rows: Sequence[dict[str, str]]) -> None:
        """Shortens the names, then drops columns, until the table is no wider than the terminal."""
        name, last = heads[0], heads[-1]
        longest = max(width_of(row[name]) for row in rows)
        room = max(_SHORTEST_NAME, longest - max(0, self._wide(heads, rows) - self.width))
        for row in rows:
            row[name] = _cut(row[name], room)
        alike = all(one.drift is Drift.IN_STEP and one.well for one in self.status.pipelines)
        for spare in (*([last] if alike else []), *_DROPPED):
            if spare in heads and self._wide(heads, rows) > self.width:
                heads.remove(spare)

    def _wide(self, heads: Sequence[str], rows: Sequence[dict[str, str]]) -> int:
        columns = [max(width_of(text) for text in [head, *(row[head] for row in rows)]) for head in heads]
        return 3 + sum(columns) + 2 * (len(columns) - 1)

    def _row(self, one: PipelineStatus) -> dict[str, str]:
        several = len(self.status.groups) > 1
        latest = one.runs[0] if one.runs else None
        result = status_words.last_run(one)
        when = latest.scheduled if latest else one.latest_run
        return {
            "pipeline": visible(one.name),
            "group": visible(one.key.group) if several else "",
            "runs": "".join(mark(status_words.mood_of_run(run.status)) for run in reversed(one.runs)),
            "last run": result,
            "at (UTC)": self._day(when),
            "took": status_words.took(latest, self.status.at) if latest else "",
            "next run (UTC)": self._day(one.next_run) or status_words.no_next_run(one),
            "files and AWS": status_words.drifts(one),
        }

    def _reason(self, reason: Reason, names: Sequence[str]) -> Iterator[str]:
        whose = self.paint(_cut(one_line(words.listed(words.first(names))), self.width - 4), Style.BOLD)
        yield f"{self._mark(Mood.BAD)} {whose}: {reason.trouble.value}"
        yield from self._wrapped(reason.sentence)
        if reason.trouble is Trouble.FAILED:
            for failure in self._whose(reason).failures:
                yield from (f"  logs: {visible(address)}" for address in failure.logs)
        if kind := _WITH_DIFFERENCES.get(reason.trouble):
            for drifted in self._whose(reason).drifts:
                if drifted.kind is kind:
                    yield from self._differences(drifted)
        if reason.command:
            yield f"  {self.paint('→', Style.DIM)} {visible(reason.command)}"

    def _whose(self, reason: Reason) -> PipelineStatus:
        return next(one for one in self.status.pipelines if one.key == reason.key)

    # ---- one of them

    def _page(self, one: PipelineStatus) -> Iterator[str]:
        mood = status_words.mood_of(one)
        group = f" · {visible(one.key.group)}" if len(self.status.groups) > 1 else ""
        yield f"{self._mark(mood)} {self.paint(visible(one.name), Style.BOLD)}{group}"
        facts = list(self._facts(one))
        wide = max(len(what) for what, _ in facts)
        for what, text in facts:
            yield f"  {self.paint(what.ljust(wide), Style.DIM)}  {text}"
        for drifted in one.drifts:
            yield ""
            kind = self.paint(drifted.kind.value, Style.YELLOW)
            yield from self._wrapped(drifted.sentence, f"  {kind}: ", len(drifted.kind.value) + 4)
            yield from self._differences(drifted)
            if drifted.command:
                yield f"  {self.paint('→', Style.DIM)} {visible(drifted.command)}"
        told = {drifted.sentence for drifted in one.drifts}
        for reason in one.reasons:
            if reason.sentence not in told:
                yield ""
                kind = self.paint(reason.trouble.value, Style.RED)
                yield from self._wrapped(reason.sentence, f"  {kind}: ", len(reason.trouble.value) + 4)
                if reason.command:
                    yield f"  {self.paint('→', Style.DIM)} {visible(reason.command)}"
        if one.runs:
            yield ""
            yield from self._runs(one)

    def _facts(self, one: PipelineStatus) -> Iterator[tuple[str, str]]:
        yield "key", visible(str(one.key))
        if one.id:
            health = status_words.health(one)
            state = one.state.value if one.state else ""
            yield "AWS", ", ".join([visible(one.id), state, *([f"health {health}"] if health else [])])
        yield "files", status_words.drifts(one)
        if one.commit:
            since = [self._day(one.commit.made)] if one.commit.made else []
            behind = one.commit.behind
            ago = [f"{words.count(behind, 'commit')} before these files"] if behind else []
            about = f" ({', '.join([*since, *ago])})" if since or ago else ""
            yield "deployed", f"from commit {visible(one.commit.id[:7])}{about}"
        if one.last_activation:
            yield "activated", f"{self._day(one.last_activation)} UTC"
        if one.next_run:
            away = measures.span(self.status.at, one.next_run)
            yield "next run", f"{self._day(one.next_run)} UTC, in {away}"
        elif why := status_words.no_next_run(one):
            yield "next run", f"none: {why}"

    def _runs(self, one: PipelineStatus) -> Iterator[str]:
        parts = [part for run in one.runs for part in run.objects]
        names = max((width_of(_cut(visible(part.name), _LONGEST_NAME)) for part in parts), default=0)
        heading = f"  {words.count(len(one.runs), 'run')}, the latest first; times in UTC"
        yield self.paint(heading, Style.DIM)
        for run in one.runs:
            mood = status_words.mood_of_run(run.status)
            yield f"  {self._mark(mood)} {self._told(run)}"
            for part in run.objects:
                how = status_words.mood_of_run(part.status)
                tries = [words.count(part.attempts, "attempt")] if part.attempts > 1 else []
                how_long = status_words.told(part.status, part.started, part.ended, self.status.at)
                told = ", ".join([how_long, *tries])
                name = aligned([_cut(visible(part.name), _LONGEST_NAME), told], [names])
                yield f"      {self._mark(how)} {name}"
            for failure in run.failures:
                yield from self._failure(failure)

    def _told(self, run: PipelineRun) -> str:
        day = self._day(run.scheduled) or "without a time"
        tries = [words.count(run.attempts, "attempt")] if run.attempts > 1 else []
        told = status_words.told(run.status, run.started, run.ended, self.status.at)
        return ", ".join([f"{day}  {told}", *tries])

    def _failure(self, failure: Failure) -> Iterator[str]:
        if failure.error:
            tried = f", attempt {failure.attempt}" if failure.attempt else ""
            id = f" ({failure.error_id})" if failure.error_id else ""
            yield from self._wrapped(f"{failure.object}{tried}{id}: {failure.error}", "      ", 6)
        yield from (f"      logs: {visible(address)}" for address in failure.logs)

    # ---- lines

    def _differences(self, drifted: Drifted) -> Iterator[str]:
        room = min(_LONGEST_TEXT, self.width - 14)
        for one in drifted.differences[:_MOST]:
            files, live = excerpts(one_line(one.files), one_line(one.live), room)
            yield f"    {one_line(one.place)}"
            yield f"      files: {files or '–'}"
            yield f"      AWS:   {live or '–'}"
        if len(drifted.differences) > _MOST:
            yield f"    {len(drifted.differences) - _MOST:,} more; --json has all of them"

    def _note(self, note: str) -> Iterator[str]:
        return self._wrapped(note, f"{self.paint('note:', Style.BLUE)} ", 6)

    def _wrapped(self, text: str, first: str = "  ", indent: int = 2) -> Iterator[str]:
        room = self.width - indent
        lines = textwrap.wrap(one_line(text), room, break_long_words=False, break_on_hyphens=False)
        for number, line in enumerate(lines):
            yield f"{' ' * min(indent, 6) if number else first}{line}"

    def _verdict(self) -> str:
        mood = Mood.GOOD if self.status.well else Mood.BAD
        head = f"{mark(mood)} {status_words.headline(self.status)}"
        numbers = status_words.numbers(self.status)
        fits = width_of(head) + width_of(numbers) + 3 <= self.width
        between = " · " if fits else "\n  "
        return self.paint(head, mood_style(mood)) + (between + numbers if numbers else "")

    def _mark(self, mood: Mood) -> str:
        return self.paint(mark(mood), mood_style(mood))

    def _day(self, time: datetime | None) -> str:
        return measures.day(time, self.status.at) if time else ""


def _where(status: Status) -> str:
    groups = [
        f"{visible(group.name)}: {', '.join(parts)}"
        for group in status.groups
        if (parts := [visible(part) for part in (group.account, group.region) if part])
    ]
    return " · ".join([visible(status.project), *groups])


def _cut(text: str, room: int) -> str:
    return text if width_of(text) <= room else first_cells(text, room - 1) + "…"
