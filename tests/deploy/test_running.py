"""Carrying out plans and sweeping up: against a table that stands for AWS, in a time that nobody waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from pipelayer.deploy import tags
from pipelayer.deploy.elect import elect
from pipelayer.deploy.execute import Limits, execute
from pipelayer.deploy.facts import Facts, Options, Work
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.known import KnownSecrets
from pipelayer.deploy.ledger import Ledger
from pipelayer.deploy.plan import plan_pipeline
from pipelayer.deploy.ports import Message, Verdict
from pipelayer.deploy.prune import Removed, carry_out, plan_removed
from pipelayer.deploy.snapshot import Snapshot, take_snapshot
from pipelayer.deploy.sweep import Sweep
from pipelayer.deploy.upload import UploadPlan
from pipelayer.errors import AwsError
from pipelayer.model import Action, Key, LivePipeline, Outcome, OutcomeResult, PipelineState
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.uploads import S3Location
from support.fakes import FakeBucket, FakeClock, FakeCloud, FakePipelines, FakeSecrets
from support.scene import Story, template
from support.wanted import DIGEST, NOW, definition, files, key, live, state, wanted, with_input

OTHER = state("o" * 32)
CHANGED = definition(template(command="ls"))
SEND = UploadPlan(S3Location("data", "in/a/"), files("run", "tasks/x"), ("in/a/tasks/old",))


@dataclass
class Bench:
    """Everything that a plan is carried out with."""

    aws: FakePipelines = field(default_factory=FakePipelines)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    clock: FakeClock = field(default_factory=FakeClock)
    story: Story = field(default_factory=Story)
    superseded: list[bool] = field(default_factory=list)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.story)

    def hands(self) -> Hands:
        return Hands(
            cloud=FakeCloud(self.aws, self.bucket),
            secrets=KnownSecrets(FakeSecrets(), [].append),
            clock=self.clock,
            journal=self.ledger,
            read=lambda path: path.encode(),
            snapshot=Snapshot(tuple(self.aws.there.values())),
            superseded=self._superseded,
            interrupted=lambda: self.stopped,
            retry=lambda key: f"pipelayer deploy {key.directory}",
        )

    def _superseded(self, key: Key) -> bool:
        return self.superseded.pop(0) if self.superseded else False

    def put_there(self, *pipelines: LivePipeline) -> None:
        self.aws.there.update({one.id: one for one in pipelines})

    def run(self, pipeline: Pipeline, options: Options | None = None, **facts: object) -> Outcome:
        election = elect(self.aws.there.values(), pipeline.definition_digest)
        work = plan_pipeline(pipeline, Facts(election, **facts), options or Options(), NOW, "c" * 40)
        return self.execute(work)[0]

    def execute(self, *works: Work, places: int = 100) -> tuple[Outcome, ...]:
        return execute(works, self.hands(), Limits(free_places=places, sweep_seconds=60)).outcomes


@pytest.fixture
def bench() -> Bench:
    return Bench()


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
        fresh.run(pipeline, definition=CHANGED)
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
    outcome = bench.run(wanted(), definition=CHANGED)
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
    outcome = bench.run(wanted(), definition=CHANGED)
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
    assert bench.aws.operations == ["create", "put", "activate"]


def test_files_are_marked_sent_removed_and_recorded(bench: Bench) -> None:
    bench.put_there(live(recorded=state(files="o" * 32)))
    bench.bucket.objects["in/a/tasks/old"] = b"1"
    outcome = bench.run(with_input(), upload=SEND)
    assert (outcome.result, outcome.uploaded, outcome.removed) == (OutcomeResult.UPLOADED, 2, 1)
    assert bench.bucket.objects == {"in/a/run": b"a/run", "in/a/tasks/x": b"a/tasks/x"}
    assert bench.aws.operations == ["add tags", "add tags"]
    assert bench.aws.there["df-1"].tags[tags.STATE] == state(commit="c" * 40)


@pytest.mark.parametrize(
    ("errors", "kept"),
    [
        ([AwsError("no", code="AccessDenied")] * 2, False),
        ([AwsError("no", code="NoSuchBucket")] * 2, False),
        ([AwsError("lost")] * 2, True),
        ([None, AwsError("no", code="AccessDenied")], True),
    ],
)
def test_the_mark_stays_only_where_s3_may_differ(
    bench: Bench, errors: list[AwsError | None], kept: bool
) -> None:
    before = state(files="o" * 32)
    bench.put_there(live(recorded=before))
    bench.bucket.fails = errors
    assert bench.run(with_input(), upload=SEND).result is OutcomeResult.FAILED
    after = bench.aws.there["df-1"].tags[tags.STATE]
    assert (after != before) is kept
    assert (tags.parse_state(after).files == "?") is kept


def test_a_mark_that_cannot_be_taken_back_is_said(bench: Bench) -> None:
    bench.put_there(live(recorded=state(files="o" * 32)))
    bench.bucket.fails = [AwsError("no", code="AccessDenied")] * 2

    class Refuses(list[AwsError]):
        """The second AddTags is refused."""

        def __bool__(self) -> bool:
            return bench.aws.operations.count("add tags") == 2

    bench.aws.fails["add tags"] = Refuses([AwsError("denied")])
    assert bench.run(with_input(), upload=SEND).result is OutcomeResult.FAILED
    assert any("stays marked" in text for text in bench.story.said)


def test_superseded_before_the_first_write(bench: Bench) -> None:
    bench.superseded = [True]
    assert bench.run(wanted()).result is OutcomeResult.SUPERSEDED
    assert bench.aws.calls == []


def test_superseded_before_the_activation(bench: Bench) -> None:
    bench.superseded = [False, True]
    assert bench.run(wanted()).result is OutcomeResult.SUPERSEDED
    assert bench.aws.operations == ["create", "put", "describe", "delete"]


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
    assert bench.run(wanted(), definition=CHANGED).result is OutcomeResult.SKIPPED
    assert bench.aws.operations == ["create"]
    assert bench.clock.at > due


def test_one_that_fails_does_not_stop_the_others(bench: Bench) -> None:
    works = [plan_pipeline(wanted(name), Facts(), Options(), NOW, "") for name in "abc"]
    bench.aws.fails["create"] = [AwsError("no")]
    results = sorted(outcome.result.value for outcome in bench.execute(*works))
    assert results == ["created", "created", "failed"]


def test_outcomes_come_in_the_order_of_the_plans(bench: Bench) -> None:
    works = [plan_pipeline(wanted(name), Facts(), Options(), NOW, "") for name in "cab"]
    assert [one.key[-1] for one in bench.execute(*works)] == ["c", "a", "b"]


# ---- sweeping

OLD = key("old")


def swept(bench: Bench, *ids: str, until_gone: bool = False, seconds: float = 60) -> Sweep:
    sweep = Sweep(bench.hands(), seconds)
    for one in ids:
        sweep.add(OLD, one)
    sweep.run(until_gone=until_gone)
    return sweep


def test_nothing_to_sweep_asks_nothing(bench: Bench) -> None:
    swept(bench)
    assert bench.aws.calls == []


def test_what_rests_is_deleted_at_once(bench: Bench) -> None:
    resting = (PipelineState.INACTIVE, PipelineState.PENDING, PipelineState.FINISHED)
    bench.put_there(*(live(f"df-{n}", state=at) for n, at in enumerate(resting)))
    swept(bench, "df-0", "df-1", "df-2")
    assert bench.aws.operations == ["describe", "delete", "delete", "delete"]
    assert bench.clock.slept == []


def test_what_works_is_waited_for_with_longer_and_longer_pauses(bench: Bench) -> None:
    bench.put_there(live(state=PipelineState.DEACTIVATING))
    sweep = swept(bench, "df-1")
    assert bench.clock.slept[:5] == [0.5, 1, 2, 4, 8]
    assert set(bench.clock.slept[4:]) == {8}
    assert sum(bench.clock.slept) <= 60
    assert sweep.unfinished == {"df-1"}
    assert any("next deploy" in text for text in bench.story.said)
    assert "delete" not in bench.aws.operations


def test_one_that_is_slow_does_not_hold_up_another(bench: Bench) -> None:
    bench.put_there(
        live("df-1", state=PipelineState.DEACTIVATING), live("df-2", state=PipelineState.INACTIVE)
    )
    swept(bench, "df-1", "df-2")
    assert bench.aws.operations[:2] == ["describe", "delete"]
    assert bench.aws.there["df-2"].state is PipelineState.DELETING


def test_what_is_gone_already_needs_nothing(bench: Bench) -> None:
    bench.put_there(live("df-2", state=PipelineState.DELETING))
    sweep = swept(bench, "df-1", "df-2")
    assert bench.aws.operations == ["describe"]
    assert (sweep.problems, sweep.unfinished) == ({}, set())


def test_until_gone_waits_for_the_place(bench: Bench) -> None:
    bench.put_there(live(state=PipelineState.INACTIVE))

    def goes() -> None:
        if len(bench.clock.slept) == 2:
            bench.aws.there.clear()

    bench.clock.on_sleep = goes
    sweep = swept(bench, "df-1", until_gone=True)
    assert len(bench.clock.slept) == 2
    assert sweep.unfinished == set()


def test_a_deletion_that_is_refused_is_a_problem_of_its_own(bench: Bench) -> None:
    bench.put_there(live("df-1", state=PipelineState.INACTIVE), live("df-2", state=PipelineState.INACTIVE))
    bench.aws.fails["delete"] = [AwsError("denied")]
    sweep = swept(bench, "df-1", "df-2")
    assert [str(problem) for problem in sweep.problems.values()] == ["denied"]
    assert bench.aws.there["df-2"].state is PipelineState.DELETING


def test_a_run_that_was_told_to_stop_sweeps_no_more(bench: Bench) -> None:
    bench.put_there(live(state=PipelineState.INACTIVE))
    bench.stopped = True
    assert swept(bench, "df-1").unfinished == {"df-1"}
    assert bench.aws.calls == []


# ---- what would be told if the run ended now


def steps(outcome: Outcome | None) -> tuple[str, list[str], str]:
    assert outcome is not None
    during = outcome.step_under_way.value if outcome.step_under_way else ""
    return outcome.result.value, [action.value for action in outcome.steps_taken], during


def told_during(bench: Bench, run: Callable[[], object]) -> list[tuple[str, str, list[str], str]]:
    """For each call of AWS that a run makes: what would be told if the run ended in it."""
    told: list[tuple[str, str, list[str], str]] = []

    def ends(operation: str) -> None:
        told.append((operation, *steps(bench.ledger.now(key(), "again"))))

    bench.aws.on_call = ends
    run()
    return told


def test_every_call_of_a_replacement_is_told_while_it_is_under_way(bench: Bench) -> None:
    bench.put_there(live(recorded=OTHER))
    bench.clock.on_sleep = lambda: bench.aws.become("df-1", PipelineState.INACTIVE)
    put = ["create", "put"]
    gone = [*put, "activate", "retire", "deactivate"]
    assert bench.ledger.now(key(), "again") is None
    assert told_during(bench, lambda: bench.run(wanted(), definition=CHANGED)) == [
        ("create", "failed", [], "create"),
        ("put", "failed", ["create"], "put"),
        ("activate", "failed", put, "activate"),
        ("add tags", "failed", [*put, "activate"], "retire"),
        ("deactivate", "failed", [*put, "activate", "retire"], "deactivate"),
        ("describe", "replaced", gone, ""),
        ("describe", "replaced", gone, ""),
        ("delete", "failed", gone, "delete"),
    ]
    assert steps(bench.ledger.now(key(), "again")) == ("replaced", [*gone, "delete"], "")


def test_a_pruning_is_told_too(bench: Bench) -> None:
    bench.put_there(live())
    bench.clock.on_sleep = lambda: bench.aws.become("df-1", PipelineState.INACTIVE)
    plan = plan_removed(Removed(key(), elect(bench.aws.there.values(), ""), True), too_many=False)

    def run() -> None:
        sweep = Sweep(bench.hands(), 60)
        carry_out(plan, bench.hands(), sweep)
        sweep.run(until_gone=False)

    told = told_during(bench, run)
    assert told[0] == ("add tags", "failed", [], "retire")
    assert told[-1] == ("delete", "failed", ["retire", "deactivate"], "delete")
    assert steps(bench.ledger.now(key(), ""))[1] == ["retire", "deactivate", "delete"]


def test_what_is_told_of_a_call_that_hangs(bench: Bench) -> None:
    told: list[Outcome | None] = []
    bench.put_there(live(recorded=OTHER))
    bench.aws.created = ["df-2"]
    bench.aws.on_call = lambda operation: told.append(bench.ledger.now(key(), "do it again"))
    bench.run(wanted(), definition=CHANGED)
    create, put, *_ = told
    assert create
    assert put
    assert (create.pipeline_id, create.previous_id) == ("df-1", "")
    assert create.error == (
        'The run was stopped while the step "create" was under way; nobody knows whether it took effect. '
        "Retry: do it again"
    )
    assert (put.pipeline_id, put.previous_id) == ("df-2", "df-1")
    assert 'the step "put" of df-2 was under way' in put.error


def test_a_failure_keeps_its_words_and_the_step_that_it_happened_in(bench: Bench) -> None:
    bench.aws.fails["activate"] = [AwsError("denied", code="AccessDeniedException")]
    outcome = bench.run(wanted())
    assert steps(outcome) == ("failed", ["create", "put"], "activate")
    assert bench.ledger.now(key(), "again") == outcome
    assert outcome.error.startswith("denied")


def test_a_deletion_that_is_refused_was_under_way(bench: Bench) -> None:
    bench.put_there(live(recorded=OTHER))
    bench.clock.on_sleep = lambda: bench.aws.become("df-1", PipelineState.INACTIVE)
    bench.aws.fails["delete"] = [AwsError("denied")]
    outcome = bench.run(wanted(), definition=CHANGED)
    assert steps(outcome)[2] == "delete"
    assert "delete" not in outcome.steps_taken
    assert bench.ledger.now(key(), "again") == outcome


def test_what_the_sweep_leaves_is_not_taken_for_deleted(bench: Bench) -> None:
    bench.put_there(live(recorded=OTHER))
    outcome = bench.run(wanted(), definition=CHANGED)
    assert steps(outcome) == ("replaced", ["create", "put", "activate", "retire", "deactivate"], "")
    assert bench.ledger.undeleted == ("df-1",)


def test_between_two_steps_nothing_is_in_doubt(bench: Bench) -> None:
    def stop() -> None:
        bench.stopped = True

    bench.story.after[Action.CREATE] = stop
    outcome = bench.run(wanted())
    assert steps(outcome) == ("skipped", ["create"], "")


# ---- the snapshot


def test_a_successor_that_the_list_lacks_is_asked_for() -> None:
    old, new = live("df-1", retired="df-2"), live("df-2")

    class Lags(FakePipelines):
        """ListPipelines doesn't show the newest yet."""

        def list_pipelines(self) -> list[str]:
            return ["df-1"]

    aws = Lags({"df-1": old, "df-2": new})
    assert take_snapshot(aws).pipelines == (old, new)
    assert aws.operations == ["describe", "describe"]


def test_a_list_that_is_whole_is_described_once() -> None:
    aws = FakePipelines({"df-1": live("df-1", retired="df-2"), "df-2": live("df-2", retired="removed")})
    assert len(take_snapshot(aws).pipelines) == 2
    assert aws.operations == ["list", "describe"]
    assert take_snapshot(FakePipelines()).pipelines == ()


def test_only_one_stub_counts() -> None:
    stubs = [LivePipeline(f"df-{n}", "stub", tags={tags.STUB: "1"}) for n in (2, 1)]
    found = Snapshot((*stubs, live("df-0"))).stub
    assert found is not None
    assert found.id == "df-1"
