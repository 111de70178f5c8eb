"""Which run is the last one: `status`, `logs` and `rerun` mean the same."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelayer.changes.base import NoBase
from pipelayer.console.attempts import Asked
from pipelayer.console.logs import Logs
from pipelayer.errors import PipelayerError
from pipelayer.model import Verb
from pipelayer.model.history import ObjectStatus
from pipelayer.model.order import Button
from pipelayer.run.reading_logs import Reading, read_logs
from pipelayer.run.request import Choice, Request
from pipelayer.sandbox.work import Fate, WorkStatus
from support.morning import look, one, reason
from support.pressing import Person, only, results
from support.scene import REGION, Scene, project, template
from support.stories import settle

DAY = timedelta(days=1)
UNDER_WAY = Fate("Job", WorkStatus.RUNNING, ends=False)


def day(number: int) -> datetime:
    return datetime(2026, 3, number, 2, tzinfo=UTC)


@pytest.fixture
def failed(scene: Scene) -> Scene:
    """The run of day 11 went well, that of day 12 failed, and that of day 13 is under way."""
    live = settle(scene, project("a"))
    assert live is not None
    scene.sandbox.fate(live.id, Fate("Job", scheduled_start="2026-03-12T02:00:00", error_message="no disk"))
    scene.sandbox.fate(live.id, replace(UNDER_WAY, scheduled_start="2026-03-13T02:00:00"))
    scene.sandbox.advance(3 * DAY)
    scene.clear()
    return scene


def logs(scene: Scene, run: str = "") -> Logs:
    """What `pipelayer logs a` shows."""
    with scene.outside(NoBase("")) as ports:
        request = Request(Verb.VALIDATE, choice=Choice.NAMED, names=("a",), environment_region=REGION)
        return read_logs(request, ports, Asked(run), Reading(read=False))


def rerun(press: Person, **wishes: object) -> set[datetime | None]:
    """The runs of which something would run again."""
    return {each.scheduled for each in only(press(Button.RERUN, "a", dry_run=True, **wishes)).objects}


def test_all_three_speak_of_the_run_that_failed_and_not_of_the_one_under_way(
    failed: Scene, press: Person
) -> None:
    told = look(failed)
    assert one(told).runs[0].scheduled == day(13)
    last = one(told).last_decided
    assert last is not None
    assert last.scheduled == logs(failed).scheduled == day(12)
    assert rerun(press) == rerun(press, failed=True) == {day(12)}


def test_the_command_that_status_offers_goes_on_showing_the_same_run(failed: Scene) -> None:
    words = shlex.split(reason(look(failed)).command)
    assert words[:3] == ["pipelayer", "logs", "a"]
    failed.sandbox.complete_runs(failed.live("a").id)
    assert logs(failed).scheduled == day(13)
    shown = logs(failed, words[words.index("--run") + 1])
    assert shown.scheduled == day(12)
    assert shown.attempts[0].attempt.error == "no disk"


def test_a_run_of_which_something_failed_is_decided_while_the_rest_goes_on(
    scene: Scene, press: Person
) -> None:
    both = json.loads(template())
    job = next(each for each in both["objects"] if each["id"] == "Job")
    both["objects"].append({**job, "id": "Other", "name": "Other"})
    live = settle(scene, project("a", definition=json.dumps(both)))
    assert live is not None
    for number, status in ((12, WorkStatus.FAILED), (13, WorkStatus.FINISHED)):
        at = f"2026-03-{number}T02:00:00"
        scene.sandbox.fate(live.id, Fate("Job", status, scheduled_start=at))
        scene.sandbox.fate(live.id, replace(UNDER_WAY, object_id="Other", scheduled_start=at))
    scene.sandbox.advance(2 * DAY)
    statuses = {each.name: each.status for each in one(look(scene)).runs[0].objects}
    assert (statuses["Job"], statuses["Other"]) == (ObjectStatus.FAILED, ObjectStatus.RUNNING)
    scene.sandbox.advance(DAY)
    last = one(look(scene)).last_decided
    assert last is not None
    assert last.scheduled == logs(scene).scheduled == day(12)
    assert rerun(press, failed=True) == {day(12)}
    for wishes in ({}, {"of_run": day(12)}):
        told = press(Button.RERUN, "a", **wishes)
        assert results(told) == {"a": "refused"}
        assert only(told).message == "its run of 2026-03-12 02:00 UTC is still under way"


def test_what_a_later_start_skipped_is_no_run(failed: Scene, press: Person) -> None:
    """A pause over some days mends nothing that failed before."""
    failed.sandbox.complete_runs(failed.live("a").id)
    failed.sandbox.fate(failed.live("a").id, Fate("Job", scheduled_start="2026-03-14T02:00:00"))
    failed.sandbox.advance(DAY)
    press(Button.PAUSE, "a")
    failed.sandbox.advance(3 * DAY)
    press(Button.RESUME, "a")
    failed.sandbox.advance(timedelta(hours=1))
    told = look(failed)
    assert one(told).runs[0].status is ObjectStatus.SKIPPED
    assert "2026-03-14 02:00 UTC failed" in reason(told).sentence
    assert rerun(press) == {day(14)} == {logs(failed).scheduled}


def test_where_nothing_is_decided_the_logs_are_of_what_is_under_way(scene: Scene, press: Person) -> None:
    live = settle(scene, project("a"))
    assert live is not None
    with pytest.raises(PipelayerError, match="has not run yet"):
        logs(scene)
    scene.sandbox.fate(live.id, UNDER_WAY)
    scene.sandbox.advance(DAY)
    assert one(look(scene)).last_decided is None
    assert logs(scene).scheduled == day(11)
    assert results(press(Button.RERUN, "a")) == {"a": "unchanged"}


def test_only_the_last_run_is_described_of_many(scene: Scene, press: Person) -> None:
    settle(scene, project("a", definition=template(period="15 minutes")))
    scene.sandbox.advance(3 * DAY)
    scene.clear()
    assert len(rerun(press)) == 1
    assert scene.calls()["DescribeObjects"] == 1
    scene.clear()
    press(Button.DELETE, "a", dry_run=True)
    assert scene.calls().get("DescribeObjects", 0) == 0
