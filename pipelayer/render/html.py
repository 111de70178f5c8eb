"""Comments as a page to look at without GitHub: what the demo leaves behind.

Markdown becomes HTML through cmarkgfm, GitHub's own engine, which the extra `sandbox` brings.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from pipelayer.errors import UsageError
from pipelayer.version import DISTRIBUTION

_MARKER = re.compile(r"\A<!-- pipelayer:[^>]*-->\n?")


@dataclass(frozen=True)
class Entry:
    """One comment in a conversation: who wrote it, what about, and its Markdown."""

    author: str
    about: str
    markdown: str


def comment_page(markdown: str, title: str) -> str:
    """One comment as a page that needs nothing else. Raises UsageError without the extra `sandbox`."""
    return conversation_page(title, [Entry("github-actions", "commented", markdown)])


def conversation_page(title: str, entries: Sequence[Entry]) -> str:
    """Several comments below each other as a page that needs nothing else.

    The Markdown must be ours: its HTML is kept. Raises UsageError without the extra `sandbox`.
    """
    shown = html.escape(title)
    style = (resources.files("pipelayer.render") / "data" / "page.css").read_text("utf-8")
    articles = "\n".join(_article(entry) for entry in entries)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{shown}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n<h1>{shown}</h1>\n"
        f"{articles}\n</main>\n</body>\n</html>\n"
    )


def _article(entry: Entry) -> str:
    head = f"<header><b>{html.escape(entry.author)}</b> {html.escape(entry.about)}</header>"
    return f"<article>\n{head}\n<section>\n{markdown_to_html(entry.markdown)}</section>\n</article>"


def markdown_to_html(markdown: str) -> str:
    """A comment's Markdown as HTML, without the marker. Raises UsageError without the extra `sandbox`."""
    try:
        import cmarkgfm
        from cmarkgfm.cmark import Options
    except ImportError as error:
        raise UsageError(
            "To show Markdown as a page, cmarkgfm is needed.",
            f"Run: pip install '{DISTRIBUTION}[sandbox]', or '.[sandbox]' in a clone",
        ) from error
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS
    rendered: str = cmarkgfm.github_flavored_markdown_to_html(_MARKER.sub("", markdown), options)
    return rendered
