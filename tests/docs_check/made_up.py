"""Diagrams that no document has: of every definition that the tests know, and of hostile names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product

from docs_check.blocks import Block
from docs_check.verdict import ROOT, shown
from pipelayer.definition.flat import read_definition
from pipelayer.definition.graph import graph
from pipelayer.model import EdgeKind, Graph, GraphEdge, GraphNode, Mark, NodeKind
from pipelayer.project.source import read_document
from pipelayer.render.mermaid import mermaid
from support.hostile_labels import HOSTILE

CORPUS = ROOT / "tests" / "definition" / "corpus"


def made_up_blocks() -> Iterator[Block]:
    """Each definition of the corpus, and each hostile name as every kind of box with every mark, whole and
    reduced.
    """
    for path in sorted(CORPUS.glob("*.json")):
        node, _ = read_document(path.name, path.read_bytes())
        if node is not None and "objects" in json.loads(path.read_text("utf-8")):
            definition, _ = read_definition(node)
            yield Block(shown(path), 1, 1, mermaid(graph(definition)))
    for number, name in enumerate(HOSTILE):
        for most in (40, 3):
            place = f"the hostile name {number} ({name[:20]!r}), in {most} boxes at most"
            yield Block(place, 1, 1, mermaid(_every_kind(name), most_nodes=most))


def _every_kind(name: str) -> Graph:
    nodes = tuple(
        GraphNode(str(number), name, name, kind, mark)
        for number, (kind, mark) in enumerate(product(NodeKind, Mark))
    )
    edges = tuple(
        GraphEdge(str(number), str(number + 1), kind, mark)
        for number, (kind, mark) in enumerate(product(EdgeKind, Mark))
        if number + 1 < len(nodes)
    )
    return Graph(nodes, edges)
