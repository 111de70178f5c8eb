"""Reports as hypothesis makes them up: every text in them is hostile."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from hypothesis import strategies as st

from pipelayer.model import (
    Action,
    Against,
    EdgeKind,
    FieldChange,
    FileChange,
    Finding,
    Graph,
    GraphEdge,
    GraphNode,
    GroupInfo,
    Key,
    Kind,
    Mark,
    NodeKind,
    Outcome,
    OutcomeResult,
    PipelinePlan,
    Position,
    Preview,
    Reason,
    Report,
    ResourceChange,
    Result,
    Runs,
    Selected,
    Selection,
    Severity,
    Step,
    Verb,
)

T = TypeVar("T")

TOKENS = [
    *"|`*_~[]()<>&\\#!$@:-+=.\"'",
    *["@octocat", "@org/team", "#12", "GH-7", "org/repo#3", "http://evil.example/x", "www.evil.example"],
    *["a@b.example", "</details>", "<img src=x onerror=y>", "<!--", "-->", "```", "~~~", "![x](y)", "[a](b)"],
    *[
        "\n",
        "\r\n",
        "\n\n",
        "\n# h",
        "\n- x",
        "\n1. x",
        "\n| a | b |\n",
        "    ",
        "\t",
        "---",
        "&lt;",
        "&#64;",
    ],
    *[
        "\x00",
        "\x1b[31m",
        "\u202e",
        "\u200b",
        "\udcff",
        "é",
        "数据",
        "🙂",
        " ",
        "x",
        "name",
        "::error::",
        "##[",
    ],
    *["<script>", "[^1]", "[ ]", "$x$", "ftp://x.y", "mailto:a@b.c", "<a@b.c>", "<http://x.y>", "\\|", "\\`"],
]
hostile = st.one_of(
    st.lists(st.sampled_from(TOKENS), max_size=12).map("".join),
    st.text(max_size=30),
)
identifiers = st.one_of(st.just(""), st.text("abcdefDF0123456789-", min_size=1, max_size=20), hostile)
positions = st.builds(Position, hostile, st.integers(1, 10**6), st.integers(1, 10**4))
keys = st.builds(Key, hostile, hostile, hostile)
steps = st.builds(Step, st.sampled_from(Action), hostile, identifiers)
sizes = st.one_of(st.none(), st.integers(0, 10**13))
times = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def some(one: st.SearchStrategy[T], most: int = 3) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(one, max_size=most).map(tuple)


places = st.one_of(hostile, hostile.map("values.{}".format))
nodes = st.builds(GraphNode, identifiers, hostile, hostile, st.sampled_from(NodeKind), st.sampled_from(Mark))
edges = st.builds(GraphEdge, identifiers, identifiers, st.sampled_from(EdgeKind), st.sampled_from(Mark))
runs = st.builds(Runs, some(times, 5), st.one_of(st.just(""), hostile))
previews = st.builds(
    Preview,
    st.sampled_from(Against),
    some(st.builds(FieldChange, places, hostile, hostile, st.one_of(st.just(""), hostile), some(hostile))),
    some(st.builds(FileChange, hostile, sizes, sizes)),
    st.booleans(),
    runs,
    runs,
    some(st.builds(ResourceChange, hostile, hostile, hostile, hostile)),
    st.one_of(st.none(), st.builds(Graph, some(nodes), some(edges))),
)
reasons = st.lists(st.sampled_from(Reason), min_size=1, max_size=3).map(tuple)
outcome_results = st.sampled_from(OutcomeResult)
counts = st.integers(0, 5000)
seconds = st.floats(0, 10_000)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A report whose parts speak of the same pipelines, at least mostly."""
    items = draw(
        st.lists(
            st.builds(Selected, keys, hostile, hostile, reasons),
            max_size=5,
            unique_by=lambda item: str(item.key),
        )
    )
    known = st.sampled_from([str(item.key) for item in items]) if items else hostile
    own = st.sampled_from([item.key for item in items]) if items else keys
    finding = st.builds(
        Finding,
        st.sampled_from(Severity),
        st.sampled_from(["PL101", "AWS"]),
        hostile,
        st.none() | positions,
        hostile,
        known | hostile,
    )
    plan = st.builds(
        PipelinePlan,
        own,
        hostile,
        st.sampled_from(Kind),
        hostile,
        some(steps, 4),
        identifiers,
        preview=st.one_of(st.none(), previews),
    )
    outcome = st.builds(
        Outcome,
        known,
        outcome_results,
        identifiers,
        identifiers,
        counts,
        counts,
        seconds,
        hostile,
        st.booleans(),
        st.lists(st.sampled_from(Action), max_size=4).map(tuple),
        st.none() | st.sampled_from(Action),
    )
    return Report(
        verb=draw(st.sampled_from(Verb)),
        result=draw(st.sampled_from(Result)),
        commit=draw(st.sampled_from(["", "8f2c1d9e7b3a4f5061728394a5b6c7d8e9f00112"])),
        base=draw(st.sampled_from(["", "1a2b3c4d5e6f708192a3b4c5d6e7f80910213243"])),
        groups=tuple(draw(st.lists(st.builds(GroupInfo, hostile, identifiers, identifiers), max_size=3))),
        selection=Selection(tuple(items), tuple(draw(st.lists(hostile, max_size=2)))),
        findings=tuple(draw(st.lists(finding, max_size=6))),
        plan=tuple(draw(st.lists(plan, max_size=5, unique_by=lambda plan: str(plan.key)))),
        outcomes=tuple(draw(st.lists(outcome, max_size=5, unique_by=lambda outcome: outcome.key))),
        notes=tuple(draw(st.lists(hostile, max_size=3))),
        dry_run=draw(st.booleans()),
        error=draw(st.just("") | hostile),
        error_hint=draw(hostile),
        exit_code=draw(st.sampled_from([0, 1, 2, 130])),
    )
