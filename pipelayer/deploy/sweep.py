"""Deletes what is retired once AWS lets it go: after its running work has finished, within a limit.

All of them are looked at together, 25 a call. What isn't gone by then carries our tag, and the next deploy
deletes it.
"""

from __future__ import annotations

from threading import Lock

from pipelayer.deploy.hands import Hands
from pipelayer.deploy.waiting import LIMIT, looks
from pipelayer.errors import Interrupted, PipelayerError
from pipelayer.model import Key, LivePipeline, PipelineState

NOT_DELETED = "is not deleted yet; the next deploy does it"
"""What is said of pipelines that a sweep has left because the run was told to stop."""

_BUSY = "still has work to finish; the next deploy deletes it"


def why_left(*, stopped: bool) -> str:
    """What is said of pipelines that a sweep has left: the run was told to stop, or they still work."""
    return NOT_DELETED if stopped else _BUSY


class Sweep:
    """Collects what is to be deleted while the pipelines run, then deletes it."""

    def __init__(self, hands: Hands, seconds: float = LIMIT) -> None:
        self._hands = hands
        self._seconds = seconds
        self._waiting: dict[str, Key] = {}
        self._lock = Lock()
        self.problems: dict[Key, PipelayerError] = {}
        self.unfinished: dict[str, Key] = {}
        self.stopped = False
        """Whether what is unfinished was left because the run was told to stop."""

    def add(self, key: Key, pipeline_id: str) -> None:
        """Has this pipeline deleted as soon as it is no longer running."""
        with self._lock:
            self._waiting[pipeline_id] = key
        self._hands.journal.left_to_sweep(key, pipeline_id)

    def run(self, *, until_gone: bool) -> None:
        """Deletes each as it comes to rest. `until_gone` also waits until AWS has let go of them, so that
        their places are free.
        """
        for _ in looks(self._hands, self._seconds) if self._waiting else ():
            self._look(until_gone)
            if not self._waiting:
                break
        self.unfinished = dict(self._waiting)
        self.stopped = self._hands.interrupted()
        for pipeline_id, key in sorted(self._waiting.items()):
            self._hands.journal.says(key, f"{pipeline_id} {why_left(stopped=self.stopped)}")

    def _look(self, until_gone: bool) -> None:
        try:
            found = {live.id: live for live in self._hands.cloud.pipelines.describe(sorted(self._waiting))}
        except Interrupted:
            return
        except PipelayerError as error:
            # All of them carry our tag, so nothing is lost: there is another look, or the next deploy.
            self._hands.journal.says(None, f"looking after the retired pipelines failed: {error.message}")
            return
        for pipeline_id in sorted(self._waiting):
            if self._hands.interrupted():
                return
            live = found.get(pipeline_id)
            if live is None or (live.state is PipelineState.DELETING and not until_gone):
                self._hands.journal.deleted(self._waiting.pop(pipeline_id), pipeline_id)
            elif _at_rest(live):
                self._delete(pipeline_id, until_gone)

    def _delete(self, pipeline_id: str, until_gone: bool) -> None:
        key, journal = self._waiting[pipeline_id], self._hands.journal
        journal.deleting(key, pipeline_id)
        try:
            self._hands.cloud.pipelines.delete(pipeline_id)
        except Interrupted:
            return
        except PipelayerError as error:
            self.problems[key] = error
            del self._waiting[pipeline_id]
            return
        journal.deleted(key, pipeline_id)
        if not until_gone:
            del self._waiting[pipeline_id]


def _at_rest(live: LivePipeline) -> bool:
    return live.state in (PipelineState.INACTIVE, PipelineState.PENDING, PipelineState.FINISHED)
