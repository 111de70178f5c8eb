"""The marker that a comment or an issue starts with, an HTML comment that nobody sees: which one this is,
which run wrote it, and what it said.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

_MARKER = re.compile(r"<!-- pipelayer:v1 ([A-Za-z0-9_-]+) -->")


class Kind(StrEnum):
    """What it is about: the check of a pull request, what was done after its merge, or how things stand."""

    VALIDATE = "validate"
    UPLOAD = "upload"
    ACTIVATE = "activate"
    DEPLOY = "deploy"
    STATUS = "status"


@dataclass(frozen=True)
class Marker:
    """Which comment this is (the first four), which run of which commit wrote it, and what it said.

    `digest` is of the content, without what every run says anew, `""` where it isn't known. `quiet`: there
    was nothing to say, so the comment is minimised, or the issue closed. `said` is what was announced, as
    `announced.encoded` writes it, or what an issue says of, as `issue.named` does.
    """

    kind: Kind
    directory: str
    config: str
    group: str
    commit: str
    run: int
    attempt: int
    digest: str = ""
    quiet: bool = False
    said: str = ""

    @property
    def sticky(self) -> bool:
        """Whether later runs rewrite the comment. What tells of something done is never rewritten."""
        return self.kind in (Kind.VALIDATE, Kind.STATUS)

    def same_comment(self, other: Marker) -> bool:
        """Whether both stand for the same comment, whoever wrote it last.

        One that isn't sticky is the same only if it tells the same of the same attempt.
        """
        return self._identity() == other._identity()

    def same_project(self, other: Marker) -> bool:
        """Whether both are about the same configuration, whatever group and kind."""
        return (self.directory, self.config) == (other.directory, other.config)

    def is_older_than(self, other: Marker) -> bool:
        """Whether this run began earlier. A second attempt of an old run is still an old run."""
        return (self.run, self.attempt) < (other.run, other.attempt)

    def says_the_same(self, other: Marker) -> bool:
        """Whether a reader would learn nothing new. Without a digest nobody knows."""
        return self.digest != "" and (self.digest, self.quiet, self.said) == (
            other.digest,
            other.quiet,
            other.said,
        )

    def _place(self) -> tuple[str, ...]:
        return (self.kind, self.directory, self.config, self.group)

    def _identity(self) -> tuple[str | int, ...]:
        once = () if self.sticky else (self.commit, self.run, self.attempt, self.digest)
        return (*self._place(), *once)

    def __str__(self) -> str:
        text = json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)
        return f"<!-- pipelayer:v1 {urlsafe_b64encode(text.encode()).decode().rstrip('=')} -->"


_NAMES = {field.name for field in fields(Marker)}


def read_marker(body: str) -> Marker | None:
    """The marker at the very start of a comment, None where there is none that this version writes."""
    match = _MARKER.match(body)
    if match is None:
        return None
    try:
        found = json.loads(urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)))
        known = {name: value for name, value in found.items() if name in _NAMES}
        marker = Marker(**{**known, "kind": Kind(found["kind"])})
    except (Base64Error, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return marker if _is_sound(marker) else None


def _is_sound(marker: Marker) -> bool:
    texts = (
        marker.directory,
        marker.config,
        marker.group,
        marker.commit,
        marker.digest,
        marker.said,
    )
    numbers = (marker.run, marker.attempt)
    return (
        all(type(text) is str for text in texts)
        and all(type(number) is int for number in numbers)
        and type(marker.quiet) is bool
    )
