"""The status as JSON: what `pipelayer status --json` prints.

Its schema is `pipelayer/schemas/status.json`. A reader may rely on every field being there; new fields may
come without a new version, a changed or removed one raises it.
"""

from __future__ import annotations

import json

from pipelayer.errors import PipelayerError
from pipelayer.model.json_time import json_time
from pipelayer.model.preview_json import Json
from pipelayer.model.status import (
    Drifted,
    Failure,
    LiveCommit,
    ObjectAtWork,
    PipelineRun,
    PipelineStatus,
    Reason,
    Status,
)

STATUS_VERSION = 1
"""Raised when a reader of the old form would misread the new one."""


def status_to_json(status: Status) -> dict[str, Json]:
    """The status as JSON-able values; times are ISO 8601 in UTC, null where there is none."""
    return {
        "version": STATUS_VERSION,
        "well": status.well,
        "project": status.project,
        "at": json_time(status.at),
        "commit": status.commit,
        "groups": [
            {"name": group.name, "region": group.region, "account": group.account} for group in status.groups
        ],
        "reasons": [_reason(reason) for reason in status.reasons],
        "pipelines": [_pipeline(one) for one in status.pipelines],
        "strangers": {
            "count": status.strangers.count,
            "names": list(status.strangers.names),
            "hint": status.strangers.hint,
        },
        "notes": list(status.notes),
    }


def dumps(status: Status) -> str:
    """The status as text: ASCII only, so that a name that is no UTF-8 survives as an escaped surrogate."""
    return json.dumps(status_to_json(status), indent=2, ensure_ascii=True) + "\n"


def _pipeline(one: PipelineStatus) -> dict[str, Json]:
    return {
        "key": str(one.key),
        "name": one.name,
        "group": one.key.group,
        "region": one.region,
        "directory": one.directory,
        "id": one.id,
        "state": one.state.value if one.state else "",
        "health": one.health.value,
        "on_demand": one.on_demand,
        "well": one.well,
        "drift": one.drift.value,
        "drifts": [_drifted(drifted) for drifted in one.drifts],
        "commit": _commit(one.commit) if one.commit else None,
        "last_activation": json_time(one.last_activation),
        "latest_run": json_time(one.latest_run),
        "next_run": json_time(one.next_run),
        "runs": [_run(run) for run in one.runs],
        "unasked": list(one.unasked),
    }


def _reason(reason: Reason) -> dict[str, Json]:
    return {
        "key": str(reason.key),
        "name": reason.name,
        "trouble": reason.trouble.value,
        "sentence": reason.sentence,
        "command": reason.command,
    }


def _drifted(drifted: Drifted) -> dict[str, Json]:
    return {
        "kind": drifted.kind.value,
        "sentence": drifted.sentence,
        "command": drifted.command,
        "differences": [
            {"place": one.place, "files": one.files, "live": one.live} for one in drifted.differences
        ],
    }


def _commit(commit: LiveCommit) -> dict[str, Json]:
    return {"id": commit.id, "made": json_time(commit.made), "behind": commit.behind}


def _run(run: PipelineRun) -> dict[str, Json]:
    duration = run.duration
    return {
        "scheduled": json_time(run.scheduled),
        "status": run.status.value,
        "started": json_time(run.started),
        "ended": json_time(run.ended),
        "seconds": round(duration.total_seconds()) if duration is not None else None,
        "attempts": run.attempts,
        "objects": [_object(one) for one in run.objects],
        "failures": [_failure(failure) for failure in run.failures],
    }


def dumps_problem(problem: PipelayerError) -> str:
    """What stands in place of a status where nothing could be looked at."""
    document = {"version": STATUS_VERSION, "error": problem.message, "hint": problem.hint}
    return json.dumps(document, indent=2) + "\n"


def _object(one: ObjectAtWork) -> dict[str, Json]:
    return {
        "name": one.name,
        "type": one.type,
        "status": one.status.value,
        "started": json_time(one.started),
        "ended": json_time(one.ended),
        "attempts": one.attempts,
    }


def _failure(failure: Failure) -> dict[str, Json]:
    return {
        "object": failure.object,
        "status": failure.status.value,
        "attempt": failure.attempt,
        "error": failure.error,
        "error_id": failure.error_id,
        "logs": list(failure.logs),
    }
