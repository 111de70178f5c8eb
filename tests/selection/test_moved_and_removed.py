"""Pipelines that the files no longer have, or have elsewhere: reported, carried over, deleted on request."""

from __future__ import annotations

import json

import pytest

from support import webhooks
from support.deploying import deploy, listed, live, reasons, results, word, workspace
from support.gitrepo import Content
from support.jobs import NOTHING, Story
from support.small_project import pipeline, project, values, writes


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
    assert results(job) == {"alpha": "removed", "beta": "edited", "gamma": "failed"}
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
    assert "default/delta would be its twin" in job.stdout
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


def test_what_other_groups_move_makes_no_group_larger_for_pruning(story: Story) -> None:
    config = "version: 1\ngroups:\n  dev: {dirs: ['d*']}\n  prod: {dirs: ['p*']}\n"
    names = ("d1", "d2", "d3", "p1", "p2", "p3")
    a = story.work.commit({**project(*names), "pipelayer.yml": config})
    for group in ("dev", "prod"):
        assert story.push(a, group=group, comment="never").code == 0
    change: dict[str, Content] = {}
    for name in ("d1", "d2", "d3"):
        change |= moved(name, f"dd{name}", {"moved-from": name})
    b = story.work.commit({**change, **dict.fromkeys([*pipeline("p1"), *pipeline("p2")])})
    story.work.push("main")
    job = deploy(story, b, a, group="prod", prune="true")
    assert results(job) == {"p1": "failed", "p2": "failed"}
    assert {"p1", "p2", "p3"} <= live(story).keys()


def test_checking_what_a_prune_by_name_would_do(story: Story) -> None:
    a = story.work.commit(project("alpha", "beta", "gamma"))
    story.push(a, group="")
    b = story.work.commit(dict.fromkeys(pipeline("alpha")))
    story.work.push("main")
    job = deploy(story, b, a, prune="true", pipelines="./alpha/", command="validate")
    assert (job.code, [item["kind"] for item in listed(job, "plan")]) == (0, ["prune"])
    wrong = deploy(story, b, a, prune="true", pipelines="alhpa", command="validate")
    assert wrong.code == 2
    assert deploy(story, b, a, prune="true", pipelines="alpha/").keys("changed") == []
    assert sorted(live(story)) == ["beta", "gamma"]


@pytest.mark.parametrize("group", ["dev,test", "dev"])
def test_what_another_group_would_double_is_not_pruned(story: Story, group: str) -> None:
    config = "version: 1\ngroups:\n  dev: {dirs: [%s]}\n  test: {dirs: [%s]}\n"
    names = ("alpha", "beta", "gamma", "delta")
    a = story.work.commit({**project(*names), "pipelayer.yml": config % ("alpha, beta, gamma", "delta")})
    assert story.push(a, group="dev,test", comment="never").code == 0
    b = story.work.commit({"pipelayer.yml": config % ("beta, gamma", "alpha, delta")})
    story.work.push("main")
    job = deploy(story, b, a, group=group, prune="true")
    found = {item["key"].partition(":")[2]: item["result"] for item in listed(job, "outcomes")}
    assert found["dev/alpha"] == "failed"
    assert "test/alpha would be its twin" in job.stdout
    assert "alpha" in live(story)


def test_a_group_of_another_account_is_not_said_to_be_empty(story: Story) -> None:
    config = "version: 1\ngroups:\n  dev: {dirs: [alpha]}\n"
    old = '  old: {dirs: [beta], account: "999988887777"}\n'
    a = story.work.commit({**project(), "pipelayer.yml": config + old})
    story.work.push("main")
    b = story.work.commit({"pipelayer.yml": config, **dict.fromkeys(pipeline("beta"))})
    story.work.push("main")
    job = deploy(story, b, a)
    plans = {item["key"]: item["reason"] for item in listed(job, "plan")}
    assert plans["acme/nightly:old/beta"] == "AWS was not asked what is live in account 999988887777"
