"""The pictures of the comment that the README and `docs/` show, and from what they were made.

Pictures aren't compared: fonts differ from machine to machine. `sources.json` beside them records what they
were made from, and of that they must be up to date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from docs_check.drawing import Page
from docs_check.packages import CantCheck
from docs_check.verdict import GOLDEN, LOCK, ROOT, shown
from pipelayer.render.html import markdown_to_html

IMAGES = ROOT / "docs" / "images"
RECORD = IMAGES / "sources.json"
MOST = 400_000
"""Bytes of one picture: it is loaded with the README."""
_STYLES = ("github-markdown-css", "mermaid")


@dataclass(frozen=True)
class Picture:
    """One picture, and the golden comment that it shows, with these folds open: their summaries begin so."""

    name: str
    scenario: str
    unfolded: tuple[str, ...] = ()

    @property
    def golden(self) -> Path:
        """The comment's Markdown."""
        return GOLDEN / f"{self.scenario}.md"

    @property
    def png(self) -> Path:
        """The picture."""
        return IMAGES / self.name

    def page(self, *, write: bool) -> Page:
        """The comment in GitHub's frame; its picture is taken if it is to be written."""
        if not self.golden.exists():
            raise CantCheck(f"{shown(self.golden)} is missing, and {self.name} is to show it")
        body = markdown_to_html(self.golden.read_text("utf-8"))
        for summary in self.unfolded:
            folded = f"<details><summary>{summary}"
            if folded not in body:
                raise CantCheck(f"{shown(self.golden)} has no fold that begins with {summary}")
            body = body.replace(folded, f"<details data-shown><summary>{summary}")
        html = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><main><article>'
            "<header><b>github-actions</b><span>bot</span>commented</header>"
            f'<div class="markdown-body">{body}</div>'
            "</article></main></html>"
        )
        return Page(shown(self.golden), html, self.png if write else None)


PICTURES = (
    Picture("comment.png", "all_well", ("<b>Click sessions</b>: the graph",)),
    Picture("comment-all-well.png", "all_well", ("<b>Click sessions</b>",)),
    Picture("comment-invalid.png", "one_invalid", ("1 warning",)),
    Picture("comment-after-merge.png", "after_merge", ("<b>Orders export</b>",)),
)


def made_with() -> dict[str, str]:
    """What decides how every picture looks, apart from fonts."""
    packages = json.loads(LOCK.read_text("utf-8"))["packages"]
    versions = {name: str(packages[f"node_modules/{name}"]["version"]) for name in _STYLES}
    return {**versions, "frame_sha256": _digest(Path(__file__).with_name("frame.css"))}


def made_from() -> dict[str, dict[str, str]]:
    """For each picture its source, and itself as it lies there."""
    return {
        picture.name: {
            "golden": shown(picture.golden),
            "golden_sha256": _digest(picture.golden),
            "picture_sha256": _digest(picture.png),
        }
        for picture in PICTURES
    }


def write_record() -> None:
    """Records what the pictures have just been made from."""
    RECORD.write_text(
        json.dumps({"made_with": made_with(), "pictures": made_from()}, indent=2) + "\n", "utf-8"
    )


def problems() -> Iterator[str]:
    """Pictures that are missing, too heavy or out of date."""
    for picture in PICTURES:
        if not picture.png.exists():
            yield f"{shown(picture.png)} is missing; run `make pictures`"
        elif picture.png.stat().st_size > MOST:
            yield f"{shown(picture.png)} has {picture.png.stat().st_size} bytes, more than {MOST}"
    try:
        recorded = json.loads(RECORD.read_text("utf-8"))
    except (OSError, ValueError):
        yield f"{shown(RECORD)} can't be read; run `make pictures`"
        return
    if recorded.get("made_with") != made_with():
        yield "the pictures were made with another style; run `make pictures` and look at them"
    for name, source in made_from().items():
        if source["picture_sha256"] and recorded.get("pictures", {}).get(name) != source:
            yield f"docs/images/{name} isn't of today's {source['golden']}; run `make pictures`, look at it"


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.exists() else ""
