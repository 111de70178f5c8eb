"""The words of the house as plain frozen values: no files, no network, no behaviour beyond themselves.

Comes in: nothing. Goes out: what every other room hands to the next. It never imports another room.
"""

from pipelayer.model.document import Array, Boolean, Entry, Node, Null, Number, Position, Table, Text
from pipelayer.model.finding import Finding, Severity
from pipelayer.model.graph import EdgeKind, Graph, GraphEdge, GraphNode, Mark, NodeKind
from pipelayer.model.live import LivePipeline, PipelineState
from pipelayer.model.plan import Action, Kind, PipelinePlan, Step
from pipelayer.model.preview import (
    Against,
    FieldChange,
    FileChange,
    Preview,
    ResourceChange,
    Runs,
    Subject,
)
from pipelayer.model.report import GroupInfo, Outcome, OutcomeResult, Report, Result, Verb
from pipelayer.model.selection import Key, Reason, Selected, Selection

__all__ = [
    "Action",
    "Against",
    "Array",
    "Boolean",
    "EdgeKind",
    "Entry",
    "FieldChange",
    "FileChange",
    "Finding",
    "Graph",
    "GraphEdge",
    "GraphNode",
    "GroupInfo",
    "Key",
    "Kind",
    "LivePipeline",
    "Mark",
    "Node",
    "NodeKind",
    "Null",
    "Number",
    "Outcome",
    "OutcomeResult",
    "PipelinePlan",
    "PipelineState",
    "Position",
    "Preview",
    "Reason",
    "Report",
    "ResourceChange",
    "Result",
    "Runs",
    "Selected",
    "Selection",
    "Severity",
    "Step",
    "Subject",
    "Table",
    "Text",
    "Verb",
]
