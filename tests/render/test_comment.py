"""The comment as a document: what it says, where it links, that it stays within its budget."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelayer.model import (
    Finding,
    Key,
    Kind,
    Outcome,
    OutcomeResult,
    PipelinePlan,
    Position,
    Report,
    Result,
    Selected,
    Selection,
    Severity,
    Step,
    Verb,
)
from pipelayer.model.plan import Action
from pipelayer.model.selection import Reason
from pipelayer.render.html import comment_page, conversation_page
from pipelayer.render.links import Links
from pipelayer.render.markdown import comment_body, step_summary
from support import reports
from support.html_document import OUR_TAGS, rendered
from support.report_strategies import reports as any_report

NO_LINKS = Links("", "", "", "", datetime(2026, 1, 1, tzinfo=UTC))


def comment(report: Report, budget: int = 60_000, context: Links = reports.LINKS) -> str:
    return comment_body(report, marker=reports.MARKER, context=context, budget=budget)


@settings(deadline=None)
@given(any_report(), st.sampled_from([reports.LINKS, NO_LINKS]))
def test_nothing_in_a_report_breaks_out(report: Report, context: Links) -> None:
    body = comment(report, context=context)
    document = rendered(body)
    assert body.startswith(reports.MARKER + "\n")
    assert set(document.tags) <= OUR_TAGS
    assert document.unbalanced == []
    assert len(document.comments) == 1
    assert document.would_be_linked == []
    assert all(link.startswith("https://github.com/acme/nightly/") for link in document.links)
    for table in document.tables:
        assert len({len(row) for row in table}) == 1
        assert len(table) > 1
    body.encode("utf-8")


@settings(deadline=None, max_examples=60)
@given(any_report(), st.integers(2_000, 8_000))
def test_any_budget_is_kept_without_cutting(report: Report, budget: int) -> None:
    whole, fitted = comment(report, 10**9), comment(report, budget)
    groups = replace(report, groups=())  # a group's name may be long, and is never left out
    assert len(comment(groups, budget).encode()) <= budget or len(whole.encode()) <= budget
    document = rendered(fitted)
    assert document.unbalanced == []
    assert set(fitted.splitlines()) - set(whole.splitlines()) == {
        line for line in fitted.splitlines() if line.startswith("<sub>Left out") or _counts(line)
    } - set(whole.splitlines())


def _counts(line: str) -> bool:
    return re.fullmatch(r"<details><summary>[\d,]+ (warning|note)s?</summary>", line) is not None


@settings(deadline=None)
@given(any_report())
def test_nothing_leaves_a_graph(report: Report) -> None:
    body = comment(report)
    inside = re.findall(r"^```mermaid\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
    graphs = [plan.preview.graph for plan in report.plan if plan.preview and plan.preview.graph]
    assert (
        len(inside)
        == len(re.findall("^```", body, re.MULTILINE)) / 2
        <= len([graph for graph in graphs if graph.nodes])
    )
    assert rendered(body).tags.count("pre") == len(inside)


def many(number: int) -> Report:
    """A report of many pipelines, each with all that can be said about one."""
    items, findings, plans = [], [], []
    for n in range(number):
        key = Key("p", "dev", f"pipeline_{n}")
        items.append(Selected(key, f"pipeline_{n}", f"pipeline_{n}", (Reason.ALL,)))
        kind = Kind.UNCHANGED if n % 2 else Kind.REPLACE
        steps = () if n % 2 else tuple(Step(Action.PUT, f"step {m} of {n}") for m in range(5))
        plans.append(PipelinePlan(key, f"pipeline_{n}", kind, f"reason {n}", steps))
        if n % 2 == 0:
            at = Position(f"pipeline_{n}/values.json", n + 1)
            findings += [
                Finding(severity, "PL101", f"{severity} number {n}", at, key=str(key))
                for severity in Severity
            ]
    return Report(
        Verb.VALIDATE,
        Result.FAILURE,
        selection=Selection(tuple(items)),
        findings=tuple(findings),
        plan=tuple(plans),
        notes=("AWS was not asked.",),
    )


def test_details_go_by_rank() -> None:
    report = many(200)
    seen = []
    for budget in (200_000, 60_000, 50_000, 42_000, 36_000, 20_000, 5_000):
        body = comment(report, budget)
        assert len(body.encode()) <= budget
        seen.append(
            (
                body.count("step 4 of") == 100,
                len(re.findall("warning number", body)) == 100,
                len(re.findall("unchanged", body)) >= 100,
                "AWS was not asked." in body,
                len(re.findall("error number", body)) == 100,
                len(re.findall(r"\*\*replace\*\*", body)) == 100,
                "Left out for size" not in body,
            )
        )
    assert seen[0] == (True,) * 7
    assert seen[-1] == (False,) * 7
    assert not seen[1][0]
    for before, after in pairwise(seen):
        assert all(was or not now for was, now in zip(before, after, strict=True))
    for state in seen:  # what is kept whole outranks what isn't
        kept = [*state[:6]]
        assert kept == sorted(kept)


def test_what_is_wrong_outranks_the_rows_of_what_is_well() -> None:
    report = many(1000)
    body = comment(report, 60_000)
    assert body.count("| ❌ |") >= 50
    assert "error number 0" in body
    assert "error number 98" in body


def test_what_is_left_out_is_said_and_where_it_is() -> None:
    body = comment(many(200), 60_000)
    assert (
        f"It is in the [step summary]({reports.LINKS.run_url}) as far as it has room, and in the report file."
        in body
    )
    assert re.search(r"Left out for size: .*\d+ lists of steps", body)
    assert "It is in the report file." in step_summary(many(4000), context=reports.LINKS, budget=60_000)
    assert "Left out" not in step_summary(many(200), context=reports.LINKS)


def test_findings_lead_to_their_lines_at_that_commit() -> None:
    links = rendered(comment(reports.PULL_REQUEST)).links
    root = f"https://github.com/acme/nightly/blob/{reports.COMMIT}"
    assert f"{root}/pipelines/click_sessions/values.json#L5" in links
    assert f"https://github.com/acme/nightly/commit/{reports.COMMIT}" in links
    assert reports.LINKS.run_url in links
    assert rendered(comment(reports.PULL_REQUEST, context=NO_LINKS)).links == []


def test_links_of_github_enterprise() -> None:
    context = replace(reports.LINKS, server_url="https://ghe.acme.example/")
    assert (
        f"https://ghe.acme.example/acme/nightly/commit/{reports.COMMIT}"
        in rendered(comment(reports.PULL_REQUEST, context=context)).links
    )


def test_errors_come_first_and_open_while_warnings_are_folded() -> None:
    body = comment(reports.PULL_REQUEST)
    error, warning = body.index("PL503"), body.index("PL612")
    assert error < body.index("<details>") < warning
    ((_, broken, fine),) = rendered(body).tables
    assert broken[1].startswith("Click sessions")
    assert fine[2].startswith("replace: period of Nightly: 1 Day → 12 Hours")
    assert broken[3] == "1 error, 1 warning"


def test_a_fault_of_the_template_is_told_once() -> None:
    at = Position("pipeline_definition.json", 2, 1)
    keys = [Key("p", group, name) for group in ("dev", "prod") for name in "abcdefg"]
    items = tuple(Selected(key, key.directory, key.directory, (Reason.TEMPLATE,)) for key in keys)
    findings = tuple(Finding(Severity.ERROR, "PL101", "No type.", at, key=str(key)) for key in keys)
    report = Report(Verb.VALIDATE, Result.FAILURE, selection=Selection(items), findings=findings)
    body = comment(report)
    assert body.count("No type.") == 1
    assert "**a, b, c, d, e and 2 more**" in body


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("pull_request", "❌ 1 of 2 pipelines needs mending · 1 error, 1 warning"),
        (
            "pull_request_well",
            "✅ Merging will create 1 pipeline, replace 1 and upload the files of 1"
            " · 1 unchanged, 1 left alone",
        ),
        ("deployed", "✅ Created 1 pipeline, replaced 1 and uploaded the files of 1"),
        ("failed", "❌ 1 of 3 pipelines failed · created 1 pipeline and uploaded the files of 1"),
        ("nothing", "✅ No pipeline is affected"),
    ],
)
def test_the_verdict(name: str, verdict: str) -> None:
    assert comment(reports.SCENARIOS[name]).splitlines()[1] == f"### {verdict}"


def test_after_a_deploy_old_and_new_ids_are_shown() -> None:
    (table,) = rendered(comment(reports.DEPLOYED)).tables
    done = [row[2].splitlines()[-1] for row in table[1:]]
    assert done[0] == "df-0937003356ZJEXAMPLE → df-NEW7003356ZJEXAMPLE · 3 files uploaded · 14 s"
    assert done[1] == "df-CLIC003356ZJEXAMPLE · 3 files uploaded · 1 file removed · 2 s"


def test_a_dry_run_speaks_of_what_a_deploy_would_do() -> None:
    report = replace(reports.PULL_REQUEST_WELL, verb=Verb.DEPLOY, dry_run=True)
    assert "### ✅ A deploy will create 1 pipeline" in comment(report)
    assert "What a deploy will do" in comment(report)


def test_every_kind_and_every_result_has_its_words() -> None:
    for kind in Kind:
        plan = PipelinePlan(reports.ORDERS.key, "x", kind, "for a reason")
        report = replace(reports.PULL_REQUEST_WELL, plan=(plan,), selection=Selection((reports.ORDERS,)))
        assert len(rendered(comment(report)).tables[0]) == 2
    for result in OutcomeResult:
        outcome = Outcome(str(reports.ORDERS.key), result)
        report = replace(
            reports.DEPLOYED, outcomes=(outcome,), selection=Selection((reports.ORDERS,)), plan=()
        )
        assert f"**{result.value}**" in comment(report)


def test_a_page_to_look_at() -> None:
    page = comment_page(comment(reports.PULL_REQUEST), "The <comment>")
    assert "<title>The &lt;comment&gt;</title>" in page
    assert "pipelayer:v1" not in page
    assert "<strong>Click sessions</strong>" in page
    assert "@import" not in page
    assert "http://" not in page
    assert conversation_page("t", []).count("<article>") == 0
