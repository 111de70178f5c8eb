"""What the offline rules find in the pipelines of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from pipelayer.definition import codes
from pipelayer.definition.rules import check
from pipelayer.model import Finding
from pipelayer.project import uploads
from pipelayer.project.pipeline import Pipeline


def rule_findings(pipelines: Iterable[Pipeline], read: Collection[Finding]) -> list[Finding]:
    """The rules' findings, each with its pipeline's key.

    `read` is what reading the files found already: that `myS3InputDir` is missing isn't said twice.
    """
    homeless = {finding.key for finding in read if finding.code == uploads.Code.NO_INPUT_DIR}
    found = []
    for pipeline in pipelines:
        key = str(pipeline.key)
        found += [
            replace(finding, key=key)
            for finding in check(pipeline.definition)
            if not (key in homeless and _misses_input_dir(finding))
        ]
    return found


def _misses_input_dir(finding: Finding) -> bool:
    return finding.code == codes.Code.NO_VALUE and f"`{uploads.INPUT_DIR}`" in finding.message
