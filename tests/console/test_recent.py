"""Runs as they are put together from what AWS tells of the objects at work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.console.ports import ANY, Wanted
from pipelayer.console.recent import Depth, recent_runs
from pipelayer.definition.flat import Definition
from pipelayer.model import LivePipeline
from pipelayer.model.history import ObjectOrder, ObjectRun, ObjectStatus, Sphere
from pipelayer.model.status import PipelineRun
from support.wanted import NOW, definition, template

LIVE = LivePipeline("df-1", "nightly", latest_run=NOW - timedelta(hours=10))
LOGS = "s3://data/logs/"


def at(day: int) -> datetime:
    return datetime(2026, 3, day, 2, tzinfo=UTC)


@dataclass
class FakeHistory:
    """Objects at work as a table. It keeps what it was asked."""

    objects: dict[str, ObjectRun] = field(default_factory=dict)
    asked: list[tuple[Sphere, Wanted]] = field(default_factory=list)
    described: list[Sequence[str]] = field(default_factory=list)

    def query(self, pipeline_id: str, sphere: Sphere, wanted: Wanted = ANY) -> Sequence[str]:
        self.asked.append((sphere, wanted))
        return [
            one.id
            for one in self.objects.values()
            if one.sphere is sphere
            and (not wanted.instance or one.instance == wanted.instance)
            and (not wanted.scheduled_from or not one.scheduled or one.scheduled >= wanted.scheduled_from)
        ]

    def describe(self, pipeline_id: str, ids: Sequence[str]) -> Sequence[ObjectRun]:
        self.described.append(list(ids))
        return [self.objects[id] for id in ids]

    def set_status(self, pipeline_id: str, ids: Sequence[str], order: ObjectOrder) -> None:
        raise AssertionError("a look changes nothing")

    def add(self, *objects: ObjectRun) -> FakeHistory:
        self.objects |= {one.id: one for one in objects}
        return self


def instance(name: str, when: datetime, status: ObjectStatus, **more: object) -> ObjectRun:
    id = f"@{name}_{when:%Y-%m-%dT%H:%M:%S}"
    facts: dict[str, object] = {"component": name, "scheduled": when, "started": when, "log_uri": LOGS}
    if status in (ObjectStatus.FINISHED, ObjectStatus.FAILED):
        facts["ended"] = when + timedelta(minutes=10)
    return ObjectRun(id, Sphere.INSTANCE, status, **{**facts, **more})  # type: ignore[arg-type]


def attempt(of: ObjectRun, number: int, **more: object) -> ObjectRun:
    id = f"{of.id}_Attempt={number}"
    facts = {"component": of.component, "instance": of.id, "number": number, "log_uri": LOGS, **more}
    return ObjectRun(id, Sphere.ATTEMPT, ObjectStatus.FAILED, **facts)  # type: ignore[arg-type]


def told(
    history: FakeHistory, depth: Depth | None = None, live: LivePipeline = LIVE
) -> Sequence[PipelineRun]:
    return recent_runs(history, live, definition(), NOW, depth or Depth())


def test_what_is_due_at_one_instant_is_one_run() -> None:
    history = FakeHistory().add(
        instance("Job", at(9), ObjectStatus.FINISHED),
        instance("Load", at(9), ObjectStatus.FINISHED, started=at(9) + timedelta(minutes=5), ended=at(10)),
        instance("Job", at(10), ObjectStatus.FINISHED),
    )
    runs = told(history)
    assert [(run.scheduled, len(run.objects)) for run in runs] == [(at(10), 1), (at(9), 2)]
    assert (runs[1].started, runs[1].ended, runs[1].duration) == (at(9), at(10), timedelta(days=1))


STATUSES = st.sampled_from([one for one in ObjectStatus if one not in ("UNKNOWN",)])


@given(st.lists(STATUSES, min_size=1, max_size=6))
def test_a_run_is_as_well_as_the_worst_of_its_objects(statuses: list[ObjectStatus]) -> None:
    names = [f"o{number}" for number in range(len(statuses))]
    objects = [instance(name, at(9), status) for name, status in zip(names, statuses, strict=True)]
    (run,) = told(FakeHistory().add(*objects))
    broken = {ObjectStatus.FAILED, ObjectStatus.TIMEDOUT, ObjectStatus.CASCADE_FAILED}
    assert run.failed == bool(broken & set(statuses))
    assert (run.status is ObjectStatus.FINISHED) == (
        set(statuses) <= {ObjectStatus.FINISHED, ObjectStatus.SKIPPED} and ObjectStatus.FINISHED in statuses
    )
    assert run.objects[0].status is run.status
    if not run.decided:
        assert run.ended is None


def test_what_is_yet_to_come_is_no_run() -> None:
    history = FakeHistory().add(
        instance("Job", at(10), ObjectStatus.FINISHED),
        instance("Job", at(11), ObjectStatus.WAITING_ON_DEPENDENCIES),
    )
    assert [run.scheduled for run in told(history)] == [at(10)]


@pytest.mark.parametrize(
    ("period", "latest", "since"),
    [
        ("1 day", at(10), at(4)),
        ("15 minutes", at(10), at(10) - timedelta(minutes=90)),
        ("1 month", at(10), datetime(2025, 9, 10, 2, tzinfo=UTC)),
    ],
)
def test_aws_is_asked_for_as_many_runs_as_are_told(period: str, latest: datetime, since: datetime) -> None:
    """So a quick schedule takes one page, and of a slow one enough is seen."""
    history = FakeHistory()
    live = LivePipeline("df-1", "a", latest_run=latest)
    recent_runs(history, live, definition(template(period=period)), NOW, Depth())
    assert history.asked == [(Sphere.INSTANCE, Wanted(scheduled_from=since))]


@pytest.mark.parametrize(
    ("known", "days"),
    [(None, 2), (definition(template("ondemand")), 30), (definition(template(period="?")), 2)],
)
def test_where_there_is_no_period_to_go_by(known: Definition | None, days: int) -> None:
    """One that nobody knows may be short."""
    history = FakeHistory()
    recent_runs(history, LIVE, known, NOW, Depth())
    assert LIVE.latest_run is not None
    assert history.asked[0][1].scheduled_from == LIVE.latest_run - timedelta(days=days)


def many(runs: int, objects: int) -> Iterator[ObjectRun]:
    for day in range(runs):
        for number in range(objects):
            yield instance(f"o{number}", at(10 - day), ObjectStatus.FINISHED)


@pytest.mark.parametrize(("objects", "shown"), [(2, 5), (5, 5), (8, 3), (12, 2), (40, 2)])
def test_only_what_fits_into_one_call_is_described_and_at_least_two_runs(objects: int, shown: int) -> None:
    history = FakeHistory().add(*many(6, objects))
    assert len(told(history)) == shown
    assert sum(map(len, history.described)) == objects * shown


def test_in_detail_all_of_them_are() -> None:
    history = FakeHistory().add(*many(6, 40))
    assert len(told(history, Depth(runs=6, room=1000, detail=True))) == 6


def test_the_last_attempt_tells_why_it_failed() -> None:
    job = instance("Job", at(10), ObjectStatus.FAILED)
    history = FakeHistory().add(
        job, *(attempt(job, number, error=f"no {number}", error_id="E") for number in (1, 2, 10))
    )
    (run,) = told(history)
    (failure,) = run.failures
    assert (failure.object, failure.attempt, failure.error, failure.error_id) == ("Job", 10, "no 10", "E")
    assert failure.logs == (f"{LOGS}df-1/Job/{job.id}/{job.id}_Attempt=10/",)
    assert run.attempts == 10


def test_where_the_run_names_its_last_attempt_nobody_looks_for_it() -> None:
    job = instance("Job", at(10), ObjectStatus.FAILED)
    job = instance("Job", at(10), ObjectStatus.FAILED, head=f"{job.id}_Attempt=3")
    history = FakeHistory().add(job, attempt(job, 3, error="no"))
    (run,) = told(history)
    assert (run.failures[0].error, run.attempts) == ("no", 3)
    assert [sphere for sphere, _ in history.asked] == [Sphere.INSTANCE]


def test_what_only_failed_with_another_says_which() -> None:
    job = instance("Job", at(10), ObjectStatus.FAILED, error="no space left")
    load = instance("Load", at(10), ObjectStatus.CASCADE_FAILED, cascade_failed_on=job.id)
    (run,) = told(FakeHistory().add(load, job))
    assert [(failure.object, failure.error) for failure in run.failures] == [
        ("Job", "no space left"),
        ("Load", f"{job.id} failed, which it depends on"),
    ]


def test_only_of_the_latest_failure_it_is_asked_why_and_of_a_few_objects() -> None:
    failed = [instance(f"o{n}", at(day), ObjectStatus.FAILED) for day in (9, 10) for n in range(5)]
    runs = told(FakeHistory().add(*failed))
    assert [len(run.failures) for run in runs] == [3, 0]
    runs = told(FakeHistory().add(*failed), Depth(failures=10, detail=True))
    assert [len(run.failures) for run in runs] == [5, 5]


def test_an_id_that_tells_no_time_is_told_all_the_same() -> None:
    odd = ObjectRun("@odd", Sphere.INSTANCE, ObjectStatus.FAILED, error="?")
    (run,) = told(FakeHistory().add(odd))
    assert (run.scheduled, run.status, run.objects[0].name) == (None, ObjectStatus.FAILED, "odd")


def test_logs_that_go_nowhere_have_no_address() -> None:
    job = instance("Job", at(10), ObjectStatus.FAILED, log_uri="")
    history = FakeHistory().add(job, attempt(job, 1, error="no", log_uri="", logs=("s3://data/step/",)))
    assert told(history)[0].failures[0].logs == ("s3://data/step/",)
