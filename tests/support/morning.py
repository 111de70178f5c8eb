"""The daily look at a scene, and ways in which somebody meddles with what is live.

status = look(scene)
assert drift(status) == {"a": "in step"}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipelayer.changes.base import NoBase
from pipelayer.changes.git import Repository
from pipelayer.model import LivePipeline, Verb
from pipelayer.model.status import PipelineStatus, Reason, Status
from pipelayer.run.outside import make_ports, open_checkout
from pipelayer.run.request import Request
from pipelayer.run.status import Question, status
from support.gitrepo import git_environment
from support.scene import REGION, Scene


def look(scene: Scene, *names: str, question: Question | None = None, groups: Sequence[str] = ()) -> Status:
    """What `pipelayer status` sees, from the last commit."""
    environ = {**scene.sandbox.aws_environment(access_key=scene.access_key), **scene.environ}
    with Repository.open(scene.repo.path, environ=git_environment()) as repository:
        checkout = open_checkout(repository, scene.repo.path, scene.source, environ)
        ports = make_ports(checkout, NoBase(""), environ, scene.story, scene.interrupted)
        ports = replace(ports, clock=scene.clock, connect=scene._connect)
        request = Request(Verb.PLAN, environment_region=REGION, names=names, groups=tuple(groups))
        return status(request, ports, question)


def one(found: Status, directory: str = "a") -> PipelineStatus:
    """One pipeline of the look."""
    return next(each for each in found.pipelines if each.key.directory == directory)


def drift(found: Status) -> dict[str, str]:
    """How each stands to its files, in one word."""
    return {each.key.directory: each.drift.value for each in found.pipelines}


def troubles(found: Status) -> list[tuple[str, str]]:
    """What needs a person, in order: which pipeline, and why."""
    return [(reason.key.directory, reason.trouble.value) for reason in found.reasons]


def reason(found: Status) -> Reason:
    """The only one that there is."""
    (only,) = found.reasons
    return only


def by_hand(scene: Scene, pipeline_id: str, text: str, *, activate: bool = True) -> None:
    """Somebody saves the job with another command, and activates it, with the AWS CLI."""
    live = scene.sandbox.pipeline(pipeline_id).active
    assert live is not None
    objects = [
        {**item, "fields": [_command(field, text) for field in item["fields"]]} for item in live.objects
    ]
    assert scene.sandbox.save(pipeline_id, objects, live.parameters, live.values) is False
    if activate:
        scene.sandbox.activate(pipeline_id)


def _command(field: dict[str, str], text: str) -> dict[str, str]:
    return {**field, "stringValue": text} if field["key"] == "command" else field


class Describing:
    """A cloud whose DescribePipelines tells something else of each pipeline."""

    def __init__(self, cloud: Any, **otherwise: Any) -> None:
        self._cloud = cloud
        self.pipelines = _Pipelines(cloud.pipelines, otherwise)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud, name)


class Undefined(Describing):
    """A cloud whose GetPipelineDefinition knows of none."""

    def __init__(self, cloud: Any) -> None:
        super().__init__(cloud)
        self.pipelines.get = lambda *_, **__: None


class _Pipelines:
    get: Any

    def __init__(self, real: Any, otherwise: Mapping[str, Any]) -> None:
        self._real, self._otherwise = real, otherwise

    def describe(self, ids: Sequence[str]) -> Sequence[LivePipeline]:
        return [replace(live, **self._otherwise) for live in self._real.describe(ids)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
