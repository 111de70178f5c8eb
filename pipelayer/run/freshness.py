"""An older run never overwrites a newer one: before each write the branch's tip is asked for what it
wants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock

from pipelayer.deploy.ports import Clock
from pipelayer.deploy.tags import key_tag
from pipelayer.model import Key
from pipelayer.project import load_all
from pipelayer.project.config import load_config
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.tree import Tree
from pipelayer.run.request import Request

_FRESH = timedelta(seconds=2)
"""Pipelines that start together share one question."""

_Wish = tuple[object, ...]
_Wishes = Mapping[str, _Wish]


class Freshness:
    """Whether the newest commit of the branch wants something else of a pipeline than this run does.

    Used by several threads. What the tip wants is loaded once per tip.
    """

    def __init__(
        self,
        newest: Callable[[], Tree | None],
        clock: Clock,
        request: Request,
        default_project: str,
        pipelines: Sequence[Pipeline],
    ) -> None:
        self._newest = newest
        self._clock = clock
        self._request = request
        self._default_project = default_project
        self._ours = _wishes(pipelines)
        self._theirs: tuple[str, _Wishes] | None = None
        self._asked: datetime | None = None
        self._tree: Tree | None = None
        self._lock = Lock()

    def superseded(self, key: Key) -> bool:
        """Whether this pipeline is the newer run's. One that neither commit has is nobody's.

        Raises PipelayerError where the tip can't be known: then nothing may be written.
        """
        with self._lock:
            now = self._clock.now()
            if self._asked is None or now - self._asked > _FRESH:
                self._tree, self._asked = self._newest(), now
            if self._tree is None:
                return False
            if not self._tree_is_commit():
                return True
            return self._wanted(self._tree).get(key_tag(key)) != self._ours.get(key_tag(key))

    def _tree_is_commit(self) -> bool:
        """With files that an earlier step built, what the tip's build would give can't be known."""
        return not self._request.built_files

    def _wanted(self, tree: Tree) -> _Wishes:
        if self._theirs is None or self._theirs[0] != tree.commit:
            config, _ = load_config(tree, self._request.root, self._request.config, self._default_project)
            pipelines = load_all(tree, config, self._request.root)[0] if config else ()
            self._theirs = tree.commit, _wishes(pipelines)
        return self._theirs[1]


def _wishes(pipelines: Sequence[Pipeline]) -> _Wishes:
    """What a commit wants of each pipeline, by its key tag: a removed one's directory is known from that
    alone.
    """
    return {key_tag(pipeline.key): _wish(pipeline) for pipeline in pipelines}


def _wish(pipeline: Pipeline) -> _Wish:
    group = pipeline.group
    where = group.region, group.account
    return pipeline.name, pipeline.definition_digest, pipeline.files_digest, dict(pipeline.tags), where
