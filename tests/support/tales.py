"""The stories of deploying: what was live, and what is deployed then. Each is told once undisturbed, and then
again with something going wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pipelayer.model import Report, Verb
from pipelayer.run.request import ReplaceOrder
from pipelayer.sandbox.settings import Settings, Switches
from pipelayer.sandbox.state import RunKind
from support.gitrepo import Content
from support.scene import BUCKET, CONFIG, Scene, project, template, values, with_files

Files = Mapping[str, Content]
KEY = "pipelayer:key"
SECRET = {"*myPassword": {"env": "PASSWORD"}}
FOREIGN = {"team": "data"}


def nothing(scene: Scene) -> None:
    """Nothing but what the first deployment made is there."""


def forget_it(scene: Scene) -> None:
    """Somebody made a pipeline with the same definition and name, without Pipelayer."""
    scene.sandbox.set_tags(scene.live("a").id, {"team": "data"})


def make_unfinished(scene: Scene) -> None:
    """Somebody made a pipeline, and has never activated it."""
    latest = scene.live("a").latest
    scene.sandbox.delete(scene.live("a").id)
    made = scene.sandbox.seed_pipeline("a", tags={"team": "data"})
    assert latest is not None
    scene.sandbox.save(made, latest.objects, latest.parameters, latest.values)


def run_it(scene: Scene) -> None:
    scene.sandbox.activate(scene.live("a").id)


def pause_it(scene: Scene) -> None:
    scene.sandbox.pause(scene.live("a").id)
    scene.sandbox.advance(timedelta(days=3))


def finish_it(scene: Scene) -> None:
    scene.sandbox.advance(timedelta(days=2))
    assert scene.live("a").state == "FINISHED"


def keep_it_busy(scene: Scene) -> None:
    """Its run of this night takes for ever."""
    scene.sandbox.settings = Settings(run_seconds=None, switches=scene.sandbox.settings.switches)
    scene.sandbox.advance(timedelta(days=1))


def be_nearly_due(scene: Scene) -> None:
    """An hour later its next run is half a minute away."""
    scene.sandbox.set_time(datetime(2026, 3, 11, 0, 59, 30, tzinfo=UTC))


def lose_the_record(scene: Scene) -> None:
    live = scene.live("a")
    scene.sandbox.set_tags(live.id, {k: v for k, v in live.tags.items() if k != "pipelayer:state"})


def save_aside(scene: Scene) -> None:
    """Somebody saves another definition without activating it."""
    live = scene.live("a")
    assert live.active is not None
    objects = [one for one in live.active.objects if one["id"] != "Job"]
    scene.sandbox.save(live.id, objects, live.active.parameters, live.active.values)


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
    subject: str = KEY
    goes: bool = False


PLAIN = project("b") | with_files("a", {"x": "1", "y": "1"})
MOVED = {"a/values.json": None, "c/values.json": values(metadata={"moved-from": "a"})}
ON_DEMAND = project(definition=template("ondemand")) | with_files("a", {"x": "1"})
FIRST = project("a", definition=template(start=None))
FULL = CONFIG.replace("{region", "{max-pipelines: 4, region")
ADOPTING = {"metadata": {"adopt": "a"}}

TALES = {
    "create": Tale(None, PLAIN),
    "create on demand": Tale(None, ON_DEMAND),
    "create and run on demand": Tale(None, ON_DEMAND, orders={"run_on_demand": True}),
    "edit": Tale(project("a", "b"), {"a/values.json": values(myWord="bye")}),
    "edit and upload": Tale(
        PLAIN, with_files("a", {"x": "22", "y": "1"}, myWord="bye") | {"a/tasks/y": None}
    ),
    "edit a timeseries": Tale(
        project("a", definition=template("timeseries")), {"a/values.json": values(myWord="bye")}
    ),
    "edit a first activation": Tale(FIRST, {"a/values.json": values(myWord="bye")}),
    "edit with a secret": Tale(
        project("a", definition=template(secret=True)) | {"a/values.json": values(**SECRET)},
        {"a/values.json": values(myWord="bye", **SECRET)},
    ),
    "edit what was saved aside": Tale(project("a"), {"a/values.json": values(myWord="bye")}, save_aside),
    "resume": Tale(
        project("a"),
        {"a/values.json": values(myWord="bye")},
        pause_it,
        {"respect_paused": False},
        goes=True,
    ),
    "change on demand, never run": Tale(ON_DEMAND, with_files("a", {"x": "1"}, myWord="bye")),
    "change and run on demand": Tale(
        ON_DEMAND, with_files("a", {"x": "1"}, myWord="bye"), orders={"run_on_demand": True}
    ),
    "upload and run on demand": Tale(ON_DEMAND, {"a/tasks/x": "22"}, orders={"run_on_demand": True}),
    "change on demand": Tale(ON_DEMAND, with_files("a", {"x": "1"}, myWord="bye"), run_it, goes=True),
    "replace": Tale(project("a", "b"), {"a/values.json": values(myPeriod="12 hours")}),
    "replace and upload": Tale(
        PLAIN, with_files("a", {"x": "22", "y": "1"}, myPeriod="12 hours") | {"a/tasks/y": None}
    ),
    "replace as a run is due": Tale(
        project("a"), {"pipeline_definition.json": template(machine="Other")}, be_nearly_due
    ),
    "edit as a run is due": Tale(project("a"), {"a/values.json": values(myWord="bye")}, be_nearly_due),
    "replace a renamed one": Tale(PLAIN, {"b/values.json": values(name="other")}),
    "replace a first activation": Tale(
        FIRST, {"pipeline_definition.json": template(start=None, machine="Other")}
    ),
    "replace and cancel": Tale(
        project("a"), {"a/values.json": values(myPeriod="12 hours")}, keep_it_busy, {"cancel_running": True}
    ),
    "replace a finished one": Tale(
        project("a", definition=template(start=None, occurrences=1)),
        {"pipeline_definition.json": template(start="2026-03-11T02:00:00")},
        finish_it,
        {"respect_paused": False},
    ),
    "replace on demand": Tale(
        ON_DEMAND,
        {"pipeline_definition.json": template("ondemand", machine="Other")},
        run_it,
        {"replace_on_demand": True},
        goes=True,
    ),
    "replace, the old one first": Tale(
        project("a", "b", config=FULL),
        {"a/values.json": values(myPeriod="12 hours")},
        orders={"replace": ReplaceOrder.DELETE_FIRST},
        goes=True,
    ),
    "upload": Tale(PLAIN, {"a/tasks/x": "22", "a/tasks/y": None}),
    "record": Tale(project("a", "b"), {"a/values.json": values(metadata={"tags": ["x:y"]})}, lose_the_record),
    "move": Tale(project("a", "b"), MOVED, subject=""),
    "adopt": Tale(project("a"), {"a/values.json": values(**ADOPTING)}, forget_it, subject=""),
    "adopt and edit": Tale(
        project("a"), {"a/values.json": values(myWord="bye", **ADOPTING)}, forget_it, subject=""
    ),
    "adopt what was never activated": Tale(
        project("a"), {"a/values.json": values(**ADOPTING)}, make_unfinished, goes=True
    ),
    "adopt and replace": Tale(
        project("a"), {"a/values.json": values(myPeriod="12 hours", **ADOPTING)}, forget_it, subject=""
    ),
    "prune": Tale(project("a", "b", "c"), {"a/values.json": None}, orders={"prune": True}, goes=True),
}


class Stage:
    """Tells one tale again and again, in an account that others use too."""

    def __init__(self, scene: Scene, tale: Tale) -> None:
        self.scene, self.tale = scene, tale
        self._ends: dict[Switches, object] = {}
        self._asked: dict[Switches, int] = {}
        scene.environ["PASSWORD"] = "open sesame"
        self.first = scene.commit(tale.first) if tale.first is not None else ""
        self.second = scene.commit(tale.second)

    def set(self, switches: Switches) -> None:
        """As it is before the second commit is deployed."""
        scene, sandbox = self.scene, self.scene.sandbox
        self._switches = switches
        scene.again()
        sandbox.switch(switches)
        sandbox.seed_pipeline("stranger", tags=FOREIGN)
        sandbox.put_object(BUCKET, "in/a/theirs", b"theirs")
        sandbox.put_object(BUCKET, "in/a2/tasks/x", b"theirs")
        if self.first:
            assert scene.run(at=self.first).exit_code == 0
            sandbox.advance(timedelta(hours=1))
            self._look()
            self.tale.before(scene)
            sandbox.advance(timedelta(hours=1))
            self._look()
        self._foreign = self.foreign()
        scene.clear()
        scene.story.steps.clear()

    def _look(self) -> None:
        """What the list didn't show yet, it shows from now on."""
        self.scene.run(Verb.PLAN, at=self.first)

    def act(self) -> Report:
        """What a push of the second commit does."""
        return self.scene.run(at=self.second, since=self.first, **self.tale.orders)

    def undisturbed(self, switches: Switches) -> object:
        """The end as it should be."""
        if switches not in self._ends:
            self.set(switches)
            report = self.act()
            assert report.exit_code == 0, report
            self._ends[switches] = self.end()
            self._asked[switches] = self._runs_on_demand()
        return self._ends[switches]

    def end(self) -> object:
        """Everything that counts, without the ids; nothing retired may still be there."""
        there = [one for one in self.scene.sandbox.pipelines() if one.state != "DELETING"]
        return [
            (one.name, one.state, sorted(one.tags.items()), one.latest, one.active)
            for one in sorted(there, key=lambda one: one.name)
        ], self.scene.sandbox.objects(BUCKET)

    def _runs_on_demand(self) -> int:
        pipelines = self.scene.sandbox.pipelines(deleted=True)
        return sum(run.kind is RunKind.ON_DEMAND for one in pipelines for run in one.runs)

    def foreign(self) -> object:
        """What is none of ours."""
        return [
            (one.id, one.state, one.tags, one.version)
            for one in self.scene.sandbox.pipelines(deleted=True)
            if one.name == "stranger"
        ]

    def check(self, wanted: object, where: str) -> None:
        """The same command once more reaches the end, and on the way there nothing was lost."""
        scene, sandbox = self.scene, self.scene.sandbox
        sandbox.clear_faults()
        scene.interrupted = lambda: False
        scene.around = lambda cloud: cloud
        report = self.act()
        assert report.exit_code == 0, (where, report)
        assert self.end() == wanted, where
        assert self.foreign() == self._foreign, where
        # What was asked for is run. The same command again asks again, whatever the first one heard of it.
        assert 0 <= self._runs_on_demand() - self._asked[self._switches] <= 1, where
        assert self.tale.goes or sandbox.gaps(self.tale.subject) == [], where
        assert max(sandbox.scheduled_at_once(KEY).values(), default=0) <= 2, where
        self._check_runs(where)

    def _check_runs(self, where: str) -> None:
        """For two more days each slot is run once, and nothing that was over is caught up with."""
        sandbox = self.scene.sandbox
        sandbox.advance(timedelta(days=2))
        ran: list[tuple[str, str, object]] = []
        for pipeline in sandbox.pipelines(deleted=True):
            for run in pipeline.runs:
                assert run.kind is not RunKind.BACKFILL, where
                if run.kind is RunKind.SCHEDULED:
                    ran.append((pipeline.tags.get(KEY, pipeline.name), run.schedule_id, run.scheduled_start))
        assert len(ran) == len(set(ran)), where
