"""Carries out the plan of one pipeline, step by step.

After a failure or an interruption at any point, the tags tell the next run where this one stopped; nothing is
undone but a pipeline that was just created and that AWS doesn't accept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from pipelayer.deploy import retiring, tags
from pipelayer.deploy.facts import Work
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.marking import Marking
from pipelayer.deploy.placing import Placing, final_tags
from pipelayer.deploy.sending import Sending
from pipelayer.deploy.sweep import Sweep
from pipelayer.deploy.waiting import until_paused
from pipelayer.errors import Interrupted, PipelayerError, in_words
from pipelayer.model import Action, Kind, Outcome, OutcomeResult, PipelineState, Step

_HARMLESS = frozenset({Action.CLAIM, Action.UPLOAD})
"""Steps that leave AWS as it was once the claim is given back, provided that S3 took no file."""

_STOPPING = frozenset({Action.DELETE, Action.DEACTIVATE, Action.CANCEL})
_OF_THE_NEW = frozenset({Action.RECORD, Action.ACTIVATE})


_RESULTS = {
    Kind.CREATE: OutcomeResult.CREATED,
    Kind.EDIT: OutcomeResult.EDITED,
    Kind.SAVE: OutcomeResult.EDITED,
    Kind.REPLACE: OutcomeResult.REPLACED,
    Kind.UPLOAD: OutcomeResult.UPLOADED,
    Kind.RETAG: OutcomeResult.RECORDED,
    Kind.RUN: OutcomeResult.ACTIVATED,
    Kind.ADOPT: OutcomeResult.ADOPTED,
    Kind.HELD: OutcomeResult.HELD,
    Kind.REFUSED: OutcomeResult.FAILED,
    Kind.UNCHANGED: OutcomeResult.UNCHANGED,
}


class _Superseded(Exception):
    """A newer commit decides over this pipeline now."""


class Running:
    """One pipeline's execution: where it stands, and what it has done so far."""

    def __init__(self, work: Work, hands: Hands, sweep: Sweep) -> None:
        self._work = work
        self._hands = hands
        self._sweep = sweep
        self._aws = hands.cloud.pipelines
        self._placing = Placing(work, hands)
        self._sending = Sending(work.plan.key, work.facts.upload, hands)
        self._marking = Marking(work, hands)
        self._begun: list[Action] = []
        self._taken: list[Step] = []
        self._saved = False
        self._since = hands.clock.now()

    def outcome(self) -> Outcome:
        """Takes every step and tells what came of it; a failure is an outcome, never an exception."""
        result, error = _RESULTS.get(self._work.plan.kind, OutcomeResult.SKIPPED), ""
        try:
            if self._work.plan.kind is Kind.REFUSED:
                error = self._work.plan.reason
            self._take_steps()
        except _Superseded:
            self._leave()
            result = OutcomeResult.SUPERSEDED
        except Interrupted as stop:
            self._leave()
            result, error = OutcomeResult.SKIPPED, f"{stop.message}{self._meanwhile()} {self._retry()}"
        except PipelayerError as problem:
            self._leave()
            hint = f" {problem.hint}" if problem.hint else ""
            error = f"{problem.message}{hint}{self._meanwhile()} {self._retry()}"
            result = OutcomeResult.FAILED
        except Exception as bug:
            # Whatever goes wrong in one pipeline, the others and the report go on.
            self._leave()
            result, error = OutcomeResult.FAILED, f"{in_words(bug)} {self._retry()}"
        return replace(self.so_far(), result=result, error=self._hands.secrets.hide(error))

    def so_far(self) -> Outcome:
        """Where it stands at this moment, without waiting: others ask while a call hangs."""
        live = self._work.plan.live_id
        return Outcome(
            str(self._work.plan.key),
            OutcomeResult.FAILED,
            self._placing.new or live,
            live if self._placing.new else "",
            self._sending.uploaded,
            self._sending.removed,
            round((self._hands.clock.now() - self._since).total_seconds(), 2),
            self._meanwhile().strip(),
            activated=self._placing.activated,
        )

    def _leave(self) -> None:
        """Leaves the live pipeline's record as true as it can be."""
        if self._sending.touched or self._saved:
            self._marking.keep()
        elif _HARMLESS.issuperset(self._begun):
            self._marking.give_back()

    def _meanwhile(self) -> str:
        """What must not stay unsaid: that two of them are at work until the next deploy, or none."""
        new, old = self._placing.new, self._work.plan.live_id
        stopped = any(step.action in _STOPPING and step.target == old for step in self._taken)
        if not self._placing.activated:
            return f" The old {old} was stopped, so none runs until then." if old and stopped else ""
        return f" Until then both {new} and the old {old} run." if new and old and not stopped else ""

    def _retry(self) -> str:
        return f"Retry: {self._hands.retry(self._work.plan.key)}"

    def _take_steps(self) -> None:
        plan = self._work.plan
        if plan.steps and self._hands.superseded(plan.key):
            raise _Superseded
        live = self._work.facts.live
        writes = live and any(self._work.takes(action, live.id) for action in (Action.PUT, Action.ACTIVATE))
        if live and live.state is PipelineState.DEACTIVATING and writes:
            until_paused(self._hands, live.id, "Nothing of it was changed: deploy again later.")
        for step in plan.steps:
            self._hands.go_on()
            self._hands.journal.begins(plan, step)
            self._begun.append(step.action)
            self._take(step)
            self._taken.append(step)
            self._hands.journal.done(plan, step)

    def _take(self, step: Step) -> None:
        target = self._target(step)
        match step.action:
            case Action.CLAIM:
                self._marking.claim(target)
            case Action.MARK:
                self._marking.mark(target)
            case Action.UPLOAD:
                self._sending.upload()
            case Action.REMOVE_STALE:
                self._sending.remove_stale()
            case Action.CREATE:
                self._placing.create()
            case Action.PUT:
                if self._work.plan.kind in (Kind.CREATE, Kind.REPLACE):
                    self._placing.new = target
                self._saved = not self._placing.new
                self._placing.put(target)
            case Action.RECORD:
                self._aws.add_tags(target, final_tags(self._work, target))
            case Action.ACTIVATE:
                if self._hands.superseded(self._work.plan.key):
                    self._placing.discard()
                    raise _Superseded
                self._placing.activate(target)
            case Action.RETIRE:
                if self._work.old_first:
                    self._placing.wait_for_due_run()
                live_id = self._work.plan.live_id
                successor = self._placing.new or (live_id if live_id != target else "")
                retiring.retire(self._hands, target, successor or tags.UNFINISHED)
            case Action.DEACTIVATE | Action.CANCEL:
                retiring.stop(self._hands, target, cancel=step.action is Action.CANCEL)
            case Action.DELETE:
                if self._work.makes_room and Action.CREATE not in self._begun:
                    self._make_room(target)
                else:
                    self._sweep.add(self._work.plan.key, target)
            case _:
                assert_never(step.action)

    def _make_room(self, old: str) -> None:
        """Deletes the old one, and waits until its place is free."""
        sweep = Sweep(self._hands)
        sweep.add(self._work.plan.key, old)
        sweep.run(until_gone=True)
        if problem := next(iter(sweep.problems.values()), None):
            raise problem
        self._hands.go_on()
        if sweep.unfinished:
            raise PipelayerError(
                f"{old} still has work to finish, so its place isn't free yet.",
                "cancel-running: true doesn't wait for that work.",
            )

    def _target(self, step: Step) -> str:
        """What is left unfinished may turn out to be gone, and another one takes its place."""
        new = self._placing.new
        return new if new and step.action in _OF_THE_NEW else step.target or new
