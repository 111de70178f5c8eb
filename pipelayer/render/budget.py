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

    ROWS = 0
    ERRORS = 1
    REMARKS = 2
    STILL_ROWS = 3
    WARNINGS = 4
    NOTES = 5
    STEPS = 6


@dataclass(frozen=True)
class Piece:
    """One row, finding, remark or list of steps, rendered: it is shown whole or not at all."""

    part: Part
    markdown: str


@dataclass(frozen=True)
class Fitted:
    """The pieces that fit, in the order in which they came, and how many of each part were left out."""

    pieces: Sequence[Piece]
    left_out: Mapping[Part, int]

    def of(self, *parts: Part) -> list[str]:
        """The Markdown of these parts."""
        return [piece.markdown for piece in self.pieces if piece.part in parts]


def size(markdown: str) -> int:
    """Bytes, which are never fewer than characters."""
    return len(markdown.encode("utf-8", "backslashreplace"))


def fit(pieces: Iterable[Piece], room: int, heading: int) -> Fitted:
    """Takes the pieces by rank while there is room; `heading` bytes are kept for each part that begins."""
    everything = list(pieces)
    begun: set[Part] = set()
    taken: set[int] = set()
    left_out: dict[Part, int] = {}
    for number, piece in sorted(enumerate(everything), key=lambda item: item[1].part):
        cost = size(piece.markdown) + 1 + (0 if piece.part in begun else heading)
        if cost <= room:
            room -= cost
            begun.add(piece.part)
            taken.add(number)
        else:
            left_out[piece.part] = left_out.get(piece.part, 0) + 1
    return Fitted([piece for number, piece in enumerate(everything) if number in taken], left_out)
