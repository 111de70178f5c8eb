"""What of a pipeline needs a person.

A pause is somebody's intention, and so is a canceled run; what has finished has done all it had to; what
waits for a deploy waits for somebody who knows. All else that isn't as the files want it is a reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pipelayer.console.offered import Commands
from pipelayer.console.subject import moment
from pipelayer.definition.flat import Definition
from pipelayer.definition.meaning import runs
from pipelayer.model import PipelineState
from pipelayer.model.history import FAILED, RAN, ObjectStatus
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

_FAR_BACK = 30
"""Days that a look goes back where the last runs don't explain AWS's health."""

_LONGEST = 300
"""Characters of AWS's words that a sentence quotes."""


def reasons(
    one: PipelineStatus,
    active: Definition | None,
    first_run: datetime | None,
    now: datetime,
    say: Commands,
    *,
    days: int = 0,
) -> tuple[Reason, ...]:
    """Why it needs somebody, what weighs most first. `active` is the definition that runs, None where nobody
    knows it; `first_run` is when its schedule began; `days` is how far back somebody asked to look.
    """
    order = list(Trouble)
    found = [*_found(one, active, first_run, now, say), *_unhealthy(one, now, say, days)]
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
        over = one.state is PipelineState.FINISHED or one.drift is Drift.LEAVING
        again = "" if over else f" `{say('rerun', one.key, '--failed')}` tries again."
        yield reason(Trouble.FAILED, f"{_failed(last)}{again}", say("logs", one.key, *of_it))
    if one.state is PipelineState.SCHEDULED and one.next_run is None and active:
        settled = one.last_activation is None or now - one.last_activation > _LAG
        if settled and runs(active, now, first_run).times:
            yield reason(
                Trouble.NO_NEXT_RUN, "AWS names no next run for it, though its schedule has not ended."
            )
    for sentence in one.unasked:
        yield reason(Trouble.NOT_ASKED, sentence)


def _unhealthy(one: PipelineStatus, now: datetime, say: Commands, days: int) -> Iterator[Reason]:
    """Why AWS calls its health ERROR, where its last run doesn't say so.

    AWS's health is that of what each object did last, whether it failed or was canceled (Developer Guide,
    "Interpreting Pipeline and Component Health State"): that may be an older run, or what somebody wanted.
    """
    last = one.last_decided
    if one.health is not Health.ERROR or (last and (last.failed or _fresh(last, now))):
        return
    words, command = "AWS calls its health ERROR, and none of the runs that are told of explains that.", ""
    ended = _last_ended(one.runs)
    failed = [(name, run) for name, (status, run) in ended.items() if status in FAILED]
    if failed:
        name, run = failed[0]
        words = f"AWS calls its health ERROR: {name} last ran for {moment(run.scheduled)}, and failed then."
        of_it = ["--run", f"{run.scheduled:%Y-%m-%dT%H:%M:%S}"] if run.scheduled else []
        command = say("logs", one.key, *of_it)
    elif any(status is ObjectStatus.CANCELED for status, _ in ended.values()):
        return
    elif days < _FAR_BACK:
        command = say("status", one.key, "--days", str(_FAR_BACK))
    else:
        words = f"AWS calls its health ERROR, and no run of the last {days} days explains that."
    yield Reason(Trouble.UNHEALTHY, one.key, one.name, words, command)


def _last_ended(runs: Sequence[PipelineRun]) -> dict[str, tuple[ObjectStatus, PipelineRun]]:
    """How each object ended when it last had its turn, and in which run."""
    found: dict[str, tuple[ObjectStatus, PipelineRun]] = {}
    for run in runs:
        for part in run.objects:
            if part.status in RAN:
                found.setdefault(part.name, (part.status, run))
    return found


def _fresh(last: PipelineRun, now: datetime) -> bool:
    """Whether it ended so short a time ago that AWS's health may still be that of the run before."""
    return last.ended is not None and now - last.ended < _LAG


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
