"""Chromium and the real Mermaid: what GitHub's readers would see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docs_check.blocks import Block
from docs_check.packages import browser, node

_SCRIPT = Path(__file__).with_name("draw.mjs")
_TIMEOUT = 180
"""Seconds for everything."""


@dataclass(frozen=True)
class Page:
    """A page to look at. `png` is where its picture goes, None for none."""

    name: str
    html: str
    png: Path | None = None


@dataclass(frozen=True)
class Drawn:
    """What came of it: versions in words, and the problems of the blocks and of the pages."""

    versions: str
    blocks: tuple[str, ...]
    pages: tuple[str, ...]


def draw(blocks: Sequence[Block], pages: Sequence[Page]) -> Drawn:
    """Draws everything. Raises CantCheck where nothing can be drawn at all."""
    job = {
        "browser": browser(),
        "blocks": [{"name": block.name, "text": block.text} for block in blocks],
        "pages": [
            {"name": page.name, "html": page.html, "png": page.png and str(page.png)} for page in pages
        ],
    }
    answer = node(_SCRIPT, job, what="Chromium", seconds=_TIMEOUT)
    versions = answer["versions"]
    return Drawn(
        f"Mermaid {versions['mermaid']} in Chromium {versions['chromium']}",
        tuple(f"{one['name']}: {one['problem']}" for one in answer["blocks"] if one["problem"]),
        tuple(f"{one['name']}: {problem}" for one in answer["pages"] for problem in one["problems"]),
    )
