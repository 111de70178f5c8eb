"""IAM: what each call demands, and whether the caller's policies allow it.

Comes in: policies as JSON, and requests. Goes out: demands, and AccessDenied where a policy lacks one.

Which operation demands which actions is what AWS's documents say: the Service Authorization Reference's pages
on Data Pipeline and Secrets Manager, and "Required permissions for Amazon S3 API operations" of the S3 User
Guide. How a policy is read, the IAM User Guide ("Policy evaluation logic", "Condition operators").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from .definition import Definition
from .errors import Refusal
from .http import Incoming
from .shapes import Request
from .state import Pipeline
from .xml import named_keys

_ALLOWED_TO_ALL = "sts:GetCallerIdentity"
"""It needs no permission (AWS STS API Reference)."""


@dataclass(frozen=True)
class Demand:
    """One permission that a call needs.

    `resource` is an ARN, or `*` where the action knows no narrower one; `context` holds the condition keys.
    """

    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Condition:
    """One line of a Condition block: it holds if one of its values fits whatever is asked with that key.

    Keys are compared without regard to case, also those of tags (IAM User Guide, "Condition").
    """

    operator: str
    key: str
    values: Sequence[str]

    def holds(self, context: Mapping[str, str]) -> bool:
        found = [text for name, text in context.items() if name.lower() == self.key.lower()]
        if not found:
            return self.operator.endswith("IfExists")
        like = self.operator.startswith("StringLike")
        return all(
            any(_matches(value, text) if like else value == text for value in self.values) for text in found
        )


@dataclass(frozen=True)
class Statement:
    """One Allow of a policy."""

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Sequence[Condition]

    def allows(self, demand: Demand) -> bool:
        return (
            any(_matches(one.lower(), demand.action.lower()) for one in self.actions)
            and any(_matches(one, demand.resource) for one in self.resources)
            and all(one.holds(demand.context) for one in self.conditions)
        )


_NEEDED = {"Effect", "Action", "Resource"}
_POSSIBLE = {"Sid", "Condition"}
_OPERATORS = {"StringEquals", "StringLike", "StringEqualsIfExists", "StringLikeIfExists"}


def read_policy(document: Mapping[str, object]) -> Sequence[Statement]:
    """The statements of a policy.

    Raises ValueError for what the sandbox doesn't evaluate, such as a Deny, or a policy that says who may
    assume a role: it names a Principal and no Resource.
    """
    return [_statement(one) for one in _list(document.get("Statement"))]


def _statement(value: object) -> Statement:
    if isinstance(value, Mapping) and "Principal" in value:
        raise ValueError("the sandbox evaluates what a role may do, and not who may assume it (Principal)")
    if (
        not isinstance(value, Mapping)
        or not _NEEDED <= set(value) <= _NEEDED | _POSSIBLE
        or value["Effect"] != "Allow"
    ):
        raise ValueError(f"the sandbox evaluates statements that Allow an Action on a Resource, not {value}")
    conditions = [
        Condition(operator, key, _strings(values))
        for operator, block in _block(value.get("Condition", {})).items()
        for key, values in _block(block).items()
    ]
    for one in conditions:
        if one.operator not in _OPERATORS:
            raise ValueError(f"the sandbox evaluates no {one.operator}, only {', '.join(sorted(_OPERATORS))}")
    return Statement(_strings(value["Action"]), _strings(value["Resource"]), conditions)


def _block(value: object) -> Mapping[str, object]:
    """One of the two levels of a Condition: operators, or the keys that one compares."""
    if not isinstance(value, Mapping):
        raise ValueError(f"the sandbox evaluates Conditions of operators and keys, and not {value}")
    return value


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def _strings(value: object) -> Sequence[str]:
    """A string, or a list of them: a policy may have either."""
    found = [one for one in _list(value) if isinstance(one, str)]
    if found != _list(value):
        raise ValueError(f"the sandbox evaluates strings, and not {value}")
    return found


def _matches(pattern: str, text: str) -> bool:
    """`*` stands for any characters, `?` for one."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


class Permissions:
    """What each access key may do; everything, until it has been told."""

    def __init__(self) -> None:
        self._policies: dict[str, Sequence[Statement]] = {}

    def allow_only(self, access_key: str, actions: Sequence[str]) -> None:
        """These actions on everything, and nothing else."""
        self._policies[access_key] = [Statement(actions, ["*"], [])]

    def attach(self, access_key: str, statements: Sequence[Statement]) -> None:
        """What these statements allow, beside what those that were attached before do."""
        self._policies[access_key] = [*self._policies.get(access_key, ()), *statements]

    def clear(self) -> None:
        self._policies = {}

    def check(self, access_key: str, demands: Iterable[Demand]) -> None:
        """Raises AccessDenied at the first demand that no statement for this key allows."""
        statements = self._policies.get(access_key)
        if statements is None:
            return
        for demand in demands:
            if demand.action != _ALLOWED_TO_ALL and not any(one.allows(demand) for one in statements):
                on = "" if demand.resource == "*" else f" on resource: {demand.resource}"
                raise Refusal(
                    "AccessDenied",
                    f"User: {access_key} is not authorized to perform: {demand.action}{on}",
                    403,
                )


_S3_ACTIONS = {
    "ListObjectsV2": "ListBucket",
    "ListObjects": "ListBucket",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "DeleteObjects": "DeleteObject",
    "CopyObject": "PutObject",
    "UploadPart": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}
"""Where the action isn't called as the operation."""

_KMS_ACTIONS = {
    "PutObject": "GenerateDataKey",
    "CreateMultipartUpload": "GenerateDataKey",
    "UploadPart": "Decrypt",
    "GetObject": "Decrypt",
}
"""What is also demanded where a key of the user's encrypts the bucket (Amazon S3 API Reference)."""


def of_others(incoming: Incoming, account: str, key: str = "") -> Sequence[Demand]:
    """What a call of S3, Secrets Manager or STS demands. `key` is the bucket's KMS key."""
    (service, operation, _), region = incoming.identity, incoming.scope[1]
    if service == "secretsmanager":
        secret = str(incoming.json_members.get("SecretId", ""))
        arn = f"arn:aws:secretsmanager:{region}:{account}:secret:{secret}"
        return [Demand(f"{service}:{operation}", secret if secret.startswith("arn:") else arn)]
    if service != "s3":
        return [Demand(f"{service}:{operation}")]
    demands = _of_s3(incoming)
    if key and operation in _KMS_ACTIONS:
        through = {"kms:ViaService": f"s3.{region}.amazonaws.com"}
        arn = f"arn:aws:kms:{region}:{account}:key/{key}"
        return [*demands, Demand(f"kms:{_KMS_ACTIONS[operation]}", arn, through)]
    return demands


def _of_s3(incoming: Incoming) -> Sequence[Demand]:
    _, operation, resource = incoming.identity
    action, bucket = f"s3:{_S3_ACTIONS.get(operation, operation)}", f"arn:aws:s3:::{resource}"
    if operation == "DeleteObjects":
        return [Demand(action, f"{bucket}/{key}") for key in named_keys(incoming.body)]
    prefix = parse_qs(incoming.query, keep_blank_values=True).get("prefix", ())
    return [Demand(action, bucket, {"s3:prefix": prefix[0]} if prefix else {})]


def of_data_pipeline(
    operation: str, request: Request, region: str, account: str, known: Mapping[str, Pipeline]
) -> Iterator[Demand]:
    """What a call of Data Pipeline demands. Creating with tags takes AddTags too, and whatever names roles
    takes the right to pass them.
    """
    action, home = f"datapipeline:{operation}", f"arn:aws:datapipeline:{region}:{account}:pipeline"
    given = {f"aws:RequestTag/{tag['key']}": tag["value"] for tag in request.get("tags", [])}
    ids = request.get("pipelineIds") or ([request["pipelineId"]] if "pipelineId" in request else [])
    for one in ids:
        tags = known[one].tags.items() if one in known else ()
        own = {
            f"{name}/{key}": text for key, text in tags for name in ("aws:ResourceTag", "datapipeline:Tag")
        }
        yield Demand(action, f"{home}/{one}", own | given)
    if not ids:
        yield Demand(action, "*", given)
    if operation == "CreatePipeline" and given:
        yield Demand("datapipeline:AddTags", f"{home}/*", given)
    if operation in ("PutPipelineDefinition", "ValidatePipelineDefinition"):
        parts = request["pipelineObjects"], request.get("parameterObjects") or []
        yield from _passing(Definition(*parts, request.get("parameterValues") or []), account)
    elif operation == "ActivatePipeline" and ids[0] in known:
        yield from _passing(known[ids[0]].latest or Definition(), account)


def _passing(definition: Definition, account: str) -> Iterator[Demand]:
    """The roles that a definition names, each for those that take it on. AWS names the three services and not
    which takes which role: this follows who trusts them (Developer Guide, "IAM Roles for AWS Data Pipeline").
    """
    clusters = ["elasticmapreduce"] if definition.of_type("EmrCluster") else []
    takers = {"role": ["datapipeline", *clusters], "resourceRole": ["ec2"]}
    passed = {
        (item.own_text(key), taker)
        for item in definition.by_id.values()
        for key, those in takers.items()
        for taker in those
        if item.own_text(key)
    }
    for name, taker in sorted(passed):
        arn = name if name.startswith("arn:") else f"arn:aws:iam::{account}:role/{name}"
        yield Demand("iam:PassRole", arn, {"iam:PassedToService": f"{taker}.amazonaws.com"})
