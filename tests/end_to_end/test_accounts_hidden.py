"""`mask-aws-account-id`, through whole jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.job import Job
from support.jobs import ACCOUNT, NIGHTLY, REPOSITORY, Story

PROD = "444455556666"
RATES = "exchange_rates/values.json"
BROKEN = "click_sessions/values.json"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Story.begin(tmp_path) as story:
        yield story


def seen(job: Job) -> str:
    """What people and later steps get to see: the runner hides what it was told to from the log."""
    log = job.shown
    for secret in job.masked:
        log = log.replace(secret, "***")
    report = json.dumps(job.report())
    sarif = (job.workspace / "found.sarif").read_text(encoding="utf-8")
    return "\n".join([log, job.summary, report, sarif, json.dumps(job.outputs)])


def run(story: Story, masked: str) -> tuple[Job, str]:
    """A pull request whose findings and plans speak of accounts; gives its job and its comment."""
    topic = f"arn:aws:sns:us-west-2:{ACCOUNT}:"
    rates = (
        (NIGHTLY / RATES)
        .read_text(encoding="utf-8")
        .replace('"values": {', f'"values": {{"myX": "{topic}x",')
    )
    broken = (NIGHTLY / BROKEN).read_text(encoding="utf-8")
    broken = broken.replace('"values": {', f'"values": {{"mySchedulePeriod": "{topic}",')
    number = story.open_pull({RATES: rates, BROKEN: broken}, f"change-{masked}")
    job = story.pull_request(
        number, f"change-{masked}", mask_aws_account_id=masked, group="", sarif_file="found.sarif"
    )
    (comment,) = story.github.comments(REPOSITORY, number)
    return job, comment.body


def test_accounts_are_hidden_everywhere_and_only_on_request(story: Story) -> None:
    first = story.work.commit()
    assert story.push(first, comment="never").code == 0
    told, comment = run(story, "false")
    assert ACCOUNT in comment
    assert {ACCOUNT, PROD} & told.masked == set()
    assert all(account in seen(told) for account in (ACCOUNT, PROD))

    hidden, comment = run(story, "true")
    assert hidden.code == told.code
    assert {ACCOUNT, PROD} <= hidden.masked
    assert "************" in comment
    assert [account for account in (ACCOUNT, PROD) if account in seen(hidden) + comment] == []
    assert hidden.report()["groups"][0]["account"] == "************"
    first_mask = next(n for n, line in enumerate(hidden.stdout.splitlines()) if ACCOUNT in line)
    assert hidden.stdout.splitlines()[first_mask].startswith("::add-mask::")


def test_what_another_accounts_credentials_are_told_is_hidden_too(story: Story) -> None:
    story.work.commit()
    story.work.push("main")
    number = story.open_pull({RATES: (NIGHTLY / RATES).read_text(encoding="utf-8") + "\n"})
    job = story.pull_request(number, mask_aws_account_id="true", group="prod", sarif_file="found.sarif")
    assert job.code == 2
    (comment,) = story.github.comments(REPOSITORY, number)
    assert "belongs to account" in comment.body
    assert [account for account in (ACCOUNT, PROD) if account in seen(job) + comment.body] == []
