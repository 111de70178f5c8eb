"""The report in a terminal: findings as a good compiler shows them, then a table and the verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO, assert_never

from pipelayer.model import Finding, Kind, Position, Report, Severity, Verb
from pipelayer.render import terminal_previews, words
from pipelayer.render.columns import aligned, first_cells, last_cells, shown_source, width_of
from pipelayer.render.escape import one_line, visible
from pipelayer.render.paint import Paint, Style, mark, mood_style
from pipelayer.render.rows import Problem, Row, blocked, deployed, problems, rows
from pipelayer.render.verdict import Verdict, verdict_of

Sources = Callable[[str], bytes | None]
"""The bytes of a file by its path in the repository, None where there is none."""

_LONGEST_NAME = 60
_MOST_NAMES = 3
_MEANT = re.compile(r"""\"(?:[^"\\]|\\.)*+"?|'[^']*+'?|[^\s,:{}\[\]"']++""")
"""What stands at a position: a string in quotes, or a word."""


def print_report(
    report: Report, *, file: TextIO, sources: Sources, color: bool | None = None, width: int = 100
) -> None:
    """Writes the report to `file`, for somebody at the command line; `color` defaults to whether that is a
    terminal.
    """
    colored = file.isatty() if color is None else color
    shown = words.as_options(terminal_report(report, sources=sources, color=colored, width=width))
    encoding = file.encoding or "utf-8"
    file.write(shown.encode(encoding, "backslashreplace").decode(encoding))


def terminal_report(report: Report, *, sources: Sources, color: bool = False, width: int = 100) -> str:
    """The report as text. Lines of source are cut to `width` columns around the mark, nothing else is cut."""
    return _Terminal(sources, color, width).show(report)


class _Terminal:
    def __init__(self, sources: Sources, color: bool, width: int) -> None:
        self._sources = sources
        self._paint = Paint(color)
        self._width = max(width, 40)
        self._lines: dict[str, list[str]] = {}

    def show(self, report: Report) -> str:
        table = rows(report)
        found = problems(report)
        blocks = [self._paint(where, Style.DIM)] if (where := terminal_previews.where(report)) else []
        notes = [problem.finding for problem in found if problem.finding.severity is Severity.NOTE]
        blocks += ["\n".join(self._finding(problem)) for problem in found[: len(found) - len(notes)]]
        if notes:
            blocks.append(self._notes(notes))
        blocks += [self._failure(row) for row in table if row.outcome and row.outcome.error]
        if table and not _nothing_reached(report, table):
            blocks.append("\n".join(self._table(report, table)))
        if not deployed(report) and report.verb is not Verb.VALIDATE:
            groups = len({row.group for row in table}) > 1
            names = Counter((row.group, _short(row)) for row in table)
            blocks += filter(
                None, (self._preview(row, groups, names[row.group, _short(row)] > 1) for row in table)
            )
        remarks = dict.fromkeys((*report.selection.notes, *report.notes))
        if remarks:
            blocks.append(
                "\n".join(f"{self._paint('note:', Style.BLUE)} {one_line(note)}" for note in remarks)
            )
        blocks.append(self._verdict(report, table))
        return "\n\n".join(blocks) + "\n"

    def _finding(self, problem: Problem) -> Iterator[str]:
        finding = problem.finding
        severity = self._paint(f"{finding.severity.value}", _severity_style(finding.severity))
        whose = self._whose(problem.names)
        place = ""
        if finding.at:
            at = finding.at
            place = self._paint(f"{visible(at.path)}:{at.line}:{at.column}", Style.BOLD) + ": "
        yield f"{place}{severity} {visible(finding.code)}: {whose}{one_line(finding.message)}"
        indent = 3
        if finding.at and (lines := self._marked(finding.at, finding)):
            indent = len(str(finding.at.line)) + 3
            yield from lines
        if finding.hint:
            yield f"{' ' * indent}{self._paint('= hint:', Style.DIM)} {one_line(finding.hint)}"

    def _notes(self, notes: Sequence[Finding]) -> str:
        """All of them on one line: nobody has to do anything about them."""
        codes = Counter(visible(finding.code) for finding in notes)
        counts = ", ".join(f"{code} ({number:,})" for code, number in sorted(codes.items()))
        head = self._paint(words.count(len(notes), "note"), Style.BLUE)
        return f"{head}: {counts}; pipelayer explain {' '.join(sorted(codes))}"

    def _whose(self, names: Sequence[str]) -> str:
        shown = [visible(name) for name in names[:_MOST_NAMES]]
        if len(names) > _MOST_NAMES:
            shown.append(f"{len(names) - _MOST_NAMES} more")
        return f"{words.listed(shown)}: " if shown else ""

    def _marked(self, at: Position, finding: Finding) -> list[str]:
        """The line of source with what is meant underlined, empty where the file has no such line."""
        source = self._source(at.path)
        if not 1 <= at.line <= len(source):
            return []
        line, start = source[at.line - 1], at.column - 1
        room = self._width - len(str(at.line)) - 5
        meant = _MEANT.match(line, start, start + room)
        before = shown_source(line[max(start - room, 0) : start])
        after = shown_source(line[start : start + room + 1])
        if start > room or width_of(before) > room // 2:
            before = "…" + last_cells(before, room // 2 - 1)
        left = room - width_of(before)
        if width_of(after) > left:
            after = first_cells(after, left - 1) + "…"
        length = min(width_of(shown_source(meant[0])), width_of(after)) if meant else 1
        number = str(at.line)
        bar = self._paint("|", Style.BLUE)
        mark = self._paint("^" * max(length, 1), _severity_style(finding.severity))
        return [
            f" {self._paint(number, Style.BLUE)} {bar} {before}{after}",
            f" {' ' * len(number)} {bar} {' ' * width_of(before)}{mark}",
        ]

    def _source(self, path: str) -> list[str]:
        """The file's lines, as they are counted in positions; none where there is no such file."""
        if path not in self._lines:
            data = self._sources(path)
            text = data.decode("utf-8-sig", "replace") if data is not None else ""
            self._lines[path] = [line.rstrip("\r") for line in text.split("\n")] if text else []
        return self._lines[path]

    def _failure(self, row: Row) -> str:
        assert row.outcome is not None, "only rows with an outcome are shown here"
        word = self._paint("error", Style.RED) if row.broken else self._paint("note", Style.BLUE)
        said = f"{word}: {visible(row.name)}: {one_line(words.sentences(row.outcome.error))}"
        steps = words.how_far(row.outcome)
        return f"{said}\n   {self._paint('=', Style.DIM)} {steps}" if steps else said

    def _table(self, report: Report, table: Sequence[Row]) -> Iterator[str]:
        groups = len({row.group for row in table}) > 1
        after, waits = deployed(report), blocked(report, table)
        names = Counter((row.group, _short(row)) for row in table)
        moods = [words.mood_of(row, waits=waits or (after and row.outcome is None)) for row in table]
        heads = [
            "",
            "pipeline",
            *(["group"] if groups else []),
            "what was done"
            if after
            else f"what would be done {words.MENDED}"
            if waits
            else "what will be done",
        ]
        body = [
            [
                mark(mood),
                _name(row, names[row.group, _short(row)] > 1),
                *([visible(row.group)] if groups else []),
                _doing(row, after),
            ]
            for row, mood in zip(table, moods, strict=True)
        ]
        widths = [max(width_of(line[column]) for line in [heads, *body]) for column in range(len(heads) - 1)]
        yield self._paint(aligned(heads, widths), Style.DIM)
        for row, mood, line in zip(table, moods, body, strict=True):
            sign, *rest = line
            yield self._paint(sign, mood_style(mood)) + aligned(["", *rest], [0, *widths[1:]])
            if row.plan and row.plan.kind is Kind.REPLACE and not after and not row.broken:
                indented = aligned([*[""] * len(widths), words.NEW_ID], widths)
                yield self._paint(indented, Style.DIM)

    def _preview(self, row: Row, groups: bool, shared: bool) -> str:
        """What its plan means: `plan` is asked for that, the other verbs show what they do."""
        shown = (
            terminal_previews.lines(row.plan.preview, self._width) if row.plan and row.plan.preview else []
        )
        name = f"{_name(row, shared)} · {visible(row.group)}" if groups else _name(row, shared)
        return "\n".join([self._paint(name, Style.BOLD), *shown]) if shown else ""

    def _verdict(self, report: Report, table: Sequence[Row]) -> str:
        verdict = verdict_of(report, table)
        if report.error and any(
            finding.message == report.error and finding.severity is Severity.ERROR
            for finding in report.findings
        ):
            verdict = Verdict(verdict.mood, "Pipelayer stopped")  # the rest is told where it belongs
        head = self._paint(one_line(verdict.headline), mood_style(verdict.mood))
        sign = self._paint(mark(verdict.mood), mood_style(verdict.mood))
        numbers = f" · {verdict.numbers}" if verdict.numbers else ""
        advice = f"\n  {one_line(verdict.advice)}" if verdict.advice else ""
        return f"{sign} {head}{numbers}{advice}"


def _nothing_reached(report: Report, table: Sequence[Row]) -> bool:
    """Whether the run stopped before there was anything to say of a single pipeline."""
    if not report.error or any(row.outcome for row in table):
        return False
    after = deployed(report)
    return all(row.plan is None or after or row.plan.kind is Kind.UNKNOWN for row in table)


def _short(row: Row) -> str:
    """Its name, cut where it is long."""
    name = visible(row.name)
    return f"{first_cells(name, _LONGEST_NAME - 1)}…" if width_of(name) > _LONGEST_NAME else name


def _name(row: Row, shared: bool) -> str:
    """With its directory where another one is shown with the same name."""
    name = _short(row)
    return f"{name} ({visible(row.directory)})" if shared and row.directory else name


def _doing(row: Row, after: bool) -> str:
    outcome, plan = row.outcome, row.plan
    if after and outcome is not None:
        parts = [outcome.result.value]
        why = one_line(words.reason(row)) if words.left_alone(outcome.result) else ""
        if outcome.previous_id and outcome.previous_id != outcome.pipeline_id:
            parts.append(f"{visible(outcome.previous_id)} → {visible(outcome.pipeline_id)}")
        elif outcome.pipeline_id:
            parts.append(visible(outcome.pipeline_id))
        details = [*words.files(outcome), *filter(None, [words.duration(outcome.seconds)])]
        done = " ".join(parts) + (f" ({', '.join(details)})" if details else "")
        return f"{done}: {why}" if why else done
    if plan is None or (after and plan.kind is not Kind.HELD):
        return (
            "not reached"
            if after
            else "nothing until it is mended"
            if row.broken
            else "not compared with AWS"
        )
    why = one_line(words.reason(row))
    return f"{words.label(plan.kind)}: {why}" if why else words.label(plan.kind)


def _severity_style(severity: Severity) -> Style:
    match severity:
        case Severity.ERROR:
            return Style.RED
        case Severity.WARNING:
            return Style.YELLOW
        case Severity.NOTE:
            return Style.BLUE
        case _:
            assert_never(severity)
