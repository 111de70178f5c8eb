"""Whatever call fails, and wherever a run is stopped or killed: the same command again ends as if nothing had
been.

Each tale is told once undisturbed, then once for every call and every step of it. In between no scheduled
pipeline is ever left without a successor, and in the end nothing is left over. `CRASH=all` lets everything go
wrong at each call, in every position of every switch; else each call takes its turn.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import cycle, islice, product, repeat
from typing import Any, NamedTuple

import pytest

from pipelayer.model import Report
from pipelayer.sandbox.faults import Fault, Kind, When
from pipelayer.sandbox.settings import Switches
from support.mortal import Deaths, Killed
from support.positions import POSITIONS, position
from support.scene import Scene
from support.tales import TALES, Stage, Tale

tales = pytest.mark.parametrize("tale", TALES.values(), ids=TALES)
ALL = os.environ.get("CRASH") == "all"

HANG = 0.3
"""Seconds that AWS doesn't answer; the client waits for a third of them."""


class Trouble(NamedTuple):
    """What goes wrong with a call."""

    when: When
    kind: str

    def fault(self, number: int) -> Fault:
        common: dict[str, Any] = {"service": "*", "operation": "*", "nth": number, "when": self.when}
        match self.kind:
            case "drop":
                return Fault(**common, kind=Kind.DROP)
            case "hang":
                return Fault(**common, kind=Kind.DROP, seconds=HANG)
            case "throttle":
                return Fault(**common, code="ThrottlingException", lasting=60)
            case _:
                return Fault(**common)


TROUBLES = (
    Trouble(When.AFTER, "drop"),
    Trouble(When.BEFORE, "error"),
    Trouble(When.AFTER, "hang"),
    Trouble(When.BEFORE, "throttle"),
    Trouble(When.BEFORE, "drop"),
    Trouble(When.BEFORE, "hang"),
)


def turns(tale: Tale) -> Iterator[list[tuple[Switches, Trouble]]]:
    """For each call the positions of the switches to try, and what goes wrong: all of it, or each in turn,
    from another one on for each tale.
    """
    if ALL:
        yield from repeat(list(product(POSITIONS, TROUBLES)))
    start = list(TALES.values()).index(tale)
    pairs = zip(cycle(POSITIONS), cycle(TROUBLES), strict=False)
    yield from ([pair] for pair in islice(pairs, start, None))


@tales
def test_every_call_may_fail(scene: Scene, tale: Tale) -> None:
    stage = Stage(scene, tale)
    stage.undisturbed(Switches())
    calls = [call for call in scene.sandbox.calls() if call.service != "sts"]
    assert calls
    for number, turn in enumerate(islice(turns(tale), len(calls)), start=1):
        for switches, trouble in turn:
            where = f"{trouble.kind} {trouble.when} call {number}, {position(switches)}"
            wanted = stage.undisturbed(switches)
            stage.set(switches)
            scene.sandbox.fault(trouble.fault(number))
            scene.read_seconds = HANG / 3 if trouble.kind == "hang" else 30
            report = stage.act()
            scene.read_seconds = 30
            assert report.exit_code in (0, 1), where
            told(scene, report, where)
            stage.check(wanted, where)


def told(scene: Scene, report: Report, where: str) -> None:
    """Whatever failed says how to go on; whatever is said to be done is so."""
    there = {one.id: one for one in scene.sandbox.pipelines(deleted=True)}
    for outcome in report.outcomes:
        if outcome.result in ("failed", "skipped"):
            assert "Retry: " in outcome.error or "deploy" in outcome.error, (where, outcome)
        if outcome.result in ("created", "replaced", "edited", "adopted") and outcome.activated:
            assert there[outcome.pipeline_id].state == "SCHEDULED", (where, outcome)


@tales
@pytest.mark.parametrize("when", When if ALL else [When.BEFORE])
def test_the_process_may_be_killed_at_every_call(scene: Scene, tale: Tale, when: When) -> None:
    """For AWS a process that dies after a call is one that dies before the next."""
    stage = Stage(scene, tale)
    for number, turn in enumerate(turns(tale), start=1):
        for switches in dict.fromkeys(switches for switches, _ in turn):
            wanted = stage.undisturbed(switches)
            stage.set(switches)
            scene.around = Deaths(number, when).around
            try:
                stage.act()
            except Killed:
                stage.check(wanted, f"killed {when} call {number}, {position(switches)}")
            else:
                return  # it has fewer calls


class StopAfter:
    """Tells a run to stop once so many steps were taken."""

    def __init__(self, scene: Scene, steps: int) -> None:
        self._scene, self._steps = scene, steps

    def __call__(self) -> bool:
        return len(self._scene.story.steps) >= self._steps


@tales
def test_a_run_may_be_stopped_after_every_step(scene: Scene, tale: Tale) -> None:
    stage = Stage(scene, tale)
    wanted = stage.undisturbed(Switches())
    for number in range(len(scene.story.steps)):
        where = f"after step {number}"
        stage.set(Switches())
        stopped: Callable[[], bool] = StopAfter(scene, number)
        scene.interrupted = stopped
        report = stage.act()
        assert report.exit_code == 130, where
        stage.check(wanted, where)
