"""Untrusted text, made harmless for each place that it goes to.

What GitHub does after Markdown counts too: it links `@name`, `#12`, commits and addresses that it finds in
rendered text, so a backslash or an entity is no protection there. A zero-width space inside such a token is,
and code is never looked at.
"""

from __future__ import annotations

import html as html_entities
import re
from urllib.parse import quote

BREAK = "\u200b"
"""Zero-width space: nobody sees it, and no link is made across it."""

_TOKENS = re.compile(
    r"""
      (?P<mention> @ (?=\S) )
    | (?P<issue> \# (?=\d) | (?<![A-Za-z0-9_]) [Gg][Hh]- (?=\d) )
    | (?P<scheme> (?:[Hh][Tt][Tt][Pp][Ss]?|[Ff][Tt][Pp]) (?=://) )
    | (?P<host> [Ww]{3} (?=\.) )
    """,
    re.VERBOSE,
)
_COMMIT = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[a-f])[0-9a-f]{7,40}(?![0-9A-Za-z])")
_SIX = re.compile(r".{1,6}")
_ENTITIES = {character: f"&#{ord(character)};" for character in "|\\`$"} | {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
}
_ESCAPED = {character: f"\\{character}" for character in "*_[]~#"}
_INLINE = str.maketrans(_ENTITIES | _ESCAPED)
_ALL_PUNCTUATION = str.maketrans(
    {character: f"&#{ord(character)};" for character in map(chr, range(33, 127)) if not character.isalnum()}
)
_BLOCK_START = re.compile(r"^(?:[-+=]|\d+(?=[.)]))")
_SARIF = re.compile(r"(?<=\])(?=\()|(?<=\{)(?=\d+\})")
_PLAIN_CODE = re.compile(r"[^`|\\]+")


def visible(text: str) -> str:
    """The text with everything that doesn't print shown as an escape (`\\x1b`, `\\u202e`, `\\udcff`)."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def one_line(text: str) -> str:
    """The text on one line, the rest of it visible."""
    return visible(" ".join(text.split()))


def _unlinked(line: str) -> str:
    broken = _COMMIT.sub(lambda match: BREAK.join(_SIX.findall(match[0])), line)
    return _TOKENS.sub(lambda match: match[0] + BREAK, broken)


def text(raw: str) -> str:
    """Plain words within a line of Markdown: a paragraph, a list's item, a table's cell, a link's label."""
    escaped = _unlinked(one_line(raw)).translate(_INLINE)
    return _BLOCK_START.sub(
        lambda match: f"{match[0]}{BREAK}" if match[0].isdigit() else f"\\{match[0]}", escaped
    )


def code(raw: str) -> str:
    """A code span that also fits into a table's cell or a link's label; empty text gives nothing."""
    shown = visible(raw)
    if not shown.strip():
        return html_code(shown) if shown else ""
    if _PLAIN_CODE.fullmatch(shown) and shown == shown.strip():
        return f"`{shown}`"
    return html_code(shown)


def html_code(raw: str) -> str:
    """Code where Markdown isn't read, like in a `<summary>`; harmless where it is."""
    return f"<code>{_unlinked(visible(raw)).translate(_ALL_PUNCTUATION)}</code>"


def html(raw: str) -> str:
    """Plain words where Markdown isn't read, like in a `<summary>`."""
    return html_entities.escape(_unlinked(one_line(raw)))


def prose(raw: str) -> str:
    """A message: what stands between two backticks becomes code, all else plain words.

    Each part is made harmless by itself, so backticks that a hostile name brings along merely look odd.
    """
    parts = raw.split("`")
    if len(parts) % 2 == 0:  # a backtick without partner
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    shown = []
    for number, part in enumerate(parts):
        if number % 2:
            shown.append(code(one_line(part)) or BREAK)  # or its neighbours would join
        else:
            words = text(part)
            before = " " if part[:1].isspace() and words else ""
            after = " " if part[-1:].isspace() and words else ""
            shown.append(f"{before}{words}{after}" if words else " " * bool(part))
    return "".join(shown).strip()


def fence(raw: str, language: str = "") -> str:
    """A fenced block whose content can't close it."""
    lines = [visible(line.replace("\t", "    ")) for line in raw.splitlines()]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    ticks = "`" * max(3, longest + 1)
    return "\n".join([f"{ticks}{language}", *lines, ticks])


def plain(raw: str) -> str:
    """Words for a reader of SARIF, who makes links of `[text](target)` and fills in `{0}`."""
    return _SARIF.sub(BREAK, _unlinked(one_line(raw)))


def link(label: str, url: str) -> str:
    """A link of ours. `label` is harmless Markdown already; without an address it stays alone."""
    return f"[{label}]({url})" if url else label


def url_path(path: str) -> str:
    """A path as part of an address."""
    return quote(path.encode("utf-8", "surrogateescape"))
