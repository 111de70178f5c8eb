"""Wherever a run loses S3 or is killed: objects are whole, tags are true, and running again finishes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from pipelayer.model import Verb
from pipelayer.sandbox.faults import Fault, Kind, When
from support.clouds import PART, Killed, Process, in_small_parts
from support.gitrepo import Content
from support.scene import BUCKET, Scene, project, template, with_files

Files = Mapping[str, Content]
Objects = Mapping[str, bytes]

OTHERS = ("in/a/by-hand", "in/a/tasks2/old", "in/a/tasks.old", "in/ab/tasks/old", "in/tasks/old", "tasks/old")
"""Keys beside `in/a/tasks/`, none of them ours."""

FIRST = project() | with_files("a", {"keep": "1", "change": "1", "old": "1", "deep/old": "1"})
SECOND = {"a/tasks/change": "22", "a/tasks/new": "3", "a/tasks/old": None, "a/tasks/deep/old": None}
OTHER_MACHINE = template().replace('"Machine"', '"Runner"')
BIG = b"1" * PART + b"2"


@dataclass(frozen=True)
class Tale:
    """A first commit that is deployed, and a second one whose run is disturbed."""

    first: Files | None
    second: Files
    verb: Verb = Verb.DEPLOY


TALES = {
    "the first deploy": Tale(None, FIRST),
    "only files": Tale(FIRST, SECOND),
    "a value too": Tale(FIRST, SECOND | with_files("a", {}, myWord="bye")),
    "a replacement too": Tale(FIRST, SECOND | {"pipeline_definition.json": OTHER_MACHINE}),
    "the verb upload": Tale(FIRST, SECOND, Verb.UPLOAD),
    "a file in parts": Tale(
        project() | with_files("a", {"old": "1"}) | {"a/tasks/big": b"0" + BIG},
        {"a/tasks/old": None, "a/tasks/big": BIG},
    ),
}


class Stage:
    """Tells one tale again and again."""

    def __init__(self, scene: Scene, tale: Tale) -> None:
        self.scene, self.tale = scene, tale
        self.first = scene.commit(tale.first) if tale.first else ""
        self.second = scene.commit(tale.second)
        self.set()
        self.before, self.tag_before = self.objects(), self.tag()
        self.act()
        self.calls = len(scene.sandbox.calls("s3"))
        self.after, self.tag_after = self.objects(), self.tag()
        assert self.before != self.after
        assert {key: self.after.get(key) for key in OTHERS} == dict.fromkeys(OTHERS, b"theirs")
        assert self.tag_before != self.tag_after != "?"

    def set(self) -> None:
        """As it is before the second commit's run."""
        self.scene.again()
        self.scene.around = in_small_parts
        for key in OTHERS:
            self.scene.sandbox.put_object(BUCKET, key, b"theirs")
        if self.first:
            assert self.scene.run(at=self.first).exit_code == 0
        self.scene.clear()

    def act(self) -> int:
        """The second commit's run; its exit code."""
        return self.scene.run(self.tale.verb, at=self.second, since=self.first).exit_code

    def objects(self) -> Objects:
        return self.scene.sandbox.objects(BUCKET)

    def tag(self) -> str:
        """What is recorded of the files: nothing certain before a replaced pipeline is retired."""
        standing = [
            one.tags["pipelayer:state"].split("/")[2]
            for one in self.scene.sandbox.pipelines()
            if one.name == "a" and one.state != "PENDING" and "pipelayer:retired" not in one.tags
        ]
        return standing[0] if len(standing) == 1 else "?"

    def check_between(self, where: str) -> None:
        """No object is half written or missing, and the record claims nothing that isn't so."""
        objects = self.objects()
        assert self.before.keys() & self.after.keys() <= objects.keys() <= {*self.before, *self.after}, where
        for key, body in objects.items():
            assert body in (self.before.get(key), self.after.get(key)), (where, key)
        if not objects.keys() >= self.before.keys():
            assert objects.items() >= self.after.items(), (where, "deleted before everything was there")
        if self.tag() != "?":
            truth = {self.tag_before: self.before, self.tag_after: self.after}
            assert objects == truth[self.tag()], where

    def check_end(self, where: str) -> None:
        """The same command again, undisturbed."""
        self.scene.sandbox.clear_faults()
        self.scene.around = in_small_parts
        assert self.act() == 0, where
        assert self.objects() == self.after, where
        assert self.tag() == self.tag_after, where


@dataclass(frozen=True)
class Loss:
    """What happens to the nth call of S3, and to those after it if it stays so."""

    kind: Kind
    when: When = When.BEFORE
    stays: bool = False

    def faults(self, nth: int) -> list[Fault]:
        fault = Fault("s3", nth=nth, when=self.when, kind=self.kind, code="InternalError")
        later = Fault("s3", nth=nth + 1, times=0, kind=self.kind, code="InternalError")
        return [fault, later] if self.stays else [fault]


LOSSES = {
    "dropped": Loss(Kind.DROP),
    "dropped after its effect": Loss(Kind.DROP, When.AFTER),
    "500": Loss(Kind.ERROR),
    "S3 gone from then on": Loss(Kind.DROP, stays=True),
    "S3 gone after it": Loss(Kind.DROP, When.AFTER, stays=True),
}

tales = pytest.mark.parametrize("tale", TALES.values(), ids=TALES)


@tales
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_every_call_of_s3_may_be_lost(scene: Scene, tale: Tale, loss: Loss) -> None:
    stage = Stage(scene, tale)
    for nth in range(1, stage.calls + 1):
        where = f"call {nth}"
        stage.set()
        for fault in loss.faults(nth):
            scene.sandbox.fault(fault)
        assert stage.act() == 1, where
        stage.check_between(where)
        stage.check_end(where)


@tales
@pytest.mark.parametrize("when", When)
def test_a_run_may_be_killed_at_every_call_of_s3(scene: Scene, tale: Tale, when: When) -> None:
    stage = Stage(scene, tale)
    for nth in range(1, stage.calls + 1):
        where = f"call {nth}"
        stage.set()
        scene.around = Process(nth, when).sees
        with pytest.raises(Killed):
            stage.act()
        stage.check_between(where)
        stage.check_end(where)
