"""Two versions of a text, as far as a reader needs them to see what changed."""

from __future__ import annotations

from itertools import takewhile

_AROUND = 12
"""Characters that are kept before the first difference, so that one sees where it is."""


def excerpts(before: str, after: str, longest: int) -> tuple[str, str]:
    """Long texts from shortly before their first difference on, `longest` characters each: a step's last
    argument is not lost at the end. What is left away is an ellipsis.
    """
    if max(len(before), len(after)) <= longest:
        return before, after
    pairs = zip(before, after, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    start = max(0, same - _AROUND) if before and after else 0
    return _excerpt(before, start, longest), _excerpt(after, start, longest)


def arrow(before: str, after: str) -> str:
    """Both in one: `a → b`, `b (new)`, `a (removed)`; empty where both are."""
    if before and after:
        return f"{before} → {after}"
    return f"{after} (new)" if after else f"{before} (removed)" if before else ""


def _excerpt(text: str, start: int, longest: int) -> str:
    head = "…" if start and text else ""
    rest = text[start:]
    return head + (rest if len(rest) <= longest else rest[: longest - 1] + "…")
