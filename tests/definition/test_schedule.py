from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipelayer.definition.parts import Definition, Field, Parameter, PipelineObject, Ref
from pipelayer.definition.schedule import (
    Moved,
    NoFutureSlot,
    Period,
    Schedule,
    ScheduleType,
    Unit,
    equal_schedules,
    format_datetime,
    is_on_demand,
    move_start,
    next_runs,
    parse_datetime,
    parse_period,
    schedules,
)


def utc(text: str) -> datetime:
    parsed = parse_datetime(text if "T" in text else f"{text}T00:00:00")
    assert parsed is not None
    return parsed


def definition(*, type: str = "cron", values: dict[str, str] | None = None, **schedule: str) -> Definition:
    def fields(texts: dict[str, str]) -> dict[str, Field]:
        return {key: Field((text,)) for key, text in texts.items()}

    return Definition(
        objects=(
            PipelineObject(
                "Default", "Default", {**fields({"scheduleType": type}), "schedule": Field((Ref("S"),))}
            ),
            PipelineObject("S", "S", fields({"type": "Schedule", **schedule})),
        ),
        parameters=(Parameter("myPeriod", {"default": Field(("1 week",))}),),
        values=fields(values or {}),
    )


def moved(result: Moved | NoFutureSlot) -> Moved:
    assert isinstance(result, Moved)
    return result


def only(d: Definition) -> Schedule:
    (found,) = schedules(d)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 Day", Period(1, Unit.DAY)),
        ("15 minutes", Period(15, Unit.MINUTE)),
        ("2 HOURS", Period(2, Unit.HOUR)),
        ("1 month", Period(1, Unit.MONTH)),
        ("3 years", Period(3, Unit.YEAR)),
        ("1 weeks", Period(1, Unit.WEEK)),
        ("1 mnth", None),
        ("15 Period", None),
        ("0 days", None),
        ("-1 day", None),
        ("1.5 hours", None),
        ("day", None),
        ("1day", None),
        ("1 dayss", None),
        ("", None),
        ("1 day 2 hours", None),
    ],
)
def test_periods(text: str, expected: Period | None) -> None:
    assert parse_period(text) == expected


def test_months_count_from_the_origin() -> None:
    month = Period(1, Unit.MONTH)
    start = utc("2024-01-31")
    assert [format_datetime(month.add(start, n))[:10] for n in range(4)] == [
        "2024-01-31",
        "2024-02-29",
        "2024-03-31",
        "2024-04-30",
    ]
    assert Period(1, Unit.YEAR).add(utc("2024-02-29"), 1) == utc("2025-02-28")
    assert Period(1, Unit.YEAR).add(utc("2024-02-29"), 4) == utc("2028-02-29")


def test_times_are_strict_unless_they_come_from_aws() -> None:
    assert parse_datetime("2024-01-31T00:00:00Z") is None
    assert parse_datetime("2024-01-31T00:00:00Z", lenient=True) == utc("2024-01-31")
    for text in (
        "2024-01-31",
        "2024-02-30T00:00:00",
        "2024-01-31T00:00",
        "2024-01-31 00:00:00",
        "x",
        "\uff12024-01-31T00:00:00",
    ):
        assert parse_datetime(text, lenient=True) is None


def test_a_start_in_1970_is_moved_at_once_and_keeps_its_phase() -> None:
    d = definition(period="15 minutes", startDateTime="1970-01-01T00:07:00")
    started = time.perf_counter()
    result = moved(move_start(d, utc("2026-11-22T12:00:00")))
    assert time.perf_counter() - started < 0.5
    assert only(result.definition).start == result.first_run == utc("2026-11-22T12:07:00")
    assert result.skipped == 1_994_832


def test_a_slot_at_this_very_instant_has_begun() -> None:
    d = definition(period="1 day", startDateTime="2026-01-01T03:00:00")
    result = moved(move_start(d, utc("2026-02-01T03:00:00")))
    assert result.first_run == utc("2026-02-02T03:00:00")


def test_timeseries_runs_at_the_end_of_the_interval() -> None:
    d = definition(type="TimeSeries", period="1 day", startDateTime="2026-01-01T03:00:00")
    result = moved(move_start(d, utc("2026-02-01T12:00:00")))
    assert only(result.definition).start == utc("2026-02-01T03:00:00")
    assert result.first_run == utc("2026-02-02T03:00:00")
    skipping = moved(move_start(d, utc("2026-02-01T12:00:00"), skip_current=True))
    assert only(skipping.definition).start == utc("2026-02-02T03:00:00")
    for live in (result, skipping):
        assert equal_schedules(only(live.definition), only(d), utc("2026-02-01T12:00:00"))


def test_a_clamped_month_is_not_caught_up() -> None:
    """From February 28 AWS counts to March 28: on the 29th that interval would run at once."""
    d = definition(type="timeseries", period="1 month", startDateTime="2026-01-31T00:00:00")
    result = moved(move_start(d, utc("2026-03-29")))
    assert only(result.definition).start == utc("2026-03-31")
    assert moved(move_start(result.definition, utc("2026-03-29"))).definition == result.definition


def test_occurrences_shrink_and_end() -> None:
    d = definition(period="1 day", startDateTime="2026-01-01T00:00:00", occurrences="10")
    result = moved(move_start(d, utc("2026-01-08T12:00:00")))
    assert only(result.definition).occurrences == 2
    assert result.skipped == 8
    assert move_start(d, utc("2026-01-10T12:00:00")) == NoFutureSlot("S", None)
    assert equal_schedules(only(result.definition), only(d), utc("2027-01-01"))


def test_an_end_in_the_past_leaves_no_slot() -> None:
    d = definition(period="1 day", startDateTime="2026-01-01T00:00:00", endDateTime="2026-01-05T00:00:00")
    assert isinstance(move_start(d, utc("2026-01-03T12:00:00")), Moved)
    assert move_start(d, utc("2026-01-04T12:00:00")) == NoFutureSlot("S", utc("2026-01-05"))


def test_first_activation_stays_unless_a_phase_is_continued() -> None:
    d = definition(period="1 day", startAt="FIRST_ACTIVATION_DATE_TIME")
    now = utc("2026-02-01T12:00:00")
    assert move_start(d, now) == Moved(d, 0, None)
    result = moved(move_start(d, now, phase=utc("2026-01-01T07:30:00")))
    schedule = result.definition.object("S")
    assert schedule is not None
    assert "startAt" not in schedule.fields
    assert schedule.text("startDateTime") == "2026-02-02T07:30:00"
    assert equal_schedules(only(result.definition), only(d), now)


def test_a_literal_start_ignores_the_phase() -> None:
    d = definition(period="1 day", startDateTime="2030-01-01T00:00:00")
    assert move_start(d, utc("2026-01-01"), phase=utc("2026-01-01T05:00:00")) == Moved(
        d, 0, utc("2030-01-01")
    )


def test_parameters_are_resolved_and_keep_their_values() -> None:
    d = definition(
        period="#{myPeriod}", startDateTime="#{myStart}", values={"myStart": "2026-01-01T00:00:00"}
    )
    assert only(d).period == Period(1, Unit.WEEK)
    result = moved(move_start(d, utc("2026-01-02")))
    assert only(result.definition).start == utc("2026-01-08")
    assert (result.definition.values, result.definition.parameters) == (d.values, d.parameters)


def test_the_nearest_of_those_that_are_inherited_counts() -> None:
    def obj(id: str, **texts: str) -> PipelineObject:
        parent = {"parent": Field((Ref(texts.pop("parent")),))} if "parent" in texts else {}
        return PipelineObject(id, id, {**parent, **{key: Field((text,)) for key, text in texts.items()}})

    d = Definition(
        (
            obj("Default", period="1 year", startDateTime="2026-01-01T00:00:00", occurrences="9"),
            obj("S", parent="P", type="Schedule", occurrences="7"),
            obj("P", parent="S", type="Nothing", period="1 week", occurrences="8"),
            obj("T", type="Schedule"),
        )
    )
    assert schedules(d) == (Schedule("T", Period(1, Unit.YEAR), utc("2026-01-01"), occurrences=9),)
    rooted = replace(
        d,
        objects=(
            *d.objects[:2],
            replace(d.objects[2], fields={**d.objects[2].fields, "parent": Field(("x",))}),
            d.objects[3],
        ),
    )
    assert schedules(rooted)[0] == Schedule("S", Period(1, Unit.WEEK), utc("2026-01-01"), occurrences=7)


def test_what_cannot_be_known_is_left_out_and_untouched() -> None:
    for fields in (
        {"period": "1 mnth", "startDateTime": "2026-01-01T00:00:00"},
        {"period": "1 day", "startDateTime": "#{myNowhere}"},
        {"period": "1 day"},
        {"period": "1 day", "startDateTime": "2026-01-01T00:00:00", "occurrences": "some"},
        {"period": "1 day", "startDateTime": "2026-01-01T00:00:00", "endDateTime": "#{@now}"},
    ):
        d = definition(**fields)
        assert schedules(d) == ()
        assert move_start(d, utc("2026-05-01")) == Moved(d, 0, None)


def test_on_demand_is_never_moved() -> None:
    d = definition(type="ONDEMAND", period="1 day", startDateTime="2020-01-01T00:00:00")
    assert is_on_demand(d)
    assert move_start(d, utc("2026-01-01")) == Moved(d, 0, None)
    assert is_on_demand(definition(period="ONDEMAND_PERIOD", startAt="ONDEMAND_ACTIVATION_TIME"))
    assert not is_on_demand(definition(period="1 day", startAt="FIRST_ACTIVATION_DATE_TIME"))


def test_each_of_several_schedules_is_moved() -> None:
    d = definition(period="1 day", startDateTime="2026-01-01T00:00:00")
    other = PipelineObject(
        "T",
        "T",
        {
            k: Field((v,))
            for k, v in {
                "type": "Schedule",
                "period": "1 hour",
                "startDateTime": "2026-01-01T00:30:00",
            }.items()
        },
    )
    result = moved(move_start(replace(d, objects=(*d.objects, other)), utc("2026-01-02T12:00:00")))
    assert [schedule.start for schedule in schedules(result.definition)] == [
        utc("2026-01-03"),
        utc("2026-01-02T12:30:00"),
    ]
    assert result.first_run == utc("2026-01-02T12:30:00")


def test_next_runs_end_where_the_schedule_ends() -> None:
    s = Schedule("S", Period(1, Unit.MONTH), utc("2026-01-31"), occurrences=4)
    assert next_runs(s, utc("2026-02-10"), 9) == (
        utc("2026-02-28"),
        utc("2026-03-31"),
        utc("2026-04-30"),
    )
    series = replace(s, type=ScheduleType.TIMESERIES)
    assert next_runs(series, utc("2026-02-10"), 9) == (
        utc("2026-02-28"),
        utc("2026-03-31"),
        utc("2026-04-30"),
        utc("2026-05-31"),
    )
    assert next_runs(replace(s, occurrences=None, end=utc("2026-03-31")), utc("2026-01-01"), 9) == (
        utc("2026-01-31"),
        utc("2026-02-28"),
    )
    assert next_runs(replace(s, start=None), utc("2026-01-01"), 3) == ()
    assert next_runs(replace(s, start=utc("9999-12-30"), occurrences=None), utc("9999-12-31"), 3) == ()


def between(first: str, last: str) -> st.SearchStrategy[datetime]:
    bounds = (utc(first).replace(tzinfo=None), utc(last).replace(tzinfo=None))
    return st.datetimes(*bounds, timezones=st.just(UTC))


starts = between("1970-01-01", "2035-12-31").map(lambda instant: instant.replace(microsecond=0))
instants = between("2000-01-01", "2040-12-31")
periods = st.builds(Period, st.integers(1, 40), st.sampled_from(Unit))
counts = st.none() | st.integers(1, 500_000)


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    period, count = draw(periods), draw(counts)
    extra = {} if count is None else {"occurrences": str(count)}
    return definition(
        type=draw(st.sampled_from(["cron", "timeseries"])),
        period=f"{period.count} {period.unit}",
        startDateTime=format_datetime(draw(starts)),
        **extra,
    )


@given(definitions(), instants, st.booleans())
def test_a_moved_start_is_the_first_slot_that_runs_in_the_future(
    d: Definition, now: datetime, skip: bool
) -> None:
    result = move_start(d, now, skip_current=skip)
    assume(isinstance(result, Moved))
    result = moved(result)
    before, after = only(d), only(result.definition)
    assert before.start is not None
    assert after.start is not None
    k, period = result.skipped, before.period
    assert after.start == period.add(before.start, k)
    at_end = before.type is ScheduleType.TIMESERIES

    def run(slot: datetime) -> datetime:
        return period.add(slot, 1) if at_end else slot

    assert result.first_run == run(after.start)
    assert run(after.start) > now
    if k:
        previous = period.add(before.start, k - 1)
        assert (previous if skip else run(previous)) <= now
    if before.occurrences is not None:
        assert after.occurrences == before.occurrences - k
    assert move_start(result.definition, now, skip_current=skip) == replace(result, skipped=0)


@given(definitions(), instants, st.timedeltas(timedelta(0), timedelta(days=900)), st.booleans())
def test_a_moved_schedule_equals_the_desired_one_ever_after(
    d: Definition, now: datetime, later: timedelta, skip: bool
) -> None:
    result = move_start(d, now, skip_current=skip)
    assume(isinstance(result, Moved))
    assert equal_schedules(only(moved(result).definition), only(d), now + later)


@given(definitions(), instants, st.integers(1, 59), periods, starts)
def test_schedules_that_differ_are_not_equal(
    d: Definition, now: datetime, minutes: int, other: Period, end: datetime
) -> None:
    result = move_start(d, now)
    assume(isinstance(result, Moved))
    live, desired = only(moved(result).definition), only(d)
    assert desired.start is not None
    if not other.same(live.period):
        assert not equal_schedules(replace(live, period=other), desired, now)
    assert not equal_schedules(replace(live, end=end), desired, now)
    more = (live.occurrences or 0) + 1
    assert not equal_schedules(replace(live, occurrences=more), desired, now)
    fixed = live.period.fixed
    if fixed is None or timedelta(minutes=minutes) % fixed:
        assert not equal_schedules(
            live, replace(desired, start=desired.start + timedelta(minutes=minutes)), now
        )


def test_a_start_further_in_the_future_is_a_change() -> None:
    day = Schedule("S", Period(1, Unit.DAY), utc("2026-01-01"))
    now = utc("2026-02-01T12:00:00")
    postponed = replace(day, start=utc("2026-03-01"))
    assert not equal_schedules(day, postponed, now)
    assert not equal_schedules(postponed, day, now)
    assert equal_schedules(day, replace(day, period=Period(24, Unit.HOUR)), now)
    assert not equal_schedules(replace(day, start=None), day, now)
    assert equal_schedules(replace(day, start=None), replace(day, start=None), now)
