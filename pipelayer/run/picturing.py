"""What one pipeline's files describe, as a graph.

Comes in: the name of a pipeline. Goes out: its objects and what links them. AWS is never asked.
"""

from __future__ import annotations

from pipelayer.definition.graph import graph
from pipelayer.errors import UsageError
from pipelayer.model import Graph, Key, Severity
from pipelayer.project.pipeline import Documents, load_pipeline
from pipelayer.project.reading import shown
from pipelayer.run.opening import as_error, open_project
from pipelayer.run.ports import Ports
from pipelayer.run.request import Request


def picture(request: Request, ports: Ports) -> Graph:
    """The graph of the one pipeline that `request` names; of several groups, if it is the same in all.

    Raises UsageError where the name means none or several, and for files that can't be read.
    """
    opened = open_project(request, ports)
    head = opened.head_or_raise()
    chosen = {item.key for item in opened.selection.items}
    documents, graphs = Documents(head.tree), dict[Graph, Key]()
    for place in opened.places:
        if place.key in chosen:
            pipeline, findings = load_pipeline(head.tree, place, documents)
            errors = [one for one in findings if one.severity is Severity.ERROR]
            if pipeline is not None:
                # What is wrong with the values alone changes nothing in the picture.
                errors = [one for one in errors if one.at and one.at.path == place.template]
            if errors:
                raise as_error(errors[0])
            assert pipeline is not None, "what can't be read has an error"
            graphs.setdefault(graph(pipeline.definition), place.key)
    if len(graphs) > 1:
        several = ", ".join(shown(f"{key.group}/{key.directory}") for key in graphs.values())
        raise UsageError(
            f"{shown(request.names[0])} means several pipelines, which differ: {several}.",
            "Name one of them, and the group if it differs from group to group.",
        )
    (found,) = graphs
    return found
