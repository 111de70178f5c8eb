"""The daily look, over HTTP: how each pipeline stands to its files, and what of it needs somebody."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pipelayer.errors import UsageError
from pipelayer.model import PipelineState, Verb
from pipelayer.model.history import ObjectOrder, ObjectStatus
from pipelayer.model.live import Health
from pipelayer.model.status import Drift
from pipelayer.model.status_json import dumps
from pipelayer.run.request import Source
from pipelayer.run.status import Question
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import InstanceErrors, InstanceFields, SecretFields, Switches
from pipelayer.sandbox.state import RunStatus
from pipelayer.sandbox.work import Fate
from support.morning import Describing, Undefined, by_hand, drift, look, one, reason, troubles
from support.scene import (
    BUCKET,
    CONFIG,
    REGION,
    Scene,
    kinds,
    outcomes,
    project,
    template,
    values,
    with_files,
)
from support.stories import settle

DAY = timedelta(days=1)
AT_WORK = timedelta(hours=14, seconds=1)
"""From the beginning of a scene to its first run."""


def run_for(scene: Scene, days: int) -> None:
    """Days go by, and each day's work is done before the next."""
    for _ in range(days):
        scene.sandbox.advance(DAY)
        for live in scene.sandbox.pipelines():
            scene.sandbox.complete_runs(live.id)
    scene.clear()


# ---- all is well


def test_a_morning_on_which_all_is_well(scene: Scene) -> None:
    settle(scene, project("b") | with_files("a", {"x": "1"}))
    run_for(scene, 3)
    found = look(scene)
    assert drift(found) == {"a": "in step", "b": "in step"}
    assert (found.well, found.exit_code, found.reasons) == (True, 0, ())
    a = one(found)
    assert a.state is PipelineState.SCHEDULED
    assert [f"{run.scheduled:%d %H} {run.status}" for run in a.runs if run.scheduled] == [
        "13 02 FINISHED",
        "12 02 FINISHED",
        "11 02 FINISHED",
    ]
    assert f"{a.next_run:%d %H}" == "14 02"
    assert a.commit is not None
    assert (a.commit.id, a.commit.behind) == (scene.repo.head(), 0)
    assert a.commit.made is not None


def test_it_costs_one_definition_and_two_calls_for_the_runs_of_each_and_changes_nothing(scene: Scene) -> None:
    names = [f"p{number}" for number in range(7)]
    settle(scene, project(*names))
    run_for(scene, 2)
    before = scene.picture()
    assert look(scene).well
    assert scene.calls() == {
        "ListPipelines": 1,
        "DescribePipelines": 1,
        "GetPipelineDefinition": 7,
        "QueryObjects": 7,
        "DescribeObjects": 7,
    }
    assert scene.picture() == before


def test_a_hundred_pipelines_fit_into_what_aws_takes_at_once(scene: Scene) -> None:
    names = [f"p{number}" for number in range(99)]
    settle(scene, project(*names))
    run_for(scene, 6)
    waited = scene.sandbox.clock.now()
    scene.sandbox.throttle()
    assert look(scene, question=Question(runs=5)).well
    assert scene.sandbox.clock.now() == waited
    assert max(scene.calls().values()) <= 100


def test_how_far_back_the_runs_go(scene: Scene) -> None:
    settle(scene, project("a"))
    run_for(scene, 9)
    assert len(one(look(scene)).runs) == 5
    assert len(one(look(scene, question=Question(runs=8))).runs) == 8
    assert len(one(look(scene, question=Question(runs=8, days=3))).runs) == 3


def test_a_slow_schedule_shows_as_many_runs_as_a_quick_one(scene: Scene) -> None:
    settle(scene, project("a", definition=template(period="1 month", start="2026-01-31T02:00:00")))
    run_for(scene, 130)
    assert [f"{run.scheduled:%m-%d}" for run in one(look(scene)).runs if run.scheduled] == [
        "06-30",
        "05-31",
        "04-30",
        "03-31",
    ]


# ---- what somebody changed in AWS


def test_what_is_changed_by_hand_is_told_field_by_field(scene: Scene) -> None:
    live = settle(scene, project("a"))
    assert live is not None
    by_hand(scene, live.id, "echo rubbish")
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}  # a deploy believes its record
    found = look(scene)
    assert troubles(found) == [("a", "changed by hand")]
    (drifted,) = one(found).drifts
    assert [(each.place, each.files, each.live) for each in drifted.differences] == [
        ("Job.command", "echo hello", "echo rubbish")
    ]


def carry_out(scene: Scene, command: str) -> None:
    """What somebody does who types this command."""
    forget, _, deploy = command.rpartition(" && ")
    if forget:
        aws = shlex.split(forget)
        assert aws[:3] == ["aws", "datapipeline", "remove-tags"]
        options = dict(zip(aws[3::2], aws[4::2], strict=True))
        cloud = scene._connect(options["--region"])
        cloud.pipelines.remove_tags(options["--pipeline-id"], [options["--tag-keys"]])
    words = shlex.split(deploy)
    assert words[:2] == ["pipelayer", "deploy"], command
    names = tuple(word for word in words[2:] if not word.startswith("-"))
    flags = {"--prune": {"prune": True}, "--no-respect-paused": {"respect_paused": False}}
    orders = {key: value for word in words[2:] for key, value in flags.get(word, {}).items()}
    assert scene.run(names=names, **orders).exit_code == 0


def changed_by_hand(scene: Scene) -> None:
    by_hand(scene, scene.live("a").id, "echo rubbish")


def gone(scene: Scene) -> None:
    scene.sandbox.delete(scene.live("a").id)


def removed(scene: Scene) -> None:
    scene.commit({"a/values.json": None})


def newer(scene: Scene) -> None:
    scene.commit({"a/values.json": values(myWord="bye")})


def newer_while_paused(scene: Scene) -> None:
    scene.sandbox.pause(scene.live("a").id)
    newer(scene)


@pytest.mark.parametrize(
    ("meddle", "kind"),
    [
        (changed_by_hand, Drift.CHANGED_BY_HAND),
        (gone, Drift.MISSING),
        (removed, Drift.EXTRA),
        (newer, Drift.NOT_DEPLOYED),
        (newer_while_paused, Drift.NOT_DEPLOYED),
    ],
)
def test_the_command_that_is_offered_mends_it(
    scene: Scene, meddle: Callable[[Scene], None], kind: Drift
) -> None:
    settle(scene, project("a", "b", "c"))
    meddle(scene)
    drifted = next(each for each in one(look(scene)).drifts if each.kind is kind)
    carry_out(scene, drifted.command)
    found = look(scene)
    assert found.well
    assert set(drift(found).values()) == {"in step"}


def test_what_was_changed_by_hand_can_be_taken_into_the_files(scene: Scene) -> None:
    live = settle(scene, project("a"))
    assert live is not None
    by_hand(scene, live.id, "echo better")
    scene.commit(project("a", definition=template(command="echo better")))
    assert drift(look(scene)) == {"a": "in step"}
    assert outcomes(scene.run()) == {"a": "recorded"}
    assert drift(look(scene)) == {"a": "in step"}


def test_what_is_saved_and_not_activated_is_no_change_of_what_runs(scene: Scene) -> None:
    live = settle(scene, project("a"))
    assert live is not None
    by_hand(scene, live.id, "echo later", activate=False)
    found = look(scene)
    assert troubles(found) == [("a", "saved aside")]
    assert [each.live for each in one(found).drifts[0].differences] == ["echo later"]


def test_a_start_that_a_deploy_moved_is_nobodys_change(scene: Scene) -> None:
    for kind, start in (("cron", "2020-01-01T02:00:00"), ("timeseries", None)):
        settle(scene, project("a", definition=template(kind, start=start)))
        run_for(scene, 2)
        assert drift(look(scene)) == {"a": "in step"}
        scene.again()


@pytest.mark.parametrize("shown", SecretFields)
def test_a_secret_is_neither_compared_nor_told(scene: Scene, shown: SecretFields) -> None:
    scene.sandbox.switch(Switches(secret_fields=shown))
    secret = "open-sesame-4711"
    own = {"a/values.json": values(**{"*myPassword": secret})}
    live = settle(scene, project("a", definition=template(secret=True)) | own)
    assert live is not None
    assert drift(look(scene, "a")) == {"a": "in step"}
    by_hand(scene, live.id, f"connect {secret}")
    scene.sandbox.fate(live.id, Fate("Job", error_message=f"login with {secret} was refused"))
    run_for(scene, 1)
    found = look(scene, "a")
    assert "login with *** was refused" in dumps(found)
    assert drift(found) == {"a": "changed by hand"}
    assert secret not in dumps(found)
    assert "connect ***" in dumps(found)


# ---- files that are newer, or older


def test_files_that_are_newer_wait_for_a_deploy_and_that_is_well(scene: Scene) -> None:
    settle(scene, with_files("a", {"x": "1"}) | project("b"))
    scene.commit(with_files("a", {"x": "2"}) | {"b/values.json": values(myWord="bye")})
    found = look(scene)
    assert drift(found) == {"a": "files not uploaded yet", "b": "not deployed yet"}
    assert found.well
    b = one(found, "b")
    assert b.commit is not None
    assert b.commit.behind == 1
    assert [(each.place, each.files, each.live) for each in b.drifts[0].differences] == [
        ("Job.command", "echo bye", "echo hello"),
        ("values.myWord", "bye", "hello"),
    ]


def test_a_change_by_hand_shows_behind_newer_files_too(scene: Scene) -> None:
    """The tree at the recorded commit has what was deployed."""
    live = settle(scene, project("a"))
    assert live is not None
    scene.commit({"a/values.json": values(myWord="bye")})
    assert drift(look(scene)) == {"a": "not deployed yet"}
    by_hand(scene, live.id, "echo rubbish")
    found = look(scene)
    assert [each.kind for each in one(found).drifts] == [Drift.CHANGED_BY_HAND, Drift.NOT_DEPLOYED]
    assert [each.live for each in one(found).drifts[0].differences] == ["echo rubbish"]


def test_where_git_has_lost_the_commit_it_is_said_that_this_cannot_be_told(scene: Scene) -> None:
    live = settle(scene, project("a"))
    assert live is not None
    head = scene.repo.head()
    assert head is not None
    tags = {key: value.replace(head, "0" * 39 + "1") for key, value in live.tags.items()}
    del tags["pipelayer:writer"]
    scene.sandbox.set_tags(live.id, tags)
    newer(scene)
    (drifted,) = one(look(scene)).drifts
    assert drifted.kind is Drift.NOT_DEPLOYED
    assert "can't be told" in drifted.sentence


def test_what_was_deployed_from_a_work_tree_no_commit_has(scene: Scene) -> None:
    settle(scene, project("a"))
    scene.source = Source.TRACKED
    (scene.repo.path / "a/values.json").write_text(values(myWord="uncommitted"))
    assert outcomes(scene.run()) == {"a": "edited"}
    assert drift(look(scene)) == {"a": "in step"}
    scene.source = Source.COMMIT
    (drifted,) = one(look(scene)).drifts
    assert drifted.kind is Drift.NOT_DEPLOYED
    assert "can't be told" in drifted.sentence


def test_a_record_that_is_lost_is_no_difference(scene: Scene) -> None:
    live = settle(scene, project("a"))
    assert live is not None
    scene.sandbox.set_tags(live.id, {"pipelayer:key": live.tags["pipelayer:key"]})
    assert drift(look(scene)) == {"a": "in step"}
    newer(scene)
    assert drift(look(scene)) == {"a": "not deployed yet"}


# ---- what does not run


def test_what_is_paused_or_has_finished_is_told_and_is_well(scene: Scene) -> None:
    settle(scene, project("a") | {"b/values.json": values(), "b/pipeline_definition.json": ending()})
    scene.sandbox.pause(scene.live("a").id)
    run_for(scene, 4)
    found = look(scene)
    assert drift(found) == {"a": "paused", "b": "finished"}
    assert found.well
    assert one(found).drifts[0].command == "pipelayer resume a"


def test_what_is_being_paused_says_what_it_finishes_and_what_ends_that(scene: Scene) -> None:
    slowly(scene)
    live = settle(scene, project("a"))
    assert live is not None
    scene.sandbox.advance(AT_WORK)
    scene._connect(REGION).pipelines.deactivate(live.id, cancel_active=False)
    (drifted,) = one(look(scene)).drifts
    assert drifted.sentence.endswith("it is still finishing `Job`, `Machine`.")
    assert drifted.command == "pipelayer cancel a"


def test_on_demand_a_paused_one_is_run_and_not_resumed(scene: Scene) -> None:
    live = settle(scene, project("a", definition=template("ondemand")))
    assert live is not None
    scene.sandbox.activate(live.id)
    scene.sandbox.advance(DAY)
    scene.sandbox.pause(live.id)
    (drifted,) = one(look(scene)).drifts
    assert (drifted.kind, drifted.command) == (Drift.PAUSED, "pipelayer run a")


def test_what_is_paused_and_waits_for_a_deploy_goes_on_with_the_command_that_is_offered(
    scene: Scene,
) -> None:
    settle(scene, project("a"))
    scene.sandbox.pause(scene.live("a").id)
    scene.commit({"a/values.json": values(myWord="bye")})
    waits = next(each for each in one(look(scene)).drifts if each.kind is Drift.NOT_DEPLOYED)
    assert waits.sentence.endswith("this one also sets it going again.")
    assert waits.command == "pipelayer deploy a --no-respect-paused"
    scene.run(Verb.DEPLOY, "a", respect_paused=False)
    assert drift(look(scene)) == {"a": "in step"}


def ending() -> str:
    return template(start="2026-03-11T02:00:00", occurrences=2)


def test_a_component_that_is_paused_is_told_of_who_is_named(scene: Scene) -> None:
    live = settle(scene, project("a"))
    assert live is not None
    scene._connect(REGION).history.set_status(live.id, ["Job"], ObjectOrder.PAUSE)
    (drifted,) = one(look(scene, "a")).drifts
    assert (drifted.kind, "`Job`" in drifted.sentence) == (Drift.PAUSED, True)
    command = f"aws datapipeline set-status --region {REGION} --pipeline-id {live.id}"
    assert drifted.command == f"{command} --status RESUME --object-ids Job"


def test_a_run_shows_what_is_paused_in_it(scene: Scene) -> None:
    slowly(scene)
    live = settle(scene, project("a"))
    assert live is not None
    scene._connect(REGION).history.set_status(live.id, ["Job"], ObjectOrder.PAUSE)
    scene.sandbox.advance(AT_WORK)
    found = look(scene)
    assert (drift(found), found.well) == ({"a": "paused"}, True)


def test_one_that_was_never_activated_needs_somebody(scene: Scene) -> None:
    settle(scene, project("a"))
    live = scene.live("a")
    scene.sandbox.delete(live.id)
    scene.sandbox.seed_pipeline("a", tags={"pipelayer:key": live.tags["pipelayer:key"]})
    found = look(scene)
    assert troubles(found) == [("a", "never activated")]


def test_one_that_runs_without_a_definition_is_a_riddle(scene: Scene) -> None:
    settle(scene, project("a"))
    scene.around = Undefined
    assert troubles(look(scene)) == [("a", "unknown")]


def test_on_demand_nothing_is_expected_to_run(scene: Scene) -> None:
    settle(scene, project("a", definition=template("ondemand")))
    found = look(scene)
    assert (drift(found), found.well, one(found).on_demand) == ({"a": "in step"}, True, True)
    assert scene.run(run_on_demand=True).exit_code == 0
    found = look(scene)
    assert (found.well, one(found).state, one(found).next_run) == (True, PipelineState.SCHEDULED, None)
    assert len(one(found).runs) == 1


def test_on_demand_the_latest_definition_is_what_counts(scene: Scene) -> None:
    live = settle(scene, project("a", definition=template("ondemand")), run_on_demand=True)
    assert live is not None
    by_hand(scene, live.id, "echo rubbish", activate=False)
    assert troubles(look(scene)) == [("a", "changed by hand")]


def test_a_schedule_that_goes_on_and_names_no_next_run_needs_somebody(scene: Scene) -> None:
    live = settle(scene, project("a"))
    assert live is not None
    run_for(scene, 2)
    scene.around = lambda cloud: Describing(cloud, next_run=None)
    assert troubles(look(scene)) == [("a", "no next run")]
    scene.sandbox.activate(live.id)
    assert look(scene).well  # AWS needs a while after that


def test_no_next_run_is_missed_of_a_schedule_that_has_ended(scene: Scene) -> None:
    """Its last run is still at work, and so the pipeline is SCHEDULED."""
    slowly(scene)
    settle(scene, project("a", definition=template(start="2026-03-11T02:00:00", occurrences=1)))
    scene.sandbox.advance(AT_WORK)
    found = look(scene)
    assert (one(found).state, one(found).next_run) == (PipelineState.SCHEDULED, None)
    assert found.well


def test_a_health_that_no_run_explains_needs_somebody(scene: Scene) -> None:
    settle(scene, project("a"))
    run_for(scene, 2)
    scene.around = lambda cloud: Describing(cloud, health=Health.ERROR)
    assert troubles(look(scene)) == [("a", "unhealthy")]


def test_a_health_that_nothing_explains_sends_nobody_in_a_circle(scene: Scene) -> None:
    settle(scene, project("a"))
    run_for(scene, 2)
    scene.around = lambda cloud: Describing(cloud, health=Health.ERROR)
    assert reason(look(scene)).command == "pipelayer status a --days 30"
    told = reason(look(scene, "a", question=Question(days=30)))
    assert (told.command, "no run of the last 30 days" in told.sentence) == ("", True)


def test_two_under_one_key_do_the_work_twice(scene: Scene) -> None:
    settle(scene, project("a"))
    live = scene.live("a")
    assert live.active is not None
    scene.sandbox.advance(DAY)
    twin = scene.sandbox.seed_pipeline(
        "a",
        tags={"pipelayer:key": live.tags["pipelayer:key"]},
        objects=live.active.objects,
        parameters=live.active.parameters,
        values=live.active.values,
        activate=True,
    )
    found = look(scene)
    assert troubles(found) == [("a", "doubled")]
    assert twin in reason(found).sentence
    carry_out(scene, reason(found).command)
    scene.sandbox.advance(DAY)
    assert look(scene).well


# ---- runs that are under way, that somebody canceled, that failed


def test_a_run_under_way_is_told_and_is_no_trouble(scene: Scene) -> None:
    slowly(scene)
    settle(scene, project("a"))
    scene.sandbox.advance(AT_WORK)
    found = look(scene)
    (run,) = one(found).runs
    assert (run.status, run.decided, run.duration) == (ObjectStatus.RUNNING, False, None)
    assert found.well


def test_a_canceled_run_is_what_somebody_wanted(scene: Scene) -> None:
    slowly(scene)
    live = settle(scene, project("a"))
    assert live is not None
    scene.sandbox.advance(AT_WORK)
    assert scene.sandbox.complete_runs(live.id, RunStatus.CANCELED) == 1
    found = look(scene)
    assert one(found).runs[0].status is ObjectStatus.CANCELED
    assert one(found).health is Health.ERROR
    assert found.well


def fails(scene: Scene, **fate: Any) -> str:
    """A pipeline that runs well on the first day and not on the second; its id."""
    live = settle(scene, project("a"))
    assert live is not None
    run_for(scene, 1)
    scene.sandbox.fate(live.id, Fate("Job", **fate))
    run_for(scene, 1)
    return live.id


@pytest.mark.parametrize("errors", InstanceErrors)
@pytest.mark.parametrize("shown", InstanceFields)
def test_why_the_last_run_failed_and_where_its_logs_are(
    scene: Scene, shown: InstanceFields, errors: InstanceErrors
) -> None:
    scene.sandbox.switch(Switches(instance_fields=shown, instance_errors=errors))
    id = fails(scene, error_message="exit status 3", error_id="ActivityFailed:Shell", seconds=60.0)
    found = look(scene)
    assert troubles(found) == [("a", "last run failed")]
    assert reason(found).sentence.startswith("Its run of 2026-03-12 02:00 UTC failed in Job (attempt ")
    assert "exit status 3" in reason(found).sentence
    assert reason(found).command == "pipelayer logs a --run 2026-03-12T02:00:00"
    run, before = one(found).runs
    (failure,) = run.failures
    assert (failure.object, failure.error, failure.error_id) == (
        "Job",
        "exit status 3",
        "ActivityFailed:Shell",
    )
    assert failure.attempt == run.attempts > 1
    (folder,) = failure.logs
    written = scene.sandbox.objects(BUCKET, folder.removeprefix(f"s3://{BUCKET}/"))
    assert folder.startswith(f"s3://{BUCKET}/logs/{id}/Job/")
    assert any(key.endswith("Activity.log.gz") for key in written)
    assert (before.status, before.failures) == (ObjectStatus.FINISHED, ())
    assert run.duration is not None
    assert run.duration >= timedelta(minutes=1)


def test_it_costs_one_call_more_where_something_failed(scene: Scene) -> None:
    fails(scene)
    assert not look(scene).well
    assert scene.calls()["DescribeObjects"] == 2
    assert scene.calls()["QueryObjects"] == 1


def test_a_run_that_goes_well_later_is_what_counts(scene: Scene) -> None:
    fails(scene)
    run_for(scene, 1)
    found = look(scene)
    assert [run.failed for run in one(found).runs] == [False, True, False]
    assert found.well
    assert one(found).runs[1].failures == ()  # nobody asks any more why
    assert one(look(scene, "a")).runs[1].failures != ()  # but of one that is named


def test_a_run_under_way_mends_nothing_yet(scene: Scene) -> None:
    fails(scene)
    slowly(scene)
    scene.sandbox.advance(DAY)
    found = look(scene)
    assert [run.status for run in one(found).runs[:2]] == [ObjectStatus.RUNNING, ObjectStatus.FAILED]
    assert troubles(found) == [("a", "last run failed")]
    assert one(found).failures != ()


def slowly(scene: Scene) -> None:
    """Work ends when somebody says so."""
    scene.sandbox.settings = replace(scene.sandbox.settings, run_seconds=None)


# ---- what belongs to nobody, what can't be asked


def test_strangers_are_counted_and_what_is_taken_over_is_none(scene: Scene) -> None:
    settle(scene, project("a"))
    scene.sandbox.seed_pipeline("old nightly")
    ours = scene.sandbox.seed_pipeline("to be adopted")
    scene.commit({"b/values.json": values(metadata={"adopt": ours})})
    found = look(scene)
    assert drift(found) == {"a": "in step", "b": "not deployed yet"}
    assert found.well
    assert (found.strangers.count, found.strangers.names) == (1, ("old nightly",))
    assert found.strangers.hint == "pipelayer import"
    assert look(scene, "a").strangers.count == 0


def test_one_that_is_moved_is_not_extra(scene: Scene) -> None:
    settle(scene, project("a"))
    scene.commit({"a/values.json": None, "b/values.json": values(metadata={"moved-from": "a"})})
    assert drift(look(scene)) == {"b": "not deployed yet"}


def test_files_that_cannot_be_read_are_told_at_their_place(scene: Scene) -> None:
    settle(scene, project("a", "b"))
    scene.commit({"a/values.json": '{"values": {'})
    found = look(scene)
    assert troubles(found) == [("a", "broken files")]
    assert reason(found).sentence.startswith("`a/values.json:1`: ")
    assert one(found).id == scene.live("a").id


@pytest.mark.parametrize("operation", ["GetPipelineDefinition", "QueryObjects", "DescribeObjects"])
def test_one_that_cannot_be_asked_says_why_and_the_others_are_told(scene: Scene, operation: str) -> None:
    settle(scene, project("a", "b"))
    run_for(scene, 2)
    scene.sandbox.fault(Fault("datapipeline", operation, resource=scene.live("a").id, code="AccessDenied"))
    found = look(scene)
    assert troubles(found) == [("a", "could not be asked")]
    assert "AccessDenied" in reason(found).sentence or "not allowed" in reason(found).sentence
    assert len(one(found, "b").runs) == 2
    assert drift(found) == {"a": "unknown" if operation[0] == "G" else "in step", "b": "in step"}
    assert (one(found).state, bool(one(found).runs)) == (PipelineState.SCHEDULED, operation[0] == "G")


def test_a_name_that_means_none_is_wrong_usage(scene: Scene) -> None:
    settle(scene, project("a"))
    with pytest.raises(UsageError, match="No pipeline is named `alpha`"):
        look(scene, "alpha")
    assert [each.key.directory for each in look(scene, scene.live("a").id).pipelines] == ["a"]


def test_nothing_to_look_at_is_not_well(scene: Scene) -> None:
    """A job in the wrong folder must not say that all is well each morning."""
    scene.commit({"pipelayer.yml": CONFIG})
    with pytest.raises(UsageError, match="no pipeline to look at"):
        look(scene)
    scene.commit(project("a", config=CONFIG + "groups: {prod: {account: '999999999999'}}\n"))
    with pytest.raises(UsageError) as raised:
        look(scene)
    assert "999999999999" in raised.value.hint


@pytest.mark.parametrize("wrong", [{"runs": 0}, {"days": -1}, {"concurrency": 0}])
def test_numbers_that_cannot_be(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="nothing can be told"):
        Question(**wrong)


def test_groups_share_a_region_and_say_which_they_are(scene: Scene) -> None:
    groups = CONFIG + "groups: {dev: {}, prod: {account: '999999999999'}}\n"
    scene.commit(project("a", config=groups))
    assert scene.run(groups=("dev",)).exit_code == 0
    found = look(scene)
    assert [str(each.key) for each in found.pipelines] == ["acme/nightly:dev/a"]
    assert "prod belongs to account 999999999999" in found.notes[0]
    with pytest.raises(UsageError, match="999999999999"):
        look(scene, groups=("prod",))
    newer(scene)
    assert one(look(scene)).drifts[0].command == "pipelayer deploy a --group dev"


def test_while_files_have_errors_nobody_is_sent_to_prune(scene: Scene) -> None:
    settle(scene, project("a", "b"))
    scene.commit({"a/values.json": None, "a/run": None, "b/values.json": "{"})
    extra = next(each for each in look(scene).reasons if each.trouble.value == "extra")
    assert extra.command == "pipelayer validate"
