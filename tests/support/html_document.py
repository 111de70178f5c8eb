"""Markdown as GitHub's engine renders it, as a document to ask questions of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

OUR_TAGS = {"h3", "h4", "p", "br", "sub", "strong", "b", "code", "a", "ul", "ol", "li", "details", "summary"}
OUR_TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "h4", "pre"}
"""What a comment of ours is made of."""

_VOID = {"br", "hr", "img", "input"}
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS | Options.CMARK_OPT_FOOTNOTES
_LINKED = re.compile(r"@\w|#\d|\bGH-\d|(?:https?|ftp)://|\bwww\.", re.ASCII | re.IGNORECASE)


@dataclass
class Document(HTMLParser):
    """`tags` in the order of their opening, the text outside of code, and each table as rows of texts."""

    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str | None]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    outside_code: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if not {"code", "pre"} & set(self._open):
            self.outside_code.append(data)
        if {"td", "th"} & set(self._open):
            self.tables[-1][-1][-1] += data.replace("\u00a0", " ")

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def text(self) -> str:
        """All text, without the zero-width spaces that keep GitHub from linking."""
        return "".join(self.texts).replace("\u200b", "")

    @property
    def links(self) -> list[str]:
        """Where the document's links lead."""
        return [value or "" for tag, name, value in self.attributes if (tag, name) == ("a", "href")]

    @property
    def would_be_linked(self) -> list[str]:
        """What GitHub would turn into a mention, a reference or a link, though nobody meant it."""
        return [match[0] for text in self.outside_code for match in _LINKED.finditer(text)]


def rendered(markdown: str) -> Document:
    """The document, with everything that was opened closed again."""
    document = Document()
    document.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, _OPTIONS))
    document.close()
    document.unbalanced += document._open
    return document
