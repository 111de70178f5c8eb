"""Carrying out plans: against a table that stands for AWS, in a time that nobody waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelayer.deploy import tags
from pipelayer.deploy.execute import Limits, execute
from pipelayer.deploy.facts import Facts, Options
from pipelayer.deploy.plan import plan_pipeline
from pipelayer.deploy.ports import Message, Verdict
from pipelayer.deploy.upload import UploadPlan
from pipelayer.errors import AwsError
from pipelayer.model import LivePipeline, OutcomeResult, PipelineState
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.uploads import S3Location
from support.bench import Bench
from support.scene import template
from support.wanted import DIGEST, NOW, definition, files, live, state, stranger, wanted, with_input

OTHER = state("o" * 32)
FORBIDDEN = definition(template(machine="Other"))
SEND = UploadPlan(S3Location("data", "in/a/"), files("run", "tasks/x"), ("in/a/tasks/old",))


def test_a_creation(bench: Bench) -> None:
    outcome = bench.run(wanted(tags={"team": "data"}))
    assert (outcome.result, outcome.activated) == (OutcomeResult.CREATED, True)
    made = bench.aws.there[outcome.pipeline_id]
    assert bench.aws.operations == ["create", "put", "activate"]
    assert made.tags["team"] == "data"
    assert tags.parse_state(made.tags[tags.STATE]).definition == DIGEST


def test_the_unique_id_follows_from_what_it_is_and_replaces(bench: Bench) -> None:
    def unique(pipeline: Pipeline, *there: LivePipeline) -> str:
        fresh = Bench()
        fresh.put_there(*there)
        fresh.run(pipeline, definition=FORBIDDEN)
        return next(call[1] for call in fresh.aws.calls if call[0] == "create")

    there = live(recorded=OTHER)
    assert unique(wanted()) == unique(wanted())
    different = {
        unique(wanted()),
        unique(wanted("b")),
        unique(wanted(definition_digest="e" * 32)),
        unique(wanted(), there),
        unique(wanted(), live("df-7", recorded=OTHER)),
    }
    assert len(different) == 5


def test_a_replacement_leaves_the_old_one_only_when_the_new_one_lives(bench: Bench) -> None:
    bench.put_there(live(recorded=OTHER))
    bench.clock.on_sleep = lambda: bench.aws.become("df-1", PipelineState.INACTIVE)
    outcome = bench.run(wanted(), definition=FORBIDDEN)
    assert (outcome.result, outcome.previous_id) == (OutcomeResult.REPLACED, "df-1")
    done = [name for name in bench.aws.operations if name != "describe"]
    assert done == ["create", "put", "activate", "add tags", "deactivate", "delete"]
    assert bench.aws.there["df-1"].tags[tags.RETIRED] == outcome.pipeline_id
    assert ("deactivate", "df-1", "False") in bench.aws.calls


def test_what_create_answers_is_never_one_on_its_way_out(bench: Bench) -> None:
    bench.put_there(
        live("df-1", recorded=OTHER),
        live("df-2", state=PipelineState.INACTIVE, retired="df-1"),
        live("df-3", state=PipelineState.DELETING),
    )
    bench.aws.created = ["df-2", "df-3", "df-1", "df-4"]
    outcome = bench.run(wanted(), definition=FORBIDDEN)
    assert outcome.pipeline_id == "df-4"
    unique = [call[1] for call in bench.aws.calls if call[0] == "create"]
    assert len(set(unique)) == 4


def test_what_was_deleted_meanwhile_is_created_again(bench: Bench) -> None:
    gone = AwsError("gone", code="PipelineDeletedException")
    bench.aws.created = ["df-5", "df-6", "df-7"]
    bench.aws.fails["put"] = [gone, gone]
    outcome = bench.run(wanted())
    assert (outcome.result, outcome.pipeline_id) == (OutcomeResult.CREATED, "df-7")
    assert bench.aws.there["df-7"].state is PipelineState.SCHEDULED


def test_an_unfinished_one_that_is_gone_gives_way_to_a_new_one(bench: Bench) -> None:
    bench.put_there(live("df-5", state=PipelineState.PENDING))
    bench.aws.created = ["df-6"]
    bench.aws.fails["put"] = [AwsError("gone", code="PipelineDeletedException")]
    outcome = bench.run(wanted())
    assert outcome.pipeline_id == "df-6"
    assert ("activate", "df-6") in bench.aws.calls
    assert ("activate", "df-5") not in bench.aws.calls


def test_what_aws_does_not_accept_is_taken_away_again(bench: Bench) -> None:
    bench.aws.verdicts = [Verdict(True, (Message("Job", "no such thing"),))]
    outcome = bench.run(wanted())
    assert outcome.result is OutcomeResult.FAILED
    assert "Job: no such thing" in outcome.error
    assert "Retry: pipelayer deploy a" in outcome.error
    assert [one.state for one in bench.aws.there.values()] == [PipelineState.DELETING]
    assert outcome.pipeline_id == ""


def test_a_start_that_is_refused_at_activation_begins_one_interval_later(bench: Bench) -> None:
    bench.aws.fails["activate"] = [AwsError("in the past", code="InvalidRequestException")]
    outcome = bench.run(wanted(text=template("timeseries")))
    assert outcome.result is OutcomeResult.CREATED
    assert bench.aws.operations == ["create", "put", "activate", "put", "activate"]


def test_another_refusal_at_activation_stands(bench: Bench) -> None:
    bench.aws.fails["activate"] = [AwsError("denied", code="AccessDeniedException")]
    outcome = bench.run(wanted(text=template("timeseries")))
    assert outcome.result is OutcomeResult.FAILED
    assert bench.aws.writes == ["create", "put", "activate"]


def test_files_are_marked_sent_removed_and_recorded(bench: Bench) -> None:
    bench.put_there(live(recorded=state(files="o" * 32)))
    bench.bucket.objects["in/a/tasks/old"] = b"1"
    outcome = bench.run(with_input(), upload=SEND)
    assert (outcome.result, outcome.uploaded, outcome.removed) == (OutcomeResult.UPLOADED, 2, 1)
    assert bench.bucket.objects == {"in/a/run": b"a/run", "in/a/tasks/x": b"a/tasks/x"}
    assert bench.aws.operations == ["add tags", "add tags"]
    assert bench.aws.there["df-1"].tags[tags.STATE] == state(commit="c" * 40)


@pytest.mark.parametrize(
    "errors",
    [[AwsError("no", code="AccessDenied")] * 2, [AwsError("lost")] * 2, [None, AwsError("no")]],
)
def test_after_a_failed_upload_the_mark_stays(bench: Bench, errors: list[AwsError | None]) -> None:
    bench.put_there(live(recorded=state(files="o" * 32)))
    bench.bucket.fails = errors
    assert bench.run(with_input(), upload=SEND).result is OutcomeResult.FAILED
    assert tags.parse_state(bench.aws.there["df-1"].tags[tags.STATE]).files == "?"


def test_a_claim_that_cannot_be_given_back_is_said(bench: Bench) -> None:
    bench.bucket.fails = [AwsError("no", code="AccessDenied")] * 2
    theirs = stranger("df-9")
    bench.put_there(theirs)

    class Refuses(list[AwsError]):
        """What comes after the claim is refused."""

        def __bool__(self) -> bool:
            return "add tags" in bench.aws.operations

    bench.aws.fails["remove tags"] = Refuses([AwsError("denied")])
    outcome = bench.run(with_input(adopt="df-9"), upload=SEND, claimed=theirs, definition=definition())
    assert outcome.result is OutcomeResult.FAILED
    assert any("stays claimed" in text for text in bench.story.said)


def test_superseded_before_the_first_write(bench: Bench) -> None:
    bench.superseded = [True]
    assert bench.run(wanted()).result is OutcomeResult.SUPERSEDED
    assert bench.aws.calls == []


def test_superseded_before_the_activation(bench: Bench) -> None:
    bench.superseded = [False, True]
    assert bench.run(wanted()).result is OutcomeResult.SUPERSEDED
    assert bench.aws.writes == ["create", "put", "delete"]


def test_what_turns_out_to_be_at_work_is_never_taken_away(bench: Bench) -> None:
    """ListPipelines lagged, and Create found what an earlier run activated."""
    hidden = live("df-5")
    bench.aws.created = ["df-5"]
    bench.aws.verdicts = [Verdict(True)]
    hands = bench.hands()
    work = plan_pipeline(wanted(), Facts(), Options(), NOW, "")
    bench.put_there(hidden)
    (outcome,) = execute([work], hands, Limits()).outcomes
    assert outcome.result is OutcomeResult.FAILED
    assert bench.aws.there["df-5"].state is PipelineState.SCHEDULED


def test_a_run_that_was_stopped_begins_nothing_new(bench: Bench) -> None:
    bench.stopped = True
    outcome = bench.run(wanted())
    assert outcome.result is OutcomeResult.SKIPPED
    assert bench.aws.calls == []


def test_stopped_while_waiting_for_a_run_activates_nothing(bench: Bench) -> None:
    due = NOW + timedelta(seconds=30)
    bench.put_there(live(recorded=OTHER, next_run=due))

    def stop() -> None:
        bench.stopped = True

    bench.clock.on_sleep = stop
    assert bench.run(wanted(), definition=FORBIDDEN).result is OutcomeResult.SKIPPED
    assert bench.aws.writes == ["create"]
    assert bench.clock.at > due


def test_one_that_fails_does_not_stop_the_others(bench: Bench) -> None:
    works = [plan_pipeline(wanted(name), Facts(), Options(), NOW, "") for name in "abc"]
    bench.aws.fails["create"] = [AwsError("no")]
    results = sorted(outcome.result.value for outcome in bench.execute(*works))
    assert results == ["created", "created", "failed"]


def test_outcomes_come_in_the_order_of_the_plans(bench: Bench) -> None:
    works = [plan_pipeline(wanted(name), Facts(), Options(), NOW, "") for name in "cab"]
    assert [one.key[-1] for one in bench.execute(*works)] == ["c", "a", "b"]
