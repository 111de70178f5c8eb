"""What the console needs of AWS beside what deploying does: `pipelayer.aws` fulfils it, and tests fake it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipelayer.deploy.ports import Cloud as DeployingCloud
from pipelayer.model.history import ObjectOrder, ObjectRun, ObjectStatus, Sphere
from pipelayer.project.uploads import S3Location


@dataclass(frozen=True)
class Wanted:
    """Which objects are asked for; all of a sphere without any condition.

    `scheduled_from` and `scheduled_to` are the earliest and the latest time, `statuses` those that an object
    may have, `instance` what an attempt belongs to.
    """

    scheduled_from: datetime | None = None
    scheduled_to: datetime | None = None
    statuses: Collection[ObjectStatus] = ()
    instance: str = ""


ANY = Wanted()


class History(Protocol):
    """A pipeline's objects at work. Every method may raise AwsError."""

    def query(self, pipeline_id: str, sphere: Sphere, wanted: Wanted = ANY) -> Sequence[str]:
        """The ids of the objects of a sphere that are `wanted`, all pages read."""
        ...

    def describe(self, pipeline_id: str, ids: Sequence[str]) -> Sequence[ObjectRun]:
        """These objects, 25 a call."""
        ...

    def set_status(self, pipeline_id: str, ids: Sequence[str], order: ObjectOrder) -> None:
        """Tells these objects what to do. AWS does it a while later."""
        ...


class Store(Protocol):
    """S3, as far as it is read. Every method may raise AwsError."""

    def list(self, location: S3Location) -> Sequence[StoredFile]:
        """Every object under the prefix, all pages read."""
        ...

    def read(self, bucket: str, key: str) -> bytes:
        """One object whole."""
        ...

    def pieces(self, bucket: str, key: str) -> Iterator[bytes]:
        """One object piece by piece, as it arrives."""
        ...


class StoredFile(Protocol):
    """One object of a listing; `size` in bytes, `modified` in UTC."""

    @property
    def key(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def modified(self) -> datetime | None: ...


class Cloud(DeployingCloud, Protocol):
    """One account and region, with its history and what S3 holds."""

    @property
    def history(self) -> History: ...

    @property
    def store(self) -> Store: ...
