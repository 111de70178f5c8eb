"""What a plan means to those who own the pipeline: what it changes, when it runs, what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipelayer.model.graph import Graph, Mark


class Against(StrEnum):
    """What the files were compared with: what is live in AWS, the base commit, or nothing, since it is new or
    since the base can't be read.
    """

    LIVE = "live"
    BASE = "base"
    NOTHING = "nothing"
    UNREADABLE = "unreadable"


class Subject(StrEnum):
    """What a difference is about."""

    OBJECT = "object"
    PARAMETER = "parameter"
    VALUE = "value"
    PIPELINE = "pipeline"


@dataclass(frozen=True)
class FieldChange:
    """One difference between two definitions, with the parameters' values in place; what is secret is never
    shown.

    `place` is `object.field`, `object`, `parameters.id.attribute`, `values.id`, `tags.key` or words. `name`
    is the object's, parameter's or value's own, or the tag's key. `before` is empty for what is new, `after`
    for what is gone, both for what only AWS can tell. `rule` is what forbids it on a live pipeline, empty
    where AWS allows it. `reaches` are the fields that use a value, as `object.field`.
    """

    place: str
    before: str
    after: str
    rule: str = ""
    reaches: tuple[str, ...] = ()
    subject: Subject = Subject.OBJECT
    name: str = ""


@dataclass(frozen=True)
class FileChange:
    """A file that is added, changed or removed. `path` is relative to the pipeline's directory, the sizes are
    bytes, None where there is no file.
    """

    path: str
    before: int | None
    after: int | None

    @property
    def mark(self) -> Mark:
        """What became of it."""
        if self.before is None:
            return Mark.ADDED
        return Mark.REMOVED if self.after is None else Mark.CHANGED


@dataclass(frozen=True)
class Runs:
    """The next runs (UTC, aware). `note` says in words what no time can: `on demand`, `paused`."""

    times: tuple[datetime, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class ResourceChange:
    """A resource that AWS bills. `before` and `after` are its instances in words, `4 × m5.xlarge`; empty
    where there is no such resource.
    """

    id: str
    type: str
    before: str
    after: str


@dataclass(frozen=True)
class Preview:
    """What one plan means. `files_compared` is false where nobody could list what the bucket holds."""

    against: Against = Against.NOTHING
    changes: tuple[FieldChange, ...] = ()
    files: tuple[FileChange, ...] = ()
    files_compared: bool = True
    runs_before: Runs = field(default_factory=Runs)
    runs_after: Runs = field(default_factory=Runs)
    resources: tuple[ResourceChange, ...] = ()
    graph: Graph | None = None
