"""A cloud whose user may die: from one call on, nothing that this run does reaches AWS any more.

deaths = Deaths(at=7, when=When.AFTER)
scene.around = deaths.around
with pytest.raises(Killed): scene.run()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, cast

from pipelayer.deploy.ports import Bucket, Cloud, DataPipeline, Secrets
from pipelayer.sandbox.faults import When


class Killed(BaseException):
    """The process is gone: no handler of errors hears of it."""


class Deaths:
    """Counts the calls of a run, and ends it before or after one of them has its effect."""

    def __init__(self, at: int, when: When) -> None:
        self._at, self._when = at, when
        self._lock = Lock()
        self._calls = 0
        self._dead = False

    def around(self, cloud: Cloud) -> Cloud:
        """The cloud, as long as its user lives."""
        return _Mortal(cloud, self)

    def survive(
        self, call: Callable[..., object], args: Sequence[object], named: dict[str, object]
    ) -> object:
        with self._lock:
            self._calls += 1
            here = self._calls == self._at
            self._dead = self._dead or (here and self._when is When.BEFORE)
            if self._dead:
                raise Killed
        try:
            return call(*args, **named)
        finally:
            if here:
                self._dead = True
                raise Killed


class _Calls:
    def __init__(self, inner: object, deaths: Deaths) -> None:
        self._inner, self._deaths = inner, deaths

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._inner, name)
        return lambda *args, **named: self._deaths.survive(call, args, named)


class _Mortal:
    def __init__(self, cloud: Cloud, deaths: Deaths) -> None:
        self._cloud = cloud
        self.region = cloud.region
        self.pipelines = cast("DataPipeline", _Calls(cloud.pipelines, deaths))
        self.bucket = cast("Bucket", _Calls(cloud.bucket, deaths))
        self.secrets: Secrets = cloud.secrets

    def account(self) -> str:
        return self._cloud.account()
