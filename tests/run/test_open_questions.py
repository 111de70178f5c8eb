"""What no document settles is right either way: the main story in both positions of every switch."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pipelayer.model import Verb
from pipelayer.sandbox.settings import (
    CurrentTimeseriesInterval,
    DeleteWhileDeactivating,
    EditRulesInValidate,
    Idempotency,
    IdleDeactivate,
    InactiveEdits,
    SecretFields,
    Settings,
    Switches,
    UniqueIdAfterDelete,
)
from pipelayer.sandbox.state import RunKind
from support.scene import Scene, kinds, outcome, outcomes, project, template, values, with_files

POSITIONS = [
    *[Switches(edit_rules_in_validate=one) for one in EditRulesInValidate],
    *[Switches(unique_id_after_delete=one) for one in UniqueIdAfterDelete],
    *[Switches(inactive_edits=one) for one in InactiveEdits],
    *[Switches(idempotency=one) for one in Idempotency],
    *[Switches(secret_fields=one) for one in SecretFields],
    *[Switches(current_timeseries_interval=one) for one in CurrentTimeseriesInterval],
    *[Switches(idle_deactivate=one) for one in IdleDeactivate],
    *[Switches(delete_while_deactivating=one) for one in DeleteWhileDeactivating],
    Switches(list_lag_calls=1),
    Switches(list_lag_seconds=600),
]


def name(switches: Switches) -> str:
    plain = Switches()
    return (
        ", ".join(f"{key}={value}" for key, value in vars(switches).items() if value != getattr(plain, key))
        or "as usual"
    )


STORY = [
    ({"myWord": "0"}, "edited"),
    ({}, "edited"),
    ({"myPeriod": "2 days"}, "replaced"),
    ({"myPeriod": "2 days", "myWord": "3"}, "edited"),
    ({}, "replaced"),
]


@pytest.mark.parametrize("kind", ["cron", "timeseries"])
@pytest.mark.parametrize("switches", dict.fromkeys(POSITIONS), ids=name)
def test_the_whole_story(scene: Scene, switches: Switches, kind: str) -> None:
    scene.sandbox.switch(switches)
    scene.environ["PASSWORD"] = "open sesame"
    secret = {"*myPassword": {"env": "PASSWORD"}}
    definition = template(kind, secret=True)
    scene.commit(project(definition=definition) | with_files("a", {"x": "1"}, **secret))
    assert outcomes(scene.run()) == {"a": "created"}
    # What isn't listed yet can't be known to be there; whoever sees both retires the older one.
    or_created = {"created"} if switches.list_lag_calls else set()
    for number, (change, result) in enumerate(STORY):
        scene.sandbox.advance(timedelta(hours=1))
        scene.commit(with_files("a", {"x": "1" * number}, **secret, **change))
        assert outcome(scene.run(since=""), "a").result in {result, *or_created}
        scene.sandbox.advance(timedelta(hours=1))
        # What lags behind is swept by then, and nothing else is left to do.
        for _ in range(1 + 2 * switches.list_lag_calls):
            scene.run(since="")
        assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}
    assert len(scene.ids()) == 1
    assert scene.sandbox.gaps("pipelayer:key") == []
    runs = [run for one in scene.sandbox.pipelines(deleted=True) for run in one.runs]
    assert [run for run in runs if run.kind is RunKind.BACKFILL] == []


def test_a_start_in_the_current_interval_that_is_refused_begins_with_the_next(scene: Scene) -> None:
    switches = Switches(current_timeseries_interval=CurrentTimeseriesInterval.REFUSED)
    scene.sandbox.switch(switches)
    scene.commit(project("a", definition=template("timeseries")))
    assert outcomes(scene.run()) == {"a": "created"}
    runs = scene.live("a").next_runs.values()
    assert [one.isoformat() for one in runs] == ["2026-03-12T02:00:00+00:00"]


def test_a_start_in_the_current_interval_is_kept_where_it_is_taken(scene: Scene) -> None:
    scene.commit(project("a", definition=template("timeseries")))
    scene.run()
    runs = scene.live("a").next_runs.values()
    assert [one.isoformat() for one in runs] == ["2026-03-11T02:00:00+00:00"]


@pytest.mark.parametrize("answer", UniqueIdAfterDelete)
def test_a_pipeline_deleted_by_hand_is_created_anew_each_time(
    scene: Scene, answer: UniqueIdAfterDelete
) -> None:
    scene.sandbox.switch(Switches(unique_id_after_delete=answer))
    scene.commit(project("a"))
    seen = set()
    for _ in range(4):
        assert outcomes(scene.run()) == {"a": "created"}
        live = scene.live("a")
        assert live.state == "SCHEDULED"
        seen.add(live.id)
        scene.sandbox.delete(live.id)
    assert len(seen) == 4


def test_one_that_is_being_deleted_is_not_taken_again(scene: Scene) -> None:
    scene.sandbox.settings = Settings(settle_seconds=30)
    scene.commit(project("a", "b", "c"))
    scene.run()
    first = scene.live("a").id
    scene.commit({"a/values.json": None})
    assert outcomes(scene.run(prune=True))["a"] == "deleted"
    assert scene.sandbox.pipeline(first).state == "DELETING"
    scene.commit({"a/values.json": values()})
    assert outcomes(scene.run())["a"] == "created"
    assert scene.live("a").id != first


def test_a_list_that_lags_creates_no_twin(scene: Scene) -> None:
    scene.sandbox.switch(Switches(list_lag_seconds=600))
    scene.commit(project("a"))
    scene.run()
    once = scene.live("a").id
    assert outcomes(scene.run()) == {"a": "created"}
    assert scene.live("a").id == once


def test_a_list_that_lags_after_a_replacement_creates_no_twin(scene: Scene) -> None:
    """The retired one is still there and names the successor that the list doesn't show."""
    scene.sandbox.settings = Settings(settle_polls=500)
    scene.commit(project("a"))
    scene.run()
    scene.sandbox.advance(timedelta(hours=1))
    scene.sandbox.switch(Switches(list_lag_seconds=3600))
    scene.commit({"a/values.json": values(myPeriod="2 days")})
    assert outcomes(scene.run()) == {"a": "replaced"}
    live = [one.id for one in scene.sandbox.pipelines() if one.name == "a" and one.state == "SCHEDULED"]
    assert outcomes(scene.run()) == {"a": "unchanged"}
    again = [one.id for one in scene.sandbox.pipelines() if one.name == "a" and one.state == "SCHEDULED"]
    assert again == live


def test_a_discard_never_deletes_what_is_at_work(scene: Scene) -> None:
    """The list lags, Create finds what runs already, and its start has passed: AWS refuses to move it."""
    scene.sandbox.set_time(datetime.fromisoformat("2026-03-11T01:50:00+00:00"))
    scene.sandbox.switch(Switches(list_lag_seconds=3600))
    scene.commit(project("a"))
    scene.run()
    once = scene.live("a").id
    scene.sandbox.advance(timedelta(minutes=20))
    report = scene.run()
    assert outcomes(report) == {"a": "failed"}
    assert scene.live("a").id == once
    scene.sandbox.advance(timedelta(hours=2))
    assert outcomes(scene.run()) == {"a": "unchanged"}
    assert scene.sandbox.gaps() == []
    assert outcome(report, "a").error
