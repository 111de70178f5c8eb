from __future__ import annotations

import re

from definition_nodes import node
from definition_samples import SHELL
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.flat import Definition, Field, PipelineObject, Ref, read_definition
from pipelayer.definition.graph import mermaid


def test_what_runs_on_what_and_from_where_to_where() -> None:
    definition, _ = read_definition(node(SHELL))
    assert mermaid(definition) == (
        "flowchart LR\n"
        '    n0(["Daily<br/>Schedule"])\n'
        '    n1[["Ec2<br/>Ec2Resource"]]\n'
        '    n2[("In<br/>S3DataNode")]\n'
        '    n3[("Out<br/>S3DataNode")]\n'
        '    n4["Run<br/>ShellCommandActivity"]\n'
        "    n2 --> n4\n"
        "    n4 --> n3\n"
        "    n4 -.- n1\n"
    )


def test_parents_give_their_edges_and_unknown_objects_have_none() -> None:
    objects = (
        PipelineObject("P", "P", {"runsOn": Field((Ref("E"),))}),
        PipelineObject("E", "E", {"type": Field(("Ec2Resource",))}),
        PipelineObject(
            "A",
            "A",
            {"type": Field(("CopyActivity",)), "parent": Field((Ref("P"),)), "input": Field((Ref("?"),))},
        ),
    )
    assert mermaid(Definition(objects)).splitlines()[1:] == [
        '    n0[["E<br/>Ec2Resource"]]',
        '    n1["A<br/>CopyActivity"]',
        "    n1 -.- n0",
    ]


LINE = re.compile(r'    n\d+(?:\["[\w ,…#;?]+<br/>\w+"\]|\[\("[\w ,…#;?]+<br/>\w+"\)\]| --> n\d+)')


@given(st.lists(st.text(min_size=1).filter(lambda name: name != "Default"), max_size=4, unique=True))
def test_no_name_breaks_out_of_its_label(names: list[str]) -> None:
    nodes = [PipelineObject(name, name, {"type": Field(("S3DataNode",))}) for name in names]
    fields = {"type": Field(("CopyActivity",)), "input": Field(tuple(Ref(name) for name in names) or ("x",))}
    chart = mermaid(
        Definition((*nodes, PipelineObject("the activity", '"]; click n0 "javascript:x" --', fields)))
    )
    first, *lines = chart.removesuffix("\n").split("\n")
    assert first == "flowchart LR"
    assert all(LINE.fullmatch(line) for line in lines)
    assert len(lines) == 2 * len(names) + 1
