"""The main job: a pull request is checked and answered, its merge deploys what it changed, nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from pipelayer.sandbox.state import Pipeline, State
from support.html_document import rendered
from support.job import Job
from support.jobs import NIGHTLY, REPOSITORY, ROOT, TOKEN, Story
from support.small_project import BUCKET, everything_in, writes

RATES = "exchange_rates/values.json"
STUB = "pipelayer:stub"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Story.begin(tmp_path) as story:
        yield story


def comments(story: Story, number: int) -> list[str]:
    return [comment.body.partition("\n")[2] for comment in story.github.comments(REPOSITORY, number)]


def live(story: Story) -> dict[str, Pipeline]:
    """The scheduled pipelines by name."""
    return {one.name: one for one in story.sandbox.pipelines() if one.state is State.SCHEDULED}


def later(story: Story, number: int, text: tuple[str, str]) -> None:
    """A further commit on the pull request's branch."""
    story.work.git("checkout", "--quiet", "change")
    content = (story.work.path / RATES).read_text(encoding="utf-8")
    assert text[0] in content
    head = story.work.commit({RATES: content.replace(*text)})
    story.github.push_to_pull(REPOSITORY, number, head)
    story.work.push("change")
    story.work.git("checkout", "--quiet", "main")


def changed_rates(before: str, after: str) -> dict[str, str | None]:
    content = (NIGHTLY / RATES).read_text(encoding="utf-8")
    assert before in content
    return {RATES: content.replace(before, after)}


def assert_sound(job: Job) -> None:
    """Nothing on stderr, a report as published, an answer whose HTML is only what was meant."""
    assert job.stderr == ""
    assert "Traceback" not in job.stdout
    names = {command.name for command in job.commands} - {"add-mask"}
    assert names <= {"group", "endgroup", "error", "warning", "notice"}
    assert job.masked <= {"a-secret-of-the-shop"}
    schema = json.loads((ROOT / "pipelayer" / "schemas" / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(job.report(), schema)
    document = rendered(job.summary)
    assert document.unbalanced == []
    assert document.would_be_linked == []
    for secret in (TOKEN, "a-secret-of-the-shop", "a-runtime-token"):
        assert secret not in job.shown + job.summary + json.dumps(job.outputs) + json.dumps(job.report())


def test_a_pull_request_is_answered_and_its_merge_touches_that_pipeline_alone(story: Story) -> None:
    first = story.work.commit()
    initial = story.push(first, comment="never")
    assert_sound(initial)
    assert initial.code == 0
    assert initial.masked == {"a-secret-of-the-shop"}
    before = live(story)
    assert sorted(before) == ["Click sessions", "Exchange rates", "Orders export"]

    # The pull request: looked at, nothing written, one comment.
    story.sandbox.clear_record()
    untouched = everything_in(story.sandbox)
    later_start = ("2024-01-01T16:30:00", "2024-01-01T17:30:00")
    number = story.open_pull(changed_rates(*later_start))
    checked = story.pull_request(number)
    assert_sound(checked)
    assert checked.code == 0, checked.stdout
    assert checked.keys("changed") == ["exchange_rates"]
    assert checked.outputs["uploaded"] == checked.outputs["activated"] == checked.outputs["failed"] == "[]"
    assert writes(story.sandbox) == []
    assert everything_in(story.sandbox) == untouched
    assert [call.operation for call in story.sandbox.calls("datapipeline", "ValidatePipelineDefinition")] == [
        "ValidatePipelineDefinition"
    ]
    (first_comment,) = story.github.comments(REPOSITORY, number)
    assert first_comment.login == "github-actions[bot]"
    assert checked.outputs["comment-url"].endswith(f"#issuecomment-{first_comment.id}")
    assert "replace 1 pipeline" in first_comment.body
    assert rendered(first_comment.body).unbalanced == []
    assert checked.summary.splitlines()[0] == first_comment.body.splitlines()[1]

    # A second run rewrites it; a first run that ends late leaves it alone.
    later(story, number, (later_start[1], "2024-01-01T18:30:00"))
    again = story.pull_request(number, action="synchronize")
    assert_sound(again)
    (second_comment,) = story.github.comments(REPOSITORY, number)
    assert second_comment.id == first_comment.id
    assert second_comment.body != first_comment.body
    story.environ = {"GITHUB_RUN_ID": "17"}
    late = story.pull_request(number, action="synchronize")
    story.environ = {}
    assert late.code == 0
    assert "a newer run has written it" in late.stdout
    assert [one.body for one in story.github.comments(REPOSITORY, number)] == [second_comment.body]

    # The merge: that pipeline and no other.
    merged = story.merge(number)
    story.sandbox.clear_record()
    objects = story.sandbox.objects(BUCKET)
    deployed = story.pushed(merged, first)
    assert_sound(deployed)
    assert deployed.code == 0, deployed.stdout
    assert deployed.keys("changed") == deployed.keys("activated") == ["exchange_rates"]
    assert deployed.outputs["uploaded"] == deployed.outputs["failed"] == "[]"
    after = live(story)
    new = after.pop("Exchange rates")
    old = before.pop("Exchange rates")
    assert new.id != old.id
    assert {call[1] for call in writes(story.sandbox)} == {"Exchange rates", new.id, old.id}
    assert {name: (one.id, one.tags, one.version) for name, one in after.items()} == {
        name: (one.id, one.tags, one.version) for name, one in before.items()
    }
    assert story.sandbox.objects(BUCKET) == objects
    assert story.sandbox.gaps() == []
    assert [run for run in new.runs if run.kind.value == "backfill"] == []
    verdict, outcome = comments(story, number)
    assert verdict == second_comment.body.partition("\n")[2]
    assert "Replaced 1 pipeline" in outcome
    assert old.id in outcome
    assert new.id in outcome

    # The same again: nothing left to do.
    story.sandbox.clear_record()
    assert story.pushed(merged, first, comment="never").code == 0
    assert writes(story.sandbox) == []


def test_offline_a_pull_request_hears_what_was_not_asked(story: Story) -> None:
    first = story.work.commit()
    story.work.push("main")
    story.github.add_commit(REPOSITORY, first, branch="main")
    number = story.open_pull(changed_rates("2024-01-01T16:30:00", "2024-01-01T17:30:00"))

    # Credentials, but nothing was ever deployed: there is no stub to ask on, and none is made.
    job = story.pull_request(number)
    assert_sound(job)
    assert job.code == 0
    (comment,) = comments(story, number)
    assert "there is no validation stub in us-west-2" in comment
    assert "validation stub" in job.stdout
    assert "validation stub" in job.summary
    assert writes(story.sandbox) == []
    strict = story.pull_request(number, action="synchronize", aws="required")
    assert strict.code == 1
    assert "Deploy once" in strict.annotations()[0].data
    assert writes(story.sandbox) == []

    # No credentials at all: a fork's job.
    story.sandbox.clear_record()
    story.environ = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_REGION": ""}
    job = story.pull_request(number, action="synchronize", from_fork=True)
    assert_sound(job)
    assert job.code == 0
    for place in (comments(story, number)[0], job.stdout, job.summary):
        assert "there are no credentials: only the offline checks were made" in place
    strict = story.pull_request(number, action="synchronize", from_fork=True, aws="required")
    assert strict.code == 2
    (error,) = strict.annotations()
    assert "There are no AWS credentials." in error.data
    assert "configure-aws-credentials" in error.data
    assert story.sandbox.calls() == []

    # Nobody asks AWS, and the comment may not be written.
    story.environ = {}
    story.github.add_token(TOKEN, read_only=True)
    before = comments(story, number)
    job = story.pull_request(number, action="synchronize", from_fork=True, aws="never")
    assert_sound(job)
    assert job.code == 0
    assert "No comment" in job.stdout
    assert "pull-requests: write" in job.stdout
    assert "as wished (aws: never)" in job.summary
    assert comments(story, number) == before
    assert story.sandbox.calls() == []


def test_a_branch_that_moved_on_is_left_to_the_newer_run(story: Story) -> None:
    first = story.work.commit()
    assert story.push(first, comment="never").code == 0
    mine = story.work.commit(
        changed_rates("2024-01-01T16:30:00", "2024-01-01T17:30:00")
        | {"orders_export/tasks/check.sh": "true\n"}
    )
    newer = story.work.commit(changed_rates("2024-01-01T16:30:00", "2024-01-01T18:30:00"))
    story.work.push("main")
    story.github.add_commit(REPOSITORY, mine, parents=(first,), branch="main")
    story.github.add_commit(REPOSITORY, newer, parents=(mine,), branch="main")

    before = live(story)["Exchange rates"]
    job = story.pushed(mine, first, comment="never")
    assert_sound(job)
    assert job.code == 0, job.stdout
    results = {item["key"].rpartition("/")[2]: item["result"] for item in job.report()["outcomes"]}  # type: ignore[attr-defined]
    assert results == {"exchange_rates": "superseded", "orders_export": "uploaded"}
    after = live(story)["Exchange rates"]
    assert (after.id, after.tags, after.version) == (before.id, before.tags, before.version)

    assert story.pushed(newer, mine, comment="never").keys("activated") == ["exchange_rates"]


def test_a_pull_request_without_pipelines_imports_nothing_heavy(tmp_path: Path) -> None:
    """A project in JSON: not even the reader of YAML is needed."""
    from support.small_project import project

    with Story.begin(tmp_path, nightly=False) as story:
        story.work.commit(project())
        story.work.push("main")
        number = story.open_pull({"README.md": "hello\n", "alphabet/notes.txt": "not in a pipeline\n"})
        started = Traced(**vars(story))
        job = started.pull_request(number, group="")
        assert job.code == 0
        assert job.outputs["result"] == "nothing-to-do"
        assert "No pipeline is affected" in job.stdout
        lines = [
            line.split("|")[-1].strip() for line in job.stderr.splitlines() if line.startswith("import time")
        ]
        assert "pipelayer.github.action" in lines
        heavy = {"boto3", "botocore", "github", "yaml", "rich", "click", "requests", "urllib3", "ssl"}
        assert heavy & {line.partition(".")[0] for line in lines} == set()
        assert story.github.calls() == ()
        assert story.sandbox.calls() == []


class Traced(Story):
    """The same jobs; Python tells on stderr what it imports."""

    def command(self) -> list[str]:
        python, *rest = super().command()
        return [python, "-X", "importtime", *rest]
