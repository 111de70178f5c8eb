"""The comment on the pull request, and the same as the step summary.

Two flavours: before a merge it says what merging will do, after a deploy what was done. Everything in it that
comes from the report goes through `escape`; what doesn't fit is left out whole, and the comment says where it
is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC

from pipelayer.model import Finding, OutcomeResult, Report, Severity
from pipelayer.render import escape, words
from pipelayer.render.budget import Fitted, Fold, Part, Piece, fit, size
from pipelayer.render.details import details
from pipelayer.render.links import Links
from pipelayer.render.previews import cells
from pipelayer.render.previews import table as table_of
from pipelayer.render.rows import Problem, Row, blocked, deployed, problems, rows
from pipelayer.render.table import ICONS, Columns
from pipelayer.render.verdict import verdict_of

COMMENT_BUDGET = 60_000
SUMMARY_BUDGET = 1_000_000
_HEADING = 400
"""Bytes that the frame of one part may need."""
_LINES = 25
_SUMMARY_LINES = 500
"""Lines of one list."""

_FIRST = 50
"""Broken pipelines whose rows come before everything."""
_MOST_GROUPS = 10
_MOST_ALERTS = 10


def comment_body(
    report: Report,
    *,
    marker: str,
    context: Links,
    first: Sequence[str] = (),
    budget: int = COMMENT_BUDGET,
) -> str:
    """The comment's Markdown, beginning with `marker`, of at most `budget` bytes (20,000 at the least).

    `first` are sentences that a reader must not miss.
    """
    summary = escape.link("step summary", context.run_url)
    elsewhere = f"the {summary} as far as it has room, and in the report file"
    head = f"{marker}\n" if marker else ""
    return head + _document(report, context, budget - size(head), elsewhere, _LINES, first)


def step_summary(report: Report, *, context: Links, budget: int = SUMMARY_BUDGET) -> str:
    """The same for the run's own page, where there is more room."""
    return _document(report, context, budget, "the report file", _SUMMARY_LINES)


def _document(
    report: Report,
    context: Links,
    budget: int,
    elsewhere: str,
    lines: int,
    first: Sequence[str] = (),
) -> str:
    table = rows(report)
    frame = "\n\n".join(filter(None, [_alert(first), _verdict(report, table), _context(report, context)]))
    pieces = [*_pieces(report, table, context), *details(report, table, lines, elsewhere)]
    fitted = fit(pieces, budget - size(frame) - 2 * _HEADING, _HEADING)
    sections = [frame, *_sections(report, table, context, fitted), _left_out(fitted, elsewhere)]
    return "\n\n".join(filter(None, sections)) + "\n"


def _verdict(report: Report, table: Sequence[Row]) -> str:
    verdict = verdict_of(report, table, merging=True)
    numbers = f" · {verdict.numbers}" if verdict.numbers else ""
    head = f"### {ICONS[verdict.mood]} {_brief(verdict.headline)}{numbers}"
    return f"{head}\n\n{_brief(verdict.advice)}" if verdict.advice else head


def _brief(text: str) -> str:
    """A sentence of the frame, which is never left out and so must not be endless."""
    return escape.prose(text if len(text) <= 300 else f"{text[:300]}…")


def _alert(first: Sequence[str]) -> str:
    """What must not be missed, as GitHub's alert; a list, since each sentence is one of its own."""
    if not first:
        return ""
    shown = [f"- {_brief(sentence)}" for sentence in first[:_MOST_ALERTS]]
    if len(first) > _MOST_ALERTS:
        shown.append(f"- {len(first) - _MOST_ALERTS:,} more")
    return "\n".join(["> [!WARNING]", *(f"> {line}" for line in shown)])


def _context(report: Report, context: Links) -> str:
    parts = []
    for group in report.groups[:_MOST_GROUPS]:
        where = ", ".join(escape.code(part[:100]) for part in (group.account, group.region) if part)
        name = f"**{escape.text(group.name[:100])}**"
        parts.append(f"{name} ({where})" if where else name)
    if len(report.groups) > _MOST_GROUPS:
        parts.append(f"{len(report.groups) - _MOST_GROUPS} more groups")
    commit = context.commit or report.commit
    if commit:
        parts.append(f"commit {escape.link(escape.code(commit[:7]), context.commit_page())}")
    if context.run_url:
        parts.append(f"[run]({context.run_url})")
    if report.dry_run:
        parts.append("**dry run: nothing was changed**")
    parts.append(f"{context.now.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    return f"<sub>{' · '.join(parts)}</sub>"


def _pieces(report: Report, table: Sequence[Row], context: Links) -> Iterator[Piece]:
    columns = Columns(report, table, context.now)
    for number, row in enumerate(table):
        first = row.broken and number < _FIRST  # who is broken is worth little without what is wrong
        part = Part.BROKEN_ROWS if first else Part.STILL_ROWS if row.still else Part.ROWS
        yield Piece(part, cells(*columns.deed(row) if deployed(report) else columns.plan(row)))
    for problem in problems(report):
        if problem.finding.severity is not Severity.NOTE:
            yield Piece(_part(problem.finding), _finding(problem, context))
    if deployed(report):
        yield from (Piece(Part.ERRORS, failure) for failure in _failures(table))
    else:  # a note asks for nothing, and the pull request has shown it
        yield from (Piece(Part.NOTES, note) for note in _notes(report, context))
    for note in dict.fromkeys((*report.selection.notes, *report.notes)):
        yield Piece(Part.REMARKS, f"- {escape.prose(note)}")


def _failures(table: Sequence[Row]) -> Iterator[str]:
    """What is said of several is said once."""
    said: dict[str, list[Row]] = {}
    for row in table:
        if row.outcome and row.outcome.error:
            error, command = words.with_command(row.outcome.error)
            steps = words.how_far(row.outcome)
            told = escape.prose(error) + (f" Retry: {escape.code(command)}" if command else "")
            said.setdefault(f"{told}<br><sub>{steps}</sub>" if steps else told, []).append(row)
    for told, alike in said.items():
        names = [escape.text(row.name) for row in alike]
        yield f"- **{words.listed(words.first(names))}**: {told}"


def _notes(report: Report, context: Links) -> Iterator[str]:
    """One for each code: nobody has to do anything about them."""
    found: dict[str, list[Problem]] = {}
    for problem in problems(report):
        if problem.finding.severity is Severity.NOTE:
            found.setdefault(problem.finding.code, []).append(problem)
    for alike in found.values():
        others = f"<br>The same in {words.count(len(alike) - 1, 'more place')}." if len(alike) > 1 else ""
        yield _finding(alike[0], context) + others


def _part(finding: Finding) -> Part:
    return {Severity.ERROR: Part.ERRORS, Severity.WARNING: Part.WARNINGS, Severity.NOTE: Part.NOTES}[
        finding.severity
    ]


def _finding(problem: Problem, context: Links) -> str:
    finding = problem.finding
    names = words.first([escape.text(name) for name in problem.names])
    whose = f"**{words.listed(names)}** " if names else ""
    where = ""
    if finding.at is not None:
        label = escape.code(f"{finding.at.path}:{finding.at.line}")
        where = f"{escape.link(label, context.line(finding.at))} "
    hint = f"<br>💡 {escape.prose(finding.hint)}" if finding.hint else ""
    return f"- {where}{escape.code(finding.code)} {whose}<br>{escape.prose(finding.message)}{hint}"


def _sections(report: Report, table: Sequence[Row], context: Links, fitted: Fitted) -> Iterator[str]:
    if shown := fitted.of(Part.BROKEN_ROWS, Part.ROWS, Part.STILL_ROWS):
        heads = Columns(report, table, context.now).heads()
        yield table_of(heads, shown)
    if errors := fitted.of(Part.ERRORS):
        yield f"#### {_wrong(report, table)}\n\n" + "\n".join(errors)
    if warnings := fitted.of(Part.WARNINGS):
        yield Fold("", words.count(len(warnings), "warning")).around("\n".join(warnings))
    if folds := fitted.folded():
        head = "What changed" if deployed(report) else "What changes"
        when = f", {words.MENDED}" if blocked(report, table) else ""
        yield "\n\n".join([f"#### {head}{when}", *folds])
    if remarks := fitted.of(Part.REMARKS):
        yield "#### Not checked, or not done\n\n" + "\n".join(remarks)
    if notes := fitted.of(Part.NOTES):
        number = sum(finding.severity is Severity.NOTE for finding in report.findings)
        yield Fold("", words.count(number, "note")).around("\n".join(notes))


def _wrong(report: Report, table: Sequence[Row]) -> str:
    """What the errors are, as a headline: not all of what wasn't done has failed."""
    if not deployed(report):
        return "What to mend"
    skipped = any(row.outcome and row.outcome.result is OutcomeResult.SKIPPED for row in table)
    if not skipped:
        return "What failed"
    failed = any(row.broken for row in table) or (report.error and not report.stopped)
    return "What failed, and what was not done" if failed else "What was not done"


def _left_out(fitted: Fitted, elsewhere: str) -> str:
    nouns = {
        Part.BROKEN_ROWS: "broken pipeline",
        Part.ROWS: "pipeline",
        Part.ERRORS: "error",
        Part.REMARKS: "remark",
        Part.STILL_ROWS: "unchanged pipeline",
        Part.WARNINGS: "warning",
        Part.NOTES: "note",
        Part.CHANGES: "table of changes",
        Part.FILES: "list of files",
        Part.STEPS: "list of steps",
        Part.GRAPHS: "graph",
    }
    plural = {
        Part.CHANGES: "tables of changes",
        Part.FILES: "lists of files",
        Part.STEPS: "lists of steps",
    }
    counts = [
        words.count(number, nouns[part], plural.get(part, ""))
        for part, number in sorted(fitted.left_out.items())
    ]
    return f"<sub>Left out for size: {words.listed(counts)}. It is in {elsewhere}.</sub>" if counts else ""
