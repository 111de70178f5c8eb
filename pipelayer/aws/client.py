"""One account and region: its clients, made when first needed, with their retries and time limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Literal, cast

from pipelayer.aws.clock import SystemClock
from pipelayer.aws.datapipeline import LiveDataPipeline, RolePatience
from pipelayer.aws.errors import THROTTLED, aws_call, truncated
from pipelayer.aws.history import LiveHistory
from pipelayer.aws.pace import Pace
from pipelayer.aws.s3 import S3Bucket
from pipelayer.aws.secrets import SecretReader
from pipelayer.errors import AwsError, UsageError
from pipelayer.version import version

if TYPE_CHECKING:
    from boto3 import Session
    from botocore.client import BaseClient
    from botocore.config import Config
    from botocore.exceptions import _ClientErrorResponseTypeDef as ErrorAnswer
    from botocore.model import OperationModel
    from mypy_boto3_datapipeline import DataPipelineClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sts import STSClient

Service = Literal["datapipeline", "s3", "secretsmanager", "sts"]

_SETTING: dict[Service, str] = {
    "datapipeline": "DATA_PIPELINE",
    "s3": "S3",
    "secretsmanager": "SECRETS_MANAGER",
    "sts": "STS",
}
"""How AWS's settings spell a service, as in AWS_ENDPOINT_URL_DATA_PIPELINE."""

ATTEMPTS = 8
"""How often one call is tried in all where AWS fails or isn't reached, or S3 throttles it. botocore waits
between, longer each time, up to 20 s.
"""

CONNECT_SECONDS = 5
READ_SECONDS = 30
CONNECTIONS = 64


@dataclass
class Clients:
    """Makes each client once, and hands it to every thread.

    A botocore client may be shared by threads, the session that makes it may not: it is used under the lock.
    """

    region: str
    environ: Mapping[str, str]
    attempts: int = ATTEMPTS
    read_seconds: float = READ_SECONDS
    _made: dict[tuple[str, str, int], object] = field(default_factory=dict)
    _session: Session | None = None
    _lock: Lock = field(default_factory=Lock)

    def datapipeline(self) -> DataPipelineClient:
        """AWS Data Pipeline in this region. It doesn't try throttled calls again: that is `Pace`'s."""
        return cast("DataPipelineClient", self._client("datapipeline", self.region))

    def datapipeline_once(self) -> DataPipelineClient:
        """The same, for what must not be done twice: a call whose answer is lost isn't made again."""
        return cast("DataPipelineClient", self._client("datapipeline", self.region, attempts=1))

    def s3(self) -> S3Client:
        """S3 in this region."""
        return cast("S3Client", self._client("s3", self.region))

    def sts(self) -> STSClient:
        """STS in this region."""
        return cast("STSClient", self._client("sts", self.region))

    def secrets(self, region: str = "") -> SecretsManagerClient:
        """Secrets Manager: a secret's ARN may name another region than ours."""
        return cast("SecretsManagerClient", self._client("secretsmanager", region or self.region))

    def _client(self, service: Service, region: str, attempts: int = 0) -> object:
        kind = service, region, attempts or self.attempts
        with self._lock:
            client = self._made.get(kind)
            if client is None:
                client = self._made[kind] = self._make(*kind)
            return client

    def _make(self, service: Service, region: str, attempts: int) -> BaseClient:
        """A new client. Keys and endpoint come from the given environment, all else as boto3 finds it."""
        endpoint = self.environ.get(f"AWS_ENDPOINT_URL_{_SETTING[service]}") or self.environ.get(
            "AWS_ENDPOINT_URL"
        )
        key, secret = self.environ.get("AWS_ACCESS_KEY_ID"), self.environ.get("AWS_SECRET_ACCESS_KEY")
        given = bool(key and secret)
        with aws_call("CreateClient"):
            if self._session is None:
                self._session = self._open()
            try:
                client: BaseClient = self._session.client(
                    service,
                    region_name=region,
                    endpoint_url=endpoint or None,
                    config=self._config(attempts, path_style=bool(endpoint)),
                    aws_access_key_id=key if given else None,
                    aws_secret_access_key=secret if given else None,
                    aws_session_token=(self.environ.get("AWS_SESSION_TOKEN") or None) if given else None,
                )
            except ValueError as error:
                if not str(error).startswith("Invalid endpoint"):
                    raise
                raise AwsError(
                    f"{error}", "AWS_ENDPOINT_URL must be a whole address, such as http://127.0.0.1:4566."
                ) from error
        client.meta.events.register_first("needs-retry.data-pipeline", _give_back_throttled)
        return client

    def _open(self) -> Session:
        import boto3
        from botocore.session import Session as Settings

        settings = Settings()
        if not self.environ.get("AWS_CA_BUNDLE", "unset").strip():
            # Set to nothing, which botocore takes for the name of a file and refuses.
            settings.set_config_variable("ca_bundle", True)
        if not self.environ.get("AWS_ACCESS_KEY_ID"):
            # The given environment decides: keys of this process are not those of whoever asks.
            settings.get_component("credential_provider").remove("env")
        return boto3.Session(botocore_session=settings)

    def _config(self, attempts: int, *, path_style: bool) -> Config:
        from botocore.config import Config

        return Config(
            user_agent_extra=f"pipelayer/{version()}",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=self.read_seconds,
            max_pool_connections=CONNECTIONS,
            retries={"mode": "standard", "total_max_attempts": attempts},
            s3={"addressing_style": "path" if path_style else "auto"},
            request_checksum_calculation="when_required",
        )


def _give_back_throttled(
    response: tuple[object, ErrorAnswer] | None, operation: OperationModel, **_: object
) -> None:
    """Ends a throttled call before botocore's own handler of this event sees it.

    That one would sleep as it thinks best, and wouldn't notice that the run was told to stop.
    """
    from botocore.exceptions import ClientError

    if response and response[1].get("Error", {}).get("Code") in THROTTLED:
        raise ClientError(response[1], operation.name)


@dataclass
class AwsCloud:
    """Fulfils `ports.Cloud` of every room. Nothing is imported or asked before it is needed."""

    region: str
    clients: Clients
    pace: Pace
    role_patience: RolePatience | None = None
    _account: str = ""

    @cached_property
    def pipelines(self) -> LiveDataPipeline:
        """AWS Data Pipeline."""
        clients = self.clients
        return LiveDataPipeline(
            clients.datapipeline, self.pace, self.role_patience, once=clients.datapipeline_once
        )

    @cached_property
    def history(self) -> LiveHistory:
        """What AWS Data Pipeline tells of the objects at work."""
        return LiveHistory(self.clients.datapipeline, self.pace)

    @cached_property
    def bucket(self) -> S3Bucket:
        """S3."""
        return S3Bucket(self.clients.s3)

    @property
    def store(self) -> S3Bucket:
        """S3, to be read."""
        return self.bucket

    @cached_property
    def secrets(self) -> SecretReader:
        """The environment and Secrets Manager."""
        return SecretReader(self.clients.environ, self.clients.secrets)

    def account(self) -> str:
        """The account id of the credentials (STS GetCallerIdentity), asked once."""
        if not self._account:
            with aws_call("GetCallerIdentity"):
                answer = self.clients.sts().get_caller_identity()
            if not answer.get("Account"):
                raise truncated("GetCallerIdentity", "names no account")
            self._account = answer["Account"]
        return self._account


def connect(
    region: str,
    environ: Mapping[str, str],
    *,
    pace: Pace | None = None,
    role_patience: RolePatience | None = None,
    attempts: int = ATTEMPTS,
) -> AwsCloud:
    """AWS in one region. No call is made yet, so wrong credentials show at the first one.

    `pace` keeps to AWS's rate limits, by this machine's clock where none is given. `role_patience` lets put,
    validate and activate wait for a role that was made a moment ago; else such an error is final. Raises
    UsageError where there is no region.
    """
    if not region:
        raise UsageError(
            "No AWS region is set.",
            "Set `region` in pipelayer.yml (under `defaults` or the group), or AWS_REGION.",
        )
    return AwsCloud(region, Clients(region, environ, attempts), pace or Pace(SystemClock()), role_patience)
