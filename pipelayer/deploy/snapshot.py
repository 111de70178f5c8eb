"""Every pipeline of one account and region at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipelayer.deploy import tags
from pipelayer.deploy.ports import DataPipeline
from pipelayer.model import LivePipeline, PipelineState


@dataclass(frozen=True)
class Snapshot:
    """What ListPipelines and DescribePipelines answered. Pipelines that are being deleted are in it."""

    pipelines: tuple[LivePipeline, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, LivePipeline]:
        """The pipelines by their AWS id."""
        return {pipeline.id: pipeline for pipeline in self.pipelines}

    @cached_property
    def _by_tag(self) -> Mapping[str, Sequence[LivePipeline]]:
        found: dict[str, list[LivePipeline]] = {}
        for pipeline in self.pipelines:
            if tag := pipeline.tags.get(tags.KEY):
                found.setdefault(tag, []).append(pipeline)
        return found

    @property
    def tags(self) -> Sequence[str]:
        """Every `pipelayer:key` value that occurs, in order."""
        return sorted(self._by_tag)

    def under(self, tag: str) -> Sequence[LivePipeline]:
        """The pipelines with this `pipelayer:key` value."""
        return self._by_tag.get(tag, ())

    @property
    def stub(self) -> LivePipeline | None:
        """The pipeline that validations are asked on, None where there is none."""
        stubs = [p for p in self.existing if tags.STUB in p.tags]
        return min(stubs, key=lambda pipeline: pipeline.id, default=None)

    @property
    def existing(self) -> Sequence[LivePipeline]:
        """Those that are not being deleted: each takes one place of the account's quota."""
        return [pipeline for pipeline in self.pipelines if pipeline.state is not PipelineState.DELETING]


def take_snapshot(aws: DataPipeline) -> Snapshot:
    """Lists and describes once.

    Nothing says how soon ListPipelines shows a new pipeline. A retired one names its successor, so one that
    is missing is asked for by its id: else it would be taken for gone, and created a second time.
    """
    ids = aws.list_pipelines()
    found = tuple(aws.describe(ids)) if ids else ()
    successors = {one.tags.get(tags.RETIRED, "") for one in found}
    unlisted = sorted(one for one in successors.difference(ids) if one.startswith("df-"))
    return Snapshot((*found, *aws.describe(unlisted)) if unlisted else found)
