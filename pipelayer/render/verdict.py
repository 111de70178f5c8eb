"""The whole report in one sentence. It holds the report's text as it is, not yet harmless."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from pipelayer.model import (
    Action,
    Kind,
    OutcomeResult,
    PipelinePlan,
    PipelineState,
    Report,
    Result,
    Severity,
    Verb,
)
from pipelayer.render.rows import Row, blocked, deployed
from pipelayer.render.words import Mood, count, found, listed

_FAILED = {
    Verb.VALIDATE: "The validation failed",
    Verb.UPLOAD: "The upload failed",
    Verb.ACTIVATE: "The activation failed",
    Verb.DEPLOY: "The deploy failed",
    Verb.PLAN: "The plan failed",
}

_AT_REST = {
    PipelineState.PENDING,
    PipelineState.INACTIVE,
    PipelineState.DEACTIVATING,
    PipelineState.FINISHED,
}


@dataclass(frozen=True)
class Verdict:
    """The whole report in one sentence, the numbers behind it, and what follows from it."""

    mood: Mood
    headline: str
    numbers: str = ""
    advice: str = ""


def verdict_of(report: Report, rows: Sequence[Row], *, merging: bool = False) -> Verdict:
    """How the run went, or what a deploy will do; `merging`: what merging the pull request will."""
    if report.error:
        return Verdict(Mood.BAD, f"Pipelayer stopped: {report.error}", advice=report.error_hint)
    will = "Merging will" if merging and report.verb is Verb.VALIDATE else "A deploy will"
    return _after(report, rows) if deployed(report) else _before(report, rows, will)


def _before(report: Report, rows: Sequence[Row], will: str) -> Verdict:
    if report.result is Result.FAILURE:
        broken = sum(row.broken for row in rows)
        head = "Not ready to deploy"
        if broken:
            needs = "needs mending" if broken == 1 else "need mending"
            of = f"{broken:,} of {count(len(rows), 'pipeline')}" if len(rows) > 1 else "The pipeline"
            head = f"{of} {needs}"
        stands = f"As it stands, {will[0].lower()}{will[1:]} change nothing in AWS."
        advice = stands if blocked(report, rows) else ""
        return Verdict(Mood.BAD, head, found(report), advice)
    if not rows:
        return Verdict(Mood.GOOD, "No pipeline is affected", found(report))
    mood = Mood.WARNING if report.count(Severity.WARNING) else Mood.GOOD
    kinds = Counter(row.plan.kind for row in rows if row.plan)
    doing = [(phrase, kinds[kind]) for kind in Kind if kinds[kind] and (phrase := _intent(kind))]
    unknown = len(rows) - sum(kinds.values()) + kinds[Kind.UNKNOWN]
    rest = ", ".join(filter(None, [_rest(rows), f"{unknown:,} not compared with AWS" if unknown else ""]))
    numbers = _joined(rest, found(report))
    if doing:
        return Verdict(mood, f"{will} {_things(doing)}{_as_they_are(rows)}", numbers)
    if gone := [row.plan for row in rows if row.plan and row.plan.kind is Kind.REMOVED]:
        return Verdict(Mood.WARNING, _gone(gone), numbers if len(rows) > len(gone) else found(report))
    if held := [row for row in rows if row.plan and row.plan.kind is Kind.HELD]:
        back = f"{count(len(held), 'change is', 'changes are')} held back"
        return Verdict(Mood.PAUSED, f"{will} change nothing in AWS: {back}", found(report))
    if unknown:
        return Verdict(mood, f"{count(len(rows), 'pipeline')} checked, no error found", numbers)
    return Verdict(mood, f"{will} change nothing in AWS", numbers)


def _as_they_are(rows: Sequence[Row]) -> str:
    """Adopting writes tags; whether that is all."""
    plans = [row.plan for row in rows if row.plan and row.plan.kind is not Kind.UNCHANGED]
    adopted = all(plan.kind is Kind.ADOPT for plan in plans)
    taken = {step.action for plan in plans for step in plan.steps}
    return " as they are" if adopted and taken <= {Action.CLAIM, Action.RECORD} else ""


def _gone(plans: Sequence[PipelinePlan]) -> str:
    """Of those that are still in AWS, else of all."""
    live = [plan for plan in plans if plan.live_id]
    if not live:
        return (
            f"{count(len(plans), 'pipeline')} {'was' if len(plans) == 1 else 'were'} removed from the files"
        )
    one = len(live) == 1
    does = "stays in AWS" if one else "stay in AWS"
    if all(plan.live_state not in _AT_REST for plan in live):
        does = "goes on running" if one else "go on running"
    return f"{count(len(live), 'pipeline')} {does} that {'was' if one else 'were'} removed from the files"


def _after(report: Report, rows: Sequence[Row]) -> Verdict:
    results = Counter(row.outcome.result for row in rows if row.outcome)
    failed, invalid = results[OutcomeResult.FAILED], results[OutcomeResult.INVALID]
    done = [(phrase, results[r]) for r in OutcomeResult if results[r] and (phrase := _deed(r))]
    deeds = _things(done)
    rest = _rest(rows)
    if failed:
        head = (
            f"{failed:,} of {count(len(rows), 'pipeline')} failed" if len(rows) > 1 else _FAILED[report.verb]
        )
        return Verdict(Mood.BAD, head, _joined(deeds, rest, found(report)))
    if report.result is Result.FAILURE:
        head = "Not everything was done" if deeds else "Nothing was changed in AWS"
        why = f"{count(invalid, 'pipeline is', 'pipelines are')} invalid" if invalid else ""
        return Verdict(Mood.BAD, head, _joined(deeds, why, found(report)))
    if not deeds and (gone := [row.plan for row in rows if row.plan and _runs_on(row)]):
        return Verdict(Mood.WARNING, _gone(gone), _joined(rest, found(report)))
    if not deeds and (held := results[OutcomeResult.HELD]):
        back = f"{count(held, 'change is', 'changes are')} held back"
        return Verdict(Mood.PAUSED, f"Nothing was changed in AWS: {back}", found(report))
    mood = Mood.GOOD  # what is only to be warned of was told before, and is below
    matches = rest == _unchanged(len(rows))
    nothing = "Nothing to do: AWS matches the files" if rows and matches else "Nothing to do"
    head = f"{deeds[:1].upper()}{deeds[1:]}" if deeds else nothing
    return Verdict(mood, head if rows else "No pipeline is affected", _joined(rest, found(report)))


def _runs_on(row: Row) -> bool:
    """Whether it was removed from the files and is still in AWS."""
    removed = row.outcome is not None and row.outcome.result is OutcomeResult.REMOVED
    return removed and row.plan is not None and bool(row.plan.live_id)


def _joined(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _things(done: Sequence[tuple[str, int]]) -> str:
    """`create 1 pipeline, replace 2 and upload the files of 3`."""
    numbers = [f"{phrase} {number:,}" for phrase, number in done]
    if done:
        numbers[0] += " pipeline" if done[0][1] == 1 else " pipelines"
    return listed(numbers)


def _rest(rows: Sequence[Row]) -> str:
    """How many stay as they are, and how many are held back."""
    held = sum(row.left_alone for row in rows)
    same = sum(
        (row.plan is not None and row.plan.kind is Kind.UNCHANGED and row.outcome is None)
        or (row.outcome is not None and row.outcome.result is OutcomeResult.UNCHANGED)
        for row in rows
    )
    parts = [_unchanged(same), f"{held:,} left alone" if held else ""]
    return ", ".join(filter(None, parts))


def _unchanged(number: int) -> str:
    return f"{number:,} unchanged" if number else ""


def _intent(kind: Kind) -> str:
    """What will be done, empty where nothing will."""
    match kind:
        case Kind.CREATE:
            return "create"
        case Kind.EDIT:
            return "edit"
        case Kind.SAVE:
            return "save"
        case Kind.REPLACE:
            return "replace"
        case Kind.UPLOAD:
            return "upload the files of"
        case Kind.RETAG:
            return "update the tags of"
        case Kind.RUN:
            return "run"
        case Kind.ADOPT:
            return "adopt"
        case Kind.PRUNE:
            return "delete"
        case (
            Kind.UNCHANGED
            | Kind.HELD
            | Kind.REFUSED
            | Kind.SUPERSEDED
            | Kind.REMOVED
            | Kind.INVALID
            | Kind.UNKNOWN
        ):
            return ""
        case _:
            assert_never(kind)


def _deed(result: OutcomeResult) -> str:
    """What was done, in the past; empty where nothing was."""
    match result:
        case OutcomeResult.UPLOADED:
            return "uploaded the files of"
        case OutcomeResult.RECORDED:
            return "updated the tags of"
        case (
            OutcomeResult.CREATED
            | OutcomeResult.REPLACED
            | OutcomeResult.EDITED
            | OutcomeResult.ACTIVATED
            | OutcomeResult.ADOPTED
            | OutcomeResult.DELETED
        ):
            return result.value
        case (
            OutcomeResult.UNCHANGED
            | OutcomeResult.VALID
            | OutcomeResult.INVALID
            | OutcomeResult.HELD
            | OutcomeResult.SUPERSEDED
            | OutcomeResult.REMOVED
            | OutcomeResult.SKIPPED
            | OutcomeResult.FAILED
        ):
            return ""
        case _:
            assert_never(result)
