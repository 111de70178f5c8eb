"""What a deploy takes up beside the change, and what it leaves: AWS's tags and the branch's tip decide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelayer.sandbox.state import Pipeline, State
from support import webhooks
from support.gitrepo import Content, Link, checkout_like_actions, git
from support.jobs import NOTHING, Job, Story
from support.small_project import pipeline, project, values, writes


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Story.begin(tmp_path, nightly=False) as story:
        yield story


def word(directory: str, text: str) -> dict[str, Content]:
    """A change of one pipeline's definition."""
    return {f"{directory}/values.json": values(directory, myWord=text)}


def workspace(story: Story, commit: str, **more: object) -> Path:
    """The next job's checkout."""
    path = story.folder / "jobs" / str(story.jobs + 1) / "workspace"
    checkout_like_actions(path, story.url, commit, **more)  # type: ignore[arg-type]
    return path


def deploy(story: Story, commit: str, before: str, *, depth: int = 1, **inputs: str) -> Job:
    """The job of a push of `commit`, whenever it runs: the server may have moved on."""
    place = workspace(story, commit, depth=depth)
    payload = webhooks.push(before=before, after=commit)
    given = {"group": "", "comment": "never"} | inputs
    job = story.run(place, "push", payload, commit, "refs/heads/main", **given)
    assert job.stderr == ""
    return job


def reasons(job: Job) -> dict[str, str]:
    """Directory → why it was selected."""
    return {item["key"].rpartition("/")[2]: " ".join(item["reasons"]) for item in listed(job, "selection")}


def results(job: Job) -> dict[str, str]:
    """Directory → what came of it."""
    return {item["key"].rpartition("/")[2]: item["result"] for item in listed(job, "outcomes")}


def listed(job: Job, part: str) -> list[dict[str, str]]:
    found = job.report()[part]
    assert isinstance(found, list)
    return found


def live(story: Story) -> dict[str, Pipeline]:
    return {one.name: one for one in story.sandbox.pipelines() if one.state is State.SCHEDULED}


def word_of(story: Story, name: str) -> str:
    """The value of myWord in the definition that runs."""
    active = live(story)[name].active
    assert active is not None
    return next((value["stringValue"] for value in active.values if value["id"] == "myWord"), "")


# ---- older and newer runs


@pytest.mark.parametrize("depth", [1, 0], ids=["shallow", "full"])
def test_a_rerun_of_an_older_commit_after_a_revert(story: Story, depth: int) -> None:
    """A (v1), B (v2), C (v1 again), and B's job once more: what is live stays C's."""
    a = story.work.commit(project() | word("alpha", "v1"))
    assert results(story.push(a, group="")) == {"alpha": "created", "beta": "created"}
    b = story.work.commit(word("alpha", "v2"))
    story.work.push("main")
    assert results(deploy(story, b, a, depth=depth)) == {"alpha": "replaced"}
    c = story.work.commit(word("alpha", "v1"))
    story.work.push("main")
    assert results(deploy(story, c, b, depth=depth)) == {"alpha": "replaced"}
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
    assert results(late) == {"alpha": "replaced", "beta": "replaced"}
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
    assert results(job) == {"alpha": "superseded", "beta": "replaced"}
    assert results(deploy(story, tip, replaced)) == {"alpha": "replaced"}
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
    assert results(job) == {"alpha": "replaced", "beta": "replaced", "gamma": "uploaded"}
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
    assert results(job) == {"alpha": "invalid", "beta": "replaced"}
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
    assert results(job) == {"alpha": "invalid", "beta": "replaced"}
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
    assert results(job) == {"alpha": "replaced"}
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
    assert results(job) == {"alpha": "replaced"}
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


# ---- moved and removed


def moved(directory: str, to: str, metadata: dict[str, str] | None = None) -> dict[str, Content]:
    """The same pipeline in another directory; its folder in S3 stays."""
    files = {name.replace(directory, to, 1): content for name, content in pipeline(directory).items()}
    if metadata:
        own = json.loads(values(directory))
        files[f"{to}/values.json"] = json.dumps({"metadata": metadata, **own})
    return {**dict.fromkeys(pipeline(directory)), **files}


def test_a_moved_directory_without_a_word_is_refused_for_itself_alone(story: Story) -> None:
    a = story.work.commit(project())
    story.push(a, group="")
    before = live(story)["alpha"]
    b = story.work.commit(moved("alpha", "gamma") | word("beta", "b"))
    story.work.push("main")
    job = deploy(story, b, a)
    assert job.code == 1
    assert reasons(job) == {"alpha": "removed", "beta": "values", "gamma": "new"}
    assert results(job) == {"alpha": "removed", "beta": "replaced", "gamma": "failed"}
    (error,) = job.annotations()
    assert "creating it would make a twin" in error.data
    assert '"moved-from": "alpha"' in error.data
    after = live(story)["alpha"]
    assert (after.id, after.tags) == (before.id, before.tags)
    assert "gamma" not in live(story)


def test_a_moved_directory_that_says_so_keeps_its_pipeline(story: Story) -> None:
    a = story.work.commit(project())
    story.push(a, group="")
    before = live(story)["alpha"]
    b = story.work.commit(moved("alpha", "gamma", {"moved-from": "alpha"}))
    story.work.push("main")
    story.sandbox.clear_record()
    job = deploy(story, b, a)
    assert job.code == 0, job.stdout
    assert reasons(job) == {"alpha": "removed", "gamma": "new"}
    assert results(job) == {"alpha": "removed", "gamma": "adopted"}
    assert "it goes on as default/gamma" in job.stdout
    after = live(story)["alpha"]
    assert (after.id, after.version) == (before.id, before.version)
    assert after.tags["pipelayer:key"] == "acme/nightly:default/gamma"
    assert {call for call, _ in writes(story.sandbox)} == {"AddTags"}
    quiet = deploy(story, b, a, prune="true")
    assert results(quiet) == {"alpha": "removed", "gamma": "unchanged"}
    assert "AWS has nothing of it" in quiet.stdout
    assert live(story)["alpha"].id == before.id


def test_a_removed_directory_is_reported_and_deleted_only_on_request(story: Story) -> None:
    a = story.work.commit(project("alpha", "beta", "gamma"))
    story.push(a, group="")
    b = story.work.commit(dict.fromkeys(pipeline("alpha")))
    story.work.push("main")
    story.sandbox.clear_record()
    job = deploy(story, b, a)
    assert (job.code, reasons(job), results(job)) == (0, {"alpha": "removed"}, {"alpha": "removed"})
    assert "it goes on running; prune: true deletes it" in job.stdout
    assert writes(story.sandbox) == []
    pruned = deploy(story, b, a, prune="true")
    assert (pruned.code, results(pruned)) == (0, {"alpha": "deleted"})
    assert sorted(live(story)) == ["beta", "gamma"]


def test_more_than_half_of_a_group_is_pruned_only_by_name(story: Story) -> None:
    a = story.work.commit(project("alpha", "beta", "gamma"))
    story.push(a, group="")
    b = story.work.commit(dict.fromkeys([*pipeline("alpha"), *pipeline("beta")]))
    story.work.push("main")
    job = deploy(story, b, a, prune="true")
    assert job.code == 1
    assert results(job) == {"alpha": "failed", "beta": "failed"}
    assert sorted(live(story)) == ["alpha", "beta", "gamma"]
    named = deploy(story, b, a, prune="true", pipelines="alpha,beta")
    assert results(named) == {"alpha": "deleted", "beta": "deleted"}


def test_while_a_file_cannot_be_read_nothing_is_pruned(story: Story) -> None:
    a = story.work.commit(project("alpha", "beta", "gamma"))
    story.push(a, group="")
    b = story.work.commit({"beta/values.json": "{"})
    c = story.work.commit(dict.fromkeys(pipeline("alpha")))
    story.work.push("main")
    job = deploy(story, c, b, prune="true")
    assert results(job)["alpha"] == "failed"
    assert "alpha" in live(story)


def test_a_group_that_is_gone_is_reported_once(story: Story) -> None:
    own = {f"{name}/values.json": values(f"#{{myEnv}}/{name}") for name in ("alpha", "beta")}
    groups = "version: 1\ngroups:\n" + "".join(
        f"  {name}: {{dirs: [{of}], values: {{myEnv: {name}}}}}\n"
        for name, of in (("dev", "alpha"), ("test", "beta"), ("old", "alpha"))
    )
    first = project() | own | {"pipelayer.yml": groups}
    named = {
        f"alpha/values.{g}.json": json.dumps({"metadata": {"name": f"alpha {g}"}}) for g in ("dev", "old")
    }
    a = story.work.commit(first | named)
    for group in ("dev", "test", "old"):
        assert story.push(a, group=group, comment="never").code == 0
    b = story.work.commit({"pipelayer.yml": groups[: groups.index("  old:")], "alpha/values.old.json": None})
    story.work.push("main")
    job = deploy(story, b, a, group="dev,test")
    assert [item["key"] for item in listed(job, "selection")] == ["acme/nightly:old/alpha"]
    assert [(item["key"], item["result"]) for item in listed(job, "outcomes")] == [
        ("acme/nightly:old/alpha", "removed")
    ]
    assert listed(job, "selection")[0]["name"] == "alpha old"
    assert "alpha old" in live(story)
    pruned = deploy(story, b, a, group="dev,test", prune="true", pipelines="old/alpha")
    assert [(item["key"], item["result"]) for item in listed(pruned, "outcomes")] == [
        ("acme/nightly:old/alpha", "deleted")
    ]


def test_what_is_doubled_by_a_refused_create_is_not_pruned_with_it(story: Story) -> None:
    a = story.work.commit(project("alpha", "beta", "gamma"))
    story.push(a, group="")
    before = live(story)
    b = story.work.commit(moved("alpha", "delta"))
    story.work.push("main")
    job = deploy(story, b, a, prune="true")
    assert (job.code, results(job)) == (1, {"alpha": "failed", "delta": "failed"})
    assert "default/delta was refused as its twin" in job.stdout
    assert {name: one.id for name, one in live(story).items()} == {n: one.id for n, one in before.items()}
    named = deploy(story, b, a, prune="true", pipelines="alpha")
    assert results(named) == {"alpha": "deleted"}
    assert results(deploy(story, b, a)) == {"alpha": "removed", "delta": "created"}


def test_new_directories_make_no_group_larger_for_pruning(story: Story) -> None:
    a = story.work.commit(project("alpha", "beta"))
    story.push(a, group="")
    added = {**pipeline("gamma"), **pipeline("delta"), **pipeline("epsilon")}
    gone = dict.fromkeys([*pipeline("alpha"), *pipeline("beta")])
    b = story.work.commit({**gone, **added})
    story.work.push("main")
    job = deploy(story, b, a, prune="true")
    assert {name: results(job)[name] for name in ("alpha", "beta")} == {"alpha": "failed", "beta": "failed"}
    assert {"alpha", "beta"} <= live(story).keys()


TIPS: dict[str, dict[str, Content]] = {
    "has it again": pipeline("alpha"),
    "has it again and it can't be read": {**pipeline("alpha"), "alpha/values.json": "{ broken"},
    "has a configuration that can't be read": {"pipelayer.yml": "version: 7\n"},
    "takes it over": {
        "delta/values.json": json.dumps({"metadata": {"moved-from": "alpha"}, **json.loads(values("alpha"))}),
    },
}


@pytest.mark.parametrize("tip", TIPS.values(), ids=TIPS)
def test_an_older_run_prunes_nothing_that_the_tip_may_keep(story: Story, tip: dict[str, Content]) -> None:
    a = story.work.commit(project("alpha", "beta", "gamma"))
    story.push(a, group="")
    b = story.work.commit(dict.fromkeys(pipeline("alpha")))
    story.work.commit(tip)
    story.work.push("main")
    story.sandbox.clear_record()
    job = deploy(story, b, a, prune="true")
    assert results(job) == {"alpha": "superseded"}
    assert writes(story.sandbox) == []


REGIONS = "version: 1\ngroups:\n  dev: {dirs: [alpha]%s}\n  test: {dirs: [beta]%s}\n"


def test_groups_of_one_region_are_asked_about_once_and_share_its_room(story: Story) -> None:
    few = ", max-pipelines: 2"
    a = story.work.commit({**project(), "pipelayer.yml": REGIONS % (few, few)})
    story.work.push("main")
    job = deploy(story, a, NOTHING, group="dev,test")
    assert len(story.sandbox.calls("datapipeline", "ListPipelines")) == 1
    assert job.code == 1
    assert "`max-pipelines` is 2" in job.stdout
    assert writes(story.sandbox) == []


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("us-west-2", "it goes on running; prune: true deletes it"),
        ("us-east-1", "it goes on running; prune: true deletes it"),
        ("eu-west-1", "AWS was not asked what is live in eu-west-1"),
    ],
)
def test_a_group_that_is_gone_is_told_from_where_it_was(story: Story, region: str, said: str) -> None:
    config = REGIONS % (", region: us-west-2", ", region: us-east-1")
    old = f"  old: {{dirs: [gamma], region: {region}}}\n"
    a = story.work.commit({**project("alpha", "beta", "gamma"), "pipelayer.yml": config + old})
    assert story.push(a, group="old", comment="never").code == 0
    b = story.work.commit({"pipelayer.yml": config, **dict.fromkeys(pipeline("gamma"))})
    story.work.push("main")
    place = workspace(story, b)
    payload = webhooks.push(before=a, after=b)
    job = story.run(
        place, "push", payload, b, "refs/heads/main", group="", comment="never", command="validate"
    )
    assert [(item["key"], item["kind"], item["reason"]) for item in listed(job, "plan")] == [
        ("acme/nightly:old/gamma", "removed", said)
    ]
