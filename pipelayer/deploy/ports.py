"""What deploying needs of the outside world: the protocols that `pipelayer.aws` fulfils, and tests fake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pipelayer.definition.flat import Definition, SecretSource
from pipelayer.model import LivePipeline
from pipelayer.project.uploads import S3Location


@dataclass(frozen=True)
class Message:
    """One message of a validation: the id of the object (or parameter) it is about, and AWS's words."""

    object_id: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """The answer of ValidatePipelineDefinition or PutPipelineDefinition. `errored` arrives with HTTP 200."""

    errored: bool
    errors: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()


class DataPipeline(Protocol):
    """The operations of AWS Data Pipeline that a deployment uses.

    Every method may raise AwsError, after the retries that its implementation makes.
    """

    def list_pipelines(self) -> Sequence[str]:
        """The ids of every pipeline of the account in this region, all pages read."""
        ...

    def describe(self, ids: Sequence[str]) -> Sequence[LivePipeline]:
        """The pipelines that exist among `ids`, 25 a call; one that is gone is left out, never an error."""
        ...

    def create(self, name: str, unique_id: str, description: str, tags: Mapping[str, str]) -> str:
        """The new pipeline's id, or the earlier one's where name and unique id are the same."""
        ...

    def put(self, pipeline_id: str, definition: Definition) -> Verdict:
        """Saves the whole definition as `latest`. Check `errored`."""
        ...

    def validate(self, pipeline_id: str, definition: Definition) -> Verdict:
        """Asks AWS about a definition; nothing is saved."""
        ...

    def get(self, pipeline_id: str, *, active: bool) -> Definition | None:
        """The `active` (or `latest`) definition, None where there is none."""
        ...

    def activate(self, pipeline_id: str, start: datetime | None = None, *, on_demand: bool = False) -> None:
        """Starts the schedule; `start` is where to resume. `on_demand`: each call is a run of its own."""
        ...

    def deactivate(self, pipeline_id: str, *, cancel_active: bool) -> None:
        """Stops the schedule, asynchronously. `cancel_active=False` lets running work finish."""
        ...

    def delete(self, pipeline_id: str) -> None:
        """Deletes, asynchronously, with the run history. One that is already gone is no error."""
        ...

    def add_tags(self, pipeline_id: str, tags: Mapping[str, str]) -> None:
        """Adds or overwrites tags."""
        ...

    def remove_tags(self, pipeline_id: str, keys: Iterable[str]) -> None:
        """Removes tags."""
        ...


@dataclass(frozen=True)
class StoredObject:
    """One object of a listing. `etag` is without its quotes. When it was `modified` says nothing of what it
    holds.
    """

    key: str
    size: int
    etag: str
    modified: datetime | None = field(default=None, compare=False)


class Bucket(Protocol):
    """S3, as far as an upload needs it. Every method may raise AwsError."""

    def list(self, location: S3Location) -> Sequence[StoredObject]:
        """Every object under the prefix, all pages read."""
        ...

    def content_id(self, bucket: str, key: str) -> str:
        """The git blob id that our upload stored in the object's metadata, or "" where there is none."""
        ...

    def read(self, bucket: str, key: str) -> bytes:
        """One object whole."""
        ...

    def put(self, bucket: str, key: str, body: bytes, content_id: str) -> None:
        """Writes one object whole, with its MD5 checked by S3 and `content_id` in its metadata."""
        ...

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Deletes objects, 1,000 a call."""
        ...


class Secrets(Protocol):
    """Where secret values are read, only when deploying."""

    def read(self, source: SecretSource) -> str:
        """The secret's value. Raises PipelayerError where it can't be had."""
        ...


class Clock(Protocol):
    """Time, so that tests need none of it."""

    def now(self) -> datetime:
        """The present, UTC and aware."""
        ...

    def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class Cloud(Protocol):
    """One account and region."""

    @property
    def region(self) -> str: ...

    @property
    def pipelines(self) -> DataPipeline: ...

    @property
    def bucket(self) -> Bucket: ...

    @property
    def secrets(self) -> Secrets: ...

    def account(self) -> str:
        """The account id of the credentials (STS GetCallerIdentity)."""
        ...
