"""What one plan means, in a terminal: indented lines below the pipeline's name."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from pipelayer.definition.excerpts import arrow, excerpts
from pipelayer.model import Mark, Preview, Report, Runs, Verb
from pipelayer.render import measures
from pipelayer.render.columns import aligned, width_of
from pipelayer.render.escape import one_line, visible
from pipelayer.render.previews import changed_resources

_SIGNS = {Mark.ADDED: "+", Mark.CHANGED: "~", Mark.REMOVED: "-"}
_LONGEST = 60
_MOST = 25
"""Lines of one list: the report as JSON has all of them."""


def where(report: Report) -> str:
    """Which account and region a plan is about: somebody who deploys next wants to know."""
    if report.verb is not Verb.PLAN and not report.dry_run:
        return ""
    groups = [
        f"{visible(group.name)}: {', '.join(parts)}"
        for group in report.groups
        if (parts := [visible(part) for part in (group.account, group.region) if part])
    ]
    commit = [f"commit {report.commit[:7]}"] if report.commit else []
    dry = ["dry run: nothing was changed"] if report.dry_run else []
    return " · ".join([*groups, *commit, *dry])


def lines(preview: Preview, columns: int) -> list[str]:
    """Empty where nothing changes. What is wider than so many columns goes on below, further in."""
    rows = [*_changes(preview), *_files(preview), *_resources(preview)]
    if not rows:
        return []
    rows += _runs(preview)
    width = min(max(width_of(place) for place, _ in rows), columns // 2)
    return [line for place, what in rows for line in _wrapped(place, what, width, columns)]


def _wrapped(place: str, what: str, width: int, columns: int) -> Iterator[str]:
    room = max(columns - width - 5, 20)
    first, *more = textwrap.wrap(what, room, break_on_hyphens=False) or [""]
    if width_of(place) > width:
        yield f"   {place}"
        place = ""
    yield f"   {aligned([place, first], [width])}".rstrip()
    yield from (f"   {aligned(['', line], [width])}" for line in more)


def _changes(preview: Preview) -> Iterator[tuple[str, str]]:
    for change in preview.changes[:_MOST]:
        before, after = excerpts(change.before, change.after, _LONGEST)
        what = arrow(one_line(before), one_line(after))
        rule = f"  [{one_line(change.rule)}]" if change.rule else ""
        reached = f"  reaches {', '.join(map(visible, change.reaches[:3]))}" if change.reaches else ""
        more = f" and {len(change.reaches) - 3} more" if len(change.reaches) > 3 else ""
        yield visible(change.place), f"{what}{rule}{reached}{more}".strip()
    yield from _rest(len(preview.changes), "difference")


def _files(preview: Preview) -> Iterator[tuple[str, str]]:
    for file in preview.files[:_MOST]:
        yield f"{_SIGNS[file.mark]} {visible(file.path)}", arrow(*measures.sizes(file))
    yield from _rest(len(preview.files), "file")


def _resources(preview: Preview) -> Iterator[tuple[str, str]]:
    for one in changed_resources(preview):
        yield f"{visible(one.id)} ({visible(one.type)})", arrow(one_line(one.before), one_line(one.after))


def _runs(preview: Preview) -> Iterator[tuple[str, str]]:
    before, after = _moments(preview.runs_before), _moments(preview.runs_after)
    if after and before and before != after:
        yield "next runs were", before
    if after:
        yield "next runs", after


def _moments(runs: Runs) -> str:
    """The zone stands behind the times, and not behind what no time can say."""
    times = ", ".join(map(measures.instant, runs.times))
    return ", ".join(filter(None, [f"{times} UTC" if times else "", one_line(runs.note)]))


def _rest(number: int, noun: str) -> Iterator[tuple[str, str]]:
    if number > _MOST:
        yield "…", f"{number - _MOST:,} more {noun}s"
