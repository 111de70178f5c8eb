"""Which pipelines a run is about, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, order=True)
class Key:
    """What identifies a pipeline for ever, written `PROJECT:GROUP/DIRECTORY`.

    A project's name may hold slashes and never a colon, a group's name neither, so the written form has one
    reading. Where no project name can be known it is left out, colon and all: such a key is never written to
    AWS.
    """

    project: str
    group: str
    directory: str

    def __str__(self) -> str:
        owner = f"{self.project}:" if self.project else ""
        return f"{owner}{self.group}/{self.directory}"


class Reason(StrEnum):
    """Why a pipeline is selected."""

    NEW = "new"
    REMOVED = "removed"
    VALUES = "values"
    TEMPLATE = "template"
    FILES = "files"
    CONFIG = "config"
    NAMED = "named"
    ALL = "all"
    UNKNOWN_BASE = "unknown base"
    CATCH_UP = "catch-up"


@dataclass(frozen=True)
class Selected:
    """One selected pipeline. `name` is what AWS shows; `directory` is relative to the repository."""

    key: Key
    name: str
    directory: str
    reasons: tuple[Reason, ...]

    @property
    def removed(self) -> bool:
        """Whether the base had it and the files no longer do."""
        return Reason.REMOVED in self.reasons

    @property
    def only_catch_up(self) -> bool:
        """Whether nothing but its live state selected it: then it blocks only itself."""
        return self.reasons == (Reason.CATCH_UP,)


@dataclass(frozen=True)
class Selection:
    """The selected pipelines in the order of their keys, and remarks on how they were found (`notes`)."""

    items: tuple[Selected, ...] = ()
    notes: tuple[str, ...] = ()
