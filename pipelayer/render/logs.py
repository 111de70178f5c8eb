"""The logs of a run, for a terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from pipelayer.console.logs import AttemptLogs, LogFile, Logs
from pipelayer.model.history import ObjectRun
from pipelayer.model.json_time import json_time
from pipelayer.render.measures import bytes_in

VERSION = 1
"""Raised when a reader of the old JSON would misread the new one."""


def told(logs: Logs, *, read: bool) -> Iterator[str]:
    """The lines of a terminal: each attempt, what AWS says of it, and its files under headings. Not `read`,
    the files are only named. What comes from AWS isn't made harmless here.
    """
    at = f", run of {_moment(logs.scheduled)}" if logs.scheduled else ""
    yield f"{logs.name} ({logs.pipeline_id}){at}"
    for one in logs.attempts:
        yield ""
        yield from _attempt(one)
        for file in one.files:
            if read:
                yield ""
            yield f"==> {_heading(file)} <==" if read else f"  {_heading(file)}"
            if read:
                yield from _content(file)
            elif file.problem:
                yield f"  {file.problem}"
        yield from (f"! {problem}" for problem in one.problems)
        if one.hint:
            yield f"Hint: {one.hint}"
    if logs.notes:
        yield ""
        yield from (f"note: {note}" for note in logs.notes)


def _attempt(one: AttemptLogs) -> Iterator[str]:
    attempt = one.attempt
    number = f", attempt {attempt.number}" if attempt.number else ""
    times = [_moment(at) for at in (attempt.started, attempt.ended) if at]
    yield f"{attempt.component or attempt.id}{number}: {attempt.status}" + (
        f", {' to '.join(times)}" if times else ""
    )
    error = f"{attempt.error_id}: {attempt.error}" if attempt.error_id and attempt.error else ""
    for line in (error or attempt.error or attempt.error_id or attempt.reason).splitlines():
        yield f"  {line}"
    if not one.files:
        yield from (f"  {line}" for line in attempt.stack_trace.splitlines())


def _content(file: LogFile) -> Iterator[str]:
    if file.left_out:
        yield f"[{file.left_out:,} lines before these are left out: --whole shows them.]"
    empty = True
    for line in file.lines:
        empty = False
        yield line.replace("\t", "    ")
    if file.problem:
        yield f"[The rest can't be shown: {file.problem}]"
    elif empty:
        yield "[empty]"


def _heading(file: LogFile) -> str:
    changed = f", {_moment(file.modified)}" if file.modified else ""
    return f"{file.address} ({bytes_in(file.size)}{changed})"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def dumps(logs: Logs) -> str:
    """The same for programs, in ASCII; `docs/console.md` describes the fields."""
    document = {
        "version": VERSION,
        "name": logs.name,
        "pipeline_id": logs.pipeline_id,
        "scheduled": json_time(logs.scheduled),
        "attempts": [
            {
                **_described(one.attempt),
                "address": one.address,
                "files": [
                    {
                        "address": file.address,
                        "size": file.size,
                        "modified": json_time(file.modified),
                        "lines": list(file.lines),
                        "left_out": file.left_out,
                        "problem": file.problem,
                    }
                    for file in one.files
                ],
                "problems": list(one.problems),
                "hint": one.hint,
            }
            for one in logs.attempts
        ],
        "notes": list(logs.notes),
    }
    return json.dumps(document, indent=2)


def _described(attempt: ObjectRun) -> dict[str, object]:
    return {
        "id": attempt.id,
        "object": attempt.component,
        "attempt": attempt.number,
        "type": attempt.type,
        "status": str(attempt.status),
        "started": json_time(attempt.started),
        "ended": json_time(attempt.ended),
        "error_id": attempt.error_id,
        "error": attempt.error,
        "reason": attempt.reason,
        "stack_trace": attempt.stack_trace,
    }
