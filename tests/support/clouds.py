"""A cloud whose calls a test hears of first, a process that is killed at one of them, and somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from pipelayer.aws.client import AwsCloud, connect
from pipelayer.aws.s3 import S3Bucket
from pipelayer.deploy.ports import Bucket, Cloud, DataPipeline, Secrets
from pipelayer.sandbox.faults import When

if TYPE_CHECKING:
    from pipelayer.sandbox import Sandbox

PART = 5 * 2**20
"""The smallest part that S3 takes."""

Call = Callable[[], Any]


class Heard:
    """Each method of `real` goes through `hear`, which gets its name and makes the call."""

    def __init__(self, real: object, hear: Callable[[str, Call], Any]) -> None:
        self._real, self._hear = real, hear

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._real, name)
        return lambda *arguments, **named: self._hear(name, lambda: method(*arguments, **named))


@dataclass
class Dressed:
    """A cloud with other pipelines or another bucket."""

    real: Cloud
    pipelines: DataPipeline
    bucket: Bucket

    @property
    def region(self) -> str:
        return self.real.region

    @property
    def secrets(self) -> Secrets:
        return self.real.secrets

    def account(self) -> str:
        return self.real.account()


def in_small_parts(cloud: Cloud) -> Cloud:
    """The same cloud, but whatever has the size of a part is sent in parts."""
    assert isinstance(cloud, AwsCloud)
    bucket = S3Bucket(cloud.clients.s3, in_parts_from=PART, part_size=PART)
    return Dressed(cloud, cloud.pipelines, bucket)


def bucket_heard(hear: Callable[[str, Call], Any]) -> Callable[[Cloud], Cloud]:
    """Makes of a cloud the same with a bucket whose methods go through `hear`."""
    return lambda cloud: Dressed(cloud, cloud.pipelines, cast(Bucket, Heard(cloud.bucket, hear)))


class Killed(BaseException):
    """No code of the process gets to do anything any more."""


class Process:
    """A process that is killed at its `nth` call of S3, before or after it takes effect.

    From then on none of its calls has an effect. It sends in small parts.
    """

    def __init__(self, nth: int, when: When) -> None:
        self._nth, self._when = nth, when
        self._calls = 0
        self._lock = Lock()

    def sees(self, cloud: Cloud) -> Cloud:
        """The cloud as this process sees it."""
        assert isinstance(cloud, AwsCloud)
        client = cloud.clients.s3
        bucket = S3Bucket(lambda: cast(Any, Heard(client(), self._s3)), in_parts_from=PART, part_size=PART)
        return Dressed(cloud, cast(DataPipeline, Heard(cloud.pipelines, self._other)), bucket)

    def _s3(self, name: str, call: Call) -> Any:
        with self._lock:
            self._calls += 1
            number = self._calls
        if number > self._nth or (number == self._nth and self._when is When.BEFORE):
            raise Killed
        result = call()
        if number == self._nth:
            raise Killed
        return result

    def _other(self, name: str, call: Call) -> Any:
        if self._calls >= self._nth:
            raise Killed
        return call()


def somebody(sandbox: Sandbox) -> Any:
    """S3 as somebody else calls it."""
    environ = sandbox.aws_environment(access_key="AKIASOMEBODY")
    return connect("us-east-1", environ, attempts=1).clients.s3()


def encrypt(person: Any, bucket: str) -> None:
    """Whatever is put into the bucket from now on is encrypted with a key of KMS."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "a-key"}}
    person.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
