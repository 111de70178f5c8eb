"""Text in a terminal's columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from pipelayer.render.escape import visible


def aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    *padded, last = cells
    return (
        "".join(
            f"{cell}{' ' * (width - width_of(cell))}  " for cell, width in zip(padded, widths, strict=True)
        )
        + last
    )


def shown_source(source: str) -> str:
    """Source without anything that moves the cursor; a tab takes one column."""
    return visible(source.replace("\t", " "))


def width_of(text: str) -> int:
    """How many columns the text takes."""
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def first_cells(text: str, room: int) -> str:
    taken = 0
    for number, character in enumerate(text):
        taken += _cell(character)
        if taken > room:
            return text[:number]
    return text


def last_cells(text: str, room: int) -> str:
    return first_cells(text[::-1], room)[::-1]
