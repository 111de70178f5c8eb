"""Names that mean something to Mermaid, HTML or Markdown, and names that nobody would want."""

from __future__ import annotations

HOSTILE = [
    '"]; click n0 "javascript:x" --',
    "`",
    "```",
    "a\n    n0 --> n1",
    "-->",
    "end",
    "%%{init: {}}%%",
    "</div><script>",
    "#quot;",
    "&lt;b&gt;",
    "ﬂ°°60¶ßimg src=xﬂ°°62¶ß",
    "$$x^2$$",
    "fa:fa-car",
    "💥" * 50,
    "\u200f\u202e",
    "x" * 10_000,
    "#" * 10_000,
    "",
    "\ud800",
]
