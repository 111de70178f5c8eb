"""A pipeline's graph as a Mermaid flowchart, which GitHub draws.

Ids become numbers, and labels hold no character that means anything to Mermaid, HTML or Markdown. Marks are
read by sign and by colour, whichever theme the reader has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from pipelayer.model import EdgeKind, Graph, GraphNode, Mark, NodeKind
from pipelayer.render import words
from pipelayer.render.escape import BREAK, one_line
from pipelayer.render.reducing import Box, Drawing, Line, drawings

MOST_CHARACTERS = 20_000
"""GitHub draws up to 50,000, and a comment has more to say than one picture."""

MOST_LINES = 300
"""GitHub draws up to 500."""

_LONGEST = 40
_WIDEST = 4
"""So many boxes beside each other are still read without enlarging in a comment's width."""

_BROKEN = "$:&#\\ﬂ¶"
"""What Mermaid makes formulas, icons, signs and lines of even where it was escaped: it reads labels twice."""

_SHAPES = {
    NodeKind.ACTIVITY: ("[", "]"),
    NodeKind.DATA_NODE: ("[(", ")]"),
    NodeKind.RESOURCE: ("[[", "]]"),
    NodeKind.PRECONDITION: ("{{", "}}"),
    NodeKind.SCHEDULE: ("([", "])"),
    None: ("(", ")"),
}
_NOUNS = {
    NodeKind.ACTIVITY: ("activity", "activities"),
    NodeKind.DATA_NODE: ("data node", "data nodes"),
    NodeKind.RESOURCE: ("resource", "resources"),
    NodeKind.PRECONDITION: ("precondition", "preconditions"),
    NodeKind.SCHEDULE: ("schedule", "schedules"),
    None: ("object", "objects"),
}
_ARROWS = {
    EdgeKind.DATA: "-->",
    EdgeKind.ORDER: "-->",
    EdgeKind.CONDITION: "-.->",
    EdgeKind.RUNS_ON: "-.-",
    EdgeKind.SCHEDULE: "-.->",
}
_SIGNS = {Mark.ADDED: "+", Mark.CHANGED: "±", Mark.REMOVED: "−"}  # noqa: RUF001 - a minus is no hyphen
_SPACE = "#160;"
"""A sign and a plain space would begin a list for a Mermaid that reads Markdown."""
# White on each fill, and each stroke on white and on black, can be read.
_FILLS = {
    Mark.ADDED: "fill:#1a7f37,stroke:#2da44e,color:#ffffff",
    Mark.CHANGED: "fill:#9a6700,stroke:#bf8700,color:#ffffff",
    Mark.REMOVED: "fill:#b3242f,stroke:#e5534b,color:#ffffff,stroke-dasharray:6 3",
}
_STROKES = {
    Mark.ADDED: "stroke:#2da44e,stroke-width:3px",
    Mark.CHANGED: "stroke:#bf8700,stroke-width:3px",
    Mark.REMOVED: "stroke:#e5534b,stroke-width:3px,stroke-dasharray:6 3",
}


def mermaid(graph: Graph, *, most_nodes: int = 40) -> str:
    """The flowchart with at most so many boxes; `caption` says how many objects are in them."""
    return _chart(_fitting(graph, most_nodes))


def caption(graph: Graph, *, most_nodes: int = 40) -> str:
    """What stands under the flowchart: how many objects, in how many boxes, and what the signs mean."""
    boxes = len(_fitting(graph, most_nodes).boxes)
    drawn = f", drawn as {boxes:,}" if boxes < len(graph.nodes) else ""
    marks = Counter(node.mark for node in graph.nodes)
    legend = ", ".join(f"{sign} {marks[mark]:,} {mark}" for mark, sign in _SIGNS.items() if marks[mark])
    return words.count(len(graph.nodes), "object") + drawn + (f": {legend}" if legend else "")


@lru_cache(maxsize=16)
def _fitting(graph: Graph, most_nodes: int) -> Drawing:
    """The first drawing that GitHub and a reader can take; one box always is."""
    return next(
        drawing
        for drawing in drawings(graph)
        if len(drawing.boxes) <= max(1, most_nodes)
        and len(drawing.lines) <= MOST_LINES
        and len(_chart(drawing)) <= MOST_CHARACTERS
    )


def _chart(drawing: Drawing) -> str:
    return (
        "\n".join([f"flowchart {_direction(drawing)}", *(f"    {line}" for line in _lines(drawing))]) + "\n"
    )


def _lines(drawing: Drawing) -> Iterator[str]:
    marks: dict[Mark, list[str]] = {}
    for number, box in enumerate(drawing.boxes):
        opening, closing = _SHAPES[box.kind]
        style = f":::{box.mark}" if box.mark in _SIGNS else ""
        yield f'n{number}{opening}"{"<br/>".join(_label(box))}"{closing}{style}'
    for number, line in enumerate(drawing.lines):
        yield f"n{line.source} {_ARROWS[line.kind]}{_sign(line, drawing)} n{line.target}"
        marks.setdefault(line.mark, []).append(str(number))
    for mark in _SIGNS:
        if any(box.mark is mark for box in drawing.boxes):
            yield f"classDef {mark} {_FILLS[mark]}"
        if mark in marks:
            yield f"linkStyle {','.join(marks[mark])} {_STROKES[mark]}"


def _sign(line: Line, drawing: Drawing) -> str:
    """What became of a line, where that doesn't go without saying: with a box its lines come and go."""
    ends = {drawing.boxes[line.source].mark, drawing.boxes[line.target].mark}
    return f'|"{_SIGNS[line.mark]}"|' if line.mark in _SIGNS and line.mark not in ends else ""


def _label(box: Box) -> Iterator[str]:
    """The lines of a box's label: a name and a type, or a number and what they are; then what is folded."""
    marks = Counter(node.mark for node in box.shown)
    sign = f"{_SIGNS[box.mark]}{_SPACE}" if box.mark in _SIGNS and len(marks) == 1 else ""
    if len(box.shown) == 1:
        yield sign + _harmless(box.shown[0].label)
        yield _harmless(box.shown[0].type)
    elif box.type is not None:
        yield f"{sign}{len(box.shown)} × {_harmless(box.type)}"
    else:
        yield f"{sign}{words.count(len(box.shown), *_NOUNS[box.kind])}"
    if len(box.shown) > 1:
        names = [_harmless(node.label, _LONGEST // 2) for node in box.shown[:2]]
        more = [f"{len(box.shown) - 2} more"] if len(box.shown) > 2 else []
        yield words.listed([", ".join(names), *more])
    if len(marks) > 1:
        yield ", ".join(f"{sign} {marks[mark]}" for mark, sign in _SIGNS.items() if marks[mark])
    if box.folded:
        yield f"with {words.listed(list(_folded(box.folded)))}"


def _folded(nodes: tuple[GraphNode, ...]) -> Iterator[str]:
    kinds = Counter(node.kind for node in nodes)
    for kind in NodeKind:
        if kinds[kind]:
            yield words.count(kinds[kind], *_NOUNS[kind])


def _harmless(text: str, longest: int = _LONGEST) -> str:
    """Letters, digits and a few harmless signs as they are, any other as Mermaid's `#number;`."""
    line = one_line(text)
    short = line if len(line) <= longest else f"{line[:longest]}…"
    return "".join(map(_sign_of_label, short)) or "?"


def _sign_of_label(sign: str) -> str:
    if sign in _BROKEN:
        return f"#{ord(sign)};#{ord(BREAK)};"
    return sign if sign.isalnum() or sign in " _…" else f"#{ord(sign)};"


def _direction(drawing: Drawing) -> str:
    """Downwards where that is narrower: a comment is a few boxes wide, and as high as it must be."""
    ranks = Counter(_ranks(drawing))
    return "LR" if len(ranks) <= max(_WIDEST, *ranks.values(), 0) else "TB"


def _ranks(drawing: Drawing) -> list[int]:
    """How many lines lead to each box one after another. A circle is cut at its first box."""
    targets: list[list[int]] = [[] for _ in drawing.boxes]
    waiting = [0] * len(drawing.boxes)
    for line in drawing.lines:
        targets[line.source].append(line.target)
        waiting[line.target] += 1
    ranks = [0] * len(drawing.boxes)
    done: set[int] = set()
    ready = [here for here, count in enumerate(waiting) if not count]
    for first in (*ready, *range(len(drawing.boxes))):
        ready.append(first)
        while ready:
            here = ready.pop()
            if here in done:
                continue
            done.add(here)
            for there in targets[here]:
                if there not in done:
                    ranks[there] = max(ranks[there], ranks[here] + 1)
                    waiting[there] -= 1
                    if not waiting[there]:
                        ready.append(there)
    return ranks
