"""Expressions as DescribeObjects evaluates them: `#{…}` with fields of the object itself, of one that it
refers to, and `format` of a date.

Source: AWS Data Pipeline Developer Guide, "Pipeline Expressions and Functions". What isn't known here stays
as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from .clock import parse_stamp

_INNER = re.compile(r"#\{([^{}]*)\}")
_FORMAT = re.compile(r"format\(\s*(@?\w+)\s*,\s*['\"]([^'\"]*)['\"]\s*\)")
_JODA = (
    ("YYYY", "%Y"),
    ("yyyy", "%Y"),
    ("MM", "%m"),
    ("dd", "%d"),
    ("HH", "%H"),
    ("mm", "%M"),
    ("ss", "%S"),
)
DEPTH = 10

Look = Callable[[str], str | None]


def evaluate(text: str, look: Look) -> str:
    """`text` with every expression replaced for which `look` has a value."""

    def replaced(match: re.Match[str]) -> str:
        inner = match[1].strip()
        if formatted := _FORMAT.fullmatch(inner):
            at = parse_stamp(look(formatted[1]) or "")
            return at.strftime(_pattern(formatted[2])) if at else match[0]
        found = look(inner)
        return match[0] if found is None else found

    for _ in range(DEPTH):
        after = _INNER.sub(replaced, text)
        if after == text:
            break
        text = after
    return text


def looking(fields: Mapping[str, str], linked: Callable[[str], Mapping[str, str]]) -> Look:
    """Finds `field` among an object's own, and `reference.field` in what a reference leads to."""

    def look(name: str) -> str | None:
        first, dot, rest = name.partition(".")
        return linked(first).get(rest) if dot else fields.get(first)

    return look


def _pattern(joda: str) -> str:
    for letters, directive in _JODA:
        joda = joda.replace(letters, directive)
    return joda
