"""Whatever depends on whatever, and whatever befalls it: a run comes to an end, and its story makes sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipelayer.sandbox.engine import Engine
from pipelayer.sandbox.parts import Part
from pipelayer.sandbox.work import BROKEN, OVER, WAITING, Fate, Instance, WorkStatus

BEGUN = datetime(2026, 3, 1, 2, tzinfo=UTC)
ACTIVITIES = [f"A{number}" for number in range(5)]
MACHINES = ["M0", "M1"]
ENDS = [WorkStatus.FAILED, WorkStatus.TIMEDOUT, WorkStatus.CANCELED, WorkStatus.FINISHED]


@st.composite
def runs(draw: st.DrawFn) -> tuple[dict[str, Part], dict[str, Instance]]:
    """Activities on two machines, each needing some of those before it, in any order, with any fates."""
    parts = [
        Part(
            name,
            "ShellCommandActivity",
            "activity",
            tuple(draw(st.sets(st.sampled_from(ACTIVITIES[:number])))) if number else (),
            draw(st.sampled_from([*MACHINES, ""])),
            draw(st.booleans()),
            draw(st.integers(0, 2)),
            0,
        )
        for number, name in enumerate(ACTIVITIES)
    ]
    parts += [Part(name, "Ec2Resource", "resource", (), "", False, 1, 0) for name in MACHINES]
    fates = st.builds(
        Fate,
        status=st.sampled_from(ENDS),
        attempts=st.integers(0, 2),
        seconds=st.sampled_from([0.0, 60.0, None]),
    )
    work = {one.id: Instance(one.id, fates=draw(st.lists(fates, max_size=1))) for one in parts}
    return {one.id: one for one in draw(st.permutations(parts))}, work


def told(parts: dict[str, Part], work: dict[str, Instance], hours: int = 1, **more: object) -> Engine:
    now = BEGUN + timedelta(hours=hours)
    engine = Engine(parts, work, BEGUN, now, seconds=60, **more)  # type: ignore[arg-type]
    engine.advance()
    return engine


@given(run=runs())
def test_a_run_comes_to_an_end_that_makes_sense(run: tuple[dict[str, Part], dict[str, Instance]]) -> None:
    parts, work = run
    assert not told(parts, work).active
    for one in work.values():
        part = parts[one.component]
        before = {work[other].status for other in (*part.needs, part.resource) if other}
        assert one.status in OVER | WAITING
        assert all(attempt.ended is not None for attempt in one.attempts)
        if one.status is WorkStatus.FINISHED:
            assert {work[other].status for other in part.needs} <= {WorkStatus.FINISHED}
        if one.status in WAITING:
            assert not one.attempts
            assert before & (BROKEN | WAITING)
        if one.status is WorkStatus.CASCADE_FAILED:
            assert part.cascades
            assert work[one.cascade_failed_on].status in BROKEN
        if one.started and one.ended:
            assert BEGUN <= one.started <= one.ended


@given(run=runs())
def test_the_order_of_the_definition_changes_nothing(
    run: tuple[dict[str, Part], dict[str, Instance]],
) -> None:
    parts, work = run
    again = {name: Instance(name, fates=list(one.fates)) for name, one in work.items()}
    told(parts, work)
    told(dict(sorted(parts.items())), again)
    assert {name: (one.status, one.ended) for name, one in work.items()} == {
        name: (one.status, one.ended) for name, one in again.items()
    }


@given(run=runs(), steps=st.lists(st.integers(0, 600), max_size=4))
def test_looking_in_between_changes_nothing(
    run: tuple[dict[str, Part], dict[str, Instance]], steps: list[int]
) -> None:
    parts, work = run
    again = {name: Instance(name, fates=list(one.fates)) for name, one in work.items()}
    told(parts, work)
    for seconds in sorted(steps):
        Engine(parts, again, BEGUN, BEGUN + timedelta(seconds=seconds), seconds=60).advance()
    told(parts, again)
    assert {name: (one.status, one.ended) for name, one in work.items()} == {
        name: (one.status, one.ended) for name, one in again.items()
    }


@given(run=runs())
def test_in_a_hurry_everything_is_finished_at_once(run: tuple[dict[str, Part], dict[str, Instance]]) -> None:
    parts, work = run
    told(parts, work, hours=0, hurry=WorkStatus.FINISHED)
    assert {one.status for one in work.values()} == {WorkStatus.FINISHED}
