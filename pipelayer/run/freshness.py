"""An older run never overwrites a newer one: before each write the branch's tip is asked for what it
wants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from pipelayer.deploy.tags import key_tag
from pipelayer.model import Key
from pipelayer.project.config import load_config
from pipelayer.project.load import load_all
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.tree import Tree
from pipelayer.run.request import Request

_Wish = tuple[object, ...]
_Wishes = Mapping[str, _Wish]


class Freshness:
    """Whether the newest commit of the branch wants something else of a pipeline than this run does.

    Used by several threads: those that wait at the same time share one question, and an answer from before is
    never used again. What the tip wants is loaded once per tip.
    """

    def __init__(
        self,
        newest: Callable[[], Tree | None],
        request: Request,
        default_project: str,
        pipelines: Sequence[Pipeline],
    ) -> None:
        self._newest = newest
        self._request = request
        self._default_project = default_project
        self._ours = _wishes(pipelines)
        self._theirs: tuple[str, _Wishes] | None = None
        self._questions = 0
        self._tree: Tree | None = None
        self._lock = Lock()

    def superseded(self, key: Key) -> bool:
        """Whether this pipeline is the newer run's. One that neither commit has is nobody's.

        Raises PipelayerError where the tip can't be known: then nothing may be written.
        """
        arrived = self._questions
        with self._lock:
            if self._questions == arrived:
                self._tree = self._newest()
                self._questions += 1
            if self._tree is None:
                return False
            if self._request.built_files:
                return True  # what the tip's build would give can't be known
            return self._wanted(self._tree).get(key_tag(key)) != self._ours.get(key_tag(key))

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
