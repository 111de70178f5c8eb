from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelayer.model import EdgeKind, Graph, GraphEdge, GraphNode, Mark, NodeKind
from pipelayer.render.escape import fence
from pipelayer.render.mermaid import MOST_CHARACTERS, MOST_LINES, caption, mermaid
from pipelayer.render.reducing import Drawing, drawings
from support.hostile_labels import HOSTILE
from support.html_document import rendered

# The whole language that a flowchart of ours is written in, one line at a time.
TEXT = r"(?:[^\W]|[ ,?×±+−…]|#\d+;)+"  # noqa: RUF001
LABEL = rf'"(?P<label>{TEXT}(?:<br/>{TEXT}){{0,3}})"'
SHAPES = [r"\[\[@\]\]", r"\[\(@\)\]", r"\(\[@\]\)", r"\{\{@\}\}", r"\[@\]", r"\(@\)"]
BOX = re.compile(
    r"    n(?P<number>\d+)(?:"
    + "|".join(shape.replace("@", LABEL.replace("?P<label>", "")) for shape in SHAPES)
    + r")(?::::(?P<mark>added|changed|removed))?"
)
LINE = re.compile(r'    n(?P<source>\d+) (?:-->|-\.->|-\.-)(?:\|"(?P<sign>[+±−])"\|)? n(?P<target>\d+)')  # noqa: RUF001
STYLE = re.compile(
    r"    (?:classDef (?:added|changed|removed)|linkStyle \d+(?:,\d+)*) "
    r"(?:(?:fill|stroke|color|stroke-width|stroke-dasharray):[#\w ]+(?:,(?=\w)|$))+"
)


def read(chart: str) -> tuple[list[re.Match[str]], list[re.Match[str]]]:
    """The boxes and the lines of a flowchart that keeps to the language."""
    first, *rest = chart.removesuffix("\n").split("\n")
    assert first in {"flowchart LR", "flowchart TB"}
    boxes = [found for line in rest if (found := BOX.fullmatch(line))]
    lines = [found for line in rest if (found := LINE.fullmatch(line))]
    styles = [line for line in rest if STYLE.fullmatch(line)]
    assert len(boxes) + len(lines) + len(styles) == len(rest)
    assert [int(box["number"]) for box in boxes] == list(range(len(boxes)))
    assert all(int(line[end]) < len(boxes) for line in lines for end in ("source", "target"))
    return boxes, lines


def labels(chart: str) -> list[str]:
    """What people read in each box, a slash where a line of it ends."""
    shown = (re.search(r'"(.*)"', box[0]) for box in read(chart)[0])
    return [html.unescape(found[1].replace("#", "&#")).replace("<br/>", " / ") for found in shown if found]


def activity(id: str, mark: Mark = Mark.NONE, type: str = "CopyActivity") -> GraphNode:
    return GraphNode(id, id, type, NodeKind.ACTIVITY, mark)


def data(id: str, mark: Mark = Mark.NONE) -> GraphNode:
    return GraphNode(id, id, "S3DataNode", NodeKind.DATA_NODE, mark)


def edge(source: str, target: str, mark: Mark = Mark.NONE, kind: EdgeKind = EdgeKind.DATA) -> GraphEdge:
    return GraphEdge(source, target, kind, mark)


def test_each_kind_has_its_shape_and_each_mark_its_sign_and_colour() -> None:
    graph = Graph(
        (
            GraphNode("S", "Each day", "Schedule", NodeKind.SCHEDULE),
            GraphNode("E", "Machine", "Ec2Resource", NodeKind.RESOURCE, Mark.CHANGED),
            GraphNode("P", "Ready", "S3KeyExists", NodeKind.PRECONDITION, Mark.ADDED),
            data("In", Mark.REMOVED),
            activity("Job"),
        ),
        (
            edge("S", "Job", kind=EdgeKind.SCHEDULE),
            edge("Job", "E", kind=EdgeKind.RUNS_ON),
            edge("P", "Job", Mark.ADDED, EdgeKind.CONDITION),
            edge("In", "Job", Mark.REMOVED),
        ),
    )
    chart = mermaid(graph)
    read(chart)
    assert [line for line in chart.splitlines() if "stroke" not in line] == [
        "flowchart LR",
        '    n0(["Each day<br/>Schedule"])',
        '    n1[["±#160;Machine<br/>Ec2Resource"]]:::changed',
        '    n2{{"+#160;Ready<br/>S3KeyExists"}}:::added',
        '    n3[("−#160;In<br/>S3DataNode")]:::removed',  # noqa: RUF001
        '    n4["Job<br/>CopyActivity"]',
        "    n0 -.-> n4",
        "    n4 -.- n1",
        "    n2 -.-> n4",
        "    n3 --> n4",
    ]
    assert re.findall(r"(classDef \w+|linkStyle [\d,]+) ", chart) == [
        "classDef added",
        "linkStyle 2",
        "classDef changed",
        "classDef removed",
        "linkStyle 3",
    ]
    assert caption(graph) == "5 objects: + 1 added, ± 1 changed, − 1 removed"  # noqa: RUF001


def test_an_edge_that_came_or_went_between_those_that_stayed_says_so() -> None:
    graph = Graph(
        (activity("A"), activity("B"), activity("C")),
        (edge("A", "B", Mark.ADDED), edge("A", "C", Mark.REMOVED)),
    )
    assert [line["sign"] for line in read(mermaid(graph))[1]] == ["+", "−"]  # noqa: RUF001


def test_a_long_way_goes_down_and_a_wide_one_to_the_right() -> None:
    ids = [f"A{number}" for number in range(8)]
    nodes = tuple(map(activity, ids))
    chain = Graph(nodes, tuple(map(edge, ids, ids[1:])))
    circle = Graph(nodes, (*chain.edges, edge(ids[-1], ids[0])))
    star = Graph(nodes, tuple(edge(ids[0], id) for id in ids[1:]))
    both = Graph(nodes, star.edges + chain.edges)
    ways = [mermaid(graph).split("\n")[0][-2:] for graph in (chain, circle, both, star, Graph())]
    assert ways == ["TB", "TB", "TB", "LR", "LR"]


def workshop(number: int, marked: Sequence[int] = (), mark: Mark = Mark.CHANGED) -> Graph:
    """So many equal chains: two preconditions and an input, an activity, its output, and what loads it."""
    nodes = [activity("Report")]
    edges = []
    for n in range(number):
        nodes += [
            GraphNode(f"P{n}", f"P{n}", "Exists", NodeKind.PRECONDITION),
            GraphNode(f"Q{n}", f"Q{n}", "Exists", NodeKind.PRECONDITION),
            data(f"In{n}"),
            activity(f"Get{n}", mark if n in marked else Mark.NONE),
            data(f"Out{n}"),
            activity(f"Load{n}", type="SqlActivity"),
        ]
        edges += [
            edge(f"P{n}", f"In{n}", kind=EdgeKind.CONDITION),
            edge(f"Q{n}", f"Get{n}", kind=EdgeKind.CONDITION),
            edge(f"In{n}", f"Get{n}"),
            edge(f"Get{n}", f"Out{n}"),
            edge(f"Out{n}", f"Load{n}"),
            edge(f"Load{n}", "Report"),
        ]
    return Graph(tuple(nodes), tuple(edges))


def test_what_only_one_activity_uses_folds_into_it_first() -> None:
    graph = workshop(7, [3])
    assert len(labels(mermaid(graph, most_nodes=43))) == 43
    assert labels(mermaid(graph, most_nodes=42))[1:4] == [
        "In0 / S3DataNode / with 1 precondition",
        "Get0 / CopyActivity / with 1 precondition",
        "Out0 / S3DataNode",
    ]
    few = labels(mermaid(graph, most_nodes=28))
    assert few[1:3] == ["Get0 / CopyActivity / with 1 data node and 2 preconditions", "Out0 / S3DataNode"]
    assert few[10] == "±\xa0Get3 / CopyActivity / with 1 data node and 2 preconditions"


def test_what_an_edge_says_is_not_folded_away() -> None:
    graph = Graph((activity("A"), data("Old"), data("New")), (edge("Old", "A"), edge("New", "A", Mark.ADDED)))
    chart = mermaid(graph, most_nodes=2)
    assert labels(chart) == ["A / CopyActivity / with 1 data node", "New / S3DataNode"]
    assert [line["sign"] for line in read(chart)[1]] == ["+"]


def test_where_only_some_edges_came_the_line_has_changed() -> None:
    graph = Graph(
        (activity("A"), data("D"), data("E"), activity("B")),
        (edge("A", "D"), edge("A", "E"), edge("D", "B"), edge("E", "B", Mark.ADDED)),
    )
    chart = mermaid(graph, most_nodes=2)
    assert labels(chart) == ["2 × CopyActivity / A, B", "2 × S3DataNode / D, E"]
    assert [line["sign"] for line in read(chart)[1]] == [None, "±"]


def test_what_is_alike_with_its_surroundings_becomes_one_and_what_changed_stays_apart() -> None:
    graph = workshop(20, [3])
    assert labels(mermaid(graph)) == [
        "Report / CopyActivity",
        "19 × CopyActivity / Get0, Get1 and 17 more / with 19 data nodes and 38 preconditions",
        "19 × S3DataNode / Out0, Out1 and 17 more",
        "19 × SqlActivity / Load0, Load1 and 17 more",
        "±\xa0Get3 / CopyActivity / with 1 data node and 2 preconditions",
        "Out3 / S3DataNode",
        "Load3 / SqlActivity",
    ]
    assert caption(graph) == "121 objects, drawn as 7: ± 1 changed"


def test_in_a_long_chain_what_is_near_to_a_change_stays_longest() -> None:
    ids = [f"A{number}" for number in range(100)]
    nodes = [activity(id, Mark.CHANGED if id == "A50" else Mark.NONE) for id in ids]
    graph = Graph(tuple(nodes), tuple(map(edge, ids, ids[1:])))
    shown = labels(mermaid(graph, most_nodes=20))
    assert {f"A{number} / CopyActivity" for number in (48, 49, 51, 52)} < set(shown)
    assert "±\xa0A50 / CopyActivity" in shown
    assert sum("×" in label for label in shown) == 1


def test_marked_ones_stay_until_they_alone_are_too_many() -> None:
    graph = workshop(60, range(30))
    assert sum(label.startswith("±\xa0Get") for label in labels(mermaid(graph, most_nodes=31))) == 30
    few = labels(mermaid(graph, most_nodes=20))
    assert "±\xa030 × CopyActivity / Get0, Get1 and 28 more / with 30 data nodes and 60 preconditions" in few
    assert labels(mermaid(graph, most_nodes=1)) == [
        "181 objects / Report, Get0 and 179 more / ± 30 / with 60 data nodes and 120 preconditions"
    ]


words = st.sampled_from(HOSTILE) | st.text(max_size=80)
ids = st.integers(0, 70).map(str)
hostile_nodes = st.builds(
    GraphNode, ids, words, words, st.sampled_from(NodeKind), st.sampled_from([Mark.NONE, *Mark])
)
edges = st.lists(
    st.builds(GraphEdge, ids, ids, st.sampled_from(EdgeKind), st.sampled_from(Mark)), max_size=90
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs of any size. Drawing each node of a large one is slow, so they take turns with a few."""
    few = draw(st.lists(hostile_nodes, max_size=12))
    number = draw(st.sampled_from([len(few), 0, 60]))
    nodes = [replace(few[n % len(few)], id=str(n)) for n in range(number if few else 0)]
    return Graph(tuple(nodes), tuple(draw(edges)))


@given(graph=graphs(), most=st.integers(0, 70))
def test_any_graph_becomes_a_chart_within_the_limits(graph: Graph, most: int) -> None:
    chart = mermaid(graph, most_nodes=most)
    boxes, lines = read(chart)
    assert len(boxes) <= max(1, most)
    assert len(lines) <= MOST_LINES
    assert len(chart) <= MOST_CHARACTERS
    assert chart == mermaid(graph, most_nodes=most)
    said = caption(graph, most_nodes=most)
    assert int(said.split()[0]) == len(graph.nodes)
    drawn = re.search(r"drawn as (\d+)", said)
    assert len(boxes) == (int(drawn[1]) if drawn else len(graph.nodes))


@given(graphs())
def test_each_step_is_a_quotient_of_the_graph(graph: Graph) -> None:
    for drawing in drawings(graph):
        home = {
            node.id: number for number, box in enumerate(drawing.boxes) for node in (*box.shown, *box.folded)
        }
        assert sum(len(box.shown) + len(box.folded) for box in drawing.boxes) == len(graph.nodes)
        assert home.keys() == {node.id for node in graph.nodes}
        led = {
            (home[edge.source], home[edge.target])
            for edge in graph.edges
            if edge.source in home and edge.target in home
        }
        drawn = [(line.source, line.target) for line in drawing.lines]
        assert len(drawn) == len(set(drawn))
        assert set(drawn) == {(source, target) for source, target in led if source != target}
        assert all(node.mark is Mark.NONE for box in drawing.boxes for node in box.folded)
    assert len(drawing.boxes) <= 1


@given(graphs())
def test_nothing_that_is_marked_is_merged_while_there_is_room(graph: Graph) -> None:
    marked = [node for node in graph.nodes if node.mark is not Mark.NONE]
    alone = [box.shown for box in fitting(graph, len(marked) + 1).boxes if box.mark is not Mark.NONE]
    assert alone == [(node,) for node in marked]


def fitting(graph: Graph, most: int) -> Drawing:
    return next(drawing for drawing in drawings(graph) if len(drawing.boxes) <= most)


@pytest.mark.parametrize("size", [41, 400])
def test_what_is_too_long_or_too_tangled_is_reduced_further(size: int) -> None:
    nodes = [replace(data(str(n)), label="💥" * 99, type="💥" * n) for n in range(size)]
    graph = Graph(tuple(nodes), ())
    assert len(mermaid(graph, most_nodes=size)) <= MOST_CHARACTERS
    tangled = Graph(
        tuple(activity(str(n)) for n in range(size)),
        tuple(edge(str(a), str(b)) for a in range(41) for b in range(a)),
    )
    assert len(read(mermaid(tangled, most_nodes=size))[1]) <= MOST_LINES


@given(st.lists(words, min_size=1, max_size=5))
@example(HOSTILE)
@settings(max_examples=50)
def test_in_a_comment_a_chart_is_a_block_of_code_and_nothing_else(names: list[str]) -> None:
    nodes = tuple(replace(data(str(n)), label=name, type=name) for n, name in enumerate(names))
    chart = mermaid(Graph(nodes))
    assert len(labels(chart)) == len(names)
    for label in labels(chart):
        # Neither invisible signs of theirs, nor what Mermaid makes something of when it reads a label again.
        assert label.translate({0x200B: "", 0xA0: ""}).isprintable()
        assert not re.search(r"fa:fa-|\$\$|ﬂ°|¶ß|[&#]\w|\\n", label)
    document = rendered(f"{fence(chart, 'mermaid')}\n\nafter")
    assert set(document.tags) == {"pre", "code", "p"} or set(document.tags) == {"pre", "p"}
    assert document.would_be_linked == []
