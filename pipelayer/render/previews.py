"""What one plan means, in Markdown: tables of what changes in meaning, and the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipelayer.definition.excerpts import excerpts
from pipelayer.model import (
    Against,
    FieldChange,
    FileChange,
    Mark,
    PipelinePlan,
    Preview,
    ResourceChange,
    Subject,
)
from pipelayer.render import escape, measures, words
from pipelayer.render.budget import Part
from pipelayer.render.mermaid import caption, mermaid

_LONGEST = 160
"""Characters of a changed text that are shown; the report file has all of it."""

_SIGNS = {Mark.ADDED: "➕", Mark.CHANGED: "✏️", Mark.REMOVED: "➖"}
_NONE = "–"

_T = TypeVar("_T")


def cells(*parts: str) -> str:
    """A row of a table; its cells are harmless Markdown already."""
    return f"| {' | '.join(parts)} |"


def table(heads: Sequence[str], rows: Iterable[str]) -> str:
    """A table of such rows."""
    return "\n".join([cells(*heads), cells(*["---"] * len(heads)), *rows])


def tally(preview: Preview) -> str:
    """What is in it, in numbers; empty where nothing is."""
    subjects = Counter(change.subject for change in preview.changes)
    values, declared = subjects[Subject.VALUE], subjects[Subject.PARAMETER]
    numbers = [
        (len(preview.changes) - values - declared, "difference"),
        (values, "value"),
        (declared, "declared parameter"),
        (len(changed_resources(preview)) if preview.against is not Against.NOTHING else 0, "resource"),
    ]
    counted = [words.count(number, noun) for number, noun in numbers if number]
    return ", ".join(filter(None, [*counted, measures.files(preview.files)]))


def changed_resources(preview: Preview) -> Sequence[ResourceChange]:
    """Those that are billed otherwise than before."""
    return [one for one in preview.resources if one.before != one.after]


def parts(preview: Preview, most: int, elsewhere: str) -> Iterator[tuple[Part, str]]:
    """The blocks of its fold, each with its rank. Lists end after `most` lines; the rest is `elsewhere`."""
    rest = _Rest(most, elsewhere)
    of: dict[Subject, list[FieldChange]] = {}
    for change in preview.changes:
        of.setdefault(change.subject, []).append(change)
    fields = [*of.get(Subject.OBJECT, ()), *of.get(Subject.PIPELINE, ())]
    values = of.get(Subject.VALUE, ())
    if fields:
        yield Part.CHANGES, _listed("Definition", fields, _field, rest)
    if declared := of.get(Subject.PARAMETER):
        shown = words.first([_declared(one) for one in declared])
        yield Part.CHANGES, f"**Declared parameters**: {', '.join(shown)}"
    if values:
        yield Part.CHANGES, _listed("Value", values, _value, rest, "Reaches")
    if runs := _runs(preview):
        yield Part.CHANGES, runs
    if changed_resources(preview):
        yield Part.CHANGES, _listed("What AWS bills", preview.resources, _resource, rest)
    if preview.files:
        yield Part.FILES, _listed("File", measures.in_order(preview.files), _file, rest)
    elif not preview.files_compared:
        what = "the commit before" if preview.against is Against.BASE else "what the bucket holds"
        yield Part.FILES, f"**Files**: not compared, since {what} could not be read"


def graph(preview: Preview) -> str:
    """The picture of the objects, empty where there is none."""
    if preview.graph is None or not preview.graph.nodes:
        return ""
    picture = escape.fence(mermaid(preview.graph), "mermaid")
    below = caption(preview.graph)
    return f"{picture}\n\n<sub>{escape.text(below)}</sub>" if below else picture


@dataclass(frozen=True)
class _Rest:
    """How many lines of a list are shown, and where the others are."""

    most: int
    elsewhere: str


def _listed(
    what: str, items: Sequence[_T], row: Callable[[_T], Sequence[str]], rest: _Rest, *more: str
) -> str:
    shown = table([what, "Before", "After", *more], (cells(*row(item)) for item in items[: rest.most]))
    left = len(items) - rest.most
    return f"{shown}\n\n<sub>and {left:,} more, in {rest.elsewhere}</sub>" if left > 0 else shown


def _pair(before: str, after: str) -> tuple[str, str]:
    one, other = excerpts(before, after, _LONGEST)
    return escape.code(one) or _NONE, escape.code(other) or _NONE


def _field(change: FieldChange) -> Sequence[str]:
    place = escape.code(change.place)
    if not (change.before or change.after):
        return escape.prose(change.place), _NONE, _NONE
    if change.rule:
        place += f"<br><sub>{escape.prose(change.rule)}</sub>"
    return place, *_pair(change.before, change.after)


def _value(change: FieldChange) -> Sequence[str]:
    reached = [escape.code(place) for place in change.reaches[: words.MOST_NAMES]]
    if len(change.reaches) > len(reached):
        reached.append(f"{len(change.reaches) - len(reached):,} more")
    name = escape.code(change.name)
    return name, *_pair(change.before, change.after), ", ".join(reached) or "nothing"


def _declared(change: FieldChange) -> str:
    name = escape.code(change.place.removeprefix("parameters."))
    if change.before and change.after:
        one, other = _pair(change.before, change.after)
        return f"{name}: {one} → {other}"
    return f"{name} {'added' if change.after else 'removed'}"


def _file(file: FileChange) -> Sequence[str]:
    before, after = measures.sizes(file)
    return f"{_SIGNS[file.mark]} {escape.code(file.path)}", before or _NONE, after or _NONE


def _resource(one: ResourceChange) -> Sequence[str]:
    name = f"{escape.code(one.id)}<br><sub>{escape.text(one.type)}</sub>"
    after = "the same" if one.before == one.after else escape.text(one.after) or _NONE
    return name, escape.text(one.before) or _NONE, after


def _runs(preview: Preview) -> str:
    before, after = measures.moments(preview.runs_before), measures.moments(preview.runs_after)
    if not (before or after):
        return ""
    after = after or ["none"]
    if before == after or not before:
        same = ", as before" if before else ""
        zone = " (UTC)" if preview.runs_after.times else ""  # what no time can say has none
        return f"**Next runs**{zone}{same}: {', '.join(map(escape.text, after))}"
    height = max(len(before), len(after))
    columns = (side + [""] * (height - len(side)) for side in (before, after))
    lines = [cells(escape.text(old), escape.text(new)) for old, new in zip(*columns, strict=True)]
    return table(["Next runs before (UTC)", "Next runs after (UTC)"], lines)


def steps(plan: PipelinePlan, *, ids: bool = True) -> str:
    """The plan's steps, with the ids of the pipelines that they act on or without; empty without any."""
    lines = []
    for number, step in enumerate(plan.steps, 1):
        target = f" {escape.code(step.target)}" if ids and step.target else ""
        lines.append(f"{number}. {escape.prose(step.detail)}{target}")
    return "\n".join(["**Step by step**", "", *lines]) if lines else ""
