"""A change that AWS allows is made on the live pipeline: it keeps its id, its runs and its schedule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelayer.definition.compare import EditRule
from support.scene import Scene, outcome, outcomes, plan_of, project, template, values
from support.stories import backfilled, every_run, next_run, planned, settle, settled, slots, stamp, word
from support.wanted import with_field, with_object

SHAPES = {
    "cron": template("cron"),
    "timeseries": template("timeseries"),
    "months": template(period="1 month", start="2025-12-31T02:00:00"),
    "months, timeseries": template("timeseries", period="1 month", start="2025-10-31T02:00:00"),
    "minutes": template(period="15 minutes", start="2026-01-01T00:07:00"),
    "first activation": template(start=None),
    "first activation, timeseries": template("timeseries", start=None),
    "occurrences": template(occurrences=100),
    "occurrences, timeseries": template("timeseries", occurrences=100),
    "first activation, occurrences": template(start=None, occurrences=30),
    "an end": template(end="2026-05-01T00:00:00"),
    "start in the future": template(start="2026-03-20T02:00:00"),
}


@pytest.mark.parametrize("definition", SHAPES.values(), ids=SHAPES)
def test_it_keeps_its_id_its_runs_and_its_next_run(scene: Scene, definition: str) -> None:
    settle(scene, project("a", definition=definition))
    scene.sandbox.advance(timedelta(days=5, hours=7, minutes=1))
    before = scene.live("a")
    scene.commit({"a/values.json": values(myWord="bye")})
    report = scene.run(since="")
    assert outcomes(report) == {"a": "edited"}
    assert (outcome(report, "a").pipeline_id, outcome(report, "a").previous_id) == (before.id, "")
    after = scene.live("a")
    assert (after.id, after.runs, after.next_runs) == (before.id, before.runs, before.next_runs)
    assert (word(after), after.latest) == ("bye", after.active)
    settled(scene)


@pytest.mark.parametrize("definition", SHAPES.values(), ids=SHAPES)
def test_it_runs_each_interval_once_as_if_nothing_had_happened(scene: Scene, definition: str) -> None:
    def story(*, edited: bool) -> list[str]:
        scene.again()
        settle(scene, project("a", definition=definition) | {"a/values.json": values()})
        for number in range(3):
            scene.sandbox.advance(timedelta(days=2, hours=3, minutes=11))
            if edited:
                scene.commit({"a/values.json": values(myWord=str(number))})
                assert outcomes(scene.run(since="")) == {"a": "edited"}
        scene.sandbox.advance(timedelta(days=70 if "month" in definition else 12))
        assert backfilled(scene) == []
        assert len(scene.sandbox.pipelines(deleted=True)) == 2
        return slots(scene)

    assert story(edited=True) == story(edited=False) != []


# ---- schedules


def last_slot(scene: Scene) -> str:
    scene.sandbox.advance(timedelta(days=300))
    assert scene.live("a").state == "FINISHED"
    return slots(scene)[-1]


@pytest.mark.parametrize(
    ("before", "after", "last"),
    [
        ({"end": "2026-04-01T00:00:00"}, {"end": "2026-05-01T00:00:00"}, "2026-04-30"),
        ({"end": "2026-05-01T00:00:00"}, {"end": "2026-04-01T00:00:00"}, "2026-03-31"),
        ({}, {"end": "2026-04-01T00:00:00"}, "2026-03-31"),
        ({"occurrences": 100}, {"occurrences": 120}, "2026-04-30"),
        ({"occurrences": 120}, {"occurrences": 100}, "2026-04-10"),
        ({}, {"occurrences": 100}, "2026-04-10"),
        ({"end": "2026-04-01T00:00:00"}, {"occurrences": 100}, "2026-04-10"),
        ({"occurrences": 100}, {"end": "2026-05-01T00:00:00"}, "2026-04-30"),
    ],
)
@pytest.mark.parametrize("kind", ["cron", "timeseries"])
@pytest.mark.parametrize("days", [0, 3])
def test_its_end_may_change(
    scene: Scene, before: dict[str, object], after: dict[str, object], last: str, kind: str, days: int
) -> None:
    settle(scene, project("a", definition=template(kind, **before)))
    scene.sandbox.advance(timedelta(days=days, hours=1))
    upcoming = next_run(scene)
    scene.commit({"pipeline_definition.json": template(kind, **after)})
    assert outcomes(scene.run(since="")) == {"a": "edited"}
    assert next_run(scene) == upcoming
    settled(scene)
    assert last_slot(scene) == f"{last}T02:00:00"
    assert backfilled(scene) == []


def test_an_end_may_be_taken_away(scene: Scene) -> None:
    settle(scene, project("a", definition=template(end="2026-04-01T00:00:00")))
    scene.commit({"pipeline_definition.json": template()})
    assert outcomes(scene.run(since="")) == {"a": "edited"}
    settled(scene)
    scene.sandbox.advance(timedelta(days=60))
    assert scene.live("a").state == "SCHEDULED"
    assert backfilled(scene) == []


@pytest.mark.parametrize("after", [{"end": "2026-03-01T00:00:00"}, {"occurrences": 60}])
def test_an_end_that_has_passed_is_refused(scene: Scene, after: dict[str, object]) -> None:
    settle(scene, project("a"))
    scene.commit({"pipeline_definition.json": template(**after)})
    before = scene.picture()
    report = scene.run(since="")
    assert outcomes(report) == {"a": "failed"}
    assert "no run left in the future" in outcome(report, "a").error
    assert scene.picture() == before


NIGHTLY = {"id": "Late", "type": "Schedule", "period": "1 day"}
LATE = {"id": "Clean", "type": "ShellCommandActivity", "command": "ls", "runsOn": {"ref": "Machine"}}


@pytest.mark.parametrize(
    ("begins", "upcoming"),
    [
        ({"startDateTime": "2026-01-01T05:00:00"}, "2026-03-14T05:00:00"),
        ({"startDateTime": "2026-04-01T05:00:00"}, "2026-04-01T05:00:00"),
        ({"startAt": "FIRST_ACTIVATION_DATE_TIME"}, "2026-03-14T02:00:00"),
    ],
    ids=["past", "future", "first activation"],
)
def test_a_new_schedule_begins_in_the_future(scene: Scene, begins: dict[str, str], upcoming: str) -> None:
    settle(scene, project("a"))
    scene.sandbox.advance(timedelta(days=3, hours=1))
    before = scene.live("a")
    more = with_object(with_object(template(), **NIGHTLY, **begins), **LATE, schedule={"ref": "Late"})
    scene.commit({"pipeline_definition.json": more})
    assert outcomes(scene.run(since="")) == {"a": "edited"}
    after = scene.live("a")
    assert (after.id, after.runs) == (before.id, before.runs)
    assert after.next_runs["When"] == before.next_runs["When"]
    assert stamp(after.next_runs["Late"]) == upcoming
    settled(scene)
    scene.sandbox.advance(timedelta(days=40))
    assert backfilled(scene) == []
    assert slots(scene, "Late")[0] == upcoming
    assert planned(scene) == {"a": "unchanged"}


@pytest.mark.parametrize(
    ("start", "hour"), [("2026-01-01T02:00:00", "02"), (None, "12")], ids=["start", "first activation"]
)
@pytest.mark.parametrize(
    ("before", "after", "lost"), [("cron", "timeseries", []), ("timeseries", "cron", ["2026-03-13"])]
)
def test_the_schedule_type_changes_without_running_an_interval_twice_or_late(
    scene: Scene, before: str, after: str, lost: list[str], start: str | None, hour: str
) -> None:
    """An interval that was to run at its end, and whose beginning has passed, is neither caught up with."""
    settle(scene, project("a", definition=template(before, start=start)))
    scene.sandbox.advance(timedelta(days=3, hours=3))
    old = scene.live("a").id
    scene.commit({"pipeline_definition.json": template(after, start=start)})
    assert outcomes(scene.run(since="")) == {"a": "edited"}
    settled(scene)
    scene.sandbox.advance(timedelta(days=6))
    assert scene.live("a").id == old
    assert backfilled(scene) == []
    found = slots(scene)
    first, last = (int(one[8:10]) for one in (found[0], found[-1]))
    every = [f"2026-03-{day:02}T{hour}:00:00" for day in range(first, last + 1)]
    assert [one for one in every if one not in found] == [f"{day}T{hour}:00:00" for day in lost]
    assert all(run.started >= run.scheduled_start for run in every_run(scene))
    assert last >= 18


# ---- objects


JOB = {"id": "More", "type": "ShellCommandActivity", "command": "ls", "runsOn": {"ref": "Machine"}}
OUT = {"id": "Out", "type": "S3DataNode", "directoryPath": "s3://data/out"}
WITH_OUT = with_object(template(), **OUT)
NEW_PAIR = with_object(with_object(template(), **JOB, output={"ref": "Out"}), **OUT)


@pytest.mark.parametrize(
    "after",
    [
        with_object(template(), **JOB),
        NEW_PAIR,
        WITH_OUT,
        template(command="ls"),
        with_field(template(), "Job", maximumRetries="2"),
        with_field(template(), "Job", name="The job"),
        with_field(template(), "Machine", terminateAfter="3 hours"),
    ],
    ids=["activity", "activity with its output", "node", "command", "new field", "object's name", "resource"],
)
def test_what_no_rule_forbids_is_edited(scene: Scene, after: str) -> None:
    before = settle(scene, project("a"))
    scene.sandbox.advance(timedelta(days=2))
    scene.commit({"pipeline_definition.json": after})
    assert outcomes(scene.run(since="")) == {"a": "edited"}
    assert scene.live("a").id == before.id
    settled(scene)


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (WITH_OUT, template(), EditRule.REMOVED_OBJECT),
        (template(), template(period="2 days"), EditRule.PERIOD),
        (template(), with_field(NEW_PAIR, "Job", dependsOn={"ref": "More"}), EditRule.REFERENCE),
        (WITH_OUT, with_object(WITH_OUT, **JOB, output={"ref": "Out"}), EditRule.OUTPUT),
        (template(), template(start="2026-01-01T03:00:00"), EditRule.START),
    ],
    ids=lambda value: value.name if isinstance(value, EditRule) else "",
)
def test_each_rule_of_aws_is_a_replacement(scene: Scene, before: str, after: str, rule: EditRule) -> None:
    old = settle(scene, project("a", definition=before))
    scene.sandbox.advance(timedelta(days=2))
    scene.commit({"pipeline_definition.json": after})
    report = scene.run(since="")
    assert outcomes(report) == {"a": "replaced"}
    assert f"[{rule.value}]" in plan_of(report, "a").reason
    assert outcome(report, "a").previous_id == old.id
    assert scene.live("a").id != old.id
    assert scene.sandbox.gaps() == []
    settled(scene)
