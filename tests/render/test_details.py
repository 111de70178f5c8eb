"""The folds of a comment: what changes and the graph, for each pipeline or for several that say the same."""

from __future__ import annotations

import re
from dataclasses import replace

from pipelayer.model import (
    Action,
    Against,
    EdgeKind,
    FieldChange,
    FileChange,
    Graph,
    GraphEdge,
    GraphNode,
    Key,
    Kind,
    NodeKind,
    Outcome,
    OutcomeResult,
    PipelinePlan,
    Preview,
    Report,
    Result,
    Runs,
    Step,
    Verb,
)
from pipelayer.render.markdown import comment_body
from support import reports
from support.html_document import rendered

PICTURE = Graph(
    (
        GraphNode("A", "A", "ShellCommandActivity", NodeKind.ACTIVITY),
        GraphNode("M", "M", "Ec2Resource", NodeKind.RESOURCE),
    ),
    (GraphEdge("A", "M", EdgeKind.RUNS_ON),),
)
SHORTER = Preview(
    Against.LIVE,
    (FieldChange("Job.timeout", "2 hours", "1 hour"),),
    runs_before=Runs(note="on demand"),
    runs_after=Runs(note="on demand"),
    graph=PICTURE,
)


def plan(name: str, preview: Preview | None = SHORTER, kind: Kind = Kind.EDIT) -> PipelinePlan:
    steps = (Step(Action.PUT, "save its definition", f"df-{name}"),)
    return PipelinePlan(Key("p", "dev", name), name, kind, "a reason", steps, f"df-{name}", preview=preview)


def comment(*plans: PipelinePlan, budget: int = 60_000, outcomes: tuple[Outcome, ...] = ()) -> str:
    verb = Verb.DEPLOY if outcomes else Verb.VALIDATE
    report = Report(verb, Result.SUCCESS, plan=plans, outcomes=outcomes)
    return comment_body(report, marker="", context=reports.LINKS, budget=budget)


def folds(body: str) -> list[str]:
    return re.findall(r"<summary>(.*?)</summary>", body)


def test_each_pipeline_has_a_fold_and_a_graph() -> None:
    other = replace(SHORTER, changes=(FieldChange("Job.timeout", "2 hours", "3 hours"),))
    more = Graph((*PICTURE.nodes, GraphNode("B", "B", "CopyActivity", NodeKind.ACTIVITY)), PICTURE.edges)
    body = comment(plan("a"), plan("b", replace(other, graph=more)))
    assert folds(body) == [
        "<b>a</b>: 1 difference",
        "<b>a</b>: the graph",
        "<b>b</b>: 1 difference",
        "<b>b</b>: the graph",
    ]
    assert "Compared with `df-a` in AWS:" in body
    assert "1. save its definition `df-b`" in body


def test_what_is_the_same_for_several_is_said_once() -> None:
    body = comment(*map(plan, "abcdefg"))
    names = "<b>a</b>, <b>b</b>, <b>c</b>, <b>d</b>, <b>e</b> and 2 more"
    assert folds(body) == [f"{names}: 1 difference", f"{names}: the graph"]
    assert "Compared with what is live in AWS:" in body
    assert "1. save its definition\n" in body
    assert len(rendered(body).tables) == 2


def test_what_stays_as_it_is_has_no_fold() -> None:
    still = Preview(Against.LIVE, runs_before=SHORTER.runs_before, runs_after=SHORTER.runs_after)
    same = replace(plan("a", still, Kind.UNCHANGED), steps=())
    assert folds(comment(same, plan("b"))) == ["<b>b</b>: 1 difference", "<b>b</b>: the graph"]


def test_what_differs_in_anything_is_not_the_same() -> None:
    later = replace(SHORTER, runs_after=Runs(note="none, it is paused"))
    body = comment(plan("a"), plan("b", later))
    assert folds(body) == [
        "<b>a</b>: 1 difference",
        "<b>a</b> and <b>b</b>: the graph",
        "<b>b</b>: 1 difference",
    ]


def test_two_that_nothing_but_steps_is_known_of_keep_their_own() -> None:
    body = comment(plan("a", None, Kind.PRUNE), plan("b", None, Kind.PRUNE))
    assert folds(body) == ["<b>a</b>: delete", "<b>b</b>: delete"]
    assert body.count("1. save its definition `df-") == 2


def test_a_fold_that_lost_its_table_is_gone() -> None:
    files = tuple(FileChange(f"tasks/{number:04}", None, 1) for number in range(25))
    big = replace(SHORTER, changes=tuple(FieldChange(f"J.f{n}", "x" * 150, "y" * 150) for n in range(25)))
    whole = comment(plan("a", replace(big, files=files)))
    fitted = comment(plan("a", replace(big, files=files)), budget=6_000)
    assert "25 differences, 25 files added" in whole
    assert folds(fitted) == ["<b>a</b>: the graph"]
    assert "Left out for size: 2 tables of changes, 1 list of files and 1 list of steps." in fitted


def test_a_long_list_says_where_the_rest_is_and_shows_first_what_is_gone() -> None:
    files = [FileChange(f"new{number}", None, 1) for number in range(30)]
    files += [FileChange("changed", 1, 2), FileChange("gone", 3, None)]
    body = comment(plan("a", replace(SHORTER, files=tuple(files))))
    assert "30 files added, 1 changed, 1 removed" in body
    (listed,) = [table for table in rendered(body).tables if table[0][0] == "File"]
    assert [row[0][2:] for row in listed[1:4]] == ["gone", " changed", "new0"]
    assert f"and 7 more, in the [step summary]({reports.LINKS.run_url}) as far as" in body


def test_a_deploy_tells_of_what_it_did() -> None:
    results = [OutcomeResult.EDITED, OutcomeResult.FAILED, OutcomeResult.HELD, OutcomeResult.SKIPPED]
    outcomes = tuple(Outcome(f"p:dev/{name}", result) for name, result in zip("abcd", results, strict=True))
    body = comment(*map(plan, "abcd"), outcomes=outcomes)
    assert folds(body) == ["<b>a</b>: 1 difference"]
    assert "save its definition" not in body


def test_what_several_failed_of_is_said_once_and_the_command_can_be_copied() -> None:
    same = [Outcome(f"p:dev/{name}", OutcomeResult.SKIPPED, error="Another one is invalid.") for name in "ab"]
    failed = Outcome("p:dev/c_c", OutcomeResult.FAILED, error="No. Retry: pipelayer deploy c_c --group dev")
    body = comment(plan("a"), plan("b"), plan("c_c"), outcomes=(*same, failed))
    assert "- **a and b**: Another one is invalid." in body
    assert "**c\\_c**: No. Retry: `pipelayer deploy c_c --group dev`" in body
