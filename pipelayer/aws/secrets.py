"""Secret values: from the environment, or from AWS Secrets Manager. No message ever holds one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, assert_never

from pipelayer.aws.errors import aws_call, in_workflow
from pipelayer.definition.flat import SecretKind, SecretSource
from pipelayer.errors import AwsError, PipelayerError, UsageError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class SecretReader:
    """Fulfils `ports.Secrets`. `client` makes a Secrets Manager client for a region, "" for the group's."""

    def __init__(self, environ: Mapping[str, str], client: Callable[[str], SecretsManagerClient]) -> None:
        self._environ = environ
        self._client = client

    def read(self, source: SecretSource) -> str:
        """The secret's value. Raises UsageError where the environment lacks it, AwsError if AWS refuses."""
        match source.kind:
            case SecretKind.ENV:
                return self._from_environment(source.name)
            case SecretKind.SECRETS_MANAGER:
                return self._from_secrets_manager(source.name)
            case _:
                assert_never(source.kind)

    def _from_environment(self, name: str) -> str:
        value = self._environ.get(name, "")
        if not value:
            step = f"Set it in the step's `env`, for example `{name}: ${{{{ secrets.{name} }}}}`."
            hint = step if in_workflow(self._environ) else "Set it in your shell."
            raise UsageError(
                f"A secret is read from the environment variable {name}, which is "
                f"{'empty' if name in self._environ else 'not set'}.",
                hint,
            )
        return value

    def _from_secrets_manager(self, name: str) -> str:
        """`ARN` is the whole secret, `ARN#KEY` one key of a secret that is a JSON object."""
        secret_id, _, key = name.partition("#")
        with aws_call("GetSecretValue", f"secret `{secret_id}`"):
            answer = self._client(_region(secret_id)).get_secret_value(SecretId=secret_id)
        value = answer.get("SecretString", "")
        if not value:
            raise AwsError(f"The secret `{secret_id}` holds no text.", "Store it as a string.")
        return _member(value, key, secret_id) if key else value


def _region(secret_id: str) -> str:
    """The region that an ARN names, "" for a plain name."""
    parts = secret_id.split(":")
    return parts[3] if len(parts) > 3 and parts[0] == "arn" else ""


def _member(text: str, key: str, secret_id: str) -> str:
    try:
        document: object = json.loads(text)
    except ValueError:
        document = None
    value = document.get(key) if isinstance(document, dict) else None
    if not isinstance(value, str) or not value:
        # Without the cause: what json says of the text may quote it.
        raise PipelayerError(
            f"The secret `{secret_id}` has no text under the key `{key}`.",
            "It must be a JSON object with that key and a string.",
        )
    return value
