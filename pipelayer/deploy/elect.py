"""The one judge of which pipeline is live among those that AWS has under one key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pipelayer.deploy import tags
from pipelayer.model import LivePipeline, PipelineState

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Election:
    """`live` is the pipeline that counts; `leftovers` were created and never activated; `retired` have a
    successor.

    A retired one may still be scheduled and untagged: it lost the election, and whoever sweeps tags it first.
    """

    live: LivePipeline | None = None
    leftovers: tuple[LivePipeline, ...] = ()
    retired: tuple[LivePipeline, ...] = ()

    @property
    def state(self) -> tags.State:
        """What the live pipeline's tag says was last written to it."""
        return tags.state_of(self.live.tags) if self.live else tags.State()


def elect(candidates: Iterable[LivePipeline], desired_digest: str) -> Election:
    """Judges the pipelines under one key.

    A digest counts only on a pipeline that was activated (or, on demand, whose definition was accepted). Of
    several such, the one with the desired digest wins, else the later creation, else the greater id.
    `desired_digest` is "" for a removed one.
    """
    standing: list[LivePipeline] = []
    leftovers: list[LivePipeline] = []
    retired: list[LivePipeline] = []
    for pipeline in candidates:
        if pipeline.state is PipelineState.DELETING:
            continue
        if tags.RETIRED in pipeline.tags:
            retired.append(pipeline)
        elif is_standing(pipeline):
            standing.append(pipeline)
        else:
            leftovers.append(pipeline)

    def rank(pipeline: LivePipeline) -> tuple[bool, datetime, str]:
        state = tags.state_of(pipeline.tags)
        return tags.same(state.definition, desired_digest), pipeline.created or _LONG_AGO, pipeline.id

    standing.sort(key=rank, reverse=True)
    return Election(
        standing[0] if standing else None,
        tuple(sorted(leftovers, key=lambda pipeline: pipeline.id)),
        tuple(sorted([*standing[1:], *retired], key=lambda pipeline: pipeline.id)),
    )


def is_standing(pipeline: LivePipeline) -> bool:
    """Whether a pipeline has ever been put to work: activated, or on demand with an accepted definition."""
    return pipeline.state is not PipelineState.PENDING or tags.state_of(pipeline.tags).saved
