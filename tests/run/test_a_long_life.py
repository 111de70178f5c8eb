"""A project's life, made up: edits, deploys, failures, and people who pause, delete, save and tag by hand.

Whatever comes, nothing that was scheduled is left without a successor by a deploy, nothing that was missed is
run, nobody else's pipeline is touched, and after a deploy that was not disturbed nothing is left to plan.
`LIVES=n` makes up n lives; then a failing one is also made shorter, which takes minutes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from pipelayer.model import Report, Verb
from pipelayer.sandbox.faults import Fault, Kind, When
from pipelayer.sandbox.state import Pipeline, RunKind
from support.mortal import Deaths, Killed
from support.positions import POSITIONS
from support.scene import BUCKET, CONFIG, Scene, kinds, template, with_files

if TYPE_CHECKING:
    from pipelayer.sandbox import Sandbox

KEY, STATE, WRITER = "pipelayer:key", "pipelayer:state", "pipelayer:writer"
LIVES, SHRINK = int(os.environ.get("LIVES", "8")), "LIVES" in os.environ


class Edit(NamedTuple):
    """One change of the files."""

    what: str
    name: str
    value: str


class Mode(Enum):
    """How a deploy goes."""

    DEPLOY = "undisturbed"
    PRUNE = "undisturbed, and what was removed goes"
    DROP_BEFORE = "a call fails"
    DROP_AFTER = "a call's answer is lost"
    ERROR = "AWS fails"
    KILL_BEFORE = "killed before a call"
    KILL_AFTER = "killed after one"


NAMES = st.sampled_from(["a", "b", "c"])
WHATS = st.sampled_from(["word", "word", "period", "file", "machine", "remove"])
EDITS = st.builds(Edit, WHATS, NAMES, st.sampled_from(["x", "yy"]))
ACTS = st.tuples(NAMES, st.sampled_from(["pause", "pause", "delete", "save", "tag", STATE, WRITER]))
TROUBLES = {
    Mode.DROP_BEFORE: (Kind.DROP, When.BEFORE),
    Mode.DROP_AFTER: (Kind.DROP, When.AFTER),
    Mode.ERROR: (Kind.ERROR, When.BEFORE),
}


class Life(RuleBasedStateMachine):
    """`there` says what the files hold: for each pipeline its word, its period and its file."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        super().__init__()
        self.sandbox, self.folder = sandbox, folder
        self.there: dict[str, tuple[str, str, str]] = {}
        self.machine = "Machine"
        self.deployed = ""

    @initialize(switches=st.sampled_from(POSITIONS))
    def begin(self, switches: Any) -> None:
        number = len(list(self.folder.iterdir()))
        self.sandbox.reset()
        self.scene = Scene(self.sandbox, self.folder / str(number))
        self.sandbox.switch(switches)
        self.sandbox.seed_pipeline("stranger", tags={"team": "data"})
        self.there = {"a": ("hello", "1 day", "1"), "b": ("hello", "1 day", "1")}
        self._deploy()

    @rule(
        edits=st.lists(EDITS, min_size=1, max_size=2),
        acts=st.lists(ACTS, max_size=2),
        hours=st.integers(0, 40),
        mode=st.sampled_from(Mode),
        nth=st.integers(1, 25),
        respect_paused=st.booleans(),
    )
    def a_day(
        self,
        edits: list[Edit],
        acts: list[tuple[str, str]],
        hours: int,
        mode: Mode,
        nth: int,
        respect_paused: bool,
    ) -> None:
        self._change(edits)
        for name, act in acts:
            for one in self._live(name)[:1]:
                self._act(one, act)
        self.sandbox.advance(timedelta(hours=hours))
        match mode:
            case Mode.DEPLOY | Mode.PRUNE:
                self._deploy(prune=mode is Mode.PRUNE, respect_paused=respect_paused)
            case Mode.KILL_BEFORE | Mode.KILL_AFTER:
                deaths = Deaths(nth, When.BEFORE if mode is Mode.KILL_BEFORE else When.AFTER)
                self._deploy_until_killed(deaths, respect_paused)
            case _:
                self._deploy_in_trouble(TROUBLES[mode], nth, respect_paused)

    def _change(self, edits: list[Edit]) -> None:
        for edit in edits:
            word, period, text = self.there.get(edit.name, ("hello", "1 day", "1"))
            match edit.what:
                case "word":  # AWS allows it
                    self.there[edit.name] = edit.value, period, text
                case "period":  # AWS forbids it
                    self.there[edit.name] = word, f"{1 + len(edit.value)} days", text
                case "file":
                    self.there[edit.name] = word, period, edit.value
                case "machine":  # for all of them, and one object less
                    self.machine = edit.value.capitalize()
                case _:
                    if len(self.there) > 1:
                        self.there.pop(edit.name, None)

    def _act(self, one: Pipeline, act: str) -> None:
        match act:
            case "pause":
                if one.state == "SCHEDULED":
                    self.sandbox.pause(one.id)
            case "delete":
                self.sandbox.delete(one.id)
            case "save":
                assert one.active is not None
                values = [v for v in one.active.values if v["id"] != "myWord"]
                values.append({"id": "myWord", "stringValue": "by hand"})
                self.sandbox.save(one.id, one.active.objects, one.active.parameters, values)
            case "tag":
                self.sandbox.set_tags(one.id, {**one.tags, "owner": "me"})
            case lost:
                self.sandbox.set_tags(one.id, {key: tag for key, tag in one.tags.items() if key != lost})

    def _live(self, name: str) -> list[Pipeline]:
        tag = f"acme/nightly:default/{name}"
        return [
            one
            for one in self.sandbox.pipelines()
            if one.tags.get(KEY) == tag and one.state in ("SCHEDULED", "INACTIVE")
        ]

    # ---- deploys

    def _commit(self) -> str:
        files: dict[str, Any] = {
            "pipelayer.yml": CONFIG,
            "pipeline_definition.json": template(machine=self.machine),
        }
        for name, (word, period, text) in self.there.items():
            files |= with_files(name, {"x": text}, myWord=word, myPeriod=period)
        for name in {"a", "b", "c"} - self.there.keys():
            if (self.scene.repo.path / name).exists():
                files |= {f"{name}/{one}": None for one in ("values.json", "run", "tasks/x")}
        return self.scene.commit(files)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Nothing that the files keep loses its schedule meanwhile."""
        kept = {f"acme/nightly:default/{name}" for name in self.there}
        before = len(self.sandbox.gaps(KEY))
        yield
        opened = [gap for gap in self.sandbox.gaps(KEY)[before:] if gap.subject in kept]
        assert opened == [], [
            event for event in self.sandbox.events() if event.sequence >= opened[0].sequence - 30
        ]

    def _run(self, commit: str, **orders: Any) -> Report:
        # A day later the list shows what it didn't: its lag is counted in calls, and a look is one.
        self.scene.run(Verb.PLAN, at=commit)
        return self.scene.run(at=commit, since="", concurrency=1, **orders)

    def _deploy(self, *, prune: bool = False, respect_paused: bool = True) -> None:
        commit = self._commit()
        with self._watched():
            report = self._run(commit, prune=prune, respect_paused=respect_paused)
        too_many = prune and any(plan.kind == "refused" for plan in report.plan)
        assert report.exit_code == 0 or too_many, [outcome.error for outcome in report.outcomes]
        self._settled(commit)

    def _deploy_until_killed(self, deaths: Deaths, respect_paused: bool) -> None:
        commit = self._commit()
        self.scene.around = deaths.around
        with self._watched(), suppress(Killed):
            self._run(commit, respect_paused=respect_paused)
        self.scene.around = lambda cloud: cloud

    def _deploy_in_trouble(self, trouble: tuple[Kind, When], nth: int, respect_paused: bool) -> None:
        commit = self._commit()
        self.sandbox.fault(Fault("*", "*", nth=nth, kind=trouble[0], when=trouble[1]))
        with self._watched():
            report = self._run(commit, respect_paused=respect_paused)
        self.sandbox.clear_faults()
        assert report.exit_code in (0, 1), report

    def _settled(self, commit: str) -> None:
        """There is nothing left to do, and one of each."""
        if self.sandbox.settings.switches.list_lag_calls or self.sandbox.settings.switches.list_lag_seconds:
            self.sandbox.advance(timedelta(hours=1))
            self._run(commit)
            self._run(commit)
        words = kinds(self.scene.run(Verb.PLAN, at=commit))
        assert {words[name] for name in self.there} <= {"unchanged", "held"}, words
        for name in self.there:
            found = [one for one in self._live(name) if "pipelayer:retired" not in one.tags]
            assert len(found) == 1, found
            held = words[name] == "held"
            assert held or self.sandbox.objects(BUCKET, f"in/{name}/tasks/") == {
                f"in/{name}/tasks/x": self.there[name][2].encode()
            }

    @invariant()
    def nothing_is_caught_up_with(self) -> None:
        for one in self.sandbox.pipelines(deleted=True):
            assert [run for run in one.runs if run.kind is RunKind.BACKFILL] == []

    @invariant()
    def strangers_are_left_alone(self) -> None:
        (found,) = [one for one in self.sandbox.pipelines(deleted=True) if one.name == "stranger"]
        assert (found.state, found.tags, found.version) == ("PENDING", {"team": "data"}, 0)


def test_a_long_life(sandbox: Sandbox, tmp_path: Path) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: Life(sandbox, tmp_path),
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=12,
            deadline=None,
            phases=[one for one in Phase if one is not Phase.shrink or SHRINK],
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
