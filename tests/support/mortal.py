"""A run that dies: from one call on, nothing that it does reaches AWS any more.

scene.around = Deaths(at=7, when=When.AFTER).around
with pytest.raises(Killed): scene.run()
"""

from __future__ import annotations

from threading import Lock
from typing import Any, cast

from pipelayer.deploy.ports import Bucket, Cloud, DataPipeline
from pipelayer.sandbox.faults import When
from support.clouds import Call, Dressed, Heard, Killed

__all__ = ["Deaths", "Killed"]


class Deaths:
    """Counts the calls of a run, and ends it before or after one of them has its effect."""

    def __init__(self, at: int, when: When) -> None:
        self._at, self._when = at, when
        self._lock = Lock()
        self._calls = 0
        self._dead = False

    def around(self, cloud: Cloud) -> Cloud:
        """The cloud, as long as its user lives."""
        pipelines = cast("DataPipeline", Heard(cloud.pipelines, self._survive))
        return Dressed(cloud, pipelines, cast("Bucket", Heard(cloud.bucket, self._survive)))

    def _survive(self, name: str, call: Call) -> Any:
        with self._lock:
            self._calls += 1
            here = self._calls == self._at
            self._dead = self._dead or (here and self._when is When.BEFORE)
            if self._dead:
                raise Killed
        try:
            return call()
        finally:
            if here:
                self._dead = True
                raise Killed
