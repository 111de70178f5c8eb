"""The report as JSON: what `--json` prints and `report-file` holds.

Its schema is `pipelayer/schemas/report.json`. A reader may rely on every field being there; new fields may
come without a new version, a changed or removed one raises it.
"""

from __future__ import annotations

import json

from pipelayer.model.finding import Finding
from pipelayer.model.plan import PipelinePlan
from pipelayer.model.preview_json import Json, preview_to_json
from pipelayer.model.report import Outcome, Report
from pipelayer.model.selection import Selected

REPORT_VERSION = 1
"""Raised when a reader of the old form would misread the new one."""


def report_to_json(report: Report) -> dict[str, Json]:
    """The report as JSON-able values, in the order in which people read it."""
    return {
        "version": REPORT_VERSION,
        "command": report.verb.value,
        "dry_run": report.dry_run,
        "result": report.result.value,
        "exit_code": report.exit_code,
        "error": report.error,
        "error_hint": report.error_hint,
        "commit": report.commit,
        "base": report.base,
        "groups": [
            {"name": group.name, "region": group.region, "account": group.account} for group in report.groups
        ],
        "selection": [_selected(item) for item in report.selection.items],
        "findings": [_finding(finding) for finding in report.findings],
        "plan": [_plan(plan) for plan in report.plan],
        "outcomes": [_outcome(outcome) for outcome in report.outcomes],
        "notes": list(dict.fromkeys((*report.selection.notes, *report.notes))),
    }


def dumps(report: Report) -> str:
    """The report as text: ASCII only, so that a file name that is no UTF-8 survives as an escaped
    surrogate.
    """
    return json.dumps(report_to_json(report), indent=2, ensure_ascii=True) + "\n"


def _selected(item: Selected) -> dict[str, Json]:
    return {
        "key": str(item.key),
        "name": item.name,
        "group": item.key.group,
        "directory": item.directory,
        "reasons": [reason.value for reason in item.reasons],
    }


def _finding(finding: Finding) -> dict[str, Json]:
    at = finding.at
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "message": finding.message,
        "hint": finding.hint,
        "path": at.path if at else None,
        "line": at.line if at else None,
        "column": at.column if at else None,
        "key": finding.key,
    }


def _plan(plan: PipelinePlan) -> dict[str, Json]:
    return {
        "key": str(plan.key),
        "kind": plan.kind.value,
        "reason": plan.reason,
        "steps": [
            {"action": step.action.value, "detail": step.detail, "target": step.target} for step in plan.steps
        ],
        "live_id": plan.live_id,
        "preview": preview_to_json(plan.preview) if plan.preview else None,
    }


def _outcome(outcome: Outcome) -> dict[str, Json]:
    return {
        "key": outcome.key,
        "result": outcome.result.value,
        "pipeline_id": outcome.pipeline_id,
        "previous_id": outcome.previous_id,
        "uploaded": outcome.uploaded,
        "removed": outcome.removed,
        "seconds": round(outcome.seconds, 3),
        "error": outcome.error,
        "steps_taken": [action.value for action in outcome.steps_taken],
        "step_under_way": outcome.step_under_way.value if outcome.step_under_way else "",
    }
