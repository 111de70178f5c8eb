"""What pull requests read over their whole life: jobs as processes, comments over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelayer.sandbox.github import Comment
from support.html_document import rendered
from support.jobs import NIGHTLY, REPOSITORY, TOKEN, Story

RATES, ORDERS = "exchange_rates/values.json", "orders_export/tasks/check.sh"
OUTPUT = "s3://#{myBucket}/exchange_rates", "s3://#{myBucket}/rates"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Story.begin(tmp_path) as story:
        yield story


def changed() -> dict[str, str | None]:
    content = (NIGHTLY / RATES).read_text(encoding="utf-8")
    assert OUTPUT[0] in content
    return {RATES: content.replace(*OUTPUT)}


def comments(story: Story, number: int) -> tuple[Comment, ...]:
    return story.github.comments(REPOSITORY, number)


def writes(story: Story) -> list[str]:
    """What was written to GitHub: REST methods, and fields of GraphQL."""
    return [
        call.operation or call.method
        for call in story.github.calls()
        if call.method != "GET" and call.operation != "viewer"
    ]


def test_a_merge_does_what_was_announced_and_the_announcement_is_folded_up(story: Story) -> None:
    first = story.work.commit()
    assert story.push(first, comment="never").code == 0
    number = story.open_pull(changed())
    assert story.pull_request(number).code == 0

    story.github.clear_calls()
    again = story.pull_request(number, action="synchronize")
    assert "Comment unchanged: https://github.com/acme/nightly/pull/1#issuecomment-" in again.stdout
    assert again.outputs["comment-url"].endswith(f"#issuecomment-{comments(story, number)[0].id}")
    assert writes(story) == []

    merged = story.merge(number)
    story.github.clear_calls()
    assert story.pushed(merged, first).code == 0
    verdict, outcome = comments(story, number)
    assert (verdict.minimized, outcome.minimized) == ("outdated", "")
    assert "announced" not in rendered(outcome.body).text
    assert writes(story) == ["POST", "minimizeComment"]

    # A second attempt finds nothing left to do: the first one's comment stays as it was written.
    story.environ = {"GITHUB_RUN_ID": str(1000 + story.jobs), "GITHUB_RUN_ATTEMPT": "2"}
    assert story.pushed(merged, first).code == 0
    _, frozen, second = comments(story, number)
    assert frozen.body == outcome.body
    assert (frozen.minimized, second.minimized) == ("", "")
    assert "[!WARNING]" not in second.body
    assert "Edited 1 pipeline" in frozen.body
    assert "Nothing to do" in second.body


def test_a_merge_that_does_something_else_says_so_first(story: Story) -> None:
    first = story.work.commit()
    assert story.push(first, comment="never").code == 0
    number = story.open_pull(changed())
    assert story.pull_request(number).code == 0
    (rates,) = [one for one in story.sandbox.pipelines() if one.name == "Exchange rates"]
    story.sandbox.pause(rates.id)  # somebody did, in between
    assert story.pushed(story.merge(number), first).code == 0
    _, outcome = comments(story, number)
    _, alert, said, _, headline, *_ = outcome.body.splitlines()
    assert headline.startswith("### ")
    assert alert == "> [!WARNING]"
    announced = "> - `dev/exchange_rates` was announced as `edit in place` and came to `held`."
    assert said.startswith(announced)


def test_every_pull_request_of_a_merge_queues_push_hears_of_it(story: Story) -> None:
    first = story.work.commit()
    assert story.push(first, comment="never").code == 0
    one = story.open_pull(changed(), "one")
    assert story.pull_request(one, "one").code == 0
    two = story.open_pull({ORDERS: "echo better\n"}, "two")
    assert story.pull_request(two, "two").code == 0
    commits = [story.merge(one, "one"), story.merge(two, "two")]
    story.github.clear_calls()
    deployed = story.pushed(commits[-1], first, commits=commits)
    assert deployed.code == 0, deployed.stdout
    told = []
    for number in (one, two):
        verdict, outcome = comments(story, number)
        assert verdict.minimized == "outdated"
        assert "announced" not in rendered(outcome.body).text
        told.append(outcome.body)
    assert told[0] == told[1]
    assert "Exchange&nbsp;rates" in told[0]
    assert "Orders&nbsp;export" in told[0]
    assert deployed.outputs["comment-url"].endswith(f"#issuecomment-{comments(story, one)[1].id}")


def test_a_failed_deploy_leaves_the_announcement_open(story: Story) -> None:
    first = story.work.commit()
    assert story.push(first, comment="never").code == 0
    number = story.open_pull(changed())
    assert story.pull_request(number).code == 0
    merged = story.merge(number)
    story.environ = {"AWS_SECRET_ACCESS_KEY": "", "AWS_ACCESS_KEY_ID": ""}
    assert story.pushed(merged, first).code != 0
    assert [one.minimized for one in comments(story, number)] == ["", ""]


def test_a_change_that_is_taken_back_folds_the_comment_up_until_there_is_one_again(story: Story) -> None:
    story.work.commit()
    story.work.push("main")
    number = story.open_pull({ORDERS: "echo better\n", "README.md": "hello\n"})
    assert story.pull_request(number).code == 0
    good = (NIGHTLY / ORDERS).read_text(encoding="utf-8")
    states = []
    for content in (good, "echo best\n"):
        story.work.git("checkout", "--quiet", "change")
        story.github.push_to_pull(REPOSITORY, number, story.work.commit({ORDERS: content}))
        story.work.push("change")
        story.work.git("checkout", "--quiet", "main")
        job = story.pull_request(number, action="synchronize")
        assert job.code == 0
        (comment,) = comments(story, number)
        states.append((comment.minimized, job.outputs["changed-count"]))
    assert states == [("outdated", "0"), ("", "1")]


def test_a_late_run_of_a_commit_that_is_gone_says_why_it_is_silent(story: Story) -> None:
    story.work.commit()
    story.work.push("main")
    number = story.open_pull({ORDERS: "echo better\n"})
    assert story.pull_request(number).code == 0
    before = comments(story, number)
    story.github.push_to_pull(REPOSITORY, number, "e" * 40)
    late = story.pull_request(number, action="synchronize", pipelines="all")
    assert late.code == 0
    (why,) = [line for line in late.stdout.splitlines() if line.startswith("No comment: ")]
    assert "the pull request is at eeeeeee by now" in why
    assert [one.body for one in comments(story, number)] == [one.body for one in before]


def test_a_token_that_may_not_minimise_costs_one_line(story: Story) -> None:
    first = story.work.commit()
    assert story.push(first, comment="never").code == 0
    number = story.open_pull(changed())
    assert story.pull_request(number).code == 0
    story.github.fail("POST", "/graphql", 403, skip=1, times=9, message="Resource not accessible")
    deployed = story.pushed(story.merge(number), first)
    assert deployed.code == 0
    assert TOKEN not in deployed.shown
    (line,) = [line for line in deployed.stdout.splitlines() if line.startswith("The comment stands, but")]
    assert "could not minimise an outdated comment: GitHub answered 403" in line
    assert [one.minimized for one in comments(story, number)] == ["", ""]
