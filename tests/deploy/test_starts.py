"""A definition as it is sent, the versions that AWS may choose from, and a run that is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from pipelayer.definition.flat import Definition
from pipelayer.definition.schedule import schedules
from pipelayer.deploy import starts
from pipelayer.deploy.ports import Message, Verdict
from support.scene import template
from support.wanted import NOW, definition, live


def when(one: Definition) -> str:
    (schedule,) = schedules(one)
    return schedule.start.isoformat() if schedule.start else ""


def offered(text: str) -> list[str]:
    return [when(one.definition) for one in starts.versions(definition(text), NOW, None)]


def test_cron_has_one_version() -> None:
    assert offered(template("cron")) == ["2026-03-11T02:00:00+00:00"]


def test_timeseries_would_rather_run_the_current_interval() -> None:
    assert offered(template("timeseries")) == ["2026-03-10T02:00:00+00:00", "2026-03-11T02:00:00+00:00"]


def test_nothing_is_left_of_a_schedule_that_is_over() -> None:
    assert offered(template(end="2026-03-01T00:00:00")) == []


def test_the_last_interval_has_no_later_version() -> None:
    assert offered(template("timeseries", end="2026-03-11T02:00:00")) == ["2026-03-10T02:00:00+00:00"]


class Judge:
    """AWS: answers in the given order, and remembers what it was asked."""

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts, self.asked = list(verdicts), list[str]()

    def __call__(self, one: Definition) -> Verdict:
        self.asked.append(when(one))
        return self.verdicts.pop(0)


BAD, WORSE = (Verdict(True, (Message("When", f"'startDateTime' is {word}"),)) for word in ("bad", "worse"))
OTHER = Verdict(True, (Message("Job", "no such command"),))
GOOD = Verdict(False)


@pytest.mark.parametrize(
    ("verdicts", "asked", "answer"),
    [((GOOD,), 1, GOOD), ((BAD, GOOD), 2, GOOD), ((BAD, WORSE), 2, BAD), ((OTHER,), 1, OTHER)],
)
def test_the_first_that_is_accepted(verdicts: Sequence[Verdict], asked: int, answer: Verdict) -> None:
    judge = Judge(*verdicts)
    candidates = starts.versions(definition(template("timeseries")), NOW, None)
    verdict, moved = starts.ask(judge, candidates)
    assert (verdict, len(judge.asked)) == (answer, asked)
    assert moved in candidates


@pytest.mark.parametrize(("seconds", "is_due"), [(59, True), (60, True), (61, False)])
def test_a_run_is_due(seconds: int, is_due: bool) -> None:
    run = NOW + timedelta(seconds=seconds)
    written = definition(template(start=f"{run:%Y-%m-%dT%H:%M:%S}"))
    assert (starts.due(live(), written, NOW) == run) is is_due
    told = live(next_run=run)
    assert (starts.due(told, definition(template("ondemand")), NOW) == run) is is_due


def test_a_run_that_has_begun_is_not_due() -> None:
    told = live(next_run=NOW - timedelta(seconds=1))
    assert starts.due(told, definition(template("ondemand")), NOW) is None
