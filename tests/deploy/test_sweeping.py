"""Deleting what is retired once AWS lets it go, and the first look at what there is."""

from __future__ import annotations

from pipelayer.deploy import tags
from pipelayer.deploy.snapshot import Snapshot, take_snapshot
from pipelayer.deploy.sweep import Sweep
from pipelayer.errors import AwsError
from pipelayer.model import LivePipeline, PipelineState
from support.bench import Bench
from support.fakes import FakePipelines
from support.wanted import key, live

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
    assert set(sweep.unfinished) == {"df-1"}
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
    assert (sweep.problems, sweep.unfinished) == ({}, {})


def test_until_gone_waits_for_the_place(bench: Bench) -> None:
    bench.put_there(live(state=PipelineState.INACTIVE))

    def goes() -> None:
        if len(bench.clock.slept) == 2:
            bench.aws.there.clear()

    bench.clock.on_sleep = goes
    sweep = swept(bench, "df-1", until_gone=True)
    assert len(bench.clock.slept) == 2
    assert sweep.unfinished == {}


def test_a_deletion_that_is_refused_is_a_problem_of_its_own(bench: Bench) -> None:
    bench.put_there(live("df-1", state=PipelineState.INACTIVE), live("df-2", state=PipelineState.INACTIVE))
    bench.aws.fails["delete"] = [AwsError("denied")]
    sweep = swept(bench, "df-1", "df-2")
    assert [str(problem) for problem in sweep.problems.values()] == ["denied"]
    assert bench.aws.there["df-2"].state is PipelineState.DELETING


def test_a_run_that_was_told_to_stop_sweeps_no_more(bench: Bench) -> None:
    bench.put_there(live(state=PipelineState.INACTIVE))
    bench.stopped = True
    assert set(swept(bench, "df-1").unfinished) == {"df-1"}
    assert bench.aws.calls == []


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
