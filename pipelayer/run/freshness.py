"""An older run never overwrites a newer one: before each write the branch's tip is asked for what it
wants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from pipelayer.deploy.tags import key_tag
from pipelayer.errors import PipelayerError
from pipelayer.model import Key, Severity
from pipelayer.project.config import load_config
from pipelayer.project.layout import discover
from pipelayer.project.load import load_places
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.tree import Tree
from pipelayer.run.request import Request

_Wish = tuple[object, ...]


@dataclass(frozen=True)
class _Tip:
    """What the newest commit wants. `keeps` are the key tags that it has or takes over, `broken` says that
    not all of it can be read.
    """

    commit: str
    wishes: Mapping[str, _Wish]
    keeps: frozenset[str]
    broken: bool


class Freshness:
    """Whether the newest commit of the branch wants something else of a pipeline than this run does.

    Used by several threads: those that wait at the same time share one question, and an answer is only for
    those that waited before it was asked for. What the tip wants is loaded once per tip. Where the tip can't
    be had, that stays so for this run: it has been tried three times by then.
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
        self._tip: _Tip | None = None
        self._begun = self._answered = 0
        self._tree: Tree | None = None
        self._problem: PipelayerError | None = None
        self._lock = Lock()

    def superseded(self, key: Key) -> bool:
        """Whether this pipeline is the newer run's.

        Raises PipelayerError where the tip can't be known: then nothing may be written.
        """
        arrived = self._begun
        with self._lock:
            if self._answered <= arrived:
                self._ask()
            if self._problem:
                raise self._problem
            if self._tree is None:
                return False
            if self._request.built_files:
                return True  # what the tip's build would give can't be known
            tip, tag = self._wanted(self._tree), key_tag(key)
            if tag in self._ours:
                return tip.wishes.get(tag) != self._ours[tag]
            # It was removed here. Unless the tip plainly means that too, it decides.
            return tip.broken or tag in tip.keeps

    def _ask(self) -> None:
        self._begun += 1
        if self._problem is None:
            try:
                self._tree = self._newest()
            except PipelayerError as problem:
                self._problem = problem
        self._answered = self._begun

    def _wanted(self, tree: Tree) -> _Tip:
        if self._tip is None or self._tip.commit != tree.commit:
            self._tip = self._read(tree)
        return self._tip

    def _read(self, tree: Tree) -> _Tip:
        root = self._request.root
        config, _ = load_config(tree, root, self._request.config, self._default_project)
        if config is None:
            return _Tip(tree.commit, {}, frozenset(), broken=True)
        places = discover(tree, config, root)
        pipelines, findings = load_places(tree, config, places)
        keys = [place.key for place in places] + [old for one in pipelines for old in one.moved_from]
        broken = any(finding.severity is Severity.ERROR for finding in findings)
        return _Tip(tree.commit, _wishes(pipelines), frozenset(map(key_tag, keys)), broken)


def _wishes(pipelines: Sequence[Pipeline]) -> Mapping[str, _Wish]:
    """What a commit wants of each pipeline, by its key tag: a removed one's directory is known from that
    alone.
    """
    return {key_tag(pipeline.key): _wish(pipeline) for pipeline in pipelines}


def _wish(pipeline: Pipeline) -> _Wish:
    group = pipeline.group
    where = group.region, group.account
    return pipeline.name, pipeline.definition_digest, pipeline.files_digest, dict(pipeline.tags), where
