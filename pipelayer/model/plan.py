"""What will be done to one pipeline, step by step, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipelayer.model.preview import Preview
from pipelayer.model.selection import Key


class Kind(StrEnum):
    """What the plan for one pipeline comes to."""

    CREATE = "create"
    EDIT = "edit in place"
    SAVE = "on demand, saved but not run"
    REPLACE = "replace"
    UPLOAD = "upload only"
    RETAG = "retag"
    RUN = "run"
    UNCHANGED = "unchanged"
    ADOPT = "adopt"
    HELD = "held"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    PRUNE = "prune"
    REMOVED = "removed"
    INVALID = "invalid"
    UNKNOWN = "not compared"


class Action(StrEnum):
    """One kind of step."""

    CLAIM = "claim"
    MARK = "mark"
    UPLOAD = "upload"
    REMOVE_STALE = "remove stale"
    CREATE = "create"
    PUT = "put"
    ACTIVATE = "activate"
    RECORD = "record"
    RETIRE = "retire"
    DEACTIVATE = "deactivate"
    CANCEL = "cancel"
    DELETE = "delete"


@dataclass(frozen=True)
class Step:
    """One step. `target` is the live pipeline's id it acts on, empty for the one that this plan creates."""

    action: Action
    detail: str
    target: str = ""


@dataclass(frozen=True)
class PipelinePlan:
    """The plan for one pipeline: its kind, the reason in words that a reviewer understands, and the steps in
    order.

    `live_id` is the pipeline that is live under this key now, `live_state` its state; both empty where there
    is none. `preview` is what it means, None where there is nothing to be told.
    """

    key: Key
    name: str
    kind: Kind
    reason: str
    steps: tuple[Step, ...] = ()
    live_id: str = ""
    live_state: str = ""
    preview: Preview | None = None
