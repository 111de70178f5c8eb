"""What is put on a live pipeline to edit it: AWS's rules, as the sandbox knows them, accept it; and they
refuse what is replaced.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from definition_nodes import node
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.compare import changes
from pipelayer.definition.editing import edited, resume_at, runs_otherwise
from pipelayer.definition.flat import Definition, from_api, read_definition, to_api
from pipelayer.definition.schedule import Moved, format_datetime, move_start, next_runs, schedules
from pipelayer.sandbox.definition import Definition as Seen
from pipelayer.sandbox.editing import check_edit
from pipelayer.sandbox.validation import Verdict

CORPUS = {
    path.stem: json.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("corpus/*.json"))
}
DEPLOYED = datetime(2030, 1, 1, 7, tzinfo=UTC)
NOW = datetime(2030, 2, 3, 12, tzinfo=UTC)


def read(document: object) -> Definition:
    return read_definition(node(document))[0]


def seen(definition: Definition) -> Seen:
    """As AWS holds it."""
    api = json.loads(json.dumps(to_api(definition)))
    return Seen(api["pipelineObjects"], api["parameterObjects"], api["parameterValues"])


def live(definition: Definition) -> Definition:
    """What AWS shows of a definition that was deployed."""
    moved = move_start(definition, DEPLOYED)
    assert isinstance(moved, Moved)
    api = to_api(moved.definition)
    return from_api(api["pipelineObjects"], api["parameterObjects"], api["parameterValues"])


def refusals(active: Definition, desired: Definition) -> list[str]:
    """What AWS has against saving it."""
    verdict = Verdict()
    check_edit(seen(active), seen(desired), verdict)
    return [message for messages in verdict.errors.values() for message in messages]


def edits(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each field taken away or given another text, each object taken away, one more, another reference."""
    for number, item in enumerate(document["objects"]):
        for key in [key for key in item if key not in ("id", "type")]:
            without = copy.deepcopy(document)
            del without["objects"][number][key]
            yield without
            other = copy.deepcopy(document)
            if isinstance(item[key], str) and key not in ("period", "startDateTime", "startAt"):
                other["objects"][number][key] = f"{item[key]} x"
                yield other
        more = copy.deepcopy(document)
        more["objects"][number]["dependsOn"] = {"ref": document["objects"][0]["id"]}
        yield more
        fewer = copy.deepcopy(document)
        del fewer["objects"][number]
        yield fewer
    added = copy.deepcopy(document)
    added["objects"].append({"id": "Added", "type": "ShellCommandActivity", "command": "ls"})
    yield added
    writes = copy.deepcopy(added)
    writes["objects"][-1]["output"] = {"ref": document["objects"][-1]["id"]}
    yield writes


@pytest.mark.parametrize("name", [name for name in CORPUS if name != "ApiForm"])
def test_what_is_edited_is_accepted_and_what_is_replaced_would_be_refused(name: str) -> None:
    before = read(CORPUS[name])
    active = live(before)
    for document in edits(CORPUS[name]):
        desired = read(document)
        found = changes(active, desired, NOW)
        forbidden = [one for one in found if one.rule]
        put = edited(active, desired, NOW, None)
        assert isinstance(put, Moved), document
        refused = refusals(active, put.definition)
        assert bool(refused) == bool(forbidden), (refused, found)
        if not forbidden:
            assert changes(put.definition, desired, NOW) == ()


def daily(start: str = "2029-12-01T02:00:00", **more: str) -> dict[str, Any]:
    when = {"id": "When", "type": "Schedule", "period": "#{myPeriod}", "startDateTime": "#{myStart}", **more}
    return {
        "objects": [
            {"id": "Default", "scheduleType": "cron", "schedule": {"ref": "When"}},
            when,
            {"id": "Job", "type": "ShellCommandActivity", "command": "ls"},
        ],
        "parameters": [{"id": "myPeriod", "type": "String", "default": "1 day"}],
        "values": {"myStart": start},
    }


@pytest.mark.parametrize("start", ["2029-12-01T02:00:00", "2030-01-20T02:00:00", "2025-07-01T02:00:00"])
def test_a_start_that_means_the_same_is_put_back_word_for_word(start: str) -> None:
    active = live(read(daily()))
    desired = read(daily(start))
    assert changes(active, desired, NOW) == () or start == "2030-01-20T02:00:00"
    put = edited(active, desired, NOW, None)
    assert isinstance(put, Moved)
    assert refusals(active, put.definition) == []
    assert put.definition.object("When") is not None


def test_a_start_that_was_never_moved_stays_its_expression() -> None:
    future = daily("2031-01-01T00:00:00")
    put = edited(live(read(future)), read(future), NOW, None)
    assert isinstance(put, Moved)
    when = put.definition.object("When")
    assert when is not None
    assert when.text("startDateTime") == "#{myStart}"


def test_fewer_occurrences_are_counted_from_the_live_start() -> None:
    active = live(read(daily(occurrences="100")))
    desired = read(daily(occurrences="90"))
    put = edited(active, desired, NOW, None)
    assert isinstance(put, Moved)
    (ends,) = schedules(put.definition)
    (wanted,) = schedules(desired)
    assert next_runs(ends, NOW, 200) == next_runs(wanted, NOW, 200)
    assert len(next_runs(ends, NOW, 200)) == 90 - 65
    assert refusals(active, put.definition) == []


def test_a_new_schedule_starts_in_the_future_and_the_old_one_stays() -> None:
    desired = daily()
    desired["objects"].append(
        {"id": "Weekly", "type": "Schedule", "period": "1 week", "startDateTime": "2029-01-01T00:00:00"}
    )
    active = live(read(daily()))
    put = edited(active, read(desired), NOW, None)
    assert isinstance(put, Moved)
    old, new = schedules(put.definition)
    assert old.start == schedules(active)[0].start
    assert new.start is not None
    assert new.start > NOW
    assert put.first_run == new.start


starts = st.integers(-300_000_000, 300_000_000).map(lambda seconds: NOW + timedelta(seconds=seconds))
periods = st.sampled_from(["15 minutes", "1 hour", "1 day", "1 week", "1 month", "1 year"])


@given(st.lists(st.tuples(starts, periods), min_size=1, max_size=3), st.sampled_from(["cron", "timeseries"]))
def test_a_paused_pipeline_resumes_after_all_that_is_over(
    given_schedules: list[tuple[datetime, str]], kind: str
) -> None:
    objects: list[dict[str, Any]] = [{"id": "Default", "scheduleType": kind}]
    for number, (start, period) in enumerate(given_schedules):
        at = format_datetime(start)
        objects.append({"id": f"S{number}", "type": "Schedule", "period": period, "startDateTime": at})
    definition = read({"objects": objects})
    resume = resume_at(definition, NOW, None)
    assert resume is not None
    for schedule in schedules(definition):
        assert schedule.start is not None
        n = max(0, schedule.period.slots_until(schedule.start, resume) - 1)
        first = next(
            slot
            for slot in (schedule.period.add(schedule.start, m) for m in range(n, n + 3))
            if slot >= resume
        )
        runs = schedule.period.add(first, 1) if kind == "timeseries" else first
        assert runs > NOW


def test_the_end_of_the_interval_that_runs_matters_only_if_it_moves() -> None:
    cron, series = daily(), daily()
    series["objects"][0]["scheduleType"] = "timeseries"
    assert runs_otherwise(read(cron), read(series))
    assert not runs_otherwise(read(cron), read(cron))
    assert not runs_otherwise(read({"objects": []}), read(series))
