"""What the roles of a project may reach: its folders in S3, and nothing of another group's."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipelayer.project.uploads import S3Location
from pipelayer.sandbox.iam import Demand, read_policy
from pipelayer.starter.delivery import ACTION, Delivery, Target, code_folders
from pipelayer.starter.policies import policies

PARTS = st.sampled_from(["a", "b", "ab", "code", "prod"])
LOCATIONS = st.builds(
    lambda bucket, parts: S3Location(bucket, "".join(f"{part}/" for part in parts)),
    st.sampled_from(["one", "two", "one-more"]),
    st.lists(PARTS, min_size=1, max_size=3),
)
INPUTS = st.fixed_dictionaries({name: st.lists(LOCATIONS, max_size=4) for name in ("dev", "prod")})
WORDS = {"list": "s3:ListBucket", "write": "s3:PutObject", "read": "s3:GetObject"}


def delivery(inputs: dict[str, list[S3Location]]) -> Delivery:
    folders = code_folders(inputs)
    return Delivery(
        project="acme/nightly",
        repository="acme/nightly",
        branch="main",
        account="123456789012",
        action=ACTION,
        subject="",
        folder="",
        targets=tuple(Target(group, "us-east-1", folders[group]) for group in inputs),
        roles=("Runs", "arn:aws:iam::123456789012:role/deep/On"),
    )


def allowed(policy: bytes, action: str, bucket: str, path: str) -> bool:
    arn = f"arn:aws:s3:::{bucket}"
    demand = (
        Demand(action, arn, {"s3:prefix": path})
        if action == WORDS["list"]
        else Demand(action, f"{arn}/{path}run")
    )
    return any(one.allows(demand) for one in read_policy(json.loads(policy)))


def overlap(one: S3Location, other: S3Location) -> bool:
    longer, shorter = sorted((one.prefix, other.prefix), key=len, reverse=True)
    return one.bucket == other.bucket and longer.startswith(shorter)


@given(INPUTS)
def test_a_group_reaches_its_own_folders_and_no_other_group_s(inputs: dict[str, list[S3Location]]) -> None:
    dev, prod = inputs["dev"], inputs["prod"]
    assume(not any(overlap(one, other) for one in dev for other in prod))  # Pipelayer refuses that
    found = policies(delivery(inputs))
    for own, others, name in ((dev, prod, "deploy-dev.json"), (prod, dev, "deploy-prod.json")):
        for action in WORDS.values():
            assert all(allowed(found[name], action, one.bucket, one.prefix) for one in own)
            assert not any(allowed(found[name], action, one.bucket, one.prefix) for one in others)
            assert not any(allowed(found[name], action, bucket, "") for bucket in ("one", "two", "three"))
    looking = found.get("validate-files.json", b'{"Statement": []}')
    for one in (*dev, *prod):
        assert allowed(looking, WORDS["read"], one.bucket, one.prefix)
        assert not allowed(looking, WORDS["write"], one.bucket, one.prefix)


@given(INPUTS)
def test_every_statement_has_a_name_of_its_own(inputs: dict[str, list[S3Location]]) -> None:
    for policy in policies(delivery(inputs)).values():
        names = [one["Sid"] for one in json.loads(policy)["Statement"] if "Sid" in one]
        assert len(names) == len(set(names))


def test_the_next_pipeline_beside_the_others_may_be_deployed_too() -> None:
    inputs = {"prod": [S3Location("one", "code/a/"), S3Location("one", "code/b/")], "dev": []}
    assert code_folders(inputs) == {"prod": (S3Location("one", "code/"),), "dev": ()}
    both = replace(delivery(inputs)).folders
    assert both == (S3Location("one", "code/"),)


def test_a_folder_at_the_top_of_a_bucket_opens_no_whole_bucket() -> None:
    inputs = {"prod": [S3Location("one", "a/"), S3Location("one", "b/c/")]}
    assert code_folders(inputs) == {"prod": (S3Location("one", "a/"), S3Location("one", "b/"))}


def test_the_roles_that_may_be_passed_are_those_of_the_definitions() -> None:
    (passing,) = (
        one
        for one in json.loads(policies(delivery({"prod": []}))["deploy-prod.json"])["Statement"]
        if one["Action"] == "iam:PassRole"
    )
    assert passing["Resource"] == [
        "arn:aws:iam::123456789012:role/Runs",
        "arn:aws:iam::123456789012:role/deep/On",
    ]


@pytest.mark.parametrize(
    ("named", "in_the_policy"),
    [
        ("arn:aws:secretsmanager:eu-west-1:1:secret:nightly/db-AbCdEf", True),
        ("arn:aws:secretsmanager:us-east-1:123456789012:secret:nightly/db", False),
        ("nightly/db", False),
    ],
)
def test_a_secret_is_named_as_aws_compares_it(named: str, in_the_policy: bool) -> None:
    whole = delivery({"prod": [], "dev": []})
    target = replace(whole.targets[0], secrets=(named,))
    found = policies(replace(whole, targets=(target, whole.targets[1])))
    assert "secrets-dev.json" not in found
    (statement,) = json.loads(found["secrets-prod.json"])["Statement"]
    made_up = "arn:aws:secretsmanager:us-east-1:123456789012:secret:nightly/db-??????"
    assert statement["Resource"] == (named if in_the_policy else made_up)
