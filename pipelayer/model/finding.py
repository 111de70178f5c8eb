"""One problem in what the user wrote, or in what AWS answered about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipelayer.model.document import Position


class Severity(StrEnum):
    """How much a finding weighs: an error blocks, a warning blocks under `fail-on: warning`, a note never
    does.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """A problem with its place and what to do about it.

    `code` is stable (`PL101`); messages that come from AWS carry `AWS`. `key` is the pipeline's key as text,
    empty where the problem is not one pipeline's.
    """

    severity: Severity
    code: str
    message: str
    at: Position | None = None
    hint: str = ""
    key: str = ""
