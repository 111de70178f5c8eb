"""The policies of docs/iam, filled in for one project. They are the very files: a test holds them equal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from pipelayer.project.uploads import S3Location
from pipelayer.starter.delivery import Delivery, Target
from pipelayer.starter.shipped import data

_BUCKET, _FOLDER = "acme-prod-pipelines", "code/*"
_KEYS = "OWNER/REPO:prod/*"
_SECRETS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:nightly/*"
_WHOLE_ARN = re.compile(r"arn:.*-[A-Za-z0-9]{6}")

Policy = dict[str, object]
Statement = dict[str, object]


def policies(delivery: Delivery) -> Mapping[str, bytes]:
    """Every policy and trust policy that the roles need, by the file's name. Those about S3 are missing where
    the pipelines have no files, those about secrets where they have none in Secrets Manager.
    """
    found = {
        "validate.json": _policy("validate", delivery),
        "trust-validate.json": _trust("trust-validate", delivery),
    }
    if delivery.folders:
        found["validate-files.json"] = _policy("validate-files", delivery, delivery.folders)
    for target in delivery.targets:
        keys = f"{delivery.project}:{target.group}/*"
        found[f"deploy-{target.group}.json"] = _policy("deploy", delivery, target.folders, keys)
        if target.secrets:
            found[secrets_file(target)] = _reading(target, delivery.account)
        trust = _trust("trust-deploy-environment", delivery, target.group)
        found[f"trust-deploy-{target.group}.json"] = trust
    return found


def secrets_file(target: Target) -> str:
    """The file of the policy that lets a group's deploys read its secrets. No other's can be called so."""
    return f"secrets-{target.group}.json"


def _reading(target: Target, account: str) -> bytes:
    named = _one_or_all(_secret_arn(one, target.region, account) for one in target.secrets)
    return _written(_with(_read("deploy-secrets"), {_SECRETS: named}))


def _secret_arn(named: str, region: str, account: str) -> str:
    """As a policy names a secret: its ARN ends with a hyphen and six characters of Secrets Manager's own.
    A deploy may ask for it without them (Secrets Manager User Guide, "What's in a secret?").
    """
    if _WHOLE_ARN.fullmatch(named):
        return named
    start = "" if named.startswith("arn:") else f"arn:aws:secretsmanager:{region}:{account}:secret:"
    return f"{start}{named}-??????"


def _policy(name: str, delivery: Delivery, folders: Sequence[S3Location] = (), keys: str = "") -> bytes:
    policy = _read(name)
    statements = []
    for statement in cast("list[Statement]", policy["Statement"]):
        if statement["Action"] == "iam:PassRole":
            arns = [role if role.startswith("arn:") else _arn(delivery, role) for role in delivery.roles]
            statements.append({**statement, "Resource": arns})
        elif _BUCKET in str(statement["Resource"]):
            statements += _of_buckets(statement, folders)
        else:
            statements.append(cast("Statement", _with(statement, {_KEYS: keys})))
    return _written({**policy, "Statement": statements})


def _of_buckets(statement: Statement, folders: Sequence[S3Location]) -> Iterator[Statement]:
    """A statement for each bucket: one for all would let each folder be listed in every bucket."""
    buckets = list(dict.fromkeys(folder.bucket for folder in folders))
    for number, bucket in enumerate(buckets, 1):
        prefixes = [f"{folder.prefix}*" for folder in folders if folder.bucket == bucket]
        whole = f"{statement['Resource']}".replace(_BUCKET, bucket)
        resource = _one_or_all(whole.replace(_FOLDER, prefix) for prefix in dict.fromkeys(prefixes))
        found = _with(statement, {_FOLDER: _one_or_all(prefixes)})
        sid = f"{statement['Sid']}{number if len(buckets) > 1 else ''}"
        yield {**cast("Statement", found), "Sid": sid, "Resource": resource}


def _trust(name: str, delivery: Delivery, environment: str = "") -> bytes:
    subject = delivery.subject or f"repo:{delivery.repository}"
    example = _read(name)
    provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    return _written(
        _with(
            example,
            {
                provider: provider.replace("123456789012", delivery.account),
                "repo:OWNER/REPO:pull_request": f"{subject}:pull_request",
                "repo:OWNER/REPO:environment:production": f"{subject}:environment:{environment}",
            },
        )
    )


def _with(value: object, own: Mapping[str, object]) -> object:
    """A copy in which each text that is an example is one's own."""
    match value:
        case dict():
            return {key: _with(item, own) for key, item in value.items()}
        case list():
            return [_with(item, own) for item in value]
        case str():
            return own.get(value, value)
        case _:
            return value


def _arn(delivery: Delivery, role: str) -> str:
    return f"arn:aws:iam::{delivery.account}:role/{role}"


def _one_or_all(values: Iterable[str]) -> str | list[str]:
    found = list(dict.fromkeys(values))
    return found[0] if len(found) == 1 else found


def _read(name: str) -> Policy:
    found = json.loads(data(f"iam/{name}.json"))
    assert isinstance(found, dict)
    return found


def _written(policy: object) -> bytes:
    return (json.dumps(policy, indent=2) + "\n").encode()
