"""The comment on the pull request, and the same as the step summary.

Two flavours: before a merge it says what merging will do, after a deploy what was done. Everything in it that
comes from the report goes through `escape`; what doesn't fit is left out whole, and the comment says where it
is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipelayer.model import Finding, Kind, PipelinePlan, Position, Report, Severity, Verb
from pipelayer.render import escape, words
from pipelayer.render.budget import Fitted, Part, Piece, fit, size
from pipelayer.render.rows import Problem, Row, blocked, deployed, problems, rows
from pipelayer.render.verdict import verdict_of
from pipelayer.render.words import Mood

COMMENT_BUDGET = 60_000
SUMMARY_BUDGET = 1_000_000
_HEADING = 400
"""Bytes that the frame of one part may need."""

_ICONS = {Mood.GOOD: "✅", Mood.WARNING: "⚠️", Mood.BAD: "❌", Mood.PAUSED: "⏸️", Mood.QUIET: "▫️"}
_MOST_NAMES = 5
_MOST_GROUPS = 10
_MOST_ALERTS = 10


@dataclass(frozen=True)
class Links:
    """What the report doesn't know: where it is published. `now` is aware; empty text means no link."""

    server_url: str
    repository: str
    commit: str
    run_url: str
    now: datetime

    def line(self, at: Position) -> str:
        """The address of a line as it was at the commit."""
        return self._page("blob", f"{escape.url_path(at.path)}#L{max(at.line, 1)}")

    def commit_page(self) -> str:
        """The address of the commit."""
        return self._page("commit", "")

    def _page(self, kind: str, path: str) -> str:
        if not (self.server_url and self.repository and self.commit):
            return ""
        root = f"{self.server_url.rstrip('/')}/{escape.url_path(self.repository)}"
        return f"{root}/{kind}/{escape.url_path(self.commit)}{'/' if path else ''}{path}"


def comment_body(
    report: Report,
    *,
    marker: str,
    context: Links,
    first: Sequence[str] = (),
    budget: int = COMMENT_BUDGET,
) -> str:
    """The comment's Markdown, beginning with `marker`, of at most `budget` bytes (2,000 at the least).

    `first` are sentences that a reader must not miss.
    """
    elsewhere = "the [step summary]({url})" if context.run_url else "the step summary"
    elsewhere = elsewhere.replace("{url}", context.run_url) + " and the report file"
    head = f"{marker}\n" if marker else ""
    return head + _document(report, context, budget - size(head), elsewhere, first)


def step_summary(report: Report, *, context: Links, budget: int = SUMMARY_BUDGET) -> str:
    """The same for the run's own page, where there is more room."""
    return _document(report, context, budget, "the report file")


def _document(report: Report, context: Links, budget: int, elsewhere: str, first: Sequence[str] = ()) -> str:
    table = rows(report)
    frame = "\n\n".join(filter(None, [_verdict(report, table), _alert(first), _context(report, context)]))
    pieces = [*_pieces(report, table, context)]
    fitted = fit(pieces, budget - size(frame) - _HEADING, _HEADING)
    sections = [frame, *_sections(report, table, fitted), _left_out(fitted, elsewhere)]
    return "\n\n".join(filter(None, sections)) + "\n"


def _verdict(report: Report, table: Sequence[Row]) -> str:
    verdict = verdict_of(report, table, merging=True)
    numbers = f" · {verdict.numbers}" if verdict.numbers else ""
    head = f"### {_ICONS[verdict.mood]} {_brief(verdict.headline)}{numbers}"
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
    parts.append(f"{context.now.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    return f"<sub>{' · '.join(parts)}</sub>"


def _pieces(report: Report, table: Sequence[Row], context: Links) -> Iterator[Piece]:
    groups, found = len({row.group for row in table}) > 1, _has_findings(table)
    waits = blocked(report, table)
    for row in table:
        part = Part.STILL_ROWS if row.still else Part.ROWS
        yield Piece(
            part, _deed_row(row, groups) if deployed(report) else _plan_row(row, groups, found, waits)
        )
    if deployed(report):
        for row in table:
            if row.outcome and (error := words.sentences(row.outcome.error)):
                steps = words.how_far(row.outcome)
                told = f"- **{escape.text(row.name)}**: {escape.prose(error)}"
                yield Piece(Part.ERRORS, f"{told}<br><sub>{steps}</sub>" if steps else told)
    for problem in problems(report):
        yield Piece(_part(problem.finding), _finding(problem, context))
    for note in dict.fromkeys((*report.selection.notes, *report.notes)):
        yield Piece(Part.REMARKS, f"- {escape.prose(note)}")
    for row in table:
        if not deployed(report) and row.plan and row.plan.steps:
            yield Piece(Part.STEPS, _steps(row, row.plan, groups))


def _part(finding: Finding) -> Part:
    return {Severity.ERROR: Part.ERRORS, Severity.WARNING: Part.WARNINGS, Severity.NOTE: Part.NOTES}[
        finding.severity
    ]


def _has_findings(table: Sequence[Row]) -> bool:
    return any(row.errors or row.warnings for row in table)


def _plan_row(row: Row, groups: bool, found: bool, waits: bool) -> str:
    if row.plan is None:
        doing = "nothing until it is mended" if row.broken else "not compared with AWS"
    else:
        why = escape.prose(words.reason(row))
        doing = words.label(row.plan.kind) if row.still else f"**{words.label(row.plan.kind)}**"
        doing = f"{doing}: {why}" if why else doing
        if row.plan.kind is Kind.REPLACE:
            doing += f"<br><sub>{words.NEW_ID}</sub>"
    findings = [words.tally(row.errors, row.warnings)] if found else []
    return _cells(_ICONS[words.mood_of(row, waits=waits)], _name(row, groups), doing, *findings)


def _deed_row(row: Row, groups: bool) -> str:
    outcome = row.outcome
    if outcome is None:
        icon = _ICONS[words.mood_of(row, waits=True)]
        return _cells(icon, _name(row, groups), "not reached", "", "", "")
    done = f"**{outcome.result.value}**"
    if words.tells_why(outcome.result) and (why := escape.prose(words.reason(row))):
        done = f"{done}: {why}"
    live = escape.code(outcome.pipeline_id)
    if outcome.previous_id and outcome.previous_id != outcome.pipeline_id:
        live = f"{escape.code(outcome.previous_id)} → {live}"
    files = ", ".join(words.files(outcome))
    icon = _ICONS[words.mood_of(row)]
    return _cells(icon, _name(row, groups), done, live, files, words.duration(outcome.seconds))


def _name(row: Row, groups: bool) -> str:
    name = f"**{escape.text(row.name)}**"
    if groups and row.group:
        name += f" · {escape.text(row.group)}"
    directory = row.directory.rsplit("/", 1)[-1]
    shown = "" if directory == row.name or not row.directory else escape.text(row.directory)
    return f"{name}<br><sub>{shown}</sub>" if shown else name


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _finding(problem: Problem, context: Links) -> str:
    finding = problem.finding
    names = [escape.text(name) for name in problem.names[:_MOST_NAMES]]
    if len(problem.names) > _MOST_NAMES:
        names.append(f"{len(problem.names) - _MOST_NAMES:,} more")
    whose = f"**{words.listed(names)}** " if names else ""
    where = ""
    if finding.at is not None:
        label = escape.code(f"{finding.at.path}:{finding.at.line}")
        where = f"{escape.link(label, context.line(finding.at))} "
    hint = f"<br>💡 {escape.prose(finding.hint)}" if finding.hint else ""
    return f"- {where}{escape.code(finding.code)} {whose}<br>{escape.prose(finding.message)}{hint}"


def _steps(row: Row, plan: PipelinePlan, groups: bool) -> str:
    name = escape.html(row.name) + (f" · {escape.html(row.group)}" if groups else "")
    lines = []
    for number, step in enumerate(plan.steps, 1):
        target = f" {escape.code(step.target)}" if step.target else ""
        lines.append(f"{number}. {escape.prose(step.detail)}{target}")
    summary = f"<b>{name}</b>: {words.count(len(plan.steps), 'step')}"
    return _folded(summary, "\n".join(lines))


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def _sections(report: Report, table: Sequence[Row], fitted: Fitted) -> Iterator[str]:
    shown = fitted.of(Part.ROWS, Part.STILL_ROWS)
    if shown:
        waits = blocked(report, table)
        who = "merging" if report.verb is Verb.VALIDATE else "a deploy"
        heads = ["", "Pipeline", f"What {who} would do {words.MENDED}" if waits else f"What {who} will do"]
        if deployed(report):
            heads = ["", "Pipeline", "What was done", "Live id", "Files", "Time"]
        elif _has_findings(table):
            heads.append("Findings")
        yield "\n".join([_cells(*heads), _cells(*["---"] * len(heads)), *shown])
    if errors := fitted.of(Part.ERRORS):
        yield f"#### {'What failed' if deployed(report) else 'What to mend'}\n\n" + "\n".join(errors)
    if warnings := fitted.of(Part.WARNINGS):
        yield _folded(words.count(len(warnings), "warning"), "\n".join(warnings))
    if notes := fitted.of(Part.NOTES):
        yield _folded(words.count(len(notes), "note"), "\n".join(notes))
    if steps := fitted.of(Part.STEPS):
        when = f", {words.MENDED}" if blocked(report, table) else ""
        yield f"#### Step by step{when}\n\n" + "\n".join(steps)
    if remarks := fitted.of(Part.REMARKS):
        yield "#### Not checked, or not done\n\n" + "\n".join(remarks)


def _left_out(fitted: Fitted, elsewhere: str) -> str:
    nouns = {
        Part.ROWS: "pipeline",
        Part.ERRORS: "error",
        Part.REMARKS: "remark",
        Part.STILL_ROWS: "unchanged pipeline",
        Part.WARNINGS: "warning",
        Part.NOTES: "note",
        Part.STEPS: "list of steps",
    }
    plural = {Part.STEPS: "lists of steps"}
    counts = [
        words.count(number, nouns[part], plural.get(part, ""))
        for part, number in sorted(fitted.left_out.items())
    ]
    return (
        f"<sub>Left out for size: {words.listed(counts)}. All of it is in {elsewhere}.</sub>"
        if counts
        else ""
    )
