"""Carries out orders, one after the other; then waits for all that AWS does by itself, together and within a
limit.

Each pipeline stands alone. Whoever stops it half-way learns what was done: `orders` tells at any moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipelayer.console.activating import PAUSED, start_of
from pipelayer.console.subject import Deed
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.prune import after, carry_out
from pipelayer.deploy.sweep import Sweep, why_left
from pipelayer.deploy.waiting import looks, until_paused
from pipelayer.errors import AGAIN, AwsError, Interrupted, PipelayerError, in_words
from pipelayer.model import Action, LivePipeline, Outcome, OutcomeResult, PipelineState
from pipelayer.model.history import ObjectOrder
from pipelayer.model.order import Button, Order, OrderResult

AT_ONCE = 25
"""Objects of one SetStatus. AWS names no limit; DescribeObjects takes so many."""

_STOPPED = "The command was stopped before this pipeline was begun."
_UNDER_WAY = "The command was stopped while AWS was being told; nobody knows whether that took effect."
_TELLING = frozenset({"ActivatePipeline", "DeactivatePipeline", "SetStatus"})
_RESULTS = {
    OutcomeResult.DELETED: OrderResult.DONE,
    OutcomeResult.SKIPPED: OrderResult.SKIPPED,
}
_ORDERS = {Button.RERUN: ObjectOrder.RERUN, Button.CANCEL: ObjectOrder.TRY_CANCEL}

HandsOf = Callable[[Deed], Hands]
"""The same for all pipelines of one account and region."""


class Carrying:
    """The orders of one command. `began` says whether AWS was told anything yet."""

    def __init__(self, deeds: Sequence[Deed], hands_of: HandsOf) -> None:
        self._deeds = tuple(deeds)
        self._hands_of = hands_of
        self._known: list[Order] = [deed.order for deed in deeds]
        self._pausing: dict[int, Hands] = {}
        self._sweeps: dict[int, Sweep] = {}
        self._deleting: list[tuple[int, Sweep, Outcome]] = []
        self._at: int | None = None
        self.began = False

    def orders(self, *, over: bool = False) -> tuple[Order, ...]:
        """What is known at this moment. `over`: nothing more is done, so what wasn't begun never will be."""
        known = tuple(self._known)
        if not over:
            return known
        return tuple(self._unfinished(place, order) for place, order in enumerate(known))

    def _unfinished(self, place: int, order: Order) -> Order:
        if order.result is not OrderResult.PLANNED:
            return order
        if place == self._at:
            return replace(order, result=OrderResult.FAILED, message=_UNDER_WAY)
        return replace(order, result=OrderResult.SKIPPED, message=_STOPPED)

    def run(self) -> None:
        """All of it. Never raises for one pipeline's failure."""
        for place, deed in enumerate(self._deeds):
            if deed.order.result is OrderResult.PLANNED:
                self._at = place
                self._known[place] = self._carried(place, deed)
        self._at = None
        for sweep in self._sweeps.values():
            sweep.run(until_gone=False)
        for place, sweep, outcome in self._deleting:
            self._known[place] = _swept(self._known[place], sweep, after(sweep, outcome))
        self._settle()

    def _carried(self, place: int, deed: Deed) -> Order:
        hands = self._hands_of(deed)
        try:
            hands.go_on()
            return self._act(place, deed, hands)
        except Interrupted:
            return replace(deed.order, result=OrderResult.SKIPPED, message=_STOPPED)
        except AwsError as problem:
            return _failed(deed.order, *_told(problem, deed))
        except PipelayerError as problem:
            return _failed(deed.order, problem.message, problem.hint)
        except Exception as bug:
            return _failed(deed.order, in_words(bug))

    def _act(self, place: int, deed: Deed, hands: Hands) -> Order:
        button, live_id = deed.order.button, deed.order.live_id
        aws = hands.cloud.pipelines
        match button:
            case Button.RUN | Button.RESUME:
                return self._start(deed, hands)
            case Button.PAUSE:
                _still(deed, hands)
                self.began = True
                if deed.order.state != PipelineState.DEACTIVATING or deed.wishes.cancel_running:
                    aws.deactivate(live_id, cancel_active=deed.wishes.cancel_running)
                self._pausing[place] = hands
                return replace(deed.order, result=OrderResult.ORDERED, message=_words_paused(deed))
            case Button.RERUN | Button.CANCEL:
                return self._tell_objects(deed, hands, _ORDERS[button])
            case Button.DELETE:
                if deed.subject.live:
                    _still(deed, hands)
                self.began = True
                return self._delete(place, deed, hands)

    def _start(self, deed: Deed, hands: Hands) -> Order:
        live = _still(deed, hands)
        if live.state is PipelineState.DEACTIVATING:
            hands.journal.says(deed.order.key, "waiting until it is paused")
            again = deed.subject.offer(deed.order.button)
            until_paused(hands, live.id, f"Nothing of it was changed: {again} again later.")
        start = start_of(deed, live, hands.clock.now())
        self.began = True
        on_demand = deed.order.button is Button.RUN
        hands.cloud.pipelines.activate(live.id, start, on_demand=on_demand)
        words = "AWS runs it now" if on_demand else "it goes on"
        return replace(deed.order, result=OrderResult.DONE, message=words)

    def _tell_objects(self, deed: Deed, hands: Hands, order: ObjectOrder) -> Order:
        cloud, told = deed.subject.cloud, 0
        _still(deed, hands)
        try:
            for first in range(0, len(deed.send), AT_ONCE):
                hands.go_on()
                self.began = True
                batch = deed.send[first : first + AT_ONCE]
                cloud.history.set_status(deed.order.live_id, batch, order)
                told += len(batch)
        except PipelayerError as problem:
            if not told:
                raise
            words = f"AWS was told about {told} of {len(deed.send)} objects, and then: {problem.message}"
            if isinstance(problem, Interrupted):
                return replace(deed.order, result=OrderResult.SKIPPED, message=words, hint=problem.hint)
            return _failed(deed.order, *_told(problem, deed, words))
        what = "runs them again" if order is ObjectOrder.RERUN else "cancels them"
        many = f"{told} object{'s' * (told != 1)}"
        return replace(deed.order, result=OrderResult.ORDERED, message=f"AWS {what} in a while: {many}")

    def _delete(self, place: int, deed: Deed, hands: Hands) -> Order:
        assert deed.plan is not None, "what is to be deleted has a plan"
        sweep = self._sweeps.setdefault(id(hands), Sweep(hands))
        outcome = carry_out(deed.plan, hands, sweep)
        if outcome.result is not OutcomeResult.DELETED:
            return _swept(deed.order, sweep, outcome)
        self._deleting.append((place, sweep, outcome))
        return replace(
            deed.order, result=OrderResult.ORDERED, message="it is tagged and stopped, to be deleted"
        )

    def _settle(self) -> None:
        """Looks after those that are being paused, 25 a call, until each is or the time is up."""
        every = {id(hands): hands for hands in self._pausing.values()}
        for hands in every.values():
            places = [place for place, its in self._pausing.items() if its is hands]
            waiting = {self._known[place].live_id: place for place in places}
            for _ in looks(hands):
                try:
                    found = {one.id: one.state for one in hands.cloud.pipelines.describe(sorted(waiting))}
                except PipelayerError as problem:
                    hands.journal.says(None, f"looking after what is being paused failed: {problem.message}")
                    break
                for live_id in sorted(waiting):
                    state = found.get(live_id)
                    if state is None:
                        self._settled(waiting.pop(live_id), OrderResult.FAILED, "it was deleted meanwhile")
                    elif state is PipelineState.INACTIVE:
                        self._settled(waiting.pop(live_id), OrderResult.DONE, "it is paused")
                if not waiting:
                    break
                hands.journal.progress(None, "paused", len(places) - len(waiting), len(places))

    def _settled(self, place: int, result: OrderResult, message: str) -> None:
        self._known[place] = replace(self._known[place], result=result, message=message)


def _told(problem: PipelayerError, deed: Deed, words: str = "") -> tuple[str, str]:
    """What went wrong, in the problem's own words or in these, and a hint that is true of a button: pressing
    it once more may do a thing twice.
    """
    message, subject = words or problem.message, deed.subject
    if not isinstance(problem, AwsError):
        return message, problem.hint
    if problem.unsure and problem.operation in _TELLING:
        if "Nobody knows" not in message:
            message += " Nobody knows whether AWS took the order."
        return message, f"Look with {subject.offer('status')} before you order it again."
    if problem.hint.startswith(AGAIN):
        done = "only that much was done" if words else "nothing was done"
        return message, f"Order it again for {subject.key.directory} alone a little later: {done} to it."
    return message, problem.hint


def _words_paused(deed: Deed) -> str:
    if deed.wishes.cancel_running:
        return "its schedule is stopped; it is paused once its running work is canceled"
    return "its schedule is stopped; it is paused once its running work has finished"


def _still(deed: Deed, hands: Hands) -> LivePipeline:
    """The pipeline as it is now. Raises PipelayerError where somebody else was at it since it was shown."""
    seen = deed.subject.live
    assert seen is not None, "nothing is ordered of what isn't there"
    now = next(iter(hands.cloud.pipelines.describe([seen.id])), None)
    if now is None:
        raise PipelayerError(f"{seen.id} is not there any more: somebody deleted it.")
    if now.tags != seen.tags or (now.state is not seen.state and not {now.state, seen.state} <= PAUSED):
        raise PipelayerError(
            f"Somebody else was at {now.id} since it was looked at (it was {seen.state}, it is {now.state}): "
            "nothing was done.",
            "Look at it again, and repeat the command if you still want it.",
        )
    return now


def _swept(order: Order, sweep: Sweep, outcome: Outcome) -> Order:
    """What came of a deletion."""
    result = _RESULTS.get(outcome.result, OrderResult.FAILED)
    left = ", ".join(sorted(one for one, key in sweep.unfinished.items() if key == order.key))
    if result is OrderResult.DONE and left:
        return replace(order, result=OrderResult.ORDERED, message=f"{left} {why_left(stopped=sweep.stopped)}")
    if result is OrderResult.DONE:
        return replace(order, result=result, message="it is deleted")
    tagged = Action.RETIRE in outcome.steps_taken
    hint = "It is tagged as on its way out: the next deploy deletes it." if tagged else ""
    return replace(order, result=result, message=outcome.error, hint=hint)


def _failed(order: Order, message: str, hint: str = "") -> Order:
    return replace(order, result=OrderResult.FAILED, message=message, hint=hint)
