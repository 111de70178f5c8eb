"""A preview as JSON, which is part of the report's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TypeAlias

from pipelayer.model.graph import Graph
from pipelayer.model.preview import Preview, Runs

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


def preview_to_json(preview: Preview) -> dict[str, Json]:
    """The preview as JSON-able values; times are ISO 8601 in UTC, sizes bytes."""
    return {
        "against": preview.against.value,
        "changes": [
            {
                "place": change.place,
                "subject": change.subject.value,
                "name": change.name,
                "before": change.before,
                "after": change.after,
                "rule": change.rule,
                "reaches": list(change.reaches),
            }
            for change in preview.changes
        ],
        "files": [{"path": file.path, "before": file.before, "after": file.after} for file in preview.files],
        "files_compared": preview.files_compared,
        "runs_before": _runs(preview.runs_before),
        "runs_after": _runs(preview.runs_after),
        "resources": [
            {"id": one.id, "type": one.type, "before": one.before, "after": one.after}
            for one in preview.resources
        ],
        "graph": _graph(preview.graph) if preview.graph else None,
    }


def _runs(runs: Runs) -> dict[str, Json]:
    times: list[Json] = [f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for time in runs.times]
    return {"times": times, "note": runs.note}


def _graph(graph: Graph) -> dict[str, Json]:
    return {
        "nodes": [
            {
                "id": node.id,
                "name": node.label,
                "type": node.type,
                "kind": node.kind.value,
                "mark": node.mark.value,
            }
            for node in graph.nodes
        ],
        "edges": [
            {
                "source": edge.source,
                "target": edge.target,
                "kind": edge.kind.value,
                "mark": edge.mark.value,
            }
            for edge in graph.edges
        ],
    }
