"""Colours and marks of a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from pipelayer.render.words import Mood


class Style(StrEnum):
    """ANSI's codes (ECMA-48, "Select graphic rendition")."""

    BOLD = "1"
    DIM = "2"
    RED = "1;31"
    GREEN = "1;32"
    YELLOW = "1;33"
    BLUE = "1;34"


@dataclass(frozen=True)
class Paint:
    """Paints where there is `color`."""

    color: bool = False

    def __call__(self, text: str, style: Style) -> str:
        """The text in a style."""
        return f"\x1b[{style.value}m{text}\x1b[0m" if self.color and text else text


def mark(mood: Mood) -> str:
    """One sign for how a line is meant."""
    match mood:
        case Mood.GOOD:
            return "✓"
        case Mood.WARNING:
            return "!"
        case Mood.BAD:
            return "✗"
        case Mood.PAUSED:
            return "‖"
        case Mood.QUIET:
            return "·"
        case _:
            assert_never(mood)


def mood_style(mood: Mood) -> Style:
    """The style of that sign."""
    match mood:
        case Mood.GOOD:
            return Style.GREEN
        case Mood.WARNING | Mood.PAUSED:
            return Style.YELLOW
        case Mood.BAD:
            return Style.RED
        case Mood.QUIET:
            return Style.DIM
        case _:
            assert_never(mood)
