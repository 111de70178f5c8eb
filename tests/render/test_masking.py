from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.model import (
    Against,
    EdgeKind,
    FieldChange,
    FileChange,
    Graph,
    GraphEdge,
    GraphNode,
    GroupInfo,
    NodeKind,
    Position,
    Preview,
    Report,
    ResourceChange,
    Result,
    Runs,
    Selection,
    Step,
    Verb,
)
from pipelayer.model.report_json import dumps
from pipelayer.render.masking import HIDDEN, accounts_in, without_accounts
from support import reports
from support.report_strategies import reports as any_report

OURS, THEIRS, OTHER = "111122223333", "444455556666", "777788889999"
ARN = f"arn:aws:sns:us-west-2:{THEIRS}:nightly-alarms"


def said(text: str, *accounts: str, group: str = OURS) -> str:
    groups = (GroupInfo("dev", "us-west-2", group),)
    report = Report(Verb.VALIDATE, Result.FAILURE, groups=groups, error=text)
    return without_accounts(report, accounts).error


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"bucket acme-{OURS}-code", f"bucket acme-{HIDDEN}-code"),
        (f"{OURS},{OURS}", f"{HIDDEN},{HIDDEN}"),
        (f"role {ARN}", f"role arn:aws:sns:us-west-2:{HIDDEN}:nightly-alarms"),
        (f"{ARN} of {THEIRS}", f"arn:aws:sns:us-west-2:{HIDDEN}:nightly-alarms of {HIDDEN}"),
        (f"arn:aws-us-gov:iam::{THEIRS}:role/x", f"arn:aws-us-gov:iam::{HIDDEN}:role/x"),
        (
            f"belongs to account {THEIRS}, and these credentials to {OTHER}.",
            f"belongs to account {HIDDEN}, and these credentials to {HIDDEN}.",
        ),
        (f"1{OURS}", f"1{OURS}"),
        (f"{OURS}0", f"{OURS}0"),
        ("202401011630", "202401011630"),
        (f"not known: {OTHER}", f"not known: {OTHER}"),
    ],
)
def test_what_is_hidden_of_a_sentence(text: str, shown: str) -> None:
    assert said(text) == shown


def test_more_accounts_may_be_given() -> None:
    assert said(f"not known: {OTHER}", OTHER, "", "12") == f"not known: {HIDDEN}"


def test_without_an_account_nothing_changes() -> None:
    report = replace(reports.PULL_REQUEST, groups=())
    assert without_accounts(report) is report


def test_every_text_is_looked_at_and_what_finds_things_again_stays() -> None:
    def spoken(report: Report) -> Report:
        """The report with an account in every text of it."""
        plan = replace(
            report.plan[0], name=OURS, reason=f"of {OURS}", steps=(Step(report.plan[0].steps[0].action, ARN),)
        )
        runs = Runs(note=OURS)
        graph = Graph(
            (GraphNode(OURS, f"name {OURS}", "S3DataNode", NodeKind.DATA_NODE),),
            (GraphEdge(OURS, OURS, EdgeKind.DATA),),
        )
        preview = Preview(
            Against.LIVE,
            (FieldChange("A.topicArn", ARN, OURS),),
            (FileChange(OURS, 1, 2),),
            True,
            runs,
            runs,
            (ResourceChange("M", "Ec2Resource", OURS, ""),),
            graph,
        )
        plan = replace(plan, preview=preview)
        finding = replace(
            report.findings[0], message=OURS, hint=f"{OURS}!", at=Position(f"{OURS}/values.json", 3)
        )
        item = replace(report.selection.items[0], name=OURS, directory=OURS)
        return replace(
            report,
            groups=(GroupInfo("dev", "us-west-2", OURS),),
            selection=Selection((item,), (f"note {OURS}",)),
            findings=(finding,),
            plan=(plan,),
            notes=(ARN,),
            error=OURS,
            error_hint=OURS,
        )

    told = spoken(reports.PULL_REQUEST)
    before, text = dumps(told), dumps(without_accounts(told))
    assert THEIRS not in text
    assert re.findall(rf'"\w+": "[^"]*{OURS}[^"]*"', text) == [
        f'"directory": "{OURS}"',
        f'"path": "{OURS}/values.json"',
        f'"path": "{OURS}"',
        f'"id": "{OURS}"',
        f'"source": "{OURS}"',
        f'"target": "{OURS}"',
    ]
    assert text.count(HIDDEN) == before.count(OURS) + before.count(THEIRS) - 6


@given(any_report(), st.sampled_from([OURS, THEIRS]))
def test_whatever_the_report_only_account_ids_change(report: Report, account: str) -> None:
    told = replace(report, error=f"{report.error} {account} ", notes=(*report.notes, f"x{account}"))
    hidden = without_accounts(told, [account])
    assert accounts_in(told, [account]) >= {account}
    assert account not in hidden.error
    assert account not in hidden.notes[-1]
    assert without_accounts(hidden, [account]) == hidden
    assert [item.key for item in hidden.selection.items] == [item.key for item in told.selection.items]
    assert [plan.key for plan in hidden.plan] == [plan.key for plan in told.plan]
    if accounts_in(report) == frozenset():
        assert without_accounts(report) is report
