"""The one judge of which pipeline is live among those that AWS has under one key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pipelayer.deploy import tags
from pipelayer.model import LivePipeline, PipelineState

_ACTIVATED = frozenset(
    {
        PipelineState.SCHEDULED,
        PipelineState.ACTIVATING,
        PipelineState.DEACTIVATING,
        PipelineState.INACTIVE,
        PipelineState.FINISHED,
    }
)
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
    def leaving(self) -> tuple[LivePipeline, ...]:
        """Those whose deletion was begun and not ended, where none counts any more."""
        return () if self.live else tuple(one for one in self.retired if tags.RETIRED in one.tags)

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

    def rank(pipeline: LivePipeline) -> tuple[bool, bool, datetime, str]:
        state = tags.state_of(pipeline.tags)
        put_to_work = _is_activated(pipeline) or state.saved
        wanted = tags.same(state.definition, desired_digest)
        return put_to_work, wanted, pipeline.created or _LONG_AGO, pipeline.id

    if any(_is_activated(one) for one in standing):
        doubtful = [one for one in standing if not _is_activated(one) and _is_unfinished(one)]
        standing = [one for one in standing if one not in doubtful]
        leftovers += doubtful
    standing.sort(key=rank, reverse=True)
    return Election(
        standing[0] if standing else None,
        tuple(sorted(leftovers, key=lambda pipeline: pipeline.id)),
        tuple(sorted([*standing[1:], *retired], key=lambda pipeline: pipeline.id)),
    )


def is_standing(pipeline: LivePipeline) -> bool:
    """Whether a pipeline has ever been put to work: activated, or on demand with an accepted definition.

    What is created for a definition says so from its first moment on, and only that may be left unfinished.
    One without such a record was made by somebody else and claimed, or has lost it.
    """
    return pipeline.state is not PipelineState.PENDING or not _is_unfinished(pipeline)


def _is_unfinished(pipeline: LivePipeline) -> bool:
    """Whether its record is that of a pipeline which was created and not yet accepted."""
    record = tags.parse_state(pipeline.tags.get(tags.STATE))
    return not record.saved and record.definition not in (tags.UNKNOWN, tags.NEVER)


def _is_activated(pipeline: LivePipeline) -> bool:
    """Whether AWS says so. VALIDATING, and a state that we don't know, may be a passing one of any."""
    return pipeline.state in _ACTIVATED or bool(pipeline.first_run or pipeline.next_run)
