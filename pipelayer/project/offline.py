"""Every definition of a project, checked without AWS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from pipelayer.definition.codes import Code
from pipelayer.definition.rules import Checker
from pipelayer.model import Finding
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.weights import Weights, weigh


def check_definitions(
    pipelines: Sequence[Pipeline], weights: Weights, now: datetime | None = None
) -> tuple[Finding, ...]:
    """What is wrong with the definitions, each finding with its pipeline's key.

    Pipelines of one template are cheap together. With the time, missed runs are counted.
    """
    ignored = {str(pipeline.key): pipeline.ignore for pipeline in pipelines if pipeline.ignore}
    return weigh(_found(pipelines, now), weights, ignored)


def _found(pipelines: Sequence[Pipeline], now: datetime | None) -> Iterator[Finding]:
    checker = Checker()
    for pipeline in pipelines:
        key = str(pipeline.key)
        shared = {field.key_at or field.at for field in pipeline.group.values.values()}
        for finding in checker.check(pipeline.definition, now):
            if finding.code == Code.UNUSED_VALUE and finding.at in shared:
                continue  # a group's values are for all its pipelines; not every one needs each
            yield replace(finding, key=key)
