"""One run going on: what begins, ends, is tried again, or fails because of another.

Source: AWS Data Pipeline Developer Guide, "Cascading Failures and Reruns".

Assumed, as no document says it:
- a resource is RUNNING from the moment at which its first activity could begin until none needs it any more;
- where a resource fails, an activity that it leaves behind fails too, or is CANCELED if it cascades;
- an instance takes the status of its last attempt;
- without `cascade`, what waits for something that failed waits until that is rerun or marked as finished; a
  resource that has gone meanwhile comes up again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .parts import Part
from .work import AT_WORK, BROKEN, OVER, WAITING, Attempt, Fate, Instance, WorkStatus


@dataclass
class Engine:
    """A run's instances at the present moment. `seconds` is how long an attempt takes (None: until somebody
    completes it), `retry_seconds` how long AWS waits before the next (None: as `retryDelay` says), and
    `tries` how many attempts `retries` of them make. With `hurry` everything ends so, at once.
    """

    parts: Mapping[str, Part]
    work: Mapping[str, Instance]
    begun: datetime
    now: datetime
    seconds: float | None
    retry_seconds: float | None = 0.0
    first_is_retry: bool = False
    paused: frozenset[str] = frozenset()
    hurry: WorkStatus | None = None

    def advance(self) -> None:
        """Lets everything happen that is due, moment by moment: what is looked at in between, and in which
        order the objects are defined, makes no difference.
        """
        end = self.now
        self.now = end if self.hurry else min(self.begun, end)
        while True:
            self._settle()
            if self.now >= end:
                return
            self.now = min([end, *(at for at in self._moments() if at > self.now)])

    def _settle(self) -> None:
        """What happens at one moment: all the work first, then the resources, those together."""
        resources = [one for one in self.parts.values() if one.category == "resource"]
        work = [one for one in self.parts.values() if one.category != "resource"]
        while True:
            while any(self._step(one) for one in work):
                pass
            changed = [self._step(one) for one in resources]
            if not any(changed):
                return

    def _moments(self) -> Iterator[datetime]:
        """When something may happen next."""
        for one in self.work.values():
            head = one.head
            found = (one.again_at, one.since, head.ends if head is not None and head.ended is None else None)
            yield from (at for at in found if at is not None)

    @property
    def active(self) -> bool:
        """Whether something of it goes on, or will by itself."""
        return any(
            one.status in AT_WORK or one.status is WorkStatus.PAUSED or one.again_at is not None
            for one in self.work.values()
        )

    def tries(self, part: Part) -> int:
        """How many attempts there may be."""
        return max(1, part.retries if self.first_is_retry else part.retries + 1)

    def _step(self, part: Part) -> bool:
        """Whether anything has changed."""
        one = self.work[part.id]
        if one.status in WAITING:
            return self._begin(part, one)
        if one.again_at is not None:
            return self._again(one)
        if one.status not in AT_WORK:
            return False
        if part.category == "resource" and (self.hurry or not _breaks(one)):
            return self._release(part, one)
        return self._end(part, one)

    # ---- beginning

    def _begin(self, part: Part, one: Instance) -> bool:
        if broken := self._broken(part):
            return self._fail_with(part, one, broken)
        ready = self._ready(part)
        if ready is None:
            return False
        if part.category == "resource" and self._unneeded(part.id):
            one.end(WorkStatus.FINISHED, ready)
            return True
        if part.id in self.paused:
            changed, one.status = one.status is not WorkStatus.PAUSED, WorkStatus.PAUSED
            return changed
        at = max(ready, one.since or ready)
        if part.resource and self.work[part.resource].status is WorkStatus.FINISHED:
            self.work[part.resource].again(at)  # it went while this one could not begin
            return True
        if part.resource:
            if not self._is_up(part.resource, at):
                return False
            up = self.work[part.resource].head
            at = max(at, up.started) if up is not None else at
        if at > self.now:
            return False
        one.started = one.started or at
        if not part.has_attempts:
            one.end(WorkStatus.FINISHED, at)
            return True
        one.tries_left = self.tries(part)
        self._try(one, at)
        return True

    def _is_up(self, resource: str, at: datetime) -> bool:
        """Whether a resource takes work, and won't be gone at that moment."""
        one = self.work[resource]
        if one.status is not WorkStatus.RUNNING or one.head is None:
            return False
        return bool(self.hurry) or not _breaks(one) or one.head.ends is None or one.head.ends > at

    def _broken(self, part: Part) -> str:
        """Because of which object this one can't begin any more, `""` if it still can."""
        for other in (part.resource, *part.needs):
            if other and self.work[other].status in BROKEN:
                return other
        return ""

    def _fail_with(self, part: Part, one: Instance, other: str) -> bool:
        """What another's failure makes of one that waits; without `cascade` nothing."""
        if not part.cascades:
            return False
        at = self.work[other].ended or self.now
        one.cascade_failed_on = other
        if other == part.resource:
            one.end(WorkStatus.CANCELED, at, f"Resource {other} failed")
        elif part.category == "precondition":
            one.end(WorkStatus.CANCELED, at, f"{other} failed")
        else:
            one.end(WorkStatus.CASCADE_FAILED, at)
        return True

    def _ready(self, part: Part) -> datetime | None:
        """Since when it could begin; None if something is still to be waited for."""
        if part.category == "resource":
            users = [one for one in self._users(part.id) if not self._done(one) and one.id not in self.paused]
            moments = [self._ready(user) for user in users]
            found = [one for one in moments if one is not None]
            if not found and self._unneeded(part.id):
                return max([self.now, *(self.work[u.id].ended or self.now for u in self._users(part.id))])
            return min(found) if found else None
        moment = self.begun
        for other in part.needs:
            needed = self.work[other]
            if needed.status not in (WorkStatus.FINISHED, WorkStatus.SKIPPED):
                return None
            moment = max(moment, needed.ended or self.begun)
        own = self.work[part.id].since
        return max(moment, own) if own else moment

    def _try(self, one: Instance, at: datetime) -> None:
        number = len(one.attempts) + 1
        one.tries_left -= 1
        one.again_at = None
        fate = next((each for each in one.fates if not each.attempts or number <= each.attempts), None)
        status, outcome, ends = self._foretold(fate, at)
        one.status = status
        one.attempts.append(Attempt(number, status, at, ends, outcome, fate=fate))

    def _foretold(self, fate: Fate | None, at: datetime) -> tuple[WorkStatus, WorkStatus, datetime | None]:
        """The status of an attempt that begins, what it becomes, and when."""
        seconds = self.seconds if fate is None or fate.seconds is None else fate.seconds
        status, outcome = WorkStatus.RUNNING, WorkStatus.FINISHED
        if fate is not None:
            if fate.status is WorkStatus.WAITING_FOR_RUNNER:
                status, seconds = fate.status, None
            elif fate.status is WorkStatus.RUNNING or not fate.ends:
                seconds = None
            else:
                outcome, seconds = fate.status, seconds or 0
        if self.hurry:
            return status, self.hurry, max(at, self.now)
        return status, outcome, None if seconds is None else at + timedelta(seconds=seconds)

    # ---- ending

    def _end(self, part: Part, one: Instance) -> bool:
        head = one.head
        if head is None:
            return False
        if self.hurry:
            head.ends, head.outcome = self.now, self.hurry
        if part.resource and self.work[part.resource].status in BROKEN:
            at = max(self.work[part.resource].ended or self.now, head.started)
            if head.ends is None or head.ends > at:
                one.cascade_failed_on = part.resource
                broken = WorkStatus.CANCELED if part.cascades else WorkStatus.FAILED
                one.end(broken, at, f"Resource {part.resource} failed")
                return True
        if head.ends is None or head.ends > self.now:
            return False
        head.end(head.outcome, head.ends)
        if head.outcome is WorkStatus.FAILED and one.tries_left > 0:
            one.again_at = head.ends + self._delay(part)
            one.status = WorkStatus.WAITING_FOR_RUNNER
        else:
            one.end(head.outcome, head.ends)
        return True

    def _delay(self, part: Part) -> timedelta:
        if self.hurry:
            return timedelta()
        if self.retry_seconds is None:
            return timedelta(minutes=part.retry_minutes)
        return timedelta(seconds=self.retry_seconds)

    def _again(self, one: Instance) -> bool:
        at = self.now if self.hurry else one.again_at
        if at is None or at > self.now:
            return False
        self._try(one, at)
        return True

    def _release(self, part: Part, one: Instance) -> bool:
        """A resource goes when nobody needs it any more."""
        if self.hurry and one.status is not WorkStatus.RUNNING:
            one.status = WorkStatus.RUNNING
            return True
        if not self._unneeded(part.id):
            return False
        ends = [self.work[user.id].ended for user in self._users(part.id)]
        one.end(WorkStatus.FINISHED, max([one.started or self.begun, *(end for end in ends if end)]))
        return True

    def _users(self, resource: str) -> list[Part]:
        return [one for one in self.parts.values() if one.resource == resource]

    def _done(self, part: Part) -> bool:
        return self.work[part.id].status in OVER

    def _unneeded(self, resource: str) -> bool:
        return all(self._done(user) or self._stuck(user, frozenset()) for user in self._users(resource))

    def _stuck(self, part: Part, seen: frozenset[str]) -> bool:
        """Whether it waits for what will never come by itself."""
        if self.work[part.id].status not in WAITING or part.id in seen:
            return self.work[part.id].status in WAITING
        return any(
            self.work[other].status in BROKEN or self._stuck(self.parts[other], seen | {part.id})
            for other in (*part.needs, part.resource)
            if other
        )


def _breaks(resource: Instance) -> bool:
    """Whether it is this resource's fate to end otherwise than by being needed no more."""
    head = resource.head
    return head is not None and head.fate is not None and head.fate.status in BROKEN
