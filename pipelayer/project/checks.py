"""What only shows across pipelines: names, S3 locations and claims that two of them share."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum

from pipelayer.model import Finding, Key, Position, Severity
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.reading import shown
from pipelayer.project.uploads import INPUT_DIR


class Code(StrEnum):
    """PL03: what two pipelines can't both have."""

    SAME_NAME = "PL030"
    SAME_INPUT_DIR = "PL031"
    SAME_CLAIM = "PL032"
    ALIKE = "PL033"


def check_project(pipelines: Sequence[Pipeline]) -> tuple[Finding, ...]:
    """Compare all pipelines of all groups. Each of two that clash gets a finding that names the other."""
    found = _same_names(pipelines), _same_inputs(pipelines), _same_claims(pipelines), _alike(pipelines)
    return tuple(finding for each in found for finding in each)


def _same_names(pipelines: Sequence[Pipeline]) -> Iterable[Finding]:
    found: defaultdict[tuple[str, str], list[Pipeline]] = defaultdict(list)
    for pipeline in pipelines:
        found[pipeline.key.group, pipeline.name].append(pipeline)
    for (group, name), same in found.items():
        for pipeline, other in _pairs(same):
            message = (
                f"Two pipelines of the group {shown(group)} are named {shown(name)}; see {_where(other.at)}."
            )
            yield _finding(
                Code.SAME_NAME, message, pipeline, pipeline.at, "Give one another `metadata.name`."
            )


def _same_inputs(pipelines: Sequence[Pipeline]) -> Iterable[Finding]:
    """Sorted, all that lies below a prefix follows it directly: one pass with a stack finds every clash."""
    placed = [(p.input.bucket, p.input.prefix, p) for p in pipelines if p.input is not None]
    placed.sort(key=lambda item: (item[0], item[1], item[2].key))
    around: list[tuple[str, str, Pipeline]] = []
    told: set[Key] = set()
    for bucket, prefix, pipeline in placed:
        while around and not (around[-1][0] == bucket and prefix.startswith(around[-1][1])):
            around.pop()
        if around:
            outer = around[-1][2]
            yield _input_finding(pipeline, outer, "the same as" if around[-1][1] == prefix else "inside")
            if outer.key not in told:
                told.add(outer.key)
                yield _input_finding(outer, pipeline, "the same as" if around[-1][1] == prefix else "around")
        around.append((bucket, prefix, pipeline))


def _input_finding(pipeline: Pipeline, other: Pipeline, relation: str) -> Finding:
    message = (
        f"`{INPUT_DIR}` {shown(str(pipeline.input))} is {relation} that of {shown(str(other.key))}; "
        f"see {_where(_input_at(other))}."
    )
    hint = "Give each pipeline its own folder: deleting what is stale for one would hit the other."
    return _finding(Code.SAME_INPUT_DIR, message, pipeline, _input_at(pipeline), hint)


def _same_claims(pipelines: Sequence[Pipeline]) -> Iterable[Finding]:
    keys = {pipeline.key: pipeline for pipeline in pipelines}
    found: defaultdict[tuple[str, ...], list[Pipeline]] = defaultdict(list)
    hint = "One live pipeline can become only one: remove `adopt` or `moved-from` from the other."
    for pipeline in pipelines:
        if pipeline.adopt:
            found["adopt", pipeline.group.account, pipeline.group.region, pipeline.adopt].append(pipeline)
        for origin in pipeline.moved_from:
            found["moved-from", str(origin)].append(pipeline)
            if (still := keys.get(origin)) is not None:
                message = f"`moved-from` names {shown(str(still.key))}, still there; see {_where(still.at)}."
                yield _finding(Code.SAME_CLAIM, message, pipeline, pipeline.at, "Remove one of the two.")
    for (word, *_, target), same in found.items():
        for pipeline, other in _pairs(same):
            message = f"Two pipelines claim {shown(target)} by `{word}`; see {_where(other.at)}."
            yield _finding(Code.SAME_CLAIM, message, pipeline, pipeline.at, hint)


def _alike(pipelines: Sequence[Pipeline]) -> Iterable[Finding]:
    """On Windows and macOS git would put both into one folder, and their next commit would mix them."""
    hint = "Rename one: on Windows and macOS they are one folder."
    found: defaultdict[str, list[Pipeline]] = defaultdict(list)
    for pipeline in pipelines:
        found[unicodedata.normalize("NFC", pipeline.directory).casefold()].append(pipeline)
    for same in found.values():
        for pipeline in same:
            other = next((one for one in same if one.directory != pipeline.directory), None)
            if other is not None:
                message = (
                    f"The directories {shown(pipeline.directory)} and {shown(other.directory)} differ only "
                    "in case, or in how Unicode is written."
                )
                at = Position(pipeline.values_path)
                yield Finding(Severity.WARNING, Code.ALIKE, message, at, hint, str(pipeline.key))


def _pairs(same: Sequence[Pipeline]) -> Iterable[tuple[Pipeline, Pipeline]]:
    """Each of several with another one to point at."""
    return ((one, same[0] if index else same[1]) for index, one in enumerate(same) if len(same) > 1)


def _input_at(pipeline: Pipeline) -> Position:
    definition = pipeline.definition
    field = definition.values.get(INPUT_DIR) or definition.defaults.get(INPUT_DIR)
    return field.at if field and field.at else pipeline.at


def _where(at: Position) -> str:
    return f"{shown(at.path)}, line {at.line}"


def _finding(code: Code, message: str, pipeline: Pipeline, at: Position, hint: str) -> Finding:
    return Finding(Severity.ERROR, code, message, at, hint, str(pipeline.key))
