"""What can go wrong on purpose: injected faults and throttling."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from .clock import Clock
from .errors import Refusal, throttled, usual_status


class When(StrEnum):
    BEFORE = "before"
    """Instead of the call's effect."""
    AFTER = "after"
    """The effect happens, and the caller doesn't learn it."""


class Kind(StrEnum):
    ERROR = "error"
    DROP = "drop"
    """The connection is closed without an answer."""
    TRUNCATE = "truncate"
    """The answer's body is cut short."""
    DELAY = "delay"
    """The answer is right and comes late."""


@dataclass(frozen=True)
class Fault:
    """A fault for the calls that match.

    `service`, `operation` and `resource` (a pipeline's id or name, `bucket/key`) are patterns as in a shell.
    Of the matching calls the `nth` is the first that is hit, and `times` calls are (0: all from then on), or,
    if `lasting` is set, all for so many simulated seconds. `status` 0 means the usual one for the code;
    `seconds` is real time.
    """

    service: str = "datapipeline"
    operation: str = "*"
    resource: str = "*"
    nth: int = 1
    times: int = 1
    when: When = When.BEFORE
    kind: Kind = Kind.ERROR
    code: str = "InternalServiceError"
    message: str = "Injected by the sandbox."
    status: int = 0
    seconds: float = 0.0
    lasting: float = 0.0

    def matches(self, service: str, operation: str, resources: Sequence[str]) -> bool:
        return (
            fnmatchcase(service, self.service)
            and fnmatchcase(operation, self.operation)
            and (self.resource == "*" or any(fnmatchcase(one, self.resource) for one in resources))
        )

    @property
    def refusal(self) -> Refusal:
        return Refusal(self.code, self.message, self.status or usual_status(self.code))


class Faults:
    """The faults that are waiting for their calls."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Condition()
        self._waiting: list[tuple[Fault, int]] = []
        self._until: dict[Fault, datetime] = {}

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append((fault, 0))

    def clear(self) -> None:
        with self._lock:
            self._waiting, self._until = [], {}

    @property
    def waiting(self) -> list[Fault]:
        """Those that have not yet hit as often as they should."""
        with self._lock:
            return self._left()

    def wait(self, seconds: float) -> bool:
        """Waits until all have hit as often as they should; whether they did so within `seconds`."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._left(), seconds)

    def _left(self) -> list[Fault]:
        return [
            fault for fault, seen in self._waiting if not fault.times or seen < fault.nth - 1 + fault.times
        ]

    def hit(self, service: str, operation: str, resources: Sequence[str]) -> list[Fault]:
        """Counts a call, and returns the faults that hit it."""
        found: list[Fault] = []
        with self._lock:
            for place, (fault, seen) in enumerate(self._waiting):
                if not fault.matches(service, operation, resources):
                    continue
                self._waiting[place] = fault, seen + 1
                if self._is_due(fault, seen + 1):
                    found.append(fault)
            self._lock.notify_all()
        return found

    def _is_due(self, fault: Fault, number: int) -> bool:
        """Whether the fault hits the matching call with this number."""
        if number < fault.nth:
            return False
        if not fault.lasting:
            return not fault.times or number < fault.nth + fault.times
        now = self._clock.now()
        return now < self._until.setdefault(fault, now + timedelta(seconds=fault.lasting))


@dataclass(frozen=True)
class Rate:
    per_second: float
    burst: int


_SLOW = Rate(1, 100)
RATES: Mapping[str, Rate] = {
    **dict.fromkeys(
        (
            "ActivatePipeline",
            "CreatePipeline",
            "DeletePipeline",
            "DescribePipelines",
            "GetPipelineDefinition",
            "ListPipelines",
            "PutPipelineDefinition",
            "SetStatus",
            "ValidatePipelineDefinition",
        ),
        _SLOW,
    ),
    "DescribeObjects": Rate(2, 100),
    "QueryObjects": Rate(2, 100),
}
"""Per account and operation (Developer Guide, "Web Service Limits"); what isn't listed there isn't throttled.
"""


class Throttle:
    """A token bucket for each operation, off until it is switched on; it fills in simulated time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rates: Mapping[str, Rate] = {}
        self._level: dict[tuple[str, str], tuple[float, datetime]] = {}

    def switch_on(self, *, per_second: float | None = None, burst: int | None = None) -> None:
        """AWS's published rates, or the same rate or burst for every operation."""
        with self._lock:
            self._level = {}
            self._rates = {
                operation: replace(
                    rate,
                    per_second=rate.per_second if per_second is None else per_second,
                    burst=rate.burst if burst is None else burst,
                )
                for operation, rate in RATES.items()
            }

    def switch_off(self) -> None:
        with self._lock:
            self._rates, self._level = {}, {}

    def check(self, operation: str, region: str) -> None:
        """Takes a token. Raises ThrottlingException if there is none."""
        with self._lock:
            rate = self._rates.get(operation)
            if rate is None:
                return
            now = self._clock.now()
            level, then = self._level.get((operation, region), (float(rate.burst), now))
            level = min(rate.burst, level + max(0.0, (now - then).total_seconds()) * rate.per_second)
            self._level[operation, region] = (level - 1 if level >= 1 else level), now
            if level < 1:
                raise throttled()
