"""The old pipeline goes whatever stands in the way: full of tags, gone already, or deleted meanwhile."""

from __future__ import annotations

import pytest

from pipelayer.model import Action, Verb
from pipelayer.sandbox.state import State
from support.scene import Scene, outcome, outcomes, plan_of, project, values

SEVEN = {f"t{number}": "x" for number in range(7)}


def tagged(scene: Scene, count: int) -> str:
    """Has a person add tags by hand until there are `count`; gives the live pipeline's id."""
    live = scene.live("a")
    missing = count - len(live.tags)
    scene.sandbox.set_tags(live.id, {**live.tags, **{f"by-hand-{n}": "x" for n in range(missing)}})
    return live.id


def test_a_pipeline_with_ten_tags_is_retired_all_the_same(scene: Scene) -> None:
    scene.commit(project() | {"a/values.json": values(metadata={"tags": SEVEN})})
    assert scene.run().exit_code == 0
    old = scene.live("a").id
    assert len(scene.live("a").tags) == 10
    fewer = dict.fromkeys(list(SEVEN)[:6], "x")
    scene.commit({"a/values.json": values(metadata={"tags": fewer}, myPeriod="2 days")})
    report = scene.run()
    assert outcomes(report) == {"a": "replaced"}
    assert scene.sandbox.pipeline(old).state in (State.DELETING, State.DELETED)
    assert max(scene.sandbox.scheduled_at_once().values()) <= 2
    assert [one.name for one in scene.sandbox.pipelines() if one.state is State.SCHEDULED] == ["a"]


def test_a_pipeline_with_ten_tags_is_edited_all_the_same(scene: Scene) -> None:
    scene.commit(project("a"))
    assert scene.run().exit_code == 0
    live = tagged(scene, 10)
    scene.commit({"a/values.json": values(myWord="1")})
    assert outcomes(scene.run()) == {"a": "edited"}
    assert (scene.live("a").id, len(scene.live("a").tags)) == (live, 10)


def test_tags_that_do_not_fit_are_refused_before_anything_is_written(scene: Scene) -> None:
    scene.commit(project("a"))
    assert scene.run().exit_code == 0
    tagged(scene, 10)
    scene.commit({"a/values.json": values(metadata={"tags": SEVEN})})
    before = scene.picture()
    report = scene.run()
    assert plan_of(report, "a").kind == "refused"
    assert "by-hand-0" in outcome(report, "a").error
    assert scene.picture() == before


@pytest.mark.parametrize("when", [Action.PUT, Action.ACTIVATE, Action.RETIRE])
def test_an_old_one_that_somebody_deletes_meanwhile_is_no_failure(scene: Scene, when: Action) -> None:
    scene.commit(project("a"))
    assert scene.run().exit_code == 0
    old = scene.live("a").id
    scene.commit({"a/values.json": values(myPeriod="2 days")})
    scene.story.after[when] = lambda: scene.sandbox.delete(old)
    report = scene.run()
    assert outcomes(report) == {"a": "replaced"}
    assert report.exit_code == 0
    assert scene.run(Verb.PLAN).plan[0].kind == "unchanged"
