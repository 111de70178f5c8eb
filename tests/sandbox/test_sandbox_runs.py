"""When pipelines run: backfill, resuming, the end of a schedule, on demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.sandbox.settings import CurrentTimeseriesInterval, Switches
from pipelayer.sandbox.timetable import Timetable, parse_period

EARLY, LATE = datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2040-01-01")


def kinds(sandbox, pipeline_id):
    return [run.kind.value for run in sandbox.pipeline(pipeline_id).runs]


def test_a_start_in_the_future_backfills_nothing(sandbox, scheduled):
    pipeline_id = scheduled()
    assert kinds(sandbox, pipeline_id) == []
    sandbox.set_time(datetime(2026, 3, 3, 1, tzinfo=UTC))
    assert kinds(sandbox, pipeline_id) == ["scheduled"] * 2
    starts = [run.scheduled_start for run in sandbox.pipeline(pipeline_id).runs]
    assert starts == [datetime(2026, 3, day, 2, tzinfo=UTC) for day in (1, 2)]


@pytest.mark.parametrize(("schedule_type", "missed"), [("cron", 3), ("timeseries", 2)])
def test_a_start_in_the_past_backfills_every_missed_interval(sandbox, scheduled, schedule_type, missed):
    pipeline_id = scheduled(
        Default={"scheduleType": schedule_type}, Nightly={"startDateTime": "2026-01-30T02:00:00"}
    )
    assert kinds(sandbox, pipeline_id) == ["backfill"] * missed
    assert sandbox.pipeline(pipeline_id).backfilled == missed


def test_a_start_long_ago_is_counted_without_being_walked(sandbox, scheduled):
    pipeline_id = scheduled(Nightly={"startDateTime": "1996-02-01T12:00:00", "period": "15 minutes"})
    assert sandbox.pipeline(pipeline_id).backfilled == 30 * 365 * 96 + 8 * 96


def test_first_activation_runs_at_once(sandbox, scheduled):
    pipeline_id = scheduled(Nightly={"startDateTime": None, "startAt": "FIRST_ACTIVATION_DATE_TIME"})
    assert kinds(sandbox, pipeline_id) == ["scheduled"]
    sandbox.advance(timedelta(days=1))
    assert kinds(sandbox, pipeline_id) == ["scheduled"] * 2


def test_activating_again_does_not_run_again(sandbox, aws, scheduled):
    pipeline_id = scheduled(Nightly={"startDateTime": "2026-01-30T02:00:00"})
    before = len(sandbox.events())
    aws.activate_pipeline(pipelineId=pipeline_id)
    assert sandbox.pipeline(pipeline_id).backfilled == 3
    assert [event.kind.value for event in sandbox.events()[before:]] == ["activated"]


def test_resuming_backfills_what_was_missed(sandbox, aws, scheduled):
    pipeline_id = scheduled()
    sandbox.set_time(datetime(2026, 3, 1, 12, tzinfo=UTC))
    sandbox.pause(pipeline_id)
    sandbox.set_time(datetime(2026, 3, 4, 12, tzinfo=UTC))
    assert kinds(sandbox, pipeline_id) == ["scheduled"]
    aws.activate_pipeline(pipelineId=pipeline_id)
    assert kinds(sandbox, pipeline_id) == ["scheduled"] + ["backfill"] * 3


def test_resuming_at_a_time_skips_what_was_missed(sandbox, aws, scheduled):
    pipeline_id = scheduled()
    sandbox.set_time(datetime(2026, 3, 1, 12, tzinfo=UTC))
    sandbox.pause(pipeline_id)
    sandbox.set_time(datetime(2026, 3, 4, 12, tzinfo=UTC))
    aws.activate_pipeline(pipelineId=pipeline_id, startTimestamp=datetime(2026, 3, 5, 2, tzinfo=UTC))
    assert kinds(sandbox, pipeline_id) == ["scheduled"] + ["skipped"] * 3
    sandbox.set_time(datetime(2026, 3, 5, 2, tzinfo=UTC))
    assert kinds(sandbox, pipeline_id)[-1] == "scheduled"


def test_resuming_at_an_earlier_time_repeats_nothing(sandbox, aws, scheduled):
    pipeline_id = scheduled()
    sandbox.set_time(datetime(2026, 3, 3, 12, tzinfo=UTC))
    sandbox.pause(pipeline_id)
    aws.activate_pipeline(pipelineId=pipeline_id, startTimestamp=datetime(2026, 3, 1, tzinfo=UTC))
    assert kinds(sandbox, pipeline_id) == ["scheduled"] * 3


def test_a_schedule_with_an_end_finishes(sandbox, scheduled, state):
    pipeline_id = scheduled(Nightly={"endDateTime": "2026-03-03T02:00:00"})
    sandbox.set_time(datetime(2026, 3, 10, tzinfo=UTC))
    assert (state(pipeline_id), kinds(sandbox, pipeline_id)) == ("FINISHED", ["scheduled"] * 2)


def test_a_run_takes_its_time(sandbox, scheduled):
    sandbox.settings = replace(sandbox.settings, run_seconds=600)
    pipeline_id = scheduled(Nightly={"occurrences": "1"})
    seen = []
    for minute in (0, 9, 10):
        sandbox.set_time(datetime(2026, 3, 1, 2, minute, tzinfo=UTC))
        pipeline = sandbox.pipeline(pipeline_id)
        seen.append((pipeline.runs[0].status.value, pipeline.state.value))
    assert seen == [("RUNNING", "SCHEDULED"), ("RUNNING", "SCHEDULED"), ("FINISHED", "FINISHED")]


def test_on_demand_runs_once_per_activation(sandbox, aws, define, state, refusal):
    sandbox.settings = replace(sandbox.settings, run_seconds=None)
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    objects = define(Default={"scheduleType": "ONDEMAND", "schedule": None}, Nightly=None)
    assert not aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=objects)["errored"]
    aws.activate_pipeline(pipelineId=pipeline_id)
    code, message = refusal(aws.activate_pipeline, pipelineId=pipeline_id)
    assert code == "InvalidRequestException"
    assert message.startswith("Web service limit exceeded: Exceeded number of concurrent executions.")
    changed = define(
        Default={"scheduleType": "ondemand", "schedule": None}, Nightly=None, Job={"command": "b"}
    )
    aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=changed)
    refusal(aws.activate_pipeline, pipelineId=pipeline_id)
    active = aws.get_pipeline_definition(pipelineId=pipeline_id, version="active")
    assert active["pipelineObjects"] == objects
    sandbox.complete_runs(pipeline_id)
    aws.activate_pipeline(pipelineId=pipeline_id)
    assert (kinds(sandbox, pipeline_id), state(pipeline_id)) == (["on-demand"] * 2, "SCHEDULED")


def test_on_demand_concurrency_can_be_raised(sandbox, aws, define, refusal):
    sandbox.settings = replace(sandbox.settings, run_seconds=None)
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    objects = define(
        Default={"scheduleType": "ondemand", "schedule": None, "maxActiveInstances": "2"}, Nightly=None
    )
    aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=objects)
    aws.activate_pipeline(pipelineId=pipeline_id)
    aws.activate_pipeline(pipelineId=pipeline_id)
    assert refusal(aws.activate_pipeline, pipelineId=pipeline_id)[0] == "InvalidRequestException"


def test_parameters_given_at_activation(sandbox, aws, define):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    aws.put_pipeline_definition(
        pipelineId=pipeline_id,
        pipelineObjects=define(Nightly={"startDateTime": "#{myStart}"}),
        parameterValues=[{"id": "myStart", "stringValue": "2026-03-01T00:00:00"}],
    )
    aws.activate_pipeline(
        pipelineId=pipeline_id, parameterValues=[{"id": "myStart", "stringValue": "2026-04-01T00:00:00"}]
    )
    assert sandbox.pipeline(pipeline_id).next_runs == {"Nightly": datetime(2026, 4, 1, tzinfo=UTC)}
    for version in ("latest", "active"):
        answer = aws.get_pipeline_definition(pipelineId=pipeline_id, version=version)
        assert answer["parameterValues"] == [{"id": "myStart", "stringValue": "2026-04-01T00:00:00"}]


@pytest.mark.parametrize("position", CurrentTimeseriesInterval)
def test_a_timeseries_start_in_the_current_interval_is_a_switch(sandbox, aws, define, refusal, position):
    sandbox.switch(Switches(current_timeseries_interval=position))
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    objects = define(Default={"scheduleType": "timeseries"}, Nightly={"startDateTime": "2026-02-01T02:00:00"})
    aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=objects)
    if position is CurrentTimeseriesInterval.REFUSED:
        assert refusal(aws.activate_pipeline, pipelineId=pipeline_id)[0] == "InvalidRequestException"
        assert sandbox.pipeline(pipeline_id).state == "PENDING"
    else:
        aws.activate_pipeline(pipelineId=pipeline_id)
        assert sandbox.pipeline(pipeline_id).next_runs == {"Nightly": datetime(2026, 2, 2, 2, tzinfo=UTC)}
        assert kinds(sandbox, pipeline_id) == []


def test_months_are_counted_from_the_start():
    period = parse_period("1 Month")
    assert period is not None
    start = datetime(2026, 1, 31, 2, tzinfo=UTC)
    assert [period.after(start, n).strftime("%m-%d") for n in range(4)] == [
        "01-31",
        "02-28",
        "03-31",
        "04-30",
    ]


@given(
    start=st.datetimes(EARLY, LATE, timezones=st.just(UTC)),
    moment=st.datetimes(EARLY, LATE, timezones=st.just(UTC)),
    text=st.sampled_from(["15 minutes", "1 hour", "1 day", "2 weeks", "1 month", "5 months", "1 year"]),
    at_end=st.booleans(),
)
def test_the_first_run_after_a_moment_is_the_first(start, moment, text, at_end):
    period = parse_period(text)
    assert period is not None
    table = Timetable("S", start, period, at_end)
    n = table.first_due_after(moment)
    assert table.due(n) > moment
    assert n == 0 or table.due(n - 1) <= moment
    assert table.first_due_after(table.due(n)) == n + 1
    assert table.first_slot_from(table.slot(n)) == n
