"""AWS's rate limits, kept by many threads in a time that costs none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelayer.aws.pace import PATIENCE, Pace
from pipelayer.errors import AwsError, Interrupted
from support.virtual_time import VirtualTime

BURST = 100
OPERATION = "CreatePipeline"
"""One a second after a burst of 100, as AWS says."""


@dataclass
class Account:
    """AWS's own count of one operation, one call a second. Others use it too: `left` is what they have left
    of the burst, and `others` their calls a second from then on.
    """

    time: VirtualTime
    left: float = BURST
    others: float = 0
    refuses_until: float = 0
    tried: list[float] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)
    _then: float = 0
    _lock: Lock = field(default_factory=Lock)

    def __call__(self) -> None:
        with self._lock:
            now = self.time.seconds
            self.left = min(BURST, self.left + (now - self._then) * (1 - self.others))
            self._then = now
            self.tried.append(now)
            assert len(self.tried) < 10_000, "tried without end"
            if self.left < 1 - 1e-6 or now < self.refuses_until:
                raise AwsError("AWS throttles it.", code="ThrottlingException", operation=OPERATION)
            self.left -= 1
            self.taken.append(now)


def busy(pace: Pace, ask: Callable[[], None], calls: int) -> Callable[[], None]:
    """Somebody who makes so many calls, one after another."""

    def work() -> None:
        for _ in range(calls):
            pace.call(OPERATION, ask)

    return work


def most_at_once(times: list[float], rate: float) -> float:
    """The most calls in any span of time, less what the rate gives for that span."""
    lowest, most = float("inf"), 0.0
    for number, time in enumerate(times):
        lowest = min(lowest, number - rate * time)
        most = max(most, number + 1 - rate * time - lowest)
    return most


SCRIPTS = st.lists(
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.3, 7.0, 250.0]), max_size=60), min_size=1, max_size=8
)


@settings(max_examples=40, deadline=None)
@given(SCRIPTS)
@example([[0.0, 250.0, *[0.0] * 40]])
def test_no_span_of_time_holds_more_calls_than_aws_takes(scripts: list[list[float]]) -> None:
    time = VirtualTime()
    pace, account = Pace(time), Account(time)

    def follow(pauses: list[float]) -> Callable[[], None]:
        def work() -> None:
            for pause in pauses:
                if pause:
                    time.sleep(pause)
                for _ in range(5):
                    pace.call(OPERATION, account)

        return work

    time.run([follow(script) for script in scripts])
    assert len(account.taken) == len(account.tried) == 5 * sum(map(len, scripts))
    assert most_at_once(sorted(account.taken), 1) <= BURST + 1e-6


@pytest.mark.parametrize("threads", [1, 8, 64])
def test_the_wait_is_what_the_limit_imposes(threads: int) -> None:
    time = VirtualTime()
    pace, account = Pace(time), Account(time)
    time.run([busy(pace, account, 320 // threads)] * threads)
    assert len(account.taken) == 320
    assert 320 - BURST <= time.seconds <= 320 - BURST + 1


def test_nobody_waits_within_the_burst() -> None:
    time = VirtualTime()
    pace, account = Pace(time), Account(time)
    time.run([busy(pace, account, 9)] * 11)
    assert time.seconds == 0


def test_each_has_its_turn() -> None:
    time = VirtualTime()
    pace, account = Pace(time), Account(time)
    waits: list[float] = []

    def work() -> None:
        for _ in range(40):
            began = time.seconds
            pace.call(OPERATION, account)
            waits.append(time.seconds - began)

    time.run([work] * 8)
    assert max(waits) <= 8, "each of the others goes first once, and no more often"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, BURST), st.integers(1, 16), st.sampled_from([0.0, 0.3, 0.5]))
def test_what_others_have_used_up_costs_time_and_no_call(left: int, threads: int, others: float) -> None:
    time = VirtualTime()
    pace, account = Pace(time), Account(time, left=left, others=others)
    each = 200 // threads
    time.run([busy(pace, account, each)] * threads)
    calls = each * threads
    assert len(account.taken) == calls
    assert most_at_once(sorted(account.tried), 1) <= BURST + 1e-6
    if not others:
        assert time.seconds <= max(0, calls - left) + 2
        assert len(account.tried) - calls <= threads, "a refusal is heeded by all"


def test_a_minute_of_throttling_is_sat_out() -> None:
    time = VirtualTime()
    pace, account = Pace(time), Account(time, refuses_until=60)
    time.run([busy(pace, account, 4)] * 8)
    assert len(account.taken) == 32
    assert 60 <= time.seconds <= 60 + 32 + 1
    assert most_at_once(sorted(account.tried), 1) <= BURST


def test_patience_ends_after_five_minutes_and_begins_anew_with_a_call_that_is_taken() -> None:
    time = VirtualTime()
    pace, account = Pace(time), Account(time, refuses_until=1000)
    ended: list[float] = []

    def work() -> None:
        for _ in range(2):
            with pytest.raises(AwsError, match="AWS throttles it") as caught:
                pace.call(OPERATION, account)
            assert (caught.value.code, caught.value.operation) == ("ThrottlingException", OPERATION)
            assert "no such call for 5 minutes" in caught.value.hint
            ended.append(time.seconds)
        time.sleep(1000 - time.seconds)
        pace.call(OPERATION, account)
        account.refuses_until = time.seconds + 250
        pace.call(OPERATION, account)

    time.run([work])
    assert ended[0] == pytest.approx(PATIENCE.total_seconds(), abs=1)
    assert ended[1] - ended[0] <= 1, "what comes after fails at its first refusal"
    assert len(account.taken) == 2


def test_another_error_is_no_reason_to_try_again() -> None:
    time = VirtualTime()
    tried: list[int] = []

    def denied() -> None:
        tried.append(1)
        raise AwsError("No.", code="AccessDeniedException")

    with pytest.raises(AwsError, match="No"):
        Pace(time).call(OPERATION, denied)
    assert tried == [1]


def test_what_has_no_published_limit_waits_only_once_it_is_throttled() -> None:
    time = VirtualTime()
    pace, account = Pace(time), Account(time, left=1000)

    def work() -> None:
        for _ in range(500):
            pace.call("AddTags", lambda: None)
        assert time.seconds == 0
        account.refuses_until = 0.05
        for _ in range(50):
            pace.call("AddTags", account)

    time.run([work])
    assert time.seconds == pytest.approx(50 / 10)


class Stopped:
    """A clock on which nobody waits any more."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.asked = False

    def now(self) -> datetime:
        return self.time.now()

    def sleep(self, seconds: float) -> None:
        self.asked = True


def test_nobody_who_was_told_to_stop_waits() -> None:
    clock = Stopped()
    pace = Pace(clock, lambda: clock.asked)
    made: list[int] = []
    for _ in range(BURST - 1):
        pace.call(OPERATION, lambda: made.append(1))
    with pytest.raises(Interrupted, match=OPERATION):
        pace.call(OPERATION, lambda: made.append(1))
    assert len(made) == BURST - 1


def test_a_throttled_call_is_let_go_when_the_run_is_told_to_stop() -> None:
    clock = Stopped()
    pace, account = Pace(clock, lambda: clock.asked), Account(clock.time, left=0)
    with pytest.raises(Interrupted, match=OPERATION):
        pace.call(OPERATION, account)
    assert len(account.tried) == 1


def test_a_clock_that_is_set_back_stops_nobody() -> None:
    time = VirtualTime()
    pace, account = Pace(time), Account(time)

    def work() -> None:
        pace.call(OPERATION, account)
        time._now -= timedelta(hours=1)
        for _ in range(BURST + 10):
            pace.call(OPERATION, lambda: None)

    time.run([work])
    assert time.seconds <= -3600 + 12
