"""Real events in the real image: what the runner hands in, and what people get."""

from __future__ import annotations

import json

from container.contained import Contained, nothing_ran
from support.gitrepo import checkout_like_actions
from support.job import Job
from support.jobs import NIGHTLY, REPOSITORY, TOKEN
from support.small_project import project

RATES = "exchange_rates/values.json"
NAMES = ["Click sessions", "Exchange rates", "Orders export"]
NO_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}


def sound(job: Job, code: int = 0) -> Job:
    """The job, which ended as it should, was told nothing by the workspace, and said only what was meant."""
    assert job.code == code, job.stdout + job.stderr
    assert nothing_ran(job)
    assert job.stderr == ""
    assert {command.name for command in job.commands} <= {"group", "endgroup", "error", "warning", "add-mask"}
    assert job.masked <= {"a-secret-of-the-shop"}
    for secret in (TOKEN, "a-secret-of-the-shop", "a-runtime-token"):
        assert secret not in job.shown + job.summary + json.dumps(job.outputs)
    return job


def edited(before: str, after: str) -> dict[str, str | None]:
    content = (NIGHTLY / RATES).read_text(encoding="utf-8")
    assert before in content
    return {RATES: content.replace(before, after)}


def uploads() -> set[str]:
    """Where the example's files belong in its bucket; those that say what a pipeline is aren't sent."""
    files = (path.relative_to(NIGHTLY) for path in NIGHTLY.glob("*/**/*") if path.is_file())
    return {f"code/{file.as_posix()}" for file in files if file.suffix != ".json"}


def live(story: Contained) -> dict[str, str]:
    return {one.name: one.id for one in story.sandbox.pipelines("us-west-2") if one.name in NAMES}


def test_a_push_deploys_everything_and_the_next_one_what_it_changed(story: Contained) -> None:
    first = story.work.commit()
    job = sound(story.push(first, comment="never"))
    assert (job.outputs["result"], job.outputs["changed-count"]) == ("success", "3")
    assert sorted(live(story)) == NAMES
    assert set(story.sandbox.objects("acme-dev-pipelines")) == uploads()
    assert job.report()["commit"] == first

    before = live(story)
    script = story.work.path / "exchange_rates" / "tasks" / "fetch.sh"
    second = story.work.commit({"exchange_rates/tasks/fetch.sh": script.read_text() + "# a remark\n"})
    story.sandbox.clear_record()
    job = sound(story.push(second, first, comment="never"))
    assert job.keys("changed") == ["exchange_rates"]
    assert [call.operation for call in story.sandbox.calls(service="s3")].count("PutObject") == 1
    assert live(story) == before


def test_a_pull_request_is_answered_and_its_merge_does_what_was_announced(story: Contained) -> None:
    first = story.work.commit()
    sound(story.push(first, comment="never"))
    number = story.open_pull(edited("#{myBucket}/exchange_rates", "#{myBucket}/rates"))
    job = sound(story.pull_request(number))
    (comment,) = story.github.comments(REPOSITORY, number)
    assert job.outputs["comment-url"].endswith(f"#issuecomment-{comment.id}")
    assert "Exchange&nbsp;rates" in comment.body

    sound(story.pushed(story.merge(number), first))
    announced, told = story.github.comments(REPOSITORY, number)
    assert announced.minimized == "outdated"
    assert "Edited 1 pipeline" in told.body


def test_a_forks_pull_request_is_checked_offline(story: Contained) -> None:
    story.work.commit()
    story.work.push("main")
    number = story.open_pull(edited("#{myBucket}/exchange_rates", "#{myBucket}/rates"))
    story.environ = NO_CREDENTIALS
    story.sandbox.clear_record()
    job = sound(story.pull_request(number, from_fork=True))
    assert job.keys("changed") == ["exchange_rates"]
    assert story.sandbox.calls() == []


def test_a_mistake_is_shown_at_its_line(story: Contained) -> None:
    story.work.commit()
    story.work.push("main")
    number = story.open_pull({RATES: '{"values": {\n  "myStart": "yesterday"\n  "myEnd": ""}}\n'})
    job = sound(story.pull_request(number), 1)
    where = {(one.properties["file"], one.properties["line"]) for one in job.annotations()}
    assert where == {(RATES, "3")}
    assert job.outputs["result"] == "failure"


def test_what_touches_no_pipeline_asks_nobody(small_story: Contained) -> None:
    story = small_story
    story.work.commit(project("alpha"))
    story.work.push("main")
    number = story.open_pull({"NOTES.md": "a remark\n"})
    job = sound(story.pull_request(number, group=""))
    assert (job.outputs["changed"], job.outputs["result"]) == ("[]", "nothing-to-do")
    assert story.sandbox.calls() == []
    assert story.github.comments(REPOSITORY, number) == ()


def test_an_event_that_means_nothing_is_said_aloud(small_story: Contained) -> None:
    story = small_story
    commit = story.work.commit(project("alpha"))
    story.work.push("main")
    workspace = story.folder / "jobs" / "1" / "workspace"
    checkout_like_actions(workspace, story.url, commit)
    job = sound(story.run(workspace, "schedule", {}, commit, "refs/heads/main", group=""))
    assert job.stdout.startswith("Nothing to do: ")
    assert job.outputs["result"] == "nothing-to-do"
