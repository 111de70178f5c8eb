"""The daily look as Markdown, for an issue that is kept up to date.

The same status gives the same text: nothing in it tells when it was written, and no time in it passes.
Everything that comes from files and from AWS goes through `escape`; what doesn't fit is left out whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipelayer.changes.ids import is_commit_id
from pipelayer.definition.excerpts import excerpts
from pipelayer.model.status import Drift, Drifted, PipelineStatus, Reason, Status, Trouble
from pipelayer.render import escape, measures, status_words, words
from pipelayer.render.budget import Fitted, Fold, Part, Piece, fit, size
from pipelayer.render.links import Links
from pipelayer.render.previews import cells
from pipelayer.render.previews import table as table_of
from pipelayer.render.table import ICONS
from pipelayer.render.words import Mood

ISSUE_BUDGET = 60_000
"""GitHub refuses an issue of more than 65,536 characters."""

_HEADING = 400
"""Bytes that the frame of one part may need."""
_LONGEST_TEXT = 160
_LONGEST_ERROR = 500
_LONGEST_NAME = 200
_MOST_GROUPS = 10
_MOST_DIFFERENCES = 25
_FIRST = 50
"""Rows of those that need somebody which come before anything else is left out."""


def status_markdown(
    status: Status,
    *,
    server_url: str = "",
    repository: str = "",
    marker: str = "",
    budget: int = ISSUE_BUDGET,
) -> str:
    """The status as GitHub's Markdown, beginning with `marker`, of at most `budget` bytes (20,000 at the
    least).

    `server_url` and `repository` (`owner/name`) make links to commits; without them there are none.
    """
    page = _Page(status, server_url, repository)
    head = f"{marker}\n" if marker else ""
    frame = "\n\n".join([page.verdict(), page.where()])
    fitted = fit(page.pieces(), budget - size(head) - size(frame) - 2 * _HEADING, _HEADING)
    blocks = [frame, *page.sections(fitted), _left_out(fitted)]
    return head + "\n\n".join(filter(None, blocks)) + "\n"


class _Page:
    def __init__(self, status: Status, server_url: str, repository: str) -> None:
        self._status = status
        self._server_url, self._repository = server_url, repository
        self._several = len(status.groups) > 1
        self._rows = sorted(status.pipelines, key=lambda one: (one.well, one.key))

    def verdict(self) -> str:
        """The headline, with the numbers behind it."""
        icon = ICONS[Mood.GOOD if self._status.well else Mood.BAD]
        numbers = status_words.numbers(self._status)
        return f"### {icon} {status_words.headline(self._status)}{f' · {numbers}' if numbers else ''}"

    def where(self) -> str:
        """The groups that were looked at."""
        parts = []
        for group in self._status.groups[:_MOST_GROUPS]:
            where = ", ".join(escape.code(part[:100]) for part in (group.account, group.region) if part)
            name = f"**{escape.text(group.name[:100])}**"
            parts.append(f"{name} ({where})" if where else name)
        if len(self._status.groups) > _MOST_GROUPS:
            parts.append(f"{len(self._status.groups) - _MOST_GROUPS} more groups")
        return f"<sub>{' · '.join(parts)}</sub>" if parts else ""

    def pieces(self) -> Iterator[Piece]:
        """All that there is to be told."""
        for reason, names in status_words.told_alike(self._status):
            yield Piece(Part.ERRORS, self._reason(reason, names))
        for number, one in enumerate(self._rows):
            first = not one.well and number < _FIRST
            yield Piece(Part.BROKEN_ROWS if first else Part.ROWS, cells(*self._row(one)))
        for note in (*self._status.notes, *filter(None, [status_words.strangers(self._status)])):
            yield Piece(Part.REMARKS, f"- {escape.prose(note)}")
        for one in self._rows:
            for drifted in one.drifts:
                if drifted.differences and drifted.kind is not Drift.NOT_DEPLOYED:  # a deploy shows those
                    yield Piece(Part.CHANGES, *self._differences(one, drifted))

    def sections(self, fitted: Fitted) -> Iterator[str]:
        """What fits, in the order in which it is read."""
        if reasons := fitted.of(Part.ERRORS):
            yield "#### What needs somebody\n\n" + "\n".join(reasons)
        yield from fitted.folded()
        if rows := fitted.of(Part.BROKEN_ROWS, Part.ROWS):
            yield "#### The pipelines\n\n" + table_of(self._heads(), rows)
        if remarks := fitted.of(Part.REMARKS):
            yield "\n".join(remarks)

    def _name(self, name: str, group: str) -> str:
        shown = f"**{escape.text(name[:_LONGEST_NAME])}**"
        return f"{shown} · {escape.text(group[:_LONGEST_NAME])}" if self._several else shown

    def _reason(self, reason: Reason, names: Sequence[str]) -> str:
        whose = words.listed(words.first([escape.text(name[:_LONGEST_NAME]) for name in names]))
        lines = [f"- **{whose}**: {reason.trouble.value}", escape.prose(reason.sentence)]
        if reason.trouble is Trouble.FAILED:
            one = next(one for one in self._status.pipelines if one.key == reason.key)
            for number, failure in enumerate(one.failures):
                if number and failure.error:
                    said = escape.prose(failure.error[:_LONGEST_ERROR])
                    lines.append(f"{escape.code(failure.object)}: {said}")
                lines += [f"Logs: {escape.code(address)}" for address in failure.logs]
        if reason.command:
            lines.append(f"💡 {escape.code(reason.command)}")
        return "<br>".join(lines)

    def _heads(self) -> list[str]:
        return ["", "Pipeline", "Runs", "Last run (UTC)", "Next run (UTC)", "Files and AWS", "Live commit"]

    def _row(self, one: PipelineStatus) -> list[str]:
        latest = one.runs[0] if one.runs else None
        when = latest.scheduled if latest else one.latest_run
        result = status_words.last_run(one)
        details = [measures.instant(when)] if when else []
        took = status_words.took(latest, self._status.at) if latest and latest.ended else ""
        details += [f"took {took}"] if took else []
        below = f"<br><sub>{' · '.join(details)}</sub>" if details else ""
        directory = one.directory.rpartition("/")[2]
        place = "" if directory == one.name else escape.text(one.directory[:_LONGEST_NAME])
        return [
            ICONS[status_words.mood_of(one)],
            self._name(one.name, one.key.group) + (f"<br><sub>{place}</sub>" if place else ""),
            "".join(ICONS[status_words.mood_of_run(run.status)] for run in reversed(one.runs[:10])),
            f"{result}{below}",
            measures.instant(one.next_run) if one.next_run else status_words.no_next_run(one),
            status_words.drifts(one),
            self._commit(one),
        ]

    def _commit(self, one: PipelineStatus) -> str:
        if one.commit is None:
            return ""
        commit = one.commit.id  # anybody may write into a tag
        known = commit if is_commit_id(commit) else ""
        links = Links(self._server_url, self._repository, known, "", self._status.at)
        return escape.link(escape.code(commit[:7]), links.commit_page())

    def _differences(self, one: PipelineStatus, drifted: Drifted) -> tuple[str, Fold]:
        name = f"{one.name[:_LONGEST_NAME]}{f' · {one.key.group}' if self._several else ''}"
        summary = f"{escape.html(name)}: {drifted.kind.value}"
        rows = []
        for each in drifted.differences[:_MOST_DIFFERENCES]:
            files, live = excerpts(each.files, each.live, _LONGEST_TEXT)
            rows.append(cells(escape.code(each.place), escape.code(files) or "–", escape.code(live) or "–"))
        more = len(drifted.differences) - _MOST_DIFFERENCES
        left = f"\n\n{words.count(more, 'more field')} differ." if more > 0 else ""
        markdown = table_of(["Field", "Files", "AWS"], rows) + left
        return markdown, Fold(f"{one.key} {drifted.kind.value}", summary)


def _left_out(fitted: Fitted) -> str:
    nouns = {
        Part.ERRORS: ("reason", ""),
        Part.BROKEN_ROWS: ("pipeline that needs somebody", "pipelines that need somebody"),
        Part.ROWS: ("pipeline", ""),
        Part.REMARKS: ("remark", ""),
        Part.CHANGES: ("table of differences", "tables of differences"),
    }
    counts = [words.count(number, *nouns[part]) for part, number in sorted(fitted.left_out.items())]
    left = words.listed(counts)
    return f"<sub>Left out for size: {left}. <code>pipelayer status</code> shows all.</sub>" if left else ""
