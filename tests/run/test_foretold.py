"""What a plan says about the next runs is what happens after the deploy, in each of the tales."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelayer.model import Verb
from pipelayer.sandbox.settings import Switches
from pipelayer.sandbox.state import RunKind
from support.scene import Scene
from support.tales import KEY, TALES, Stage, Tale


@pytest.mark.parametrize("tale", TALES.values(), ids=TALES)
def test_what_is_foretold_is_what_runs(scene: Scene, tale: Tale) -> None:
    stage = Stage(scene, tale)
    stage.set(Switches())
    orders = {name: value for name, value in tale.orders.items() if name != "concurrency"}
    planned = scene.run(Verb.PLAN, at=stage.second, since=stage.first, **orders)
    foretold = {str(plan.key): plan.preview.runs_after for plan in planned.plan if plan.preview}
    assert stage.act().exit_code == 0
    done = scene.clock.now()
    scene.sandbox.advance(timedelta(days=2))
    end = scene.clock.now()
    ran: dict[str, list[object]] = {key: [] for key in foretold}
    for pipeline in scene.sandbox.pipelines(deleted=True):
        key = pipeline.tags.get(KEY, "")
        if key in ran:
            ran[key] += [
                run.started
                for run in pipeline.runs
                if run.kind is RunKind.SCHEDULED and done < run.started <= end
            ]
    for key, runs in foretold.items():
        if not runs.note:
            assert sorted(map(str, ran[key])) == [str(t) for t in runs.times if done < t <= end], key
        elif runs.note != "at its activation, then every 1 day":
            assert ran[key] == [], (key, runs.note)
