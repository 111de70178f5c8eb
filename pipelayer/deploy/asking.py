"""ValidatePipelineDefinition for pipelines that are nowhere near AWS yet: on the one stub of the account and
region.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from pipelayer.definition.flat import Definition
from pipelayer.deploy import starts, tags
from pipelayer.deploy.ports import DataPipeline, Message, Verdict
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.errors import AwsError, Interrupted, PipelayerError
from pipelayer.model import Finding, Position, Severity
from pipelayer.project.pipeline import Pipeline

CODE = "AWS"
_QUOTED = re.compile(r"'(\*?[A-Za-z][A-Za-z0-9_]*)'")
_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})


def find_stub(aws: DataPipeline, snapshot: Snapshot, *, create: bool) -> str:
    """The stub's id, made where it is missing and may be made; "" where there is none. A denied Create counts
    as no stub.
    """
    if snapshot.stub or not create:
        return snapshot.stub.id if snapshot.stub else ""
    description = "Pipelayer asks AWS to validate definitions on this pipeline. It never runs."
    try:
        return aws.create(tags.STUB_NAME, tags.STUB_NAME, description, {tags.STUB: "1"})
    except AwsError as problem:
        if problem.code not in _DENIED:
            raise
        return ""


def validate_all(
    aws: DataPipeline,
    stub: str,
    pipelines: Sequence[Pipeline],
    now: datetime,
    concurrency: int,
    tell: Callable[[int], None],
    go_on: Callable[[], None],
) -> tuple[Finding, ...]:
    """AWS's errors and warnings about each definition, at the place in the file that each is about.

    Secrets are not sent: placeholders stand for them. `tell` hears how many have been asked about. `go_on`
    raises Interrupted where the run was told to stop, and so does this.
    """

    def validate(pipeline: Pipeline) -> tuple[Finding, ...]:
        go_on()
        candidates = starts.versions(pipeline.definition, now, None)
        if not candidates:
            return ()

        def call(definition: Definition) -> Verdict:
            return aws.validate(stub, definition)

        try:
            verdict, _ = starts.ask(call, candidates)
        except Interrupted:
            raise  # it says nothing about the definition
        except PipelayerError as problem:
            return (_finding(pipeline, Severity.ERROR, pipeline.at, problem.message, problem.hint),)
        return tuple(_findings(pipeline, verdict))

    with ThreadPoolExecutor(max_workers=max(1, concurrency)) as pool:
        findings: list[Finding] = []
        for done, found in enumerate(pool.map(validate, pipelines), start=1):
            findings += found
            tell(done)
        return tuple(findings)


def _findings(pipeline: Pipeline, verdict: Verdict) -> Iterable[Finding]:
    for message in verdict.errors:
        yield _placed(pipeline, Severity.ERROR, message)
    for message in verdict.warnings:
        yield _placed(pipeline, Severity.WARNING, message)
    if verdict.errored and not verdict.errors:
        yield _finding(
            pipeline, Severity.ERROR, pipeline.at, "AWS refuses the definition and gives no reason.", ""
        )


def _placed(pipeline: Pipeline, severity: Severity, message: Message) -> Finding:
    about = f"{message.object_id}: {message.text.strip()}" if message.object_id else message.text.strip()
    return _finding(pipeline, severity, _place(pipeline, message), about, "")


def _place(pipeline: Pipeline, message: Message) -> Position:
    """The field that the message quotes, else the object, else the parameter or its value, else the values
    file.
    """
    definition = pipeline.definition
    for item in definition.objects:
        if item.id == message.object_id:
            quoted = [item.fields[name] for name in _QUOTED.findall(message.text) if name in item.fields]
            places = [field.at for field in quoted if field.at]
            return places[0] if places else item.at or pipeline.at
    if value := definition.values.get(message.object_id):
        return value.at or pipeline.at
    declared = [parameter.at for parameter in definition.parameters if parameter.id == message.object_id]
    return next((at for at in declared if at), pipeline.at)


def _finding(pipeline: Pipeline, severity: Severity, at: Position, message: str, hint: str) -> Finding:
    return Finding(severity, CODE, message, at, hint, str(pipeline.key))
