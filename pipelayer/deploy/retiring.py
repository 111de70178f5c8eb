"""Takes a pipeline out of service that has a successor, or none any more: tags it, stops it.

Whoever was quicker, a person or another run, has done no harm: what is gone is as retired as can be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from pipelayer.deploy import tags
from pipelayer.deploy.hands import Hands
from pipelayer.errors import AwsError
from pipelayer.model import PipelineState

_STOPPED = frozenset({PipelineState.DEACTIVATING, PipelineState.INACTIVE, PipelineState.FINISHED})


def retire(hands: Hands, pipeline_id: str, successor: str) -> None:
    """Tags it as retired. Where it has no room for that, its own tags make room: it won't need them any
    more.
    """
    live = hands.snapshot.by_id.get(pipeline_id)
    own = sorted(key for key in (live.tags if live else ()) if not key.startswith((tags.PREFIX, "aws:")))
    crowded = live is not None and len({*live.tags, tags.KEY, tags.STATE, tags.WRITER}) >= tags.MOST

    def tag() -> None:
        if crowded:
            hands.cloud.pipelines.remove_tags(pipeline_id, own)
        hands.cloud.pipelines.add_tags(pipeline_id, {tags.RETIRED: successor})

    _unless_gone(hands, pipeline_id, tag)


def stop(hands: Hands, pipeline_id: str, *, cancel: bool) -> None:
    """Stops its schedule; running work finishes, or is canceled."""
    aws = hands.cloud.pipelines
    _unless_gone(hands, pipeline_id, lambda: aws.deactivate(pipeline_id, cancel_active=cancel), _STOPPED)


def _unless_gone(
    hands: Hands, pipeline_id: str, act: Callable[[], None], well: Collection[PipelineState] = ()
) -> None:
    """Acts; a failure is none where the pipeline is gone, or already in a state in which all is `well`."""
    try:
        act()
    except AwsError:
        found = hands.cloud.pipelines.describe([pipeline_id])
        if any(one.state is not PipelineState.DELETING and one.state not in well for one in found):
            raise
