"""Keeps calls within AWS's rate limits, and makes a throttled one again when its turn comes.

AWS counts by account, region and operation, whoever calls: other runs and the task runners draw on the same
budget. So a bucket here is what we know of AWS's own, and each refusal corrects it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from threading import Lock
from typing import TypeVar

from pipelayer.aws.errors import AGAIN_HINT, THROTTLED
from pipelayer.deploy.ports import Clock
from pipelayer.errors import AwsError, Interrupted

T = TypeVar("T")

PATIENCE = timedelta(minutes=5)
"""An operation is given up once AWS has refused every call of it for so long."""


@dataclass(frozen=True)
class Rate:
    """How many calls a second AWS takes in the long run, and how many at once after a rest."""

    per_second: float
    burst: float


_USUAL = Rate(1, 100)

RATES: Mapping[str, Rate] = {
    "ActivatePipeline": _USUAL,
    "CreatePipeline": _USUAL,
    "DeletePipeline": _USUAL,
    "DescribeObjects": Rate(2, 100),
    "DescribePipelines": _USUAL,
    "GetPipelineDefinition": _USUAL,
    "ListPipelines": _USUAL,
    "PutPipelineDefinition": _USUAL,
    "QueryObjects": Rate(2, 100),
    "SetStatus": _USUAL,
    "ValidatePipelineDefinition": _USUAL,
}
"""What AWS publishes (AWS Data Pipeline Developer Guide, "Web Service Limits")."""

UNLISTED = Rate(10, inf)
"""The others are free until AWS throttles one; then it keeps to the fastest rate of that list."""

_HINT = (
    f"AWS has taken no such call for {PATIENCE.seconds // 60} minutes: something else uses up the account's "
    f"limit. {AGAIN_HINT}"
)


class Pace:
    """The pace of the calls to one account and region. One object serves every thread.

    `stopped` says whether the run was told to stop: then nobody waits any more.
    """

    def __init__(self, clock: Clock, stopped: Callable[[], bool] = lambda: False) -> None:
        self._clock = clock
        self._stopped = stopped
        self._buckets: dict[str, _Bucket] = {}
        self._lock = Lock()

    def call(self, operation: str, ask: Callable[[], T]) -> T:
        """Makes a call as soon as AWS's limits allow, first come, first served, and again while AWS throttles
        it.

        Raises what `ask` raises; AwsError where AWS still throttles it and has taken no call of this
        operation for five minutes (`PATIENCE`); Interrupted where the run was told to stop during a wait.
        """
        while True:
            self._wait(operation)
            try:
                answer = ask()
            except AwsError as error:
                if error.code not in THROTTLED:
                    raise
                if not self._refused(operation):
                    raise AwsError(error.message, _HINT, code=error.code, operation=operation) from error
            else:
                self._taken(operation)
                return answer

    def _wait(self, operation: str) -> None:
        """Takes the next free turn, and sleeps until then: by that time nobody else's call is due."""
        with self._lock:
            now = self._clock.now()
            bucket = self._buckets.setdefault(operation, _Bucket(RATES.get(operation, UNLISTED), now))
            seconds = bucket.take(now)
        if seconds:
            self._clock.sleep(seconds)
            if self._stopped():
                raise Interrupted(f"The run was stopped while {operation} waited for AWS's rate limit.")

    def _refused(self, operation: str) -> bool:
        """AWS has throttled a call; whether it is worth another try."""
        with self._lock:
            return self._buckets[operation].refused(self._clock.now()) < PATIENCE

    def _taken(self, operation: str) -> None:
        with self._lock:
            self._buckets[operation].refused_since = None


class _Bucket:
    """A token bucket that lends: whoever takes more than there is waits until it has filled up to zero again.

    So each call has its turn the moment it asks, and no one who comes later is served before it.
    """

    def __init__(self, rate: Rate, now: datetime) -> None:
        self._rate = rate
        self._then = now
        # AWS's own begins to fill up again when the first call arrives, which is later than now.
        self._level = rate.burst - 1
        self.refused_since: datetime | None = None

    def take(self, now: datetime) -> float:
        """Takes a token; how many seconds to wait before it may be used."""
        self._fill(now)
        self._level -= 1
        return max(0.0, -self._level / self._rate.per_second)

    def refused(self, now: datetime) -> timedelta:
        """AWS's own bucket turned out to be empty. How long it has refused everything."""
        self._fill(now)
        self._level = min(self._level, 0.0)
        self.refused_since = self.refused_since or now
        return now - self.refused_since

    def _fill(self, now: datetime) -> None:
        """A clock that was set back fills nothing."""
        passed = max(0.0, (now - self._then).total_seconds())
        self._level = min(self._rate.burst, self._level + passed * self._rate.per_second)
        self._then = now
