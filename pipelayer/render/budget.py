"""Keeping a document within a number of bytes by leaving out whole parts, the least important first.

GitHub refuses a comment of more than 65,536 characters and drops a step summary of more than 1 MiB; a text
that is cut anywhere breaks its own Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Part(IntEnum):
    """The parts of a comment that may be left out; the higher, the sooner."""

    BROKEN_ROWS = 0
    ERRORS = 1
    ROWS = 2
    REMARKS = 3
    STILL_ROWS = 4
    WARNINGS = 5
    CHANGES = 6
    FILES = 7
    GRAPHS = 8
    STEPS = 9
    NOTES = 10


@dataclass(frozen=True)
class Fold:
    """What a reader unfolds: the line that is always seen (HTML), and what comes first inside (Markdown).

    `about` tells apart two that look alike.
    """

    about: str
    summary: str
    intro: str = ""

    def around(self, *blocks: str) -> str:
        """The fold with these blocks of Markdown in it."""
        content = "\n\n".join(filter(None, [self.intro, *blocks]))
        return f"<details><summary>{self.summary}</summary>\n\n{content}\n\n</details>"


@dataclass(frozen=True)
class Piece:
    """One row, finding, remark, table or graph, rendered: it is shown whole or not at all.

    Those with the same fold stand in it together.
    """

    part: Part
    markdown: str
    fold: Fold | None = None


@dataclass(frozen=True)
class Fitted:
    """The pieces that fit, in the order in which they came, and how many of each part were left out."""

    pieces: Sequence[Piece]
    left_out: Mapping[Part, int]

    def of(self, *parts: Part) -> list[str]:
        """The Markdown of these parts."""
        return [piece.markdown for piece in self.pieces if piece.part in parts]

    def folded(self) -> list[str]:
        """The folds, each with its pieces."""
        found: dict[Fold, list[str]] = {}
        for piece in self.pieces:
            if piece.fold:
                found.setdefault(piece.fold, []).append(piece.markdown)
        return [fold.around(*blocks) for fold, blocks in found.items()]


def size(markdown: str) -> int:
    """Bytes, which are never fewer than characters."""
    return len(markdown.encode("utf-8", "backslashreplace"))


def fit(pieces: Iterable[Piece], room: int, heading: int) -> Fitted:
    """Takes the pieces by rank while there is room; `heading` bytes are kept for each part that begins.

    Once a piece has no room in its fold, neither have those that come after it there: what a fold's line
    promises is in it.
    """
    everything = list(pieces)
    begun: set[Part | Fold] = set()
    closed: set[Fold] = set()
    taken: set[int] = set()
    left_out: dict[Part, int] = {}
    for number, piece in sorted(enumerate(everything), key=lambda item: item[1].part):
        cost = size(piece.markdown) + 2
        if piece.fold and piece.fold not in begun:
            cost += size(piece.fold.around()) + 2
        elif not piece.fold and piece.part not in begun:
            cost += heading
        if cost <= room and piece.fold not in closed:
            room -= cost
            begun.add(piece.fold or piece.part)
            taken.add(number)
        else:
            left_out[piece.part] = left_out.get(piece.part, 0) + 1
            if piece.fold:
                closed.add(piece.fold)
    return Fitted([piece for number, piece in enumerate(everything) if number in taken], left_out)
