"""Ids of commits."""

from __future__ import annotations

import re

_FULL_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def is_commit_id(text: str) -> bool:
    """Whether it is a full id of 40 or 64 hex digits, and not the all-zero one that means "no commit"."""
    return _FULL_ID.fullmatch(text) is not None and text.strip("0") != ""
