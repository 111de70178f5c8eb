"""How far the policies of docs/iam reach: each statement to what is the group's own, and no further."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pipelayer.aws.client import connect
from pipelayer.sandbox.iam import Demand, read_policy
from support.policies import FOLDER, listed, policy

if TYPE_CHECKING:
    from pipelayer.sandbox import Sandbox

Asked = tuple[str, Mapping[str, str]]
"""A resource, and the condition keys that AWS would have filled in."""

ROLES = "arn:aws:iam::123456789012:role"
PREFIX, BUCKET = "s3:prefix", "arn:aws:s3:::acme-prod-pipelines"
SECRETS = "arn:aws:secretsmanager:us-east-1:123456789012:secret"
KEYS, OWN_KEY = "arn:aws:kms:us-east-1:123456789012:key", "11111111-2222-3333-4444-555555555555"
TO, VIA = "iam:PassedToService", "kms:ViaService"
TAGS = ("aws:RequestTag/pipelayer:key", "aws:ResourceTag/pipelayer:key", "datapipeline:Tag/pipelayer:key")
OURS, THEIRS = "OWNER/REPO:prod/a", ("OWNER/REPO:dev/a", "OWNER/REPO:prod2/a", "OWNER/OTHER:prod/a")

OBJECTS: tuple[Asked, Sequence[Asked]] = (
    (f"{BUCKET}/code/a/run", {}),
    [(f"{BUCKET}/logs/a", {}), (f"{BUCKET}/code2/a", {}), (f"{BUCKET}2/code/a/run", {})],
)
REACH: Mapping[str, tuple[Asked, Sequence[Asked]]] = {
    "LookAtPipelines": (("*", {}), []),
    "LookAtPipelinesAndTheirRuns": (("*", {}), []),
    "ChangeNoOtherGroupsPipelines": (
        ("*", dict.fromkeys(TAGS, OURS)),
        [("*", {tag: theirs}) for tag in TAGS for theirs in THEIRS],
    ),
    "NameTheRolesThatPipelinesRunAs": (
        (f"{ROLES}/DataPipelineDefaultRole", {TO: "datapipeline.amazonaws.com"}),
        [
            (f"{ROLES}/Admin", {TO: "ec2.amazonaws.com"}),
            (f"{ROLES}/DataPipelineDefaultRole2", {TO: "ec2.amazonaws.com"}),
            (f"{ROLES}/DataPipelineDefaultRole", {TO: "lambda.amazonaws.com"}),
            (f"{ROLES}/DataPipelineDefaultRole", {}),
        ],
    ),
    "ListTheInputFolders": (
        (BUCKET, {PREFIX: "code/a/"}),
        [
            (BUCKET, {}),
            (BUCKET, {PREFIX: ""}),
            (BUCKET, {PREFIX: "logs/"}),
            (f"{BUCKET}2", {PREFIX: "code/a/"}),
        ],
    ),
    "MirrorTheInputFolders": OBJECTS,
    "CompareTheInputFolders": OBJECTS,
    "ReadTheSecretsThatValuesName": (
        (f"{SECRETS}:nightly/db-Ab1Cd2", {}),
        [(f"{SECRETS}:payroll/db-Ab1Cd2", {}), (SECRETS.replace("1234", "4321") + ":nightly/db-Ab1Cd2", {})],
    ),
    "UseTheBucketsKeyThroughS3": (
        (f"{KEYS}/{OWN_KEY}", {VIA: "s3.us-east-1.amazonaws.com"}),
        [
            (f"{KEYS}/another", {VIA: "s3.us-east-1.amazonaws.com"}),
            (f"{KEYS}/{OWN_KEY}", {VIA: "secretsmanager.us-east-1.amazonaws.com"}),
            (f"{KEYS}/{OWN_KEY}", {}),
        ],
    ),
}
"""What a statement is for, and what lies beside that."""

POLICIES = sorted(path.stem for path in FOLDER.glob("*.json") if not path.stem.startswith("trust-"))


@pytest.mark.parametrize("name", POLICIES)
def test_a_statement_reaches_what_it_is_for_and_nothing_beside_it(name: str) -> None:
    allowing = read_policy(policy(name))

    def allowed(action: str, asked: Asked) -> bool:
        return any(one.allows(Demand(action, *asked)) for one in allowing)

    for statement in policy(name)["Statement"]:
        inside, outside = REACH[statement["Sid"]]
        for action in listed(statement["Action"]):
            assert allowed(action, inside), action
            assert [asked for asked in outside if allowed(action, asked)] == [], action


# ---- the wall between groups, in real calls

ROLE = "AKIAROLE"
WRITES: Mapping[str, Mapping[str, object]] = {
    "put_pipeline_definition": {"pipelineObjects": []},
    "activate_pipeline": {},
    "deactivate_pipeline": {},
    "delete_pipeline": {},
    "add_tags": {"tags": [{"key": "team", "value": "data"}]},
    "remove_tags": {"tagKeys": ["pipelayer:key"]},
}


@pytest.fixture
def prod(sandbox: Sandbox) -> Any:
    """Data Pipeline as the role that deploys `prod` calls it."""
    sandbox.attach_policy(ROLE, policy("deploy"))
    return connect("us-east-1", sandbox.aws_environment(access_key=ROLE), attempts=1).clients.datapipeline()


def refused(call: Callable[..., object], **given: object) -> bool:
    """Whether IAM is what stops a call."""
    try:
        call(**given)
    except ClientError as error:
        return error.response["Error"]["Code"] == "AccessDeniedException"
    return False


@pytest.mark.parametrize("method", WRITES)
def test_one_group_does_not_write_to_another(sandbox: Sandbox, prod: Any, method: str) -> None:
    for key, stopped in ((OURS, False), (THEIRS[0], True)):
        made = sandbox.seed_pipeline("a", tags={"pipelayer:key": key})
        assert refused(getattr(prod, method), pipelineId=made, **WRITES[method]) is stopped


def test_one_group_does_not_pass_for_another(sandbox: Sandbox, prod: Any) -> None:
    stranger = sandbox.seed_pipeline("a", tags={"team": "data"})
    for key, stopped in ((OURS, False), (THEIRS[0], True)):
        tags = [{"key": "pipelayer:key", "value": key}]
        assert refused(prod.add_tags, pipelineId=stranger, tags=tags) is stopped
        assert refused(prod.create_pipeline, name="b", uniqueId="b", tags=tags) is stopped


def test_the_groups_see_each_other(sandbox: Sandbox, prod: Any) -> None:
    """Or else a run couldn't tell that it is about to make a twin."""
    theirs = sandbox.seed_pipeline("a", tags={"pipelayer:key": THEIRS[0]})
    assert prod.get_pipeline_definition(pipelineId=theirs)["pipelineObjects"] == []
