"""What would be told of a pipeline if the run ended now: at every call of AWS, and between them."""

from __future__ import annotations

from collections.abc import Callable

from pipelayer.deploy.elect import elect
from pipelayer.deploy.prune import Removed, carry_out, plan_removed
from pipelayer.deploy.quota import old_first
from pipelayer.deploy.sweep import Sweep
from pipelayer.errors import AwsError
from pipelayer.model import Action, Outcome, PipelineState
from support.bench import Bench
from support.scene import template
from support.wanted import definition, key, live, plan, state, wanted

OTHER = state("o" * 32)
FORBIDDEN = definition(template(machine="Other"))


def steps(outcome: Outcome | None) -> tuple[str, list[str], str]:
    assert outcome is not None
    during = outcome.step_under_way.value if outcome.step_under_way else ""
    return outcome.result.value, [action.value for action in outcome.steps_taken], during


def told_during(
    bench: Bench, run: Callable[[], object], errors: list[str] | None = None
) -> list[tuple[str, str, list[str], str]]:
    """For each call of AWS that a run makes: what would be told if the run ended in it."""
    told: list[tuple[str, str, list[str], str]] = []
    errors = [] if errors is None else errors

    def ends(operation: str) -> None:
        outcome = bench.ledger.now(key(), "again")
        told.append((operation, *steps(outcome)))
        errors.append(outcome.error if outcome else "")

    bench.aws.on_call = ends
    run()
    return told


def test_every_call_of_a_replacement_is_told_while_it_is_under_way(bench: Bench) -> None:
    bench.put_there(live(recorded=OTHER))
    bench.clock.on_sleep = lambda: bench.aws.become("df-1", PipelineState.INACTIVE)
    put = ["create", "put"]
    gone = [*put, "activate", "retire", "deactivate"]
    assert bench.ledger.now(key(), "again") is None
    assert told_during(bench, lambda: bench.run(wanted(), definition=FORBIDDEN)) == [
        ("create", "failed", [], "create"),
        ("put", "failed", ["create"], "put"),
        ("activate", "failed", put, "activate"),
        ("add tags", "failed", [*put, "activate"], "retire"),
        ("deactivate", "failed", [*put, "activate", "retire"], "deactivate"),
        ("describe", "replaced", gone, ""),
        ("describe", "replaced", gone, ""),
        ("delete", "failed", gone, "delete"),
    ]
    assert steps(bench.ledger.now(key(), "again")) == ("replaced", [*gone, "delete"], "")


def test_a_pruning_is_told_too(bench: Bench) -> None:
    bench.put_there(live())
    bench.clock.on_sleep = lambda: bench.aws.become("df-1", PipelineState.INACTIVE)
    pruned = plan_removed(Removed(key(), elect(bench.aws.there.values(), ""), True), too_many=False)

    def run() -> None:
        sweep = Sweep(bench.hands(), 60)
        carry_out(pruned, bench.hands(), sweep)
        sweep.run(until_gone=False)

    told = told_during(bench, run)
    assert told[0] == ("add tags", "failed", [], "retire")
    assert told[-1] == ("delete", "failed", ["retire", "deactivate"], "delete")
    assert steps(bench.ledger.now(key(), ""))[1] == ["retire", "deactivate", "delete"]


def test_what_is_told_of_a_call_that_hangs(bench: Bench) -> None:
    told: list[Outcome | None] = []
    bench.put_there(live(recorded=OTHER))
    bench.aws.created = ["df-2"]
    bench.aws.on_call = lambda operation: told.append(bench.ledger.now(key(), "do it again"))
    bench.run(wanted(), definition=FORBIDDEN)
    create, put, *_ = told
    assert create
    assert put
    assert (create.pipeline_id, create.previous_id) == ("df-1", "")
    assert create.error == (
        'The run was stopped while the step "create" was under way; nobody knows whether it took effect. '
        "Retry: do it again"
    )
    assert (put.pipeline_id, put.previous_id) == ("df-2", "df-1")
    assert 'the step "put" of df-2 was under way' in put.error


def test_a_failure_keeps_its_words_and_the_step_that_it_happened_in(bench: Bench) -> None:
    bench.aws.fails["activate"] = [AwsError("denied", code="AccessDeniedException")]
    outcome = bench.run(wanted())
    assert steps(outcome) == ("failed", ["create", "put"], "activate")
    assert bench.ledger.now(key(), "again") == outcome
    assert outcome.error.startswith("denied")


def test_a_deletion_that_is_refused_was_under_way(bench: Bench) -> None:
    bench.put_there(live(recorded=OTHER))
    bench.clock.on_sleep = lambda: bench.aws.become("df-1", PipelineState.INACTIVE)
    bench.aws.fails["delete"] = [AwsError("denied")]
    outcome = bench.run(wanted(), definition=FORBIDDEN)
    assert steps(outcome)[2] == "delete"
    assert "delete" not in outcome.steps_taken
    assert bench.ledger.now(key(), "again") == outcome


def test_what_the_sweep_leaves_is_not_taken_for_deleted(bench: Bench) -> None:
    bench.put_there(live(recorded=OTHER))
    outcome = bench.run(wanted(), definition=FORBIDDEN)
    assert steps(outcome) == ("replaced", ["create", "put", "activate", "retire", "deactivate"], "")
    assert bench.ledger.undeleted == ("df-1",)


def test_between_two_steps_nothing_is_in_doubt(bench: Bench) -> None:
    def stop() -> None:
        bench.stopped = True

    bench.story.after[Action.CREATE] = stop
    outcome = bench.run(wanted())
    assert steps(outcome) == ("skipped", ["create"], "")


def test_what_must_not_stay_unsaid_meanwhile(bench: Bench) -> None:
    """Where the old one goes first, its deletion is one step, and afterwards none runs."""
    bench.put_there(live(recorded=OTHER))
    work = old_first(plan(wanted(), *bench.aws.there.values(), definition=FORBIDDEN))

    def goes_on() -> None:
        going = bench.aws.there["df-1"].state is PipelineState.DELETING
        bench.aws.become("df-1", PipelineState.INACTIVE)
        if going:
            del bench.aws.there["df-1"]

    bench.clock.on_sleep = goes_on
    errors: list[str] = []

    def run() -> None:
        bench.execute(work, places=0)

    told = told_during(bench, run, errors)
    stopped = ["retire", "deactivate"]
    changing = [one for one in told if one[0] != "describe"]
    assert changing == [
        ("add tags", "failed", [], "retire"),
        ("deactivate", "failed", ["retire"], "deactivate"),
        ("delete", "failed", stopped, "delete"),
        ("create", "failed", [*stopped, "delete"], "create"),
        ("put", "failed", [*stopped, "delete", "create"], "put"),
        ("activate", "failed", [*stopped, "delete", "create", "put"], "activate"),
    ]
    assert {during for operation, _, _, during in told if operation == "describe"} == {"delete"}
    assert "none runs" not in errors[0]
    assert "The old df-1 was stopped, so none runs until then. Retry: again" in errors[-1]
    assert steps(bench.ledger.now(key(), ""))[1] == [*stopped, "delete", "create", "put", "activate"]
    assert bench.ledger.undeleted == ()


def test_two_at_work_must_not_stay_unsaid_either(bench: Bench) -> None:
    bench.put_there(live(recorded=OTHER))
    bench.aws.created = ["df-2"]
    errors: list[str] = []
    told = told_during(bench, lambda: bench.run(wanted(), definition=FORBIDDEN), errors)
    assert [during for *_, during in told][:4] == ["create", "put", "activate", "retire"]
    assert "Until then both df-2 and the old df-1 run. Retry: again" in errors[3]
