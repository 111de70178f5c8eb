"""Planning right after a deployment finds nothing to do, and nothing that was missed is ever run."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pipelayer.model import Action, Verb
from pipelayer.sandbox.settings import SecretFields, Switches
from support.scene import START, Scene, kinds, outcomes, project, template, values, with_files
from support.stories import backfilled, forget, next_run, planned, stamp

SHAPES = {
    "cron": template("cron"),
    "timeseries": template("timeseries"),
    "cron with a start of today": template(start="2026-03-10T02:00:00"),
    "start in the future": template(start="2027-01-01T00:00:00"),
    "first activation": template(start=None),
    "first activation, timeseries": template("timeseries", start=None),
    "months": template(period="1 month", start="2025-12-31T02:00:00"),
    "months, timeseries": template("timeseries", period="1 month", start="2025-10-31T02:00:00"),
    "years": template(period="1 year", start="2024-02-29T02:00:00"),
    "minutes": template(period="15 minutes", start="2026-01-01T00:07:00"),
    "occurrences": template(occurrences=100),
    "occurrences, timeseries": template("timeseries", occurrences=100),
    "first activation, occurrences": template(start=None, occurrences=3),
    "an end": template(end="2026-04-01T00:00:00"),
    "on demand": template("ondemand"),
    "a secret": template(secret=True),
}

SCHEDULED = [name for name in SHAPES if name != "on demand"]

shapes = pytest.mark.parametrize("definition", SHAPES.values(), ids=SHAPES)
scheduled = pytest.mark.parametrize("definition", [SHAPES[name] for name in SCHEDULED], ids=SCHEDULED)


def deploy(scene: Scene, definition: str, **orders: object) -> None:
    scene.environ["PASSWORD"] = "open sesame"
    secret = {"*myPassword": {"env": "PASSWORD"}} if "myPassword" in definition else {}
    scene.commit(project("a", definition=definition) | {"a/values.json": values(**secret)})
    report = scene.run(**orders)
    assert outcomes(report) == {"a": "created"}, report


@shapes
def test_a_plan_after_a_deployment_is_empty(scene: Scene, definition: str) -> None:
    deploy(scene, definition)
    assert planned(scene) == {"a": "unchanged"}
    scene.sandbox.advance(timedelta(days=2, minutes=7))
    assert planned(scene) == {"a": "unchanged"}
    assert backfilled(scene) == []


# Without its state tag nobody can tell a pipeline on demand that is live from one that was left unfinished.
@scheduled
@pytest.mark.parametrize("days", [0, 3])
def test_what_aws_holds_compares_equal(scene: Scene, definition: str, days: int) -> None:
    deploy(scene, definition)
    scene.sandbox.advance(timedelta(days=days, minutes=9))
    forget(scene)
    scene.clear()
    assert kinds(scene.run(Verb.PLAN)) == {"a": "retag"}
    assert scene.calls()["GetPipelineDefinition"] == 2
    assert outcomes(scene.run()) == {"a": "recorded"}
    assert planned(scene) == {"a": "unchanged"}


@pytest.mark.parametrize("shown", SecretFields)
def test_secrets_compare_equal_however_aws_shows_them(scene: Scene, shown: SecretFields) -> None:
    scene.sandbox.switch(Switches(secret_fields=shown))
    deploy(scene, SHAPES["a secret"])
    forget(scene)
    assert outcomes(scene.run()) == {"a": "recorded"}


def test_on_demand_compares_equal_by_its_definition(scene: Scene) -> None:
    deploy(scene, SHAPES["on demand"])
    live = scene.live("a")
    version, digest, *rest = live.tags["pipelayer:state"].split("/")
    assert len(digest) == 32
    scene.sandbox.set_tags(live.id, live.tags | {"pipelayer:state": "/".join([version, "?", *rest])})
    assert outcomes(scene.run()) == {"a": "recorded"}
    assert planned(scene) == {"a": "unchanged"}


CHANGES = [(("1 hour", "2 hours"), "edited"), (("Machine", "Other"), "replaced")]


@shapes
@pytest.mark.parametrize(("change", "result"), CHANGES, ids=["edited", "replaced"])
@pytest.mark.parametrize("days", [0, 40])
def test_a_change_runs_nothing_that_was_missed(
    scene: Scene, definition: str, change: tuple[str, str], result: str, days: int
) -> None:
    deploy(scene, definition)
    scene.sandbox.advance(timedelta(days=days))
    old = scene.live("a")
    scene.commit({"pipeline_definition.json": definition.replace(*change)})
    report = scene.run(replace_on_demand=True, since="")
    if old.state == "FINISHED":
        assert outcomes(report) == {"a": "held"}
        return
    # What is on demand and never ran may be changed in any way.
    assert outcomes(report) == {"a": "edited" if old.state == "PENDING" else result}, report.plan
    assert (scene.live("a").id == old.id) is (outcomes(report) == {"a": "edited"})
    assert planned(scene) == {"a": "unchanged"}
    scene.sandbox.advance(timedelta(days=1))
    assert backfilled(scene) == []
    assert scene.sandbox.gaps() == []


@pytest.mark.parametrize("kind", ["cron", "timeseries"])
def test_a_replacement_keeps_the_phase_of_a_first_activation(scene: Scene, kind: str) -> None:
    deploy(scene, template(kind, start=None))
    scene.sandbox.advance(timedelta(days=3, hours=5))
    before = next_run(scene)
    assert before > stamp(scene.clock.now())
    scene.commit({"pipeline_definition.json": template(kind, start=None, machine="Other")})
    assert outcomes(scene.run()) == {"a": "replaced"}
    assert next_run(scene) == before
    assert before[11:] == stamp(START)[11:]


def test_a_month_that_lacks_the_day_keeps_it_for_the_next(scene: Scene) -> None:
    deploy(scene, template(period="1 month", start="2025-10-31T02:00:00"))
    assert next_run(scene) == "2026-03-31T02:00:00"
    assert backfilled(scene) == []


def test_a_run_that_is_due_begins_on_the_old_pipeline(scene: Scene) -> None:
    scene.sandbox.set_time(datetime.fromisoformat("2026-03-11T01:30:00+00:00"))
    deploy(scene, SHAPES["cron"])
    old = scene.live("a").id
    scene.sandbox.set_time(datetime.fromisoformat("2026-03-11T01:59:30+00:00"))
    scene.commit({"pipeline_definition.json": template(machine="Other")})
    assert outcomes(scene.run()) == {"a": "replaced"}
    assert any("due within a minute" in text for text in scene.story.said)
    assert next_run(scene) == "2026-03-12T02:00:00"
    events = [event for event in scene.sandbox.events() if event.pipeline_id == old]
    stopped = next(event.at for event in events if event.state == "DEACTIVATING")
    assert stopped.isoformat() > "2026-03-11T02:00"
    assert backfilled(scene) == []


def test_a_slow_put_never_lets_both_run_one_slot(scene: Scene) -> None:
    scene.sandbox.set_time(datetime.fromisoformat("2026-03-11T01:50:00+00:00"))
    deploy(scene, SHAPES["cron"])
    scene.sandbox.set_time(datetime.fromisoformat("2026-03-11T01:58:50+00:00"))
    scene.commit({"pipeline_definition.json": template(machine="Other")})
    scene.story.after[Action.PUT] = lambda: scene.sandbox.advance(timedelta(seconds=60))
    assert outcomes(scene.run()) == {"a": "replaced"}
    assert next_run(scene) == "2026-03-12T02:00:00"
    assert len(runs_at(scene, "2026-03-11T02:00:00")) == 1
    assert backfilled(scene) == []


def runs_at(scene: Scene, slot: str) -> list[object]:
    return [
        run
        for pipeline in scene.sandbox.pipelines(deleted=True)
        for run in pipeline.runs
        if run.scheduled_start == datetime.fromisoformat(f"{slot}+00:00")
    ]


def test_a_new_one_whose_time_passes_meanwhile_begins_a_day_later(scene: Scene) -> None:
    scene.sandbox.set_time(datetime.fromisoformat("2026-03-11T01:59:30+00:00"))
    scene.story.after[Action.PUT] = lambda: scene.sandbox.advance(timedelta(seconds=60))
    deploy(scene, SHAPES["cron"])
    assert next_run(scene) == "2026-03-12T02:00:00"
    assert backfilled(scene) == []


def test_a_schedule_that_is_over_is_never_created(scene: Scene) -> None:
    scene.commit(project("a", definition=template(end="2026-02-01T00:00:00")))
    before = scene.picture()
    report = scene.run()
    assert outcomes(report) == {"a": "failed"}
    assert "no run left" in report.outcomes[0].error
    assert scene.picture() == before


def test_finished_and_unchanged_is_unchanged(scene: Scene) -> None:
    deploy(scene, template(start=None, occurrences=1))
    scene.sandbox.advance(timedelta(days=3))
    assert scene.live("a").state == "FINISHED"
    assert planned(scene) == {"a": "unchanged"}
    assert outcomes(scene.run()) == {"a": "unchanged"}


def test_upload_then_activate_is_a_deployment(scene: Scene) -> None:
    scene.commit(project() | with_files("a", {"x": "1"}))
    assert outcomes(scene.run(Verb.UPLOAD)) == {"a": "uploaded"}
    assert outcomes(scene.run(Verb.ACTIVATE)) == {"a": "created"}
    assert scene.live("a").tags["pipelayer:state"].split("/")[2] == "-"
    # S3 was written before there was a pipeline to record it on, so the next one looks once more.
    assert outcomes(scene.run()) == {"a": "recorded"}
    assert planned(scene) == {"a": "unchanged"}
