"""Two runs at once on one project: within one further run the branch's tip is what is live, none is lost, and
none is doubled.

The calls of both are interleaved in every way in which each is interrupted once. The first run deploys an
older commit than the second, which is the tip; or both deploy the tip.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import timedelta

import pytest

from pipelayer.model import Report, Verb
from pipelayer.project.tree import Tree
from pipelayer.sandbox.state import RunKind
from support.gitrepo import Content
from support.scene import BUCKET, Scene, kinds, project, template, values, with_files
from support.turns import Turns, interleavings

Files = Mapping[str, Content]
KEY = "pipelayer:key"
ALL = os.environ.get("CRASH") == "all"
EVERY = 1 if ALL else 4
"""Every so many calls the other run gets its turn."""


@dataclass(frozen=True)
class Race:
    """What is live at first, what an older run deploys, and what the tip is."""

    first: Files
    older: Files
    tip: Files
    prune: bool = False


def edit(word: str) -> Files:
    return {"a/values.json": values(myWord=word)}


def replacement(period: str) -> Files:
    return {"a/values.json": values(myPeriod=period)}


def sent(text: str, **given: str) -> Files:
    return with_files("a", {"x": text}, **given)


BASE = project("a", "b")
FILES = project("b") | sent("1")
RACES = {
    "both create": Race(project("b"), BASE, edit("bye")),
    "both edit": Race(BASE, edit("one"), edit("two")),
    "edit and replace": Race(BASE, edit("one"), replacement("2 days")),
    "replace and edit": Race(BASE, replacement("2 days"), replacement("1 day") | edit("two")),
    "both replace": Race(BASE, replacement("2 days"), replacement("3 days")),
    "both upload": Race(FILES, sent("22"), sent("333")),
    "edit and upload, then the other": Race(FILES, sent("22", myWord="one"), sent("333", myWord="two")),
    "replace and upload, then back": Race(FILES, sent("22", myPeriod="2 days"), sent("1")),
    "edit, then removed": Race(BASE, edit("one"), {"a/values.json": None}, prune=True),
    "on demand": Race(
        project("a", definition=template("ondemand")), edit("one"), {"a/values.json": values(myWord="two")}
    ),
}
races = pytest.mark.parametrize("race", RACES.values(), ids=RACES)


class Track:
    """Where a race is run."""

    def __init__(self, scene: Scene, race: Race) -> None:
        self.scene, self.race = scene, race
        self.first = scene.commit(race.first)
        self.older = scene.commit(race.older)
        self.tip = scene.commit(race.tip)
        self.tree = scene.tree(self.tip)
        self.is_out = False

    def set(self) -> None:
        self.scene.again()
        self.is_out = False
        assert self.scene.run(at=self.first).exit_code == 0
        self.scene.sandbox.advance(timedelta(hours=1))
        self.scene.clear()

    def deploy(self, commit: str, scene: Scene | None = None) -> Report:
        """What a push of this commit does, whoever is at it too."""
        return (scene or self.scene).run(at=commit, since=self.first, concurrency=1, prune=self.race.prune)

    def runner(self, commit: str, turns: Turns, number: int) -> Scene:
        """A run of its own on the same AWS, that asks for the tip as the action does."""
        scene = copy(self.scene)
        scene.around = turns.around(number)
        scene.newest = self._newest(commit)
        return scene

    def _newest(self, commit: str) -> object:
        def newest() -> Tree | None:
            self.is_out = self.is_out or commit == self.tip
            return self.tree if self.is_out and commit != self.tip else None

        return newest

    def calls(self, commit: str) -> int:
        """How many calls of AWS this deployment makes."""
        self.set()
        self.deploy(commit)
        return len([call for call in self.scene.sandbox.calls() if call.service != "sts"])

    def check(self, where: str) -> None:
        """One further run, and the tip is live."""
        scene, sandbox = self.scene, self.scene.sandbox
        report = self.deploy(self.tip)
        assert report.exit_code == 0, (where, report)
        words = kinds(scene.run(Verb.PLAN, at=self.tip, prune=self.race.prune))
        assert set(words.values()) <= {"unchanged"}, (where, words)
        assert self.end() == self.wanted, where
        assert self.race.prune or sandbox.gaps(KEY) == [], where
        sandbox.advance(timedelta(days=2))
        runs = [run for one in sandbox.pipelines(deleted=True) for run in one.runs]
        assert [run for run in runs if run.kind is RunKind.BACKFILL] == [], where

    def end(self) -> object:
        """What is live, and the files."""
        live = [
            (one.name, one.state, one.active and sorted(map(str, one.active.values)), one.tags[KEY])
            for one in self.scene.sandbox.pipelines()
            if one.state != "DELETING" and KEY in one.tags
        ]
        return sorted(map(str, live)), self.scene.sandbox.objects(BUCKET)

    @property
    def wanted(self) -> object:
        return self._wanted

    def tell_undisturbed(self) -> None:
        self.set()
        assert self.deploy(self.tip).exit_code == 0
        self._wanted = self.end()


def race_them(track: Track, commits: tuple[str, str], counts: tuple[int, int]) -> None:
    track.set()
    turns = Turns(*counts)
    runners = [track.runner(commit, turns, number) for number, commit in enumerate(commits)]
    results = turns.run(*(lambda n=n: track.deploy(commits[n], runners[n]) for n in (0, 1)))
    for result in results:
        assert isinstance(result, Report), result
    track.check(f"{counts[0]} calls of the first, then {counts[1]} of the second")


@races
def test_an_older_commit_and_the_tip(scene: Scene, race: Race) -> None:
    track = Track(scene, race)
    track.tell_undisturbed()
    for counts in interleavings(track.calls(track.older), track.calls(track.tip), step=EVERY):
        race_them(track, (track.older, track.tip), counts)


REFUSED = ("datapipeline:AddTags", "datapipeline:RemoveTags", "datapipeline:Describe*", "datapipeline:List*")
"""What is left to a run from which AWS takes the rest."""


@races
def test_an_older_run_that_fails_hides_nothing(scene: Scene, race: Race) -> None:
    """From some call on the tip's run comes first, and then AWS refuses whatever the older one writes. The
    next commit goes back to where it all began.
    """
    track = Track(scene, race)
    track.set()
    began = track.end()
    calls, rest = track.calls(track.older), track.calls(track.tip)
    for count in range(0, calls, EVERY // 2 + 1):
        track.set()
        turns = Turns(count, rest)
        older, tip = (track.runner(one, turns, n) for n, one in enumerate((track.older, track.tip)))
        older.access_key = "AKIAOLDER"

        def go_first(tip: Scene = tip) -> Report:
            report = track.deploy(track.tip, tip)
            scene.sandbox.allow_only("AKIAOLDER", REFUSED)
            return report

        turns.run(lambda older=older: track.deploy(track.older, older), go_first)
        report = scene.run(at=track.first, since="", prune=True)
        assert report.exit_code == 0, report
        assert track.end() == began, f"refused after {count} calls"


@races
def test_the_same_commit_twice(scene: Scene, race: Race) -> None:
    track = Track(scene, race)
    track.tell_undisturbed()
    calls = track.calls(track.tip)
    for counts in interleavings(calls, calls, step=EVERY):
        race_them(track, (track.tip, track.tip), counts)
