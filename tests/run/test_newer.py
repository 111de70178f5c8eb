"""An older run never overwrites a newer one: what the branch's tip wants otherwise is left to it."""

from __future__ import annotations

import pytest

from pipelayer.errors import GitError
from pipelayer.model import Action, Verb
from pipelayer.project.tree import Tree
from support.scene import Scene, kinds, outcome, outcomes, project, values, with_files


@pytest.fixture
def first(scene: Scene) -> str:
    commit = scene.commit(project("a", "b", "c"))
    assert scene.run().exit_code == 0
    return commit


def tip(scene: Scene, commit: str) -> None:
    """From now on the branch stands at this commit."""
    tree = scene.tree(commit)
    scene.newest = lambda: tree


def test_what_the_tip_wants_otherwise_is_left_to_it(scene: Scene, first: str) -> None:
    ours = scene.commit({"a/values.json": values(myWord="1"), "b/values.json": values(myWord="1")})
    theirs = scene.commit({"a/values.json": values(myWord="2")})
    tip(scene, theirs)
    before = scene.live("a")
    report = scene.run(at=ours, since=first)
    assert outcomes(report) == {"a": "superseded", "b": "edited"}
    assert kinds(report) == {"a": "superseded", "b": "edit in place"}
    assert report.exit_code == 0
    assert scene.live("a").tags == before.tags


def test_what_the_tip_no_longer_has_is_left_to_it(scene: Scene, first: str) -> None:
    ours = scene.commit({"a/values.json": values(myWord="1")})
    tip(scene, scene.commit({"a/values.json": None}))
    assert outcomes(scene.run(at=ours, since=first)) == {"a": "superseded"}


def test_a_tip_that_cannot_be_read_supersedes_everything(scene: Scene, first: str) -> None:
    ours = scene.commit({"a/values.json": values(myWord="1")})
    tip(scene, scene.commit({"pipelayer.yml": "version: 7\n"}))
    assert outcomes(scene.run(at=ours, since=first)) == {"a": "superseded"}


def test_our_own_tip_is_asked_and_changes_nothing(scene: Scene, first: str) -> None:
    scene.commit({"a/values.json": values(myWord="1")})
    asked: list[int] = []

    def newest() -> Tree | None:
        asked.append(1)
        return None

    scene.newest = newest
    assert outcomes(scene.run(since=first)) == {"a": "edited"}
    assert asked


def test_an_unknown_tip_refuses_to_write(scene: Scene, first: str) -> None:
    scene.commit({"a/values.json": values(myWord="1")})

    def newest() -> Tree | None:
        raise GitError("The branch's tip can't be had.", "Try again.")

    scene.newest = newest
    before = scene.picture()
    report = scene.run(since=first)
    assert outcomes(report) == {"a": "failed"}
    assert "tip" in outcome(report, "a").error
    assert scene.picture() == before


def test_a_tip_that_cannot_be_had_is_not_asked_for_by_each_pipeline(scene: Scene, first: str) -> None:
    """It was tried three times already, and seconds for each of many pipelines are minutes."""
    scene.commit({f"{name}/values.json": values(myWord="1") for name in "abc"})
    asked: list[int] = []

    def newest() -> Tree | None:
        asked.append(1)
        raise GitError("The branch's tip can't be had.", "Try again.")

    scene.newest = newest
    assert outcomes(scene.run(since=first)) == dict.fromkeys("abc", "failed")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("change", "result"), [({"myWord": "1"}, "edited"), ({"myPeriod": "2 days"}, "replaced")]
)
def test_a_tip_that_moves_before_the_activation(
    scene: Scene, first: str, change: dict[str, str], result: str
) -> None:
    """What was created by then is taken away again; what was saved is left to the newer run; the old one goes
    on.
    """
    ours = scene.commit({"a/values.json": values(**change)})
    newer = scene.commit({"a/values.json": values(**change, myS3InputDir="s3://data/in")})
    theirs = scene.tree(newer)
    old = scene.live("a")
    moved: list[Tree | None] = [None]
    scene.newest = lambda: moved[-1]

    def moves() -> None:
        moved.append(theirs)
        scene.clock.sleep(10)

    scene.story.after[Action.PUT] = moves
    assert outcomes(scene.run(at=ours, since=first)) == {"a": "superseded"}
    after = scene.live("a")
    assert (after.id, after.active, after.state) == (old.id, old.active, "SCHEDULED")
    assert scene.sandbox.gaps() == []
    scene.newest = lambda: None
    assert outcomes(scene.run(at=newer, since="")) == {"a": result}
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged", "b": "unchanged", "c": "unchanged"}
    assert scene.run(Verb.PLAN, since="").plan == ()


def test_what_somebody_built_is_superseded_by_any_newer_tip(scene: Scene, first: str) -> None:
    ours = scene.commit({"a/values.json": values(myWord="1")})
    tip(scene, scene.commit({"README": "nothing about pipelines"}))
    assert outcomes(scene.run(at=ours, since=first, built_files=True)) == {"a": "superseded"}


def test_pruning_asks_too(scene: Scene, first: str) -> None:
    ours = scene.commit({"a/values.json": None})
    tip(scene, scene.commit({"a/values.json": values()}))
    report = scene.run(at=ours, since=first, prune=True)
    assert outcomes(report) == {"a": "superseded"}
    assert set(scene.ids()) == {"a", "b", "c"}


# ---- catching up


def test_what_an_earlier_run_left_undone_joins(scene: Scene, first: str) -> None:
    second = scene.commit({"a/values.json": values(myWord="1")})
    scene.commit({"b/values.json": values(myWord="1")})
    report = scene.run(since=second)
    assert outcomes(report) == {"a": "edited", "b": "edited"}
    reasons = {item.directory: [str(one) for one in item.reasons] for item in report.selection.items}
    assert reasons == {"a": ["catch-up"], "b": ["values"]}


@pytest.mark.parametrize(
    ("change", "result"), [({"myWord": "1"}, "edited"), ({"myPeriod": "2 days"}, "replaced")]
)
def test_a_rollback_is_a_revert(scene: Scene, first: str, change: dict[str, str], result: str) -> None:
    before = scene.live("a").active
    scene.commit({"a/values.json": values(**change)})
    assert outcomes(scene.run(since=first)) == {"a": result}
    once = scene.live("a")
    assert once.active != before
    scene.commit({"a/values.json": values()})
    assert outcomes(scene.run(since="")) == {"a": result}
    after = scene.live("a")
    assert after.active == before
    assert (after.id == once.id) is (result == "edited")
    assert scene.run(since="").outcomes == ()


@pytest.mark.parametrize(
    ("change", "result", "pipelines"),
    [({"myWord": "1"}, "edited", 1), ({"myPeriod": "2 days"}, "replaced", 7)],
)
def test_back_and_forth_never_meets_an_old_one(
    scene: Scene, first: str, change: dict[str, str], result: str, pipelines: int
) -> None:
    seen = [scene.live("a").id]
    for number in range(6):
        scene.commit({"a/values.json": values(**(change if number % 2 == 0 else {}))})
        assert outcomes(scene.run(since="")) == {"a": result}
        seen.append(scene.live("a").id)
    assert len(set(seen)) == pipelines
    assert scene.sandbox.gaps() == []


def test_changed_tags_are_written_without_a_replacement(scene: Scene, first: str) -> None:
    live = scene.live("a").id
    scene.commit({"a/values.json": values(metadata={"tags": {"team": "data"}})})
    scene.clear()
    assert outcomes(scene.run(since=first)) == {"a": "recorded"}
    assert (scene.live("a").id, scene.live("a").tags["team"]) == (live, "data")
    assert scene.calls()["AddTags"] == 1
    assert scene.run(since="").outcomes == ()


def test_a_changed_description_is_only_reported(scene: Scene, first: str) -> None:
    scene.commit({"a/values.json": values(metadata={"description": "words"})})
    before = scene.picture()
    report = scene.run(since=first)
    assert outcomes(report) == {"a": "unchanged"}
    assert "description" in report.plan[0].reason
    assert scene.picture() == before


def test_a_changed_name_is_a_replacement(scene: Scene, first: str) -> None:
    scene.commit({"a/values.json": values(name="new")})
    report = scene.run(since=first)
    assert outcomes(report) == {"a": "replaced"}
    assert "renamed" in report.plan[0].reason
    assert set(scene.ids()) == {"new", "b", "c"}


def test_files_alone_need_no_definition(scene: Scene, first: str) -> None:
    scene.commit(with_files("a", {"x": "1"}))
    assert outcomes(scene.run(since=first)) == {"a": "edited"}
    live = scene.live("a").id
    scene.commit({"a/tasks/x": "22"})
    assert kinds(scene.run(since="")) == {"a": "upload only"}
    assert scene.live("a").id == live
