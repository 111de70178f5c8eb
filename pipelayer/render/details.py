"""The folds of a comment: for each pipeline what changes, and the graph. Those that say the same are one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from pipelayer.model import Against, Preview, Report, Runs
from pipelayer.render import escape, previews, words
from pipelayer.render.budget import Fold, Part, Piece
from pipelayer.render.rows import Row, deployed


def details(report: Report, table: Sequence[Row], lines: int, elsewhere: str) -> Iterator[Piece]:
    """The pieces of all folds. Lists end after `lines` lines and say that the rest is `elsewhere`.

    A deploy tells only of what it did, and without the graph: the pull request has shown it.
    """
    done = deployed(report)
    groups = len({row.group for row in table}) > 1
    changed: dict[_Said, list[Row]] = {}
    drawn: dict[str, list[Row]] = {}
    for row in table:
        if row.plan is None or (done and not row.done):
            continue
        preview = row.plan.preview or Preview()
        if row.plan.steps or preview != _idle(preview):
            tally = previews.tally(preview) or words.label(row.plan.kind)
            steps = "" if done else previews.steps(row.plan, ids=False)
            alone = row.key if preview == Preview() else ""  # of which only its own steps tell
            said = _Said(tally, replace(preview, graph=None), steps, alone)
            changed.setdefault(said, []).append(row)
        if not done and (picture := previews.graph(preview)):
            drawn.setdefault(picture, []).append(row)
    folds: dict[str, list[Piece]] = {}
    for said, alike in changed.items():
        about = alike[0].key
        fold = Fold(f"{about} changes", f"{_names(alike, groups)}: {said.tally}", _intro(alike, said.preview))
        own = folds.setdefault(about, [])
        own += (Piece(part, block, fold) for part, block in previews.parts(said.preview, lines, elsewhere))
        if said.steps and alike[0].plan:
            steps = said.steps if len(alike) > 1 else previews.steps(alike[0].plan)
            own.append(Piece(Part.STEPS, steps, fold))
    for picture, alike in drawn.items():
        about = alike[0].key
        fold = Fold(f"{about} graph", f"{_names(alike, groups)}: the graph")
        folds.setdefault(about, []).append(Piece(Part.GRAPHS, picture, fold))
    for row in table:
        yield from folds.get(row.key, ())


@dataclass(frozen=True)
class _Said:
    """What is said of pipelines in a fold of theirs; those that it is the same of share one."""

    tally: str
    preview: Preview
    steps: str
    alone: str


def _idle(preview: Preview) -> Preview:
    """The same, if nothing changed: only when it runs is known of it."""
    return Preview(preview.against, runs_before=preview.runs_before, runs_after=preview.runs_after)


def _names(alike: Sequence[Row], groups: bool) -> str:
    names = [
        f"<b>{escape.html(row.name)}</b>" + (f" · {escape.html(row.group)}" if groups else "")
        for row in alike
    ]
    return words.listed(words.first(names))


def _intro(alike: Sequence[Row], preview: Preview) -> str:
    """What "before" means there."""
    plan = alike[0].plan
    match preview.against:
        case Against.LIVE if len(alike) == 1 and plan and plan.live_id:
            return f"Compared with {escape.code(plan.live_id)} in AWS:"
        case Against.LIVE:
            return "Compared with what is live in AWS:"
        case Against.BASE:
            return "Compared with the base commit, since AWS was not asked:"
        case Against.UNREADABLE:
            return "The base commit has it, and can't be read: what changes is not known."
        case Against.NOTHING:
            return "It is new." if preview.graph or preview.runs_after != Runs() else ""
        case _:
            assert_never(preview.against)
