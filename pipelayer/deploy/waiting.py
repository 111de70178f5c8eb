"""Waiting for AWS to finish what it has begun: looked at ever more seldom, within a limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pipelayer.deploy.hands import Hands
from pipelayer.errors import PipelayerError
from pipelayer.model import PipelineState

LIMIT = 90.0
"""Seconds. What takes longer has running work to finish, which may be hours."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0


def looks(hands: Hands, seconds: float = LIMIT) -> Iterator[None]:
    """Yields for each look that is to be taken, and pauses in between; ends after so many seconds, or when
    the run was told to stop.
    """
    deadline = hands.clock.now() + timedelta(seconds=seconds)
    pause = _FIRST_PAUSE
    while not hands.interrupted():
        yield
        if hands.clock.now() + timedelta(seconds=pause) > deadline:
            return
        hands.clock.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def until_paused(hands: Hands, pipeline_id: str, hint: str) -> None:
    """Waits for one that is DEACTIVATING, which AWS neither edits nor activates. `hint` is what to do where
    that takes too long.

    Raises PipelayerError where its running work takes longer than the limit.
    """
    for _ in looks(hands):
        found = hands.cloud.pipelines.describe([pipeline_id])
        if all(one.state is not PipelineState.DEACTIVATING for one in found):
            return
    hands.go_on()
    raise PipelayerError(f"{pipeline_id} is being paused and still has work to finish.", hint)
