"""What the offline rules find in the pipelines of a run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from pipelayer.definition import codes
from pipelayer.model import Finding
from pipelayer.project import uploads
from pipelayer.project.offline import check_definitions
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.tree import Tree
from pipelayer.project.weights import Weights


def rule_findings(
    tree: Tree, pipelines: Sequence[Pipeline], read: Collection[Finding], weights: Weights, now: datetime
) -> list[Finding]:
    """The rules' findings, each with its pipeline's key and as heavy as `weights` makes it.

    `read` is what reading the files found already: that `myS3InputDir` is missing isn't said twice.
    """
    homeless = {finding.key for finding in read if finding.code == uploads.Code.NO_INPUT_DIR}
    pointers = uploads.find_pointers(tree, {str(one.key): one.files for one in pipelines})
    return [*pointers] + [
        finding
        for finding in check_definitions(pipelines, weights, now)
        if not (finding.key in homeless and _misses_input_dir(finding))
    ]


def _misses_input_dir(finding: Finding) -> bool:
    return finding.code == codes.Code.NO_VALUE and f"`{uploads.INPUT_DIR}`" in finding.message
