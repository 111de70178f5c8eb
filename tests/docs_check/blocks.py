"""The Mermaid blocks of a document, as GitHub's own Markdown engine finds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options

from docs_check.verdict import GOLDEN, ROOT, shown

_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_SOURCEPOS


@dataclass(frozen=True)
class Block:
    """One diagram: the document's path, its number in there from 1, the line of its fence, its source."""

    path: str
    number: int
    line: int
    text: str

    @property
    def name(self) -> str:
        """How a failure names it."""
        return f"{self.path}:{self.line}: Mermaid block {self.number}"


def documents() -> Sequence[Path]:
    """Everything of ours that GitHub shows as Markdown: the golden comments first."""
    places = ((GOLDEN, "*.md"), (ROOT, "*.md"), (ROOT / "docs", "**/*.md"), (ROOT / "examples", "**/*.md"))
    return [path for folder, pattern in places for path in sorted(folder.glob(pattern))]


def blocks_of(markdown: str, path: str) -> Sequence[Block]:
    """The blocks of one document, in order."""
    finder = _Finder()
    finder.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, _OPTIONS))
    finder.close()
    return [Block(path, number, line, text) for number, (line, text) in enumerate(finder.found, 1)]


def all_blocks() -> Iterator[Block]:
    """The blocks of every document."""
    for path in documents():
        yield from blocks_of(path.read_text("utf-8"), shown(path))


@dataclass
class _Finder(HTMLParser):
    """Collects the text of each `<pre lang="mermaid">`, with the line where it begins."""

    found: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._line = 0
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "pre" and known.get("lang") == "mermaid":
            self._line = int((known.get("data-sourcepos") or "1").partition(":")[0])
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._line:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre" and self._line:
            self.found.append((self._line, "".join(self._text)))
            self._line = 0
