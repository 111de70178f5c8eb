"""Whatever call fails, and wherever a run is stopped: the same command again ends as if nothing had been.

Each story is told once undisturbed, then once for every call and every step of it. In between no scheduled
pipeline is ever left without a successor, and in the end nothing is left over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from pipelayer.model import Report
from pipelayer.sandbox.faults import Fault, Kind, When
from support.gitrepo import Content
from support.scene import BUCKET, Scene, project, template, values, with_files

Files = Mapping[str, Content]


def nothing(scene: Scene) -> None:
    """Nothing but what the first deployment made is there."""


def make_by_hand(scene: Scene) -> None:
    """Somebody made a pipeline with the same definition and name, without Pipelayer."""
    scene.run()
    live = scene.live("a")
    scene.sandbox.set_tags(live.id, {"team": "data"})


@dataclass(frozen=True)
class Tale:
    """A first commit that is deployed, and a second one whose deployment is disturbed.

    `subject` is the tag by which one is told that must always have a scheduled pipeline, "" its name;
    `goes` says that there is one that needn't.
    """

    first: Files | None
    second: Files
    before: Callable[[Scene], None] = nothing
    orders: Mapping[str, Any] = field(default_factory=dict)
    subject: str = "pipelayer:key"
    goes: bool = False


def once_more(files: Files, **changed: Content) -> Files:
    return {**files, **changed}


PLAIN = project("b") | with_files("a", {"x": "1", "y": "1"})
OTHER = with_files("a", {"x": "22", "y": "1"}, myWord="bye") | {"a/tasks/y": None}
ON_DEMAND = project(definition=template("ondemand")) | with_files("a", {"x": "1"})

TALES = {
    "create": Tale(None, PLAIN),
    "replace and upload": Tale(PLAIN, OTHER),
    "upload": Tale(PLAIN, {"a/tasks/x": "22", "a/tasks/y": None}),
    "replace a renamed one": Tale(PLAIN, {"b/values.json": values(name="other")}),
    "create on demand": Tale(None, ON_DEMAND),
    "change on demand, never run": Tale(ON_DEMAND, with_files("a", {"x": "1"}, myWord="bye")),
    "replace on demand": Tale(
        ON_DEMAND,
        with_files("a", {"x": "1"}, myWord="bye"),
        lambda scene: scene.sandbox.activate(scene.live("a").id),
        {"replace_on_demand": True},
        goes=True,
    ),
    "first activation": Tale(
        project("a", definition=template(start=None)), {"a/values.json": values(myWord="bye")}
    ),
    "move": Tale(
        project("a", "b"),
        {"a/values.json": None, "c/values.json": values(metadata={"moved-from": "a"})},
        subject="",
    ),
    "adopt": Tale(project("a"), {"a/values.json": values(metadata={"adopt": "a"})}, make_by_hand, subject=""),
    "prune": Tale(project("a", "b", "c"), {"a/values.json": None}, orders={"prune": True}, goes=True),
}

tales = pytest.mark.parametrize("tale", TALES.values(), ids=TALES)


class Stage:
    """Tells one tale again and again."""

    def __init__(self, scene: Scene, tale: Tale) -> None:
        self.scene, self.tale = scene, tale
        self.first = scene.commit(tale.first) if tale.first is not None else ""
        self.second = scene.commit(tale.second)

    def set(self) -> None:
        """As it is before the second commit is deployed."""
        self.scene.again()
        if self.first:
            assert self.scene.run(at=self.first).exit_code == 0
            self.tale.before(self.scene)
            self.scene.sandbox.advance(timedelta(hours=1))
        self.scene.clear()
        self.scene.story.steps.clear()

    def act(self) -> Report:
        """What a push of the second commit does."""
        return self.scene.run(at=self.second, since=self.first, **self.tale.orders)

    def undisturbed(self) -> object:
        """The end as it should be."""
        self.set()
        report = self.act()
        assert report.exit_code == 0, report
        return self.end()

    def end(self) -> object:
        """Everything that counts, without the ids; nothing retired may still be there."""
        there = [one for one in self.scene.sandbox.pipelines() if one.state != "DELETING"]
        return [
            (one.name, one.state, sorted(one.tags.items()), one.latest, one.active)
            for one in sorted(there, key=lambda one: one.name)
        ], self.scene.sandbox.objects(BUCKET)

    def check(self, wanted: object, where: str) -> None:
        """The same command once more reaches the end."""
        self.scene.sandbox.clear_faults()
        self.scene.interrupted = lambda: False
        report = self.act()
        assert report.exit_code == 0, (where, report)
        assert self.end() == wanted, where
        assert self.tale.goes or self.scene.sandbox.gaps(self.tale.subject) == [], where
        once = self.scene.sandbox.scheduled_at_once("pipelayer:key")
        assert max(once.values(), default=0) <= 2, where


READING = ("DescribePipelines", "GetPipelineDefinition", "ListObjectsV2", "ListPipelines", "HeadObject")
"""What changes nothing: whether it fails before or after is all the same."""


@tales
@pytest.mark.parametrize("when", When)
def test_every_call_may_fail(scene: Scene, tale: Tale, when: When) -> None:
    stage = Stage(scene, tale)
    wanted = stage.undisturbed()
    calls = [call for call in scene.sandbox.calls() if call.service != "sts"]
    assert calls
    for number, call in enumerate(calls, start=1):
        if when is When.AFTER and call.operation in READING:
            continue
        where = f"{when} call {number}, {call.operation}"
        stage.set()
        scene.sandbox.fault(Fault(service="*", operation="*", nth=number, when=when, kind=Kind.DROP))
        report = stage.act()
        assert report.exit_code in (0, 1), where
        stage.check(wanted, where)


class StopAfter:
    """Tells a run to stop once so many steps were taken."""

    def __init__(self, scene: Scene, steps: int) -> None:
        self._scene, self._steps = scene, steps

    def __call__(self) -> bool:
        return len(self._scene.story.steps) >= self._steps


@tales
def test_a_run_may_be_stopped_after_every_step(scene: Scene, tale: Tale) -> None:
    stage = Stage(scene, tale)
    wanted = stage.undisturbed()
    for number in range(len(scene.story.steps)):
        where = f"after step {number}"
        stage.set()
        scene.interrupted = StopAfter(scene, number)
        report = stage.act()
        assert report.exit_code == 130, where
        stage.check(wanted, where)
