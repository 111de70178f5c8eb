"""What every story of a deployment begins with, and what must hold at its end.

settle(scene, project("a"))
scene.commit({"a/values.json": values(myWord="bye")})
assert outcomes(scene.run()) == {"a": "edited"}
settled(scene)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pipelayer.model import Action, Report, Verb
from pipelayer.sandbox.state import Pipeline, Run, RunKind
from support.gitrepo import Content
from support.scene import REGION, Scene, kinds, outcomes

STATE = "pipelayer:state"
DONE = {"created", "replaced", "edited", "adopted", "uploaded", "unchanged", "recorded"}


def settle(scene: Scene, files: Mapping[str, Content], **orders: Any) -> Pipeline | None:
    """Deploys these files without a hitch; the pipeline `a`, where there is one."""
    scene.commit(files)
    report = scene.run(**orders)
    assert report.exit_code == 0, report
    assert set(outcomes(report).values()) <= DONE, report.outcomes
    scene.clear()
    found = [one for one in scene.sandbox.pipelines() if one.name == "a"]
    return found[0] if found else None


def planned(scene: Scene) -> dict[str, str]:
    """What a plan sees on all pipelines. One without a base, which only joins what differs, sees nothing."""
    assert scene.run(Verb.PLAN, since="").plan == ()
    return kinds(scene.run(Verb.PLAN))


def forget(scene: Scene, name: str = "a") -> None:
    """Somebody takes the state tag away: only AWS's own copy of the definition can tell now."""
    live = scene.live(name)
    scene.sandbox.set_tags(live.id, {key: value for key, value in live.tags.items() if key != STATE})


def settled(scene: Scene, *, forgotten: bool = True) -> None:
    """Planning right after a deployment finds nothing to do. Nor does it find a difference in `a` once its
    record is lost: that alone is written again.
    """
    assert set(planned(scene).values()) == {"unchanged"}
    assert backfilled(scene) == []
    if forgotten:
        forget(scene)
        assert kinds(scene.run(Verb.PLAN))["a"] == "retag"
        assert outcomes(scene.run())["a"] == "recorded"
        assert set(planned(scene).values()) == {"unchanged"}


def every_run(scene: Scene, name: str = "") -> list[Run]:
    """The runs of every pipeline of this name, or of all, without the intervals that were skipped. Of one
    that is quite gone AWS tells none.
    """
    every = [one for one in scene.sandbox.pipelines(deleted=True) if name in ("", one.name)]
    return [run for one in every for run in one.runs if run.kind is not RunKind.SKIPPED]


def backfilled(scene: Scene) -> list[datetime]:
    """The intervals that had been missed and were run all the same."""
    return [run.scheduled_start for run in every_run(scene) if run.kind is RunKind.BACKFILL]


def stopped_after(scene: Scene, action: Action, **orders: Any) -> Report:
    """A run that is told to stop once it has taken such a step."""
    told: list[bool] = []
    scene.story.after[action] = lambda: told.append(True)
    scene.interrupted = lambda: bool(told)
    report = scene.run(since="", **orders)
    scene.interrupted = lambda: False
    assert told
    return report


def slots(scene: Scene, schedule: str = "When", name: str = "a") -> list[str]:
    """The intervals of a schedule that were run, in their order; none may be there twice."""
    found = Counter(run.scheduled_start for run in every_run(scene, name) if run.schedule_id == schedule)
    assert set(found.values()) <= {1}, found
    return [stamp(one) for one in sorted(found)]


def stamp(instant: datetime) -> str:
    """An instant as definitions write it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def next_run(scene: Scene, name: str = "a") -> str:
    """When the pipeline runs next."""
    return stamp(min(scene.live(name).next_runs.values()))


def word(pipeline: Pipeline, version: str = "active") -> str:
    """The value of myWord in a pipeline's active or latest definition, "" where it has none."""
    definition = getattr(pipeline, version)
    return next((one["stringValue"] for one in definition.values if one["id"] == "myWord"), "")


def begin_to_pause(scene: Scene, pipeline_id: str) -> None:
    """Somebody pauses it, and lets its running work finish."""
    scene._connect(REGION).pipelines.deactivate(pipeline_id, cancel_active=False)
    scene.clear()
