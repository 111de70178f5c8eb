"""An import in words, for a terminal and as JSON. Pure."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pipelayer.render.columns import aligned, width_of
from pipelayer.render.escape import one_line
from pipelayer.render.measures import bytes_in
from pipelayer.render.words import count

if TYPE_CHECKING:
    from pipelayer.importer.blueprint import Drawn
    from pipelayer.importer.choosing import Candidate
    from pipelayer.run.destination import Destination
    from pipelayer.run.import_reading import LeftOut
    from pipelayer.run.importing import ImportPlan

_LONGEST_NAME = 48

VERSION = 1
"""Raised when a reader of the old JSON would misread the new one."""


def listed(
    candidates: Sequence[Candidate], present: Collection[str] = (), *, numbered: bool = False
) -> Iterator[str]:
    """The pipelines of an account, a line each. `present` are the ids of those that the project has."""
    if not candidates:
        yield "There is no such pipeline."
        return
    rows = [
        [
            *([f"{number}"] if numbered else []),
            _name(one.live.name),
            one.live.id,
            str(one.live.state),
            f"left out: {one_line(one.why_not)}"
            if one.why_not
            else "in the project"
            if one.live.id in present
            else "",
        ]
        for number, one in enumerate(candidates, 1)
    ]
    yield from _table(rows)


def previewed(destination: Destination, plan: ImportPlan) -> Iterator[str]:
    """What an import will write, what it leaves out, and what somebody has to know."""
    blueprint = plan.blueprint
    where = f"account {destination.account}, {destination.region}"
    if blueprint.pipelines:
        yield f"{count(len(blueprint.pipelines), 'pipeline')} of {where}, into {destination.folder}:"
        yield from (f"  {path}" for path in plan.config)
    by_template: dict[str, list[Drawn]] = {}
    for drawn in blueprint.pipelines:
        by_template.setdefault(drawn.template, []).append(drawn)
    for template, ones in by_template.items():
        own = posixpath.dirname(template) == ones[0].directory
        shares = "" if own else f"  the template of {count(len(ones), 'pipeline')}"
        yield f"  {template}{shares}"
        yield from (f"  {line}" for line in _table([_row(one) for one in ones]))
    if blueprint.present:
        yield f"{count(len(blueprint.present), 'pipeline')} of these the project has already."
    yield from left_out((*plan.left_out, *plan.passed_over))
    if plan.notes:
        yield ""
        yield from (
            one_line(note) if note.startswith(" ") else f"note: {one_line(note)}" for note in plan.notes
        )


def left_out(ones: Iterable[LeftOut]) -> Iterator[str]:
    """What is not imported, and why."""
    for one in ones:
        yield f"left out: {one.live.id} ({_name(one.live.name)}): {one_line(one.reason)}"


def dumps(destination: Destination, plan: ImportPlan, done: Sequence[Drawn], left: Sequence[LeftOut]) -> str:
    """What was done, for programs, in ASCII; `docs/import.md` describes the fields."""
    document = {
        "version": VERSION,
        "project": destination.project,
        "group": destination.group,
        "region": destination.region,
        "account": destination.account,
        "pipelines": [
            {
                "pipeline_id": one.found.live.id,
                "name": one.found.live.name,
                "directory": one.directory,
                "template": one.template,
                "written": one in done,
            }
            for one in plan.blueprint.pipelines
        ],
        "present": [
            {"pipeline_id": id, "directory": directory} for id, directory in plan.blueprint.present.items()
        ],
        "left_out": [
            {"pipeline_id": one.live.id, "name": one.live.name, "reason": one.reason}
            for one in (*left, *plan.passed_over)
        ],
        "notes": list(plan.notes),
    }
    return json.dumps(document, indent=2)


def _row(drawn: Drawn) -> list[str]:
    found, scripts = drawn.found, drawn.scripts
    size = f"{count(len(scripts), 'file')}, {bytes_in(found.contents.size)}" if scripts else ""
    return [f"{drawn.directory}/", found.live.id, str(found.live.state), _name(found.live.name), size]


def _name(name: str) -> str:
    line = one_line(name)
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(width_of(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    yield from (f"  {aligned(row, widths)}".rstrip() for row in rows)
