"""All pipelines of a tree, and what is wrong with each and between them."""

from __future__ import annotations

from pipelayer.model import Finding, Position, Severity
from pipelayer.project.checks import check_project
from pipelayer.project.config import Code, Config
from pipelayer.project.layout import Place, discover
from pipelayer.project.pipeline import Documents, Pipeline, load_pipeline
from pipelayer.project.reading import shown
from pipelayer.project.tree import ReadsAhead, Tree
from pipelayer.project.weights import weigh


def load_all(tree: Tree, config: Config, root: str) -> tuple[tuple[Pipeline, ...], tuple[Finding, ...]]:
    """Every pipeline of every group that can be read, and what is wrong with each and between them."""
    return load_places(tree, config, discover(tree, config, root))


def load_places(
    tree: Tree, config: Config, places: tuple[Place, ...]
) -> tuple[tuple[Pipeline, ...], tuple[Finding, ...]]:
    """The same for places that were found already; they are all that there are."""
    if isinstance(tree, ReadsAhead):
        tree.read_ahead({path for place in places for path in (*place.values, place.template)})
    documents = Documents(tree)
    pipelines: list[Pipeline] = []
    findings: dict[Finding, None] = {}
    for place in places:
        pipeline, problems = load_pipeline(tree, place, documents)
        findings.update(dict.fromkeys(problems))
        if pipeline is not None:
            pipelines.append(pipeline)
    findings.update(dict.fromkeys(check_project(pipelines)))
    ignored = {str(pipeline.key): pipeline.ignore for pipeline in pipelines if pipeline.ignore}
    return tuple(pipelines), weigh((*_idle_groups(config, places), *findings), config.rules, ignored)


def _idle_groups(config: Config, places: tuple[Place, ...]) -> list[Finding]:
    busy = {place.group.name for place in places}
    hint = "A pipeline is a directory with values.json that one of the group's `dirs` matches."
    return [
        Finding(
            Severity.WARNING,
            Code.NO_PIPELINE,
            f"The group {shown(group.name)} has no pipeline.",
            group.at or (Position(config.path) if config.path else None),
            hint,
        )
        for group in config.groups
        if group.name not in busy
    ]
