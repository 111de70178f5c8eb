"""The folds of a comment: for each pipeline what changes, and the graph. Those that say the same are one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipelayer.model import Against, Kind, Preview, Report
from pipelayer.render import escape, previews, words
from pipelayer.render.budget import Fold, Part, Piece
from pipelayer.render.rows import Row, deployed

_Blocks = tuple[tuple[Part, str], ...]


def details(report: Report, table: Sequence[Row], lines: int, elsewhere: str) -> Iterator[Piece]:
    """The pieces of all folds. Lists end after `lines` lines and say that the rest is `elsewhere`.

    A deploy tells only of what it did, and without the graph: the pull request has shown it.
    """
    done = deployed(report)
    groups = len({row.group for row in table}) > 1
    changed: dict[tuple[Against, str, _Blocks, str], list[Row]] = {}
    drawn: dict[str, list[Row]] = {}
    for row in table:
        if row.plan is None or (done and not row.done):
            continue
        preview = row.plan.preview or Preview()
        if row.plan.steps or preview != _idle(preview):
            blocks = tuple(previews.parts(preview, lines, elsewhere))
            tally = previews.tally(preview) or words.label(row.plan.kind)
            only_steps = "" if blocks else row.key
            changed.setdefault((preview.against, tally, blocks, only_steps), []).append(row)
        if not done and (picture := previews.graph(preview)):
            drawn.setdefault(picture, []).append(row)
    folds: dict[str, list[Piece]] = {}
    for (_, tally, blocks, _), alike in changed.items():
        about = alike[0].key
        fold = Fold(f"{about} changes", f"{_names(alike, groups)}: {tally}", _intro(alike))
        own = folds.setdefault(about, [])
        own += (Piece(part, block, fold) for part, block in blocks)
        if not done and (steps := _steps(alike)):
            own.append(Piece(Part.STEPS, steps, fold))
    for picture, alike in drawn.items():
        about = alike[0].key
        fold = Fold(f"{about} graph", f"{_names(alike, groups)}: the graph")
        folds.setdefault(about, []).append(Piece(Part.GRAPHS, picture, fold))
    for row in table:
        yield from folds.get(row.key, ())


def _idle(preview: Preview) -> Preview:
    """The same, if nothing changed: only when it runs is known of it."""
    return Preview(preview.against, runs_before=preview.runs_before, runs_after=preview.runs_after)


def _names(alike: Sequence[Row], groups: bool) -> str:
    names = [
        f"<b>{escape.html(row.name)}</b>" + (f" · {escape.html(row.group)}" if groups else "")
        for row in alike
    ]
    return words.listed(words.first(names))


def _intro(alike: Sequence[Row]) -> str:
    """What "before" means there."""
    plan = alike[0].plan
    preview = plan.preview if plan else None
    match preview.against if preview else Against.NOTHING:
        case Against.LIVE if len(alike) == 1 and plan and plan.live_id:
            return f"Compared with {escape.code(plan.live_id)} in AWS:"
        case Against.LIVE:
            return "Compared with what is live in AWS:"
        case Against.BASE:
            return "Compared with the commit before, since AWS was not asked:"
        case _:
            return "It is new." if plan and plan.kind in (Kind.CREATE, Kind.UNKNOWN) else ""


def _steps(alike: Sequence[Row]) -> str:
    """The steps of one, or of several where they are the same but for the pipeline that they act on."""
    several = len(alike) > 1
    found = {previews.steps(row.plan, ids=not several) for row in alike if row.plan}
    return found.pop() if len(found) == 1 else ""
