"""The files that are part of this package, and putting one's own into them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

_DATA = resources.files("pipelayer.starter") / "data"


def data(path: str) -> bytes:
    """One of them."""
    return _DATA.joinpath(path).read_bytes()


def replaced(text: str, own: Mapping[str, str]) -> str:
    """Each example once, so that nothing that was put in is taken for one. None begins like another."""
    return re.sub("|".join(map(re.escape, own)), lambda found: own[found[0]], text)
