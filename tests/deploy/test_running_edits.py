"""Carrying out edits of what is live, and replacements where the old one goes first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from pipelayer.definition.schedule import schedules
from pipelayer.deploy import tags
from pipelayer.deploy.facts import Options, Work
from pipelayer.deploy.ports import Message, Verdict
from pipelayer.deploy.quota import old_first
from pipelayer.errors import AwsError
from pipelayer.model import Action, Outcome, OutcomeResult, PipelineState
from support.bench import Bench
from support.scene import template
from support.wanted import NOW, definition, live, plan, state, wanted

OTHER = state("o" * 32)
MARKED = state("?")
SLOT = "2026-03-09T02:00:00"
"""Where the live one's schedule began: a later slot than the files name."""
BEFORE = definition(template(command="ls", start=SLOT))
FORBIDDEN = definition(template(machine="Other"))
SECRET = definition(template(secret=True), **{"*myPassword": "********"})
REFUSED = Verdict(True, (Message("Job", "no such thing"),))
DENIED = AwsError("denied", code="AccessDeniedException")
INVALID = AwsError("not like this", code="InvalidRequestException")


def edit(bench: Bench, at: PipelineState = PipelineState.SCHEDULED, text: str = "", **more: Any) -> Outcome:
    """Edits what is live and runs `BEFORE`."""
    bench.put_there(live(recorded=OTHER, state=at))
    desired = more.pop("desired", definition(text))
    facts = {"definition": BEFORE, "other": BEFORE, **more}
    return bench.run(wanted(definition=desired), Options(respect_paused=False), **facts)


def recorded(bench: Bench) -> str:
    return bench.aws.there["df-1"].tags[tags.STATE]


def started(bench: Bench) -> str:
    (schedule,) = schedules(bench.aws.definitions["df-1"])
    assert schedule.start is not None
    return schedule.start.isoformat()


class Second(list[AwsError]):
    """Errors of which the first hits the second call of an operation."""

    def __init__(self, bench: Bench, operation: str, error: AwsError) -> None:
        super().__init__([error])
        self._bench, self._operation = bench, operation

    def __bool__(self) -> bool:
        return self._bench.aws.operations.count(self._operation) == 2


def test_an_edit_keeps_the_pipeline_and_its_start(bench: Bench) -> None:
    marks = []
    bench.story.after[Action.MARK] = lambda: marks.append(recorded(bench))
    outcome = edit(bench)
    assert (outcome.result, outcome.pipeline_id, outcome.previous_id) == (OutcomeResult.EDITED, "df-1", "")
    assert outcome.activated
    assert bench.aws.operations == ["add tags", "put", "activate", "add tags"]
    assert (marks, recorded(bench)) == ([MARKED], state(commit="c" * 40))
    assert (started(bench), bench.aws.starts) == (f"{SLOT}+00:00", [None])


def test_an_edit_that_aws_refuses_puts_the_definition_before_back(bench: Bench) -> None:
    bench.aws.verdicts = [REFUSED]
    outcome = edit(bench)
    assert outcome.result is OutcomeResult.FAILED
    assert "AWS does not accept the definition: Job: no such thing. On df-1 its active" in outcome.error
    assert "still runs, and the definition before was put back." in outcome.error
    assert bench.aws.writes == ["add tags", "put", "put"]
    assert bench.aws.definitions["df-1"] == BEFORE
    assert recorded(bench) == MARKED
    assert (outcome.activated, outcome.pipeline_id) == (False, "df-1")


@pytest.mark.parametrize("where", ["desired", "definition"])
def test_secrets_cannot_be_put_back(bench: Bench, where: str) -> None:
    bench.aws.verdicts = [REFUSED]
    outcome = edit(bench, **{where: SECRET})
    assert "active definition still runs, but its latest one is the refused one" in outcome.error
    assert "secrets, which can't be read back" in outcome.error
    assert bench.aws.writes == ["add tags", "put"]


def test_what_was_put_back_may_be_refused_too(bench: Bench) -> None:
    bench.aws.verdicts = [REFUSED, REFUSED]
    assert "AWS doesn't accept the one before either" in edit(bench).error


def test_putting_back_may_fail(bench: Bench) -> None:
    bench.aws.verdicts = [REFUSED]
    bench.aws.fails["put"] = Second(bench, "put", DENIED)
    error = edit(bench).error
    assert "Job: no such thing" in error
    assert "its latest one is the refused one (putting the one before back failed: denied)" in error


def test_a_put_that_saves_nothing_needs_nothing_put_back(bench: Bench) -> None:
    bench.aws.fails["put"] = [INVALID]
    outcome = edit(bench)
    assert (outcome.result, outcome.pipeline_id) == (OutcomeResult.FAILED, "df-1")
    assert "not like this" in outcome.error
    assert bench.aws.writes == ["add tags", "put"]
    assert recorded(bench) == MARKED


@pytest.mark.parametrize(
    ("error", "writes"),
    [(INVALID, ["add tags", "put", "activate", "put"]), (DENIED, ["add tags", "put", "activate"])],
)
def test_an_activation_that_aws_refuses(bench: Bench, error: AwsError, writes: list[str]) -> None:
    bench.aws.fails["activate"] = [error]
    outcome = edit(bench)
    assert (outcome.result, outcome.activated) == (OutcomeResult.FAILED, False)
    assert bench.aws.writes == writes
    assert error.message in outcome.error
    assert ("was put back" in outcome.error) is (error is INVALID)
    assert recorded(bench) == MARKED


@pytest.mark.parametrize("kind", ["cron", "ondemand"])
def test_a_newer_commit_before_the_activation_finds_what_was_saved(bench: Bench, kind: str) -> None:
    bench.superseded = [False, True]
    saved = kind == "ondemand"
    bench.put_there(live(recorded=state("o" * 32, saved=saved)))
    before = definition(template(kind, command="ls"))
    facts = {"definition": before, "other": before}
    outcome = bench.run(wanted(text=template(kind)), Options(run_on_demand=True), **facts)
    assert outcome.result is OutcomeResult.SUPERSEDED
    assert "activate" not in bench.aws.operations
    assert tags.parse_state(recorded(bench)).definition == "?"


def test_an_edit_that_is_stopped_before_its_put_puts_nothing(bench: Bench) -> None:
    def stop() -> None:
        bench.stopped = True

    bench.story.after[Action.MARK] = stop
    assert edit(bench).result is OutcomeResult.SKIPPED
    assert tags.parse_state(recorded(bench)).definition == "?"
    assert "put" not in bench.aws.operations


def test_an_edit_that_is_stopped_after_its_put_keeps_the_mark(bench: Bench) -> None:
    def stop() -> None:
        bench.stopped = True

    bench.story.after[Action.PUT] = stop
    assert edit(bench).result is OutcomeResult.SKIPPED
    assert recorded(bench) == MARKED


@pytest.mark.parametrize(
    ("kind", "wanted_kind", "at", "start"),
    [
        ("cron", "cron", PipelineState.SCHEDULED, None),
        ("timeseries", "timeseries", PipelineState.SCHEDULED, None),
        ("cron", "cron", PipelineState.INACTIVE, "2026-03-11T02:00:00"),
        ("timeseries", "timeseries", PipelineState.INACTIVE, "2026-03-10T02:00:00"),
        ("cron", "timeseries", PipelineState.SCHEDULED, "2026-03-11T02:00:00"),
        ("timeseries", "cron", PipelineState.SCHEDULED, "2026-03-11T02:00:00"),
        ("cron", "timeseries", PipelineState.INACTIVE, "2026-03-11T02:00:00"),
    ],
)
def test_from_when_on_it_runs(
    bench: Bench, kind: str, wanted_kind: str, at: PipelineState, start: str | None
) -> None:
    before = definition(template(kind, command="ls", start=SLOT))
    outcome = edit(bench, at, template(wanted_kind), definition=before)
    assert outcome.result is OutcomeResult.EDITED
    assert bench.aws.starts == [start and datetime.fromisoformat(f"{start}+00:00")]


def test_what_is_being_paused_is_waited_for(bench: Bench) -> None:
    def settle() -> None:
        if len(bench.clock.slept) == 3:
            bench.aws.become("df-1", PipelineState.INACTIVE)

    bench.clock.on_sleep = settle
    assert edit(bench, PipelineState.DEACTIVATING).result is OutcomeResult.EDITED
    assert bench.aws.operations == ["describe"] * 4 + ["add tags", "put", "activate", "add tags"]
    assert bench.aws.starts == [datetime.fromisoformat("2026-03-11T02:00:00+00:00")]


def test_what_is_being_paused_for_hours_is_left_alone(bench: Bench) -> None:
    outcome = edit(bench, PipelineState.DEACTIVATING)
    assert outcome.result is OutcomeResult.FAILED
    assert "still has work to finish. Nothing of it was changed: deploy again later." in outcome.error
    assert set(bench.aws.operations) == {"describe"}
    assert bench.clock.now() - NOW <= timedelta(seconds=90)


def test_stopped_while_it_is_being_paused(bench: Bench) -> None:
    def stop() -> None:
        bench.stopped = True

    bench.clock.on_sleep = stop
    assert edit(bench, PipelineState.DEACTIVATING).result is OutcomeResult.SKIPPED
    assert bench.aws.operations == ["describe"]


def test_running_work_is_cancelled_as_asked(bench: Bench) -> None:
    bench.put_there(live(recorded=OTHER))
    bench.clock.on_sleep = lambda: bench.aws.become("df-1", PipelineState.INACTIVE)
    bench.run(wanted(), Options(cancel_running=True), definition=FORBIDDEN)
    assert [call for call in bench.aws.calls if call[0] == "deactivate"] == [("deactivate", "df-1", "True")]


# ---- the old one goes first


@pytest.fixture
def full(bench: Bench) -> Work:
    """A replacement where no place is free."""
    bench.put_there(live(recorded=OTHER))
    return old_first(plan(wanted(), *bench.aws.there.values(), definition=FORBIDDEN))


def test_the_old_one_is_gone_before_the_new_one_is_created(bench: Bench, full: Work) -> None:
    def goes_on() -> None:
        match bench.aws.there["df-1"].state:
            case PipelineState.DEACTIVATING:
                bench.aws.become("df-1", PipelineState.INACTIVE)
            case PipelineState.DELETING:
                del bench.aws.there["df-1"]

    bench.clock.on_sleep = goes_on
    (outcome,) = bench.execute(full, places=0)
    assert (outcome.result, outcome.previous_id) == (OutcomeResult.REPLACED, "df-1")
    done = [name for name in bench.aws.operations if name != "describe"]
    assert done == ["add tags", "deactivate", "delete", "create", "put", "activate"]
    assert set(bench.aws.there) == {outcome.pipeline_id}


def test_an_old_one_that_keeps_its_place_is_no_room(bench: Bench, full: Work) -> None:
    (outcome,) = bench.execute(full, places=0)
    assert outcome.result is OutcomeResult.FAILED
    assert "df-1 still has work to finish, so its place isn't free yet." in outcome.error
    assert "cancel-running: true" in outcome.error
    assert "The old df-1 was stopped, so none runs until then. Retry: pipelayer deploy a" in outcome.error
    assert "create" not in bench.aws.operations


def test_an_old_one_that_cannot_be_deleted_is_no_room(bench: Bench, full: Work) -> None:
    bench.clock.on_sleep = lambda: bench.aws.become("df-1", PipelineState.INACTIVE)
    bench.aws.fails["delete"] = [DENIED]
    (outcome,) = bench.execute(full, places=0)
    assert outcome.result is OutcomeResult.FAILED
    assert outcome.error.startswith("denied")
    assert "none runs until then" in outcome.error
    assert "create" not in bench.aws.operations


def test_stopped_while_the_old_one_goes(bench: Bench, full: Work) -> None:
    def stop() -> None:
        bench.stopped = True

    bench.clock.on_sleep = stop
    (outcome,) = bench.execute(full, places=0)
    assert outcome.result is OutcomeResult.SKIPPED
    assert "Retry: pipelayer deploy a" in outcome.error
    assert "create" not in bench.aws.operations
