"""Runs plans: each step is told before and after, each pipeline stands alone, each has an outcome.

Pipelines run in parallel. Retired ones are deleted at the end, together (`sweep`), so that a slow one holds
up nobody. Where the account has few free places, replacements go in waves of that size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from pipelayer.deploy.facts import Work
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.one import Running
from pipelayer.deploy.sweep import Sweep
from pipelayer.errors import PipelayerError
from pipelayer.model import Action, Key, Kind, Outcome, OutcomeResult


@dataclass(frozen=True)
class Limits:
    """How much at once, and how long to wait. `free_places` is what the account's quota leaves for
    replacements.
    """

    concurrency: int = 8
    free_places: int = 100
    sweep_seconds: float = 90


@dataclass(frozen=True)
class Done:
    """An outcome for each plan, in their order, and the ids of the retired pipelines that still have work."""

    outcomes: tuple[Outcome, ...]
    unfinished: frozenset[str]


def execute(works: Sequence[Work], hands: Hands, limits: Limits) -> Done:
    """Carries out the plans. Never raises for one pipeline's failure."""
    replacing = [
        work
        for work in works
        if work.plan.kind is Kind.REPLACE and work.has(Action.CREATE) and not work.makes_room
    ]
    wave = [work for work in works if work not in replacing]
    outcomes: dict[Key, Outcome] = {}
    unfinished: set[str] = set()
    free = limits.free_places
    while wave or replacing:
        if not wave and free < 1:
            outcomes.update({work.plan.key: _no_place(work, hands) for work in replacing})
            break
        wave, replacing = wave + replacing[: max(0, free)], replacing[max(0, free) :]
        sweep = Sweep(hands, limits.sweep_seconds)
        with ThreadPoolExecutor(max_workers=max(1, limits.concurrency)) as pool:
            for work, outcome in zip(wave, pool.map(_runner(hands, sweep), wave), strict=True):
                outcomes[work.plan.key] = outcome
        sweep.run(until_gone=bool(replacing))
        for key, problem in sweep.problems.items():
            outcomes[key] = hands.journal.ended(_failed_sweep(outcomes[key], problem))
        unfinished |= sweep.unfinished.keys()
        wave, free = [], free - len(sweep.unfinished) - len(sweep.problems)
    return Done(tuple(outcomes[work.plan.key] for work in works), frozenset(unfinished))


def _runner(hands: Hands, sweep: Sweep) -> Callable[[Work], Outcome]:
    def run(work: Work) -> Outcome:
        running = Running(work, hands, sweep)
        hands.journal.watch(work.plan, running.so_far)
        return hands.journal.ended(running.outcome())

    return run


def _no_place(work: Work, hands: Hands) -> Outcome:
    error = "No place is free for it: pipelines that were replaced before it still have work to finish."
    retry = f"Retry: {hands.retry(work.plan.key)}"
    return Outcome(str(work.plan.key), OutcomeResult.SKIPPED, work.plan.live_id, error=f"{error} {retry}")


def _failed_sweep(outcome: Outcome, problem: PipelayerError) -> Outcome:
    if outcome.result is OutcomeResult.FAILED:
        return outcome
    return replace(
        outcome,
        result=OutcomeResult.FAILED,
        error=f"{problem.message} The next deploy tries again to delete it.",
    )
