"""The logs that attempts leave in S3.

Sources: AWS Data Pipeline Developer Guide, "Viewing Pipeline Logs": `pipelineLogUri`, then a folder each for
the pipeline, the component, the instance and the attempt; for a resource `emrLogUri` takes precedence;
"Locating Error Logs": any component may have a `pipelineLogUri` of its own; "Verifying Task Runner Logging":
`Task Runner.log.YYYY-MM-DD-HH`, compressed; "ShellCommandActivity": `stdout` and `stderr` name other places
for what the command writes. A public reader of these logs builds the same path from `@headAttempt`.

Assumed, as no document says it: the names `Activity.log.gz`, `StdOutput.gz` and `StdError.gz`; logs are there
once the attempt is over; an attempt that never got to a runner has none; where they can't be written, the
attempt ends all the same.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import suppress

from .clock import stamp
from .definition import Definition, Item
from .expressions import evaluate, looking
from .parts import Part, refs
from .state import Pipeline, Run, World
from .work import Attempt, Fate, Instance, WorkStatus


def write(world: World, pipeline: Pipeline, run: Run, part: Part, one: Instance) -> None:
    """Writes what the attempts that are over have left, each once."""
    for attempt in one.attempts:
        if attempt.ended is not None and not attempt.logged:
            attempt.logged = True
            for address, body in _files(pipeline, run, part, attempt):
                bucket, _, key = address.removeprefix("s3://").partition("/")
                with suppress(LookupError):
                    world.put_log(bucket, key, body)


def _files(pipeline: Pipeline, run: Run, part: Part, attempt: Attempt) -> Iterator[tuple[str, bytes]]:
    """Addresses and contents."""
    item = (pipeline.versions.get(run.version) or Definition()).by_id[part.id]
    instance = f"@{part.id}_{stamp(run.scheduled_start)}"
    own = f"{instance}_Attempt={attempt.number}"
    base = _text(pipeline, run, item, own, "pipelineLogUri").rstrip("/")
    if part.category == "resource":
        base = _text(pipeline, run, item, own, "emrLogUri").rstrip("/") or base
    folder = f"{base}/{pipeline.id}/{part.id}/{instance}/{own}"
    fate = attempt.fate or Fate()
    began = stamp(attempt.started)
    said = fate.log or _said(part, attempt, fate)
    if not base.startswith("s3://"):
        folder = ""
    if part.category == "resource" and folder:
        name = f"Task Runner.log.{attempt.started:%Y-%m-%d-%H}.gz"
        yield f"{folder}/{name}", _packed(f"{began} [INFO] TaskRunner started on {part.id}\n{fate.log}")
    if part.category != "activity" or attempt.status is WorkStatus.CANCELED:
        return
    if folder:
        yield f"{folder}/Activity.log.gz", _packed(said)
    if part.type == "ShellCommandActivity":
        for field, name, text in (
            ("stdout", "StdOutput.gz", fate.stdout),
            ("stderr", "StdError.gz", fate.stderr),
        ):
            place = _text(pipeline, run, item, own, field)
            if place.startswith("s3://"):
                yield place, text.encode()
            elif folder:
                yield f"{folder}/{name}", _packed(text)


def _said(part: Part, attempt: Attempt, fate: Fate) -> str:
    lines = [f"{stamp(attempt.started)} [INFO] Begin task {part.id} of type {part.type}, {attempt.number}"]
    ended = stamp(attempt.ended) if attempt.ended else ""
    if attempt.status is WorkStatus.FINISHED:
        lines.append(f"{ended} [INFO] Finished")
    else:
        lines.append(f"{ended} [ERROR] {attempt.status}: {fate.error_message}")
    return "\n".join(lines) + "\n"


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def _text(pipeline: Pipeline, run: Run, item: Item, own: str, key: str) -> str:
    """A field's text, with its expressions evaluated for this attempt."""
    fields = {
        "@scheduledStartTime": stamp(run.scheduled_start),
        "@scheduledEndTime": stamp(run.scheduled_end),
        "@pipelineId": pipeline.id,
        "@id": own,
        "name": own,
    }

    def linked(reference: str) -> dict[str, str]:
        found = [item.of.by_id[one] for one in refs(item, reference) if one in item.of.by_id]
        return {name: one.text(name) for one in found for name in one.own}

    look = looking(fields, linked)
    return evaluate(item.text(key), lambda name: look(name) or (item.text(name) or None))
