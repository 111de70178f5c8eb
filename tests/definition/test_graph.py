from __future__ import annotations

from definition_nodes import node
from definition_samples import SHELL
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.catalogue import object_types
from pipelayer.definition.flat import Definition, Field, PipelineObject, Ref, Value, read_definition
from pipelayer.definition.graph import graph
from pipelayer.definition.inheritance import Inheritance
from pipelayer.model import EdgeKind, Graph, GraphEdge, GraphNode, Mark, NodeKind

Refs = str | tuple[str, ...]


def thing(id: str, type: str = "", **refs: Refs) -> PipelineObject:
    fields = {key: (ids,) if isinstance(ids, str) else ids for key, ids in refs.items()}
    values: dict[str, tuple[Value, ...]] = {key: tuple(map(Ref, ids)) for key, ids in fields.items()}
    return PipelineObject(id, id, {key: Field(v) for key, v in ({"type": (type,)} | values).items() if v[0]})


def pipeline(*objects: PipelineObject) -> Definition:
    return Definition(objects)


def arrows(picture: Graph, *kinds: EdgeKind) -> list[str]:
    signs = {Mark.NONE: "", Mark.ADDED: "+", Mark.CHANGED: "?", Mark.REMOVED: "-"}
    return [
        f"{signs[edge.mark]}{edge.source}>{edge.target}"
        for edge in picture.edges
        if not kinds or edge.kind in kinds
    ]


def marks(picture: Graph) -> dict[str, Mark]:
    return {node.id: node.mark for node in picture.nodes}


S = thing("S", "Schedule")
ALL_ON_S = thing("Default", schedule="S")


def activity(id: str, **refs: Refs) -> PipelineObject:
    return thing(id, "CopyActivity", **refs)


def test_what_runs_on_what_and_from_where_to_where() -> None:
    definition, _ = read_definition(node(SHELL))
    assert graph(definition) == Graph(
        (
            GraphNode("Daily", "Daily", "Schedule", NodeKind.SCHEDULE),
            GraphNode("Ec2", "Ec2", "Ec2Resource", NodeKind.RESOURCE),
            GraphNode("In", "In", "S3DataNode", NodeKind.DATA_NODE),
            GraphNode("Out", "Out", "S3DataNode", NodeKind.DATA_NODE),
            GraphNode("Run", "Run", "ShellCommandActivity", NodeKind.ACTIVITY),
        ),
        (
            GraphEdge("In", "Run", EdgeKind.DATA),
            GraphEdge("Daily", "Run", EdgeKind.SCHEDULE),
            GraphEdge("Run", "Out", EdgeKind.DATA),
            GraphEdge("Run", "Ec2", EdgeKind.RUNS_ON),
        ),
    )


def test_parents_give_their_edges_and_unknown_objects_have_none() -> None:
    definition = pipeline(
        thing("P", runsOn="E"), thing("E", "Ec2Resource"), activity("A", parent="P", input="nowhere")
    )
    assert [(node.id, node.type) for node in graph(definition).nodes] == [
        ("E", "Ec2Resource"),
        ("A", "CopyActivity"),
    ]
    assert arrows(graph(definition)) == ["A>E"]


def test_a_machine_from_default_is_that_of_each_activity_without_its_own_and_of_nothing_else() -> None:
    definition = pipeline(
        thing("Default", runsOn="E", input="D"),
        thing("E", "Ec2Resource"),
        thing("F", "Ec2Resource"),
        thing("D", "S3DataNode"),
        activity("A"),
        activity("B", runsOn="F"),
    )
    assert arrows(graph(definition)) == ["A>E", "B>F"]


def test_a_schedule_begins_what_waits_for_nothing_by_order_or_by_data() -> None:
    definition = pipeline(
        ALL_ON_S,
        S,
        thing("D", "S3DataNode"),
        activity("Last", dependsOn="Reads"),
        activity("Makes", output="D"),
        activity("Reads", input="D"),
        activity("Alone", input="D", output="D"),
    )
    assert arrows(graph(definition), EdgeKind.SCHEDULE) == ["S>Makes"]
    alone = pipeline(*(item for item in definition.objects if item.id not in {"Makes", "Reads", "Last"}))
    assert arrows(graph(alone), EdgeKind.SCHEDULE) == ["S>Alone"]


def test_a_schedule_written_on_every_object_is_drawn_no_oftener_than_one_from_default() -> None:
    definition = pipeline(
        S,
        thing("E", "Ec2Resource", schedule="S"),
        thing("D", "S3DataNode", schedule="S"),
        activity("A", schedule="S", output="D", runsOn="E"),
        activity("B", schedule="S", input="D", runsOn="E"),
    )
    assert arrows(graph(definition), EdgeKind.SCHEDULE) == ["S>A"]


def test_what_waits_for_an_activity_of_another_schedule_begins_its_own() -> None:
    definition = pipeline(
        ALL_ON_S,
        S,
        thing("T", "Schedule"),
        thing("D", "S3DataNode"),
        activity("Last", dependsOn="B"),
        activity("B", dependsOn="A", input="D"),
        activity("A", schedule="T", dependsOn="First", output="D"),
        activity("First"),
    )
    assert arrows(graph(definition), EdgeKind.SCHEDULE) == ["S>B", "T>A", "S>First"]


def test_a_schedule_that_no_activity_has_is_linked_to_what_names_it() -> None:
    definition = pipeline(S, thing("D", "S3DataNode", schedule="S"), thing("E", "S3DataNode"))
    assert arrows(graph(definition)) == ["S>D"]


def test_what_waits_in_a_circle_begins_somewhere_and_nothing_points_at_itself() -> None:
    definition = pipeline(
        ALL_ON_S,
        S,
        activity("A", dependsOn=("B", "A")),
        activity("B", dependsOn="A"),
        activity("C", dependsOn="B"),
    )
    assert arrows(graph(definition)) == ["B>A", "S>A", "A>B", "B>C"]


def test_without_a_before_nothing_is_marked() -> None:
    picture = graph(pipeline(S, activity("A", schedule="S")), None, {"A"})
    assert {part.mark for part in (*picture.nodes, *picture.edges)} == {Mark.NONE}


def test_what_came_what_went_and_what_is_no_longer_the_same() -> None:
    before = pipeline(
        ALL_ON_S,
        S,
        thing("D", "S3DataNode"),
        activity("Old", output="D"),
        thing("P", maximumRetries="X"),
        activity("Child", parent="P", dependsOn="Old"),
        activity("Same", input="D"),
    )
    after = pipeline(
        ALL_ON_S,
        S,
        thing("D", "S3DataNode"),
        thing("P", maximumRetries="Y"),
        activity("New", dependsOn="Same"),
        activity("Child", parent="P", dependsOn="Same"),
        activity("Same"),
    )
    picture = graph(after, before, {"P", "Default"})
    assert marks(picture) == {
        "S": Mark.NONE,
        "D": Mark.NONE,
        "New": Mark.ADDED,
        "Child": Mark.CHANGED,
        "Same": Mark.NONE,
        "Old": Mark.REMOVED,
    }
    # `Same` is now what the schedule begins, and always had that schedule: no mark.
    assert arrows(picture) == [
        "+Same>New",
        "+Same>Child",
        "S>Same",
        "-S>Old",
        "-Old>D",
        "-Old>Child",
        "-D>Same",
    ]


def test_an_activity_that_now_waits_keeps_its_schedule() -> None:
    before = pipeline(ALL_ON_S, S, activity("A"), activity("B"))
    after = pipeline(ALL_ON_S, S, activity("A"), activity("B", dependsOn="A"))
    assert arrows(graph(after, before)) == ["S>A", "+A>B"]


def test_an_object_that_becomes_something_that_is_not_drawn_is_removed() -> None:
    before, after = pipeline(activity("A"), S), pipeline(thing("A", "SnsAlarm"), S)
    assert marks(graph(after, before, {"A"})) == {"S": Mark.NONE, "A": Mark.REMOVED}
    assert marks(graph(before, after, {"A"})) == {"A": Mark.ADDED, "S": Mark.NONE}


ids = st.sampled_from(["Default", "A", "B", "C", "D", "E", ""])
references = st.lists(ids, max_size=3).map(lambda found: Field(tuple(map(Ref, found)) or ("text",)))
keys = st.sampled_from(["input", "output", "dependsOn", "precondition", "schedule", "runsOn", "parent"])
types = st.sampled_from(["", "Nonsense", *object_types()]).map(lambda type: {"type": Field((type,))})
objects = st.builds(
    lambda id, type, refs: PipelineObject(id, id, type | refs), ids, types, st.dictionaries(keys, references)
)
definitions = st.lists(objects, max_size=8).map(tuple).map(Definition)


@given(after=definitions, before=st.none() | definitions, changed=st.sets(ids))
def test_any_two_definitions_have_a_graph(
    after: Definition, before: Definition | None, changed: set[str]
) -> None:
    picture = graph(after, before, changed)
    drawn = [node.id for node in picture.nodes]
    assert len(drawn) == len(set(drawn))
    assert len(picture.edges) == len({(edge.source, edge.target, edge.kind) for edge in picture.edges})
    found = marks(picture)
    for edge in picture.edges:
        assert edge.source != edge.target
        assert {edge.source, edge.target} <= set(drawn)
        for end in (found[edge.source], found[edge.target]):
            assert end not in {Mark.ADDED, Mark.REMOVED} or edge.mark is end
    assert graph(after, after) == graph(after)


@given(st.lists(objects, max_size=8, unique_by=lambda item: item.id))
def test_whatever_has_a_schedule_follows_from_it(items: list[PipelineObject]) -> None:
    picture = graph(Definition(tuple(items)))
    kinds = {node.id: node.kind for node in picture.nodes}
    flows = {EdgeKind.DATA, EdgeKind.ORDER, EdgeKind.SCHEDULE}
    inheritance = Inheritance(Definition(tuple(items)))
    for item in items:
        field = inheritance.fields(item).get("schedule")
        for schedule in field.refs if field and kinds.get(item.id) is NodeKind.ACTIVITY else ():
            reached = {schedule}
            for _ in items:
                reached |= {e.target for e in picture.edges if e.source in reached and e.kind in flows}
            assert schedule not in kinds or item.id in reached
