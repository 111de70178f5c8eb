"""The whole run as data: what `--json` prints, `report-file` holds and every renderer reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pipelayer.errors import Interrupted
from pipelayer.model.finding import Finding, Severity
from pipelayer.model.plan import Action, PipelinePlan
from pipelayer.model.selection import Selection


class Verb(StrEnum):
    """What a run was asked to do."""

    VALIDATE = "validate"
    UPLOAD = "upload"
    ACTIVATE = "activate"
    DEPLOY = "deploy"
    PLAN = "plan"


class Result(StrEnum):
    """How a run ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    NOTHING_TO_DO = "nothing-to-do"


class OutcomeResult(StrEnum):
    """What happened to one pipeline.

    `recorded`: only tags were written. `held`, `superseded`, `removed`: left alone for the reason that the
    plan gives. `skipped`: not begun, or not gone on with (another one was invalid, or the run was stopped).
    """

    CREATED = "created"
    REPLACED = "replaced"
    EDITED = "edited"
    UPLOADED = "uploaded"
    RECORDED = "recorded"
    ACTIVATED = "activated"
    ADOPTED = "adopted"
    UNCHANGED = "unchanged"
    VALID = "valid"
    INVALID = "invalid"
    HELD = "held"
    SUPERSEDED = "superseded"
    REMOVED = "removed"
    DELETED = "deleted"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What happened to one pipeline. `uploaded` and `removed` count files; `seconds` is wall time.

    `error` is one sentence with the command to retry, empty where all is well. `steps_taken` are the steps of
    the plan that were done, in order; `step_under_way` is the one that had begun and wasn't done when it
    ended, None where none had.
    """

    key: str
    result: OutcomeResult
    pipeline_id: str = ""
    previous_id: str = ""
    uploaded: int = 0
    removed: int = 0
    seconds: float = 0.0
    error: str = ""
    activated: bool = False
    steps_taken: tuple[Action, ...] = ()
    step_under_way: Action | None = None


@dataclass(frozen=True)
class GroupInfo:
    """A group as this run saw it. `account` is the one that the credentials belong to, empty where not
    asked.
    """

    name: str
    region: str = ""
    account: str = ""


@dataclass(frozen=True)
class Report:
    """One run. `commit` and `base` are full ids or empty; `notes` say what was not done or not asked, and
    why.
    """

    verb: Verb
    result: Result
    commit: str = ""
    base: str = ""
    groups: tuple[GroupInfo, ...] = ()
    selection: Selection = field(default_factory=Selection)
    findings: tuple[Finding, ...] = ()
    plan: tuple[PipelinePlan, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    notes: tuple[str, ...] = ()
    dry_run: bool = False
    error: str = ""
    error_hint: str = ""
    exit_code: int = 0

    @property
    def stopped(self) -> bool:
        """Whether it ended because it was told to stop, and left something undone."""
        return self.exit_code == Interrupted.exit_code

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)
