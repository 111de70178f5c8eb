"""AWS calls a pipeline's health ERROR, and its last run went well: what is said of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelayer.console.offered import Commands
from pipelayer.console.troubles import reasons
from pipelayer.model.history import ObjectStatus
from pipelayer.model.live import Health
from pipelayer.model.status import ObjectAtWork
from support.statuses import AT, pipeline, run


def told(before: ObjectStatus, days: int = 0) -> list[tuple[str, str]]:
    """What is said where the last run has only `Job`, and `Other` ended so the night before."""
    earlier = run(1)
    other = ObjectAtWork("Other", "ShellCommandActivity", before, earlier.started, earlier.ended)
    earlier = run(1, before, objects=(*earlier.objects, other))
    one = pipeline("a", run(0), earlier, health=Health.ERROR)
    assert one.last_decided == one.runs[0]
    found = reasons(one, None, None, AT, Commands(), days=days)
    return [(each.sentence, each.command) for each in found]


def test_an_older_run_that_failed_is_named_with_its_logs() -> None:
    ((sentence, command),) = told(ObjectStatus.FAILED)
    assert "Other last ran for 2026-03-13 02:00 UTC, and failed" in sentence
    assert command == "pipelayer logs a --run 2026-03-13T02:00:00"


def test_what_somebody_canceled_is_well() -> None:
    assert told(ObjectStatus.CANCELED) == []


@pytest.mark.parametrize("status", [ObjectStatus.FINISHED, ObjectStatus.SKIPPED])
def test_where_nothing_explains_it_a_longer_look_is_offered_once(status: ObjectStatus) -> None:
    ((_, command),) = told(status)
    assert command == "pipelayer status a --days 30"
    ((sentence, command),) = told(status, days=30)
    assert (command, "no run of the last 30 days" in sentence) == ("", True)


def test_a_run_that_ended_well_a_moment_ago_is_ahead_of_the_health() -> None:
    one = pipeline("a", run(0), health=Health.ERROR)
    ended = one.runs[0].ended
    assert ended is not None
    assert reasons(one, None, None, ended + timedelta(minutes=14), Commands()) == ()
    assert len(reasons(one, None, None, ended + timedelta(minutes=16), Commands())) == 1
