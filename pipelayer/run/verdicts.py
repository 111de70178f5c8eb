"""What is said of pipelines that nothing was done to. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipelayer.model import Kind, Outcome, OutcomeResult, PipelinePlan, Reason, Selected


def not_done(items: Sequence[Selected], invalid: Collection[str]) -> tuple[Outcome, ...]:
    """The outcomes where one that is invalid keeps all of them from being touched."""

    def outcome(item: Selected) -> Outcome:
        if str(item.key) in invalid:
            return Outcome(str(item.key), OutcomeResult.INVALID)
        return Outcome(
            str(item.key), OutcomeResult.SKIPPED, error="Nothing was changed, since another one is invalid."
        )

    return tuple(outcome(item) for item in items)


def looked_at(items: Sequence[Selected], invalid: Collection[str]) -> tuple[Outcome, ...]:
    """The outcomes of a validation; a pipeline whose directory is gone has none."""
    return tuple(
        Outcome(str(item.key), OutcomeResult.INVALID if str(item.key) in invalid else OutcomeResult.VALID)
        for item in items
        if item.reasons != (Reason.REMOVED,)
    )


def unplanned(item: Selected, invalid: Collection[str]) -> PipelinePlan:
    """The plan of one that AWS wasn't asked about."""
    if str(item.key) in invalid:
        return PipelinePlan(item.key, item.name, Kind.INVALID, "see the findings")
    if item.reasons == (Reason.REMOVED,):
        return PipelinePlan(item.key, item.name, Kind.REMOVED, "its directory is gone")
    return PipelinePlan(item.key, item.name, Kind.UNKNOWN, "AWS was not asked what is live")
