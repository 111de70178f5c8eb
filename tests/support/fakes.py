"""Hand-written stand-ins for the small protocols of `pipelayer.deploy.ports`. Each keeps what it was told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pipelayer.definition.flat import Definition, SecretSource
from pipelayer.deploy.ports import StoredObject, Verdict
from pipelayer.errors import AwsError, PipelayerError
from pipelayer.model import LivePipeline, PipelineState
from pipelayer.project.uploads import S3Location
from support.wanted import NOW


@dataclass
class FakeClock:
    """Time that passes only while somebody waits. `on_sleep` happens after each wait."""

    at: datetime = NOW
    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)
        self.on_sleep()


@dataclass
class FakePipelines:
    """Data Pipeline as a table. `fails` holds the error that the next call of an operation meets; `on_call`
    happens during each.
    """

    there: dict[str, LivePipeline] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    fails: dict[str, list[PipelayerError]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    starts: list[datetime | None] = field(default_factory=list)
    on_call: Callable[[str], None] = lambda operation: None

    def _call(self, operation: str, *about: str) -> None:
        self.calls.append((operation, *about))
        self.on_call(operation)
        if self.fails.get(operation):
            raise self.fails[operation].pop(0)

    @property
    def operations(self) -> list[str]:
        return [call[0] for call in self.calls]

    @property
    def writes(self) -> list[str]:
        """The operations that could change something."""
        return [name for name in self.operations if name not in ("list", "describe", "get", "validate")]

    def list_pipelines(self) -> Sequence[str]:
        self._call("list")
        return list(self.there)

    def describe(self, ids: Sequence[str]) -> Sequence[LivePipeline]:
        self._call("describe", *ids)
        return [self.there[one] for one in ids if one in self.there]

    def create(self, name: str, unique_id: str, description: str, tags: Mapping[str, str]) -> str:
        self._call("create", unique_id)
        made = self.created.pop(0) if self.created else f"df-new-{len(self.there)}"
        self.there.setdefault(made, LivePipeline(made, name, tags=tags, state=PipelineState.PENDING))
        return made

    def put(self, pipeline_id: str, definition: Definition) -> Verdict:
        self._call("put", pipeline_id)
        self.definitions[pipeline_id] = definition
        return self.verdicts.pop(0) if self.verdicts else Verdict(False)

    def validate(self, pipeline_id: str, definition: Definition) -> Verdict:
        self._call("validate", pipeline_id)
        return self.verdicts.pop(0) if self.verdicts else Verdict(False)

    def get(self, pipeline_id: str, *, active: bool) -> Definition | None:
        self._call("get", pipeline_id)
        return self.definitions.get(pipeline_id)

    def activate(self, pipeline_id: str, start: datetime | None = None, *, on_demand: bool = False) -> None:
        self._call("activate", pipeline_id)
        self.starts.append(start)
        self.become(pipeline_id, PipelineState.SCHEDULED)

    def deactivate(self, pipeline_id: str, *, cancel_active: bool) -> None:
        self._call("deactivate", pipeline_id, str(cancel_active))
        self.become(pipeline_id, PipelineState.DEACTIVATING)

    def delete(self, pipeline_id: str) -> None:
        self._call("delete", pipeline_id)
        self.become(pipeline_id, PipelineState.DELETING)

    def add_tags(self, pipeline_id: str, tags: Mapping[str, str]) -> None:
        self._call("add tags", pipeline_id)
        self._tag(pipeline_id, {**self.there[pipeline_id].tags, **tags})

    def remove_tags(self, pipeline_id: str, keys: Iterable[str]) -> None:
        self._call("remove tags", pipeline_id)
        gone = set(keys)
        kept = {key: value for key, value in self.there[pipeline_id].tags.items() if key not in gone}
        self._tag(pipeline_id, kept)

    def _tag(self, pipeline_id: str, tags: Mapping[str, str]) -> None:
        self.there[pipeline_id] = replace(self.there[pipeline_id], tags=tags)

    def become(self, pipeline_id: str, state: PipelineState) -> None:
        self.there[pipeline_id] = replace(self.there[pipeline_id], state=state)


@dataclass
class FakeBucket:
    """A bucket as a dictionary. With `kms` its ETags are no MD5s; `fails` holds errors of the next puts."""

    objects: dict[str, bytes] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    kms: bool = False
    fails: list[AwsError | None] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def list(self, location: S3Location) -> Sequence[StoredObject]:
        return [
            StoredObject(key, len(body), "kms-etag" if self.kms else hashlib.md5(body).hexdigest())
            for key, body in self.objects.items()
            if key.startswith(location.prefix)
        ]

    def content_id(self, bucket: str, key: str) -> str:
        self.looked_at.append(key)
        return self.ids.get(key, "")

    def read(self, bucket: str, key: str) -> bytes:
        self.looked_at.append(key)
        return self.objects[key]

    def put(self, bucket: str, key: str, body: bytes, content_id: str) -> None:
        error = self.fails.pop(0) if self.fails else None
        if error:
            raise error
        self.objects[key], self.ids[key] = body, content_id
        self.sent.append(key)

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        for key in keys:
            self.objects.pop(key, None)


@dataclass
class FakeSecrets:
    """Secrets by their names."""

    known: Mapping[str, str] = field(default_factory=dict)

    def read(self, source: SecretSource) -> str:
        return self.known[source.name]


@dataclass
class FakeCloud:
    """One account and region."""

    pipelines: FakePipelines = field(default_factory=FakePipelines)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    region: str = "us-east-1"

    def account(self) -> str:
        return "123456789012"
