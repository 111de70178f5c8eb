"""What of a pipeline needs a person.

A pause is somebody's intention, and so is a canceled run; what has finished has done all it had to; what
waits for a deploy waits for somebody who knows. All else that isn't as the files want it is a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pipelayer.console.offered import Commands
from pipelayer.console.subject import moment
from pipelayer.definition.flat import Definition
from pipelayer.definition.meaning import runs
from pipelayer.model import PipelineState
from pipelayer.model.history import ObjectStatus
from pipelayer.model.live import Health
from pipelayer.model.status import Drift, PipelineRun, PipelineStatus, Reason, Trouble

_LAG = timedelta(minutes=15)
"""AWS needs a while after an activation before it names the next run, and up to five minutes for the health
(AWS Data Pipeline Developer Guide, "Interpreting Pipeline and Component Health State").
"""

_NOBODY_MEANT = {
    Drift.DOUBLED: Trouble.DOUBLED,
    Drift.LEAVING: Trouble.LEAVING,
    Drift.MISSING: Trouble.MISSING,
    Drift.NEVER_ACTIVATED: Trouble.NEVER_ACTIVATED,
    Drift.CHANGED_BY_HAND: Trouble.CHANGED_BY_HAND,
    Drift.SAVED_ASIDE: Trouble.SAVED_ASIDE,
    Drift.EXTRA: Trouble.EXTRA,
    Drift.BROKEN: Trouble.BROKEN,
    Drift.UNKNOWN: Trouble.UNKNOWN,
}

_LONGEST = 300
"""Characters of AWS's words that a sentence quotes."""


def reasons(
    one: PipelineStatus, active: Definition | None, first_run: datetime | None, now: datetime, say: Commands
) -> tuple[Reason, ...]:
    """Why it needs somebody, what weighs most first. `active` is the definition that runs, None where nobody
    knows it; `first_run` is when its schedule began.
    """
    order = list(Trouble)
    found = _found(one, active, first_run, now, say)
    return tuple(sorted(found, key=lambda reason: order.index(reason.trouble)))


def _found(
    one: PipelineStatus, active: Definition | None, first_run: datetime | None, now: datetime, say: Commands
) -> Iterator[Reason]:
    def reason(trouble: Trouble, sentence: str, command: str = "") -> Reason:
        return Reason(trouble, one.key, one.name, sentence, command)

    for drifted in one.drifts:
        asked = drifted.kind is not Drift.UNKNOWN or not one.unasked  # which says why
        if drifted.kind in _NOBODY_MEANT and asked:
            yield reason(_NOBODY_MEANT[drifted.kind], drifted.sentence, drifted.command)
    last = one.last_decided
    if last and last.failed:
        of_it = ["--run", f"{last.scheduled:%Y-%m-%dT%H:%M:%S}"] if last.scheduled else []
        yield reason(Trouble.FAILED, _failed(last), say("logs", one.key, *of_it))
    elif one.health is Health.ERROR and not _explained(last, now):
        yield reason(
            Trouble.UNHEALTHY,
            "AWS calls its health ERROR, and none of the runs that are told of explains that.",
            say("status", one.key, "--days", "30"),
        )
    if one.state is PipelineState.SCHEDULED and one.next_run is None and active:
        settled = one.last_activation is None or now - one.last_activation > _LAG
        if settled and runs(active, now, first_run).times:
            yield reason(
                Trouble.NO_NEXT_RUN, "AWS names no next run for it, though its schedule has not ended."
            )
    for sentence in one.unasked:
        yield reason(Trouble.NOT_ASKED, sentence)


def _explained(last: PipelineRun | None, now: datetime) -> bool:
    """Whether a run explains a health of ERROR: one that was canceled, or that ended well a moment ago."""
    if last is None:
        return False
    fresh = last.ended is not None and now - last.ended < _LAG
    return fresh or any(one.status is ObjectStatus.CANCELED for one in last.objects)


def _failed(run: PipelineRun) -> str:
    when = f"Its run of {moment(run.scheduled)}" if run.scheduled else "Its last run"
    if not run.failures:
        return f"{when} failed."
    first = run.failures[0]
    tried = f" (attempt {first.attempt})" if first.attempt else ""
    said = " ".join(first.error.split())
    said = f"{said[:_LONGEST]}…" if len(said) > _LONGEST else said
    others = len(run.failures) - 1
    more = f" {others} more failed with it." if others else ""
    why = f": {said}" if said else "."
    ended = "" if why.endswith((".", "…", "!", "?")) else "."
    return f"{when} failed in {first.object}{tried}{why}{ended}{more}"
