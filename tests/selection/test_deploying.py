"""What a deploy takes up beside the change, and what it leaves: AWS's tags and the branch's tip decide."""

from __future__ import annotations

import pytest

from support import webhooks
from support.deploying import deploy, live, reasons, results, word, word_of, workspace
from support.gitrepo import Content, Link, git
from support.jobs import Story
from support.small_project import pipeline, project, values, writes

# ---- older and newer runs


@pytest.mark.parametrize("depth", [1, 0], ids=["shallow", "full"])
def test_a_rerun_of_an_older_commit_after_a_revert(story: Story, depth: int) -> None:
    """A (v1), B (v2), C (v1 again), and B's job once more: what is live stays C's."""
    a = story.work.commit(project() | word("alpha", "v1"))
    assert results(story.push(a, group="")) == {"alpha": "created", "beta": "created"}
    b = story.work.commit(word("alpha", "v2"))
    story.work.push("main")
    assert results(deploy(story, b, a, depth=depth)) == {"alpha": "edited"}
    c = story.work.commit(word("alpha", "v1"))
    story.work.push("main")
    assert results(deploy(story, c, b, depth=depth)) == {"alpha": "edited"}
    before = live(story)["alpha"]
    story.sandbox.clear_record()
    again = deploy(story, b, a, depth=depth)
    assert again.code == 0
    assert results(again) == {"alpha": "superseded"}
    assert again.keys("activated") == []
    assert writes(story.sandbox) == []
    after = live(story)["alpha"]
    assert (after.id, after.tags, word_of(story, "alpha")) == (before.id, before.tags, "v1")


def test_a_run_that_waited_while_its_successor_ran(story: Story) -> None:
    """B's job comes after C's: C has done B's work too, and B finds itself superseded or at one with C."""
    a = story.work.commit(project())
    story.push(a, group="")
    b = story.work.commit(word("alpha", "b") | word("beta", "b"))
    c = story.work.commit(word("alpha", "c"))
    story.work.push("main")
    late = deploy(story, c, b)
    assert reasons(late) == {"alpha": "values", "beta": "catch-up"}
    assert results(late) == {"alpha": "edited", "beta": "edited"}
    story.sandbox.clear_record()
    waited = deploy(story, b, a)
    assert waited.code == 0
    assert reasons(waited) == {"alpha": "values", "beta": "values"}
    assert results(waited) == {"alpha": "superseded", "beta": "unchanged"}
    assert writes(story.sandbox) == []
    assert (word_of(story, "alpha"), word_of(story, "beta")) == ("c", "b")


def test_after_a_forced_push_ancestry_tells_nothing(story: Story) -> None:
    a = story.work.commit(project())
    story.push(a, group="")
    replaced = story.work.commit(word("alpha", "replaced") | word("beta", "kept"))
    story.work.push("main")
    story.work.git("reset", "--quiet", "--hard", a)
    tip = story.work.commit(word("alpha", "otherwise") | word("beta", "kept"))
    story.work.push("main")
    job = deploy(story, replaced, a)
    assert results(job) == {"alpha": "superseded", "beta": "edited"}
    assert results(deploy(story, tip, replaced)) == {"alpha": "edited"}
    assert (word_of(story, "alpha"), word_of(story, "beta")) == ("otherwise", "kept")


def test_what_the_tip_removed_is_not_created_by_an_older_run(story: Story) -> None:
    a = story.work.commit(project())
    story.push(a, group="")
    b = story.work.commit(pipeline("gamma"))
    story.work.commit(dict.fromkeys(pipeline("gamma")))
    story.work.push("main")
    job = deploy(story, b, a)
    assert results(job) == {"gamma": "superseded"}
    assert sorted(live(story)) == ["alpha", "beta"]


def test_without_the_tip_nothing_is_written(story: Story) -> None:
    a = story.work.commit(project())
    story.push(a, group="")
    b = story.work.commit(word("alpha", "b"))
    story.work.push("main")
    place = workspace(story, b, depth=0)
    git(place, "remote", "set-url", "origin", (story.folder / "moved-away.git").as_uri())
    payload = webhooks.push(before=a, after=b)
    story.sandbox.clear_record()
    job = story.run(place, "push", payload, b, "refs/heads/main", group="", comment="never")
    assert job.code == 1
    assert results(job) == {"alpha": "failed"}
    assert "git ls-remote" in job.annotations()[0].data
    assert writes(story.sandbox) == []
    assert word_of(story, "alpha") == ""


# ---- what was left undone


def test_what_a_cancelled_run_was_to_deploy_joins_the_next(story: Story) -> None:
    a = story.work.commit(project("alpha", "beta", "gamma"))
    story.push(a, group="")
    b = story.work.commit(word("alpha", "b") | {"gamma/tasks/main.sh": "echo b\n"})
    c = story.work.commit(word("beta", "c"))
    story.work.push("main")
    job = deploy(story, c, b)
    assert reasons(job) == {"alpha": "catch-up", "beta": "values", "gamma": "catch-up"}
    assert results(job) == {"alpha": "edited", "beta": "edited", "gamma": "uploaded"}
    assert job.keys("changed") == ["alpha", "beta", "gamma"]
    assert results(deploy(story, c, b)) == {"beta": "unchanged"}


def test_an_invalid_one_that_joined_blocks_only_itself(story: Story) -> None:
    a = story.work.commit(project())
    story.push(a, group="")
    b = story.work.commit({"alpha/values.json": values("alpha", mySchedulePeriod="1 mnth")})
    story.work.push("main")
    blocked = deploy(story, b, a)
    assert (blocked.code, results(blocked)) == (1, {"alpha": "invalid"})
    c = story.work.commit(word("beta", "c"))
    story.work.push("main")
    job = deploy(story, c, b)
    assert reasons(job) == {"alpha": "catch-up", "beta": "values"}
    assert results(job) == {"alpha": "invalid", "beta": "edited"}
    assert job.code == 1
    assert job.keys("failed") == ["alpha"]
    mended = story.work.commit({"alpha/values.json": values("alpha", mySchedulePeriod="2 days")})
    story.work.push("main")
    assert results(deploy(story, mended, c)) == {"alpha": "replaced"}


BROKEN = {
    "values that are no JSON": {"alpha/values.json": "{ broken"},
    "values that are a link": {"alpha/values.json": Link("../beta/values.json")},
    "a template that is no JSON": {"alpha/pipeline_definition.json": "{ broken"},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_never_passed_over(story: Story, broken: dict[str, Content]) -> None:
    a = story.work.commit(project())
    story.push(a, group="")
    b = story.work.commit(broken)
    story.work.push("main")
    assert deploy(story, b, a).code == 1
    c = story.work.commit(word("beta", "c"))
    story.work.push("main")
    job = deploy(story, c, b)
    assert (job.code, reasons(job)) == (1, {"alpha": "catch-up", "beta": "values"})
    assert results(job) == {"alpha": "invalid", "beta": "edited"}
    assert job.annotations()[0].properties["file"].startswith("alpha/")
    d = story.work.commit({"README.md": "words\n"})
    story.work.push("main")
    quiet = deploy(story, d, c)
    assert (quiet.code, results(quiet), quiet.outputs["result"]) == (1, {"alpha": "invalid"}, "failure")


def test_a_shared_template_that_cannot_be_read_is_every_pipelines(story: Story) -> None:
    a = story.work.commit(project())
    story.push(a, group="")
    b = story.work.commit({"pipeline_definition.json": "{ broken"})
    c = story.work.commit({"README.md": "words\n"})
    story.work.push("main")
    job = deploy(story, c, b)
    assert (job.code, reasons(job)) == (1, {"alpha": "catch-up", "beta": "catch-up"})
    assert results(job) == {"alpha": "invalid", "beta": "invalid"}


def test_a_push_of_nothing_catches_up(story: Story) -> None:
    a = story.work.commit(project())
    story.push(a, group="")
    b = story.work.commit(word("alpha", "b"))
    c = story.work.commit({"README.md": "words\n"})
    story.work.push("main")
    job = deploy(story, c, b)
    assert reasons(job) == {"alpha": "catch-up"}
    assert results(job) == {"alpha": "edited"}
    quiet = deploy(story, c, b)
    assert (quiet.code, quiet.outputs["result"], quiet.outputs["changed"]) == (0, "nothing-to-do", "[]")


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch", "repository_dispatch"])
def test_without_a_base_what_is_live_decides(story: Story, event: str) -> None:
    a = story.work.commit(project())
    story.push(a, group="")
    b = story.work.commit(word("alpha", "b"))
    story.work.push("main")
    place = workspace(story, b)
    payload = {
        "schedule": webhooks.schedule(),
        "workflow_dispatch": webhooks.workflow_dispatch(ref="refs/heads/main"),
        "repository_dispatch": webhooks.repository_dispatch(),
    }[event]
    job = story.run(place, event, payload, b, "refs/heads/main", group="", comment="never", command="deploy")
    assert reasons(job) == {"alpha": "catch-up"}
    assert results(job) == {"alpha": "edited"}
    assert f"`{event}` names no commit to compare with" in job.stdout


def test_the_files_of_untouched_pipelines_are_never_opened(story: Story) -> None:
    """A clone without any file's content: what the deploy needs is fetched, and no more than that."""
    a = story.work.commit({**project(), "beta/run": "#!/bin/sh\necho its own\n"})
    story.push(a, group="")
    b = story.work.commit({"alpha/tasks/main.sh": "echo again\n"})
    story.work.push("main")
    place = workspace(story, b, extra_fetch=("--filter=blob:none",), sparse=("elsewhere",))
    payload = webhooks.push(before=a, after=b)
    job = story.run(place, "push", payload, b, "refs/heads/main", group="", comment="never")
    assert results(job) == {"alpha": "uploaded"}, job.stdout
    here = set(git(place, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split())
    listed = git(place, "ls-tree", "-r", "--name-only", "HEAD").split("\n")
    present = {name for name in listed if git(place, "rev-parse", f"HEAD:{name}") in here}
    assert {"alpha/values.json", "beta/values.json", "alpha/tasks/main.sh"} <= present
    assert {"beta/run", "beta/tasks/main.sh"}.isdisjoint(present)
