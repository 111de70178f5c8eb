"""A workflow that looks how the pipelines are each morning: jobs as processes, the issue over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelayer import Project
from pipelayer.sandbox.faults import Fault, Kind
from pipelayer.sandbox.shapes import ObjectJson
from pipelayer.sandbox.work import Fate
from support.hostile_names import NASTY
from support.job import Job
from support.jobs import ACCOUNT, REGION, REPOSITORY, TOKEN, Story
from support.obedience import assert_plain

URL = "https://github.com/acme/nightly/issues/1"


READING = ("List", "Describe", "Get", "Query", "Validate", "Head")
SILENCE = "The source sent nothing."
START = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d")


def _days_earlier(start: re.Match[str]) -> str:
    return (datetime.fromisoformat(start[0]) - timedelta(days=5)).isoformat()


def _type_of(item: ObjectJson) -> str:
    return next((field.get("stringValue", "") for field in item["fields"] if field["key"] == "type"), "")


class Morning(Story):
    """A deployed project, and what happens to it over night."""

    commit = ""

    def settle(self) -> None:
        """Commits and pushes the project."""
        self.commit = self.work.commit()
        self.github.add_commit(REPOSITORY, self.commit, parents=(), branch="main")
        self.work.push("main")

    def deploy(self) -> None:
        """Deploys it from here: that a job can is told elsewhere."""
        secret = {"SHOP_DEV_PASSWORD": "a-secret-of-the-shop"}
        environ = {"PATH": os.environ["PATH"], **secret, **self.sandbox.aws_environment(REGION)}
        with Project.open(self.work.path, group="dev", environ=environ) as project:
            report = project.deploy()
        assert report.exit_code == 0, report

    def lived(self, name: str, failing: str = "") -> None:
        """Puts in its place one that has run for days: each run failed, or each went well."""
        (live,) = [one for one in self.sandbox.pipelines() if one.name == name]
        assert live.active is not None
        self.sandbox.delete(live.id)
        self.sandbox.set_time(datetime.now(UTC) - timedelta(days=5))
        objects = json.loads(START.sub(_days_earlier, json.dumps(live.active.objects)))
        values = json.loads(START.sub(_days_earlier, json.dumps(live.active.values)))
        parameters = live.active.parameters
        made = self.sandbox.seed_pipeline(
            name,
            region=REGION,
            tags=live.tags,
            objects=objects,
            parameters=parameters,
            values=values,
            activate=True,
        )
        if failing:
            worker = next(o["id"] for o in objects if _type_of(o).endswith("Activity"))
            self.sandbox.fate(made, Fate(worker, error_message=failing, runs=0))
        self.sandbox.set_time(datetime.now(UTC), frozen=False)

    def look_again(self, event: str = "schedule", ref: str = "refs/heads/main", **inputs: str) -> Job:
        self.github.clear_calls()
        return self.look(self.commit, event, ref, **inputs)

    def writes(self) -> list[str]:
        calls = self.github.calls()
        return [call.method for call in calls if call.method != "GET" and call.operation != "viewer"]

    def issue_body(self) -> str:
        (issue,) = self.github.issues(REPOSITORY)
        return issue.body


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Morning]:
    """Nothing is deployed yet."""
    with Morning.begin(tmp_path) as story:
        story.settle()
        yield story


@pytest.fixture
def story(fresh: Morning) -> Morning:
    """The example is deployed."""
    fresh.deploy()
    return fresh


def test_the_issue_lives_as_long_as_something_needs_a_look(story: Morning) -> None:
    well = story.look_again()
    assert (well.code, well.outputs["result"], story.writes()) == (0, "success", []), well.stdout

    story.lived("Exchange rates", failing=SILENCE)
    story.sandbox.clear_record()
    unwell = story.look_again()
    assert [call.operation for call in story.sandbox.calls() if not call.operation.startswith(READING)] == []
    assert (unwell.code, unwell.outputs["result"]) == (0, "failure"), unwell.stdout
    assert unwell.outputs["issue-url"] == URL
    assert unwell.keys("failed") == ["exchange_rates"]
    assert f"Issue opened: {URL}" in unwell.stdout
    (annotation,) = unwell.annotations()
    assert SILENCE in annotation.data
    (issue,) = story.github.issues(REPOSITORY)
    assert (issue.title, issue.is_open) == ("Pipelines that need somebody: dev", True)
    assert SILENCE in issue.body
    assert SILENCE in unwell.summary
    assert unwell.report()["well"] is False

    same = story.look_again()
    assert (same.code, story.writes()) == (0, [])
    assert f"Issue unchanged: {URL}" in same.stdout

    story.lived("Orders export", failing="No disk.")
    more = story.look_again()
    assert more.keys("failed") == ["exchange_rates", "orders_export"]
    (told,) = story.github.comments(REPOSITORY, 1)
    assert "No disk." in told.body
    assert "exchange_rates" not in told.body

    for name in ("Exchange rates", "Orders export"):
        story.lived(name)
    closed = story.look_again()
    assert (closed.code, closed.outputs["issue-url"]) == (0, URL)
    (issue,) = story.github.issues(REPOSITORY)
    assert (issue.is_open, issue.reason) == (False, "completed")
    assert story.github.comments(REPOSITORY, 1)[-1].body == "All is well again."
    assert story.look_again().code == 0
    assert story.writes() == []


def test_where_no_issue_tells_it_the_exit_code_does(story: Morning) -> None:
    story.lived("Exchange rates", failing=SILENCE)
    side = story.look_again("workflow_dispatch", "refs/heads/side")
    jobs = [story.look_again(**{name: value}) for name, value in (("issue", "never"), ("dry-run", "true"))]
    for job in (side, *jobs, story.look_again(**{"github-token": ""})):
        assert (job.code, job.outputs["result"]) == (1, "failure")
        assert "No issue: " in job.stdout
        assert (story.writes(), story.github.issues(REPOSITORY)) == ([], ())


def test_an_issue_that_cant_be_written_is_one_warning(story: Morning) -> None:
    story.github.add_token(TOKEN, read_only=True)
    story.lived("Exchange rates", failing=SILENCE)
    job = story.look_again()
    assert (job.code, job.outputs["result"]) == (0, "failure")
    (warning,) = job.annotations("warning")
    assert "`permissions: issues: write`" in warning.data


def test_a_look_that_fails_or_is_cancelled_leaves_the_issue_as_it_is(story: Morning) -> None:
    """Once AWS refuses, once it doesn't answer before the runner's patience ends."""
    story.lived("Exchange rates", failing=SILENCE)
    story.look_again()
    before = story.issue_body()
    story.sandbox.fault(Fault(operation="ListPipelines", code="AccessDeniedException", message="no"))
    job = story.look_again()
    assert (job.code, job.outputs["result"]) == (1, "failure")
    assert len(job.annotations()) == 1
    assert (story.writes(), story.issue_body()) == ([], before)

    story.lived("Exchange rates")
    story.sandbox.fault(Fault(operation="ListPipelines", kind=Kind.DELAY, seconds=8))
    story.github.clear_calls()
    with story.looking(story.commit) as started:
        assert story.sandbox.wait_for_faults()
        job, _ = started.cancel(signal.SIGINT)
    assert (job.code, job.outputs["result"]) == (130, "failure")
    assert len(job.annotations()) == 1
    assert (story.writes(), story.issue_body()) == ([], before)


@pytest.mark.parametrize(
    ("inputs", "word"), [({"aws": "never"}, "asks AWS"), ({"pipelines": "nope"}, "nope")]
)
def test_what_makes_no_sense_is_wrong_usage(fresh: Morning, inputs: dict[str, str], word: str) -> None:
    job = fresh.look_again(**inputs)
    assert job.code == 2
    assert word in job.annotations()[0].data


def test_a_pull_request_is_no_place_for_it(fresh: Morning) -> None:
    number = fresh.open_pull({"README.md": "more\n"})
    job = fresh.pull_request(number, command="status")
    assert job.code == 2
    assert "refused on `pull_request`" in job.annotations()[0].data


def test_each_choice_of_pipelines_has_its_own_issue(story: Morning) -> None:
    story.lived("Exchange rates", failing=SILENCE)
    assert story.look_again(pipelines="exchange_*").outputs["issue-url"] == URL
    other = story.look_again(pipelines="orders_export")
    assert (other.outputs["issue-url"], other.outputs["result"]) == ("", "success")
    assert story.look_again().outputs["issue-url"].endswith("/issues/2")


def test_what_aws_says_of_a_failure_is_text_and_tells_no_account(story: Morning) -> None:
    lines = ["@octocat #1 <img src=x> --> ::error::pwned", *NASTY[:4], "https://evil.example"]
    message = "\n".join([f"arn:aws:iam::{ACCOUNT}:role/x is not allowed", *lines])
    story.lived("Exchange rates", failing=message)
    job = story.look_again(**{"mask-aws-account-id": "true"})
    body = story.issue_body()
    story.lived("Orders export", failing=message)
    story.look_again(**{"mask-aws-account-id": "true"})
    assert told(story)
    for text in (body.partition("\n")[2], job.summary, *told(story)):
        assert_plain(text)
    assert not [line for line in job.effects.log if "pwned" in line and line.startswith("::")]
    assert {command.name for command in job.commands} <= {"group", "endgroup", "error", "warning", "add-mask"}
    shown = [body, job.summary, job.shown, json.dumps(job.report()), *told(story)]
    assert [text for text in shown if ACCOUNT in text] == []
    assert "is not allowed" in body


def told(story: Morning) -> list[str]:
    return [comment.body for comment in story.github.comments(REPOSITORY, 1)]
