"""The sandbox as IAM: what a call demands, and how a policy is read."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from pipelayer.sandbox.iam import Demand, read_policy

ROLE = "AKIAROLE"
PASS = "iam:PassRole"
TAG = "aws:ResourceTag/team"
NAMED = {"role": "arn:aws:iam::123456789012:role/own", "resourceRole": "machines"}


def statement(action, resource="*", **condition):
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}


def allows(one, action, resource="*", **context):
    document = {"Version": "2012-10-17", "Statement": one}
    demand = Demand(action, resource, {key.replace("_", ":"): value for key, value in context.items()})
    return any(found.allows(demand) for found in read_policy(document))


def test_a_star_stands_for_anything_and_a_question_mark_for_one_character():
    assert allows(statement("s3:get*"), "s3:GetObject", "arn:aws:s3:::a/b")
    assert not allows(statement("s3:Get*"), "s3:PutObject")
    assert allows(statement("s3:*", "arn:aws:s3:::a/c?de/*"), "s3:GetObject", "arn:aws:s3:::a/code/x\ny")
    assert not allows(statement("s3:*", "arn:aws:s3:::a/code/*"), "s3:GetObject", "arn:aws:s3:::a/code")
    assert not allows(statement("s3:*", "arn:aws:s3:::a/[c]ode"), "s3:GetObject", "arn:aws:s3:::a/code")
    assert not allows(statement("s3:*", "arn:aws:s3:::a"), "s3:ListAllMyBuckets")
    assert allows([statement("a:b"), statement(["c:d", "e:f"], ["x", "y"])], "e:f", "y")


@pytest.mark.parametrize(
    ("operator", "value", "given", "absent"),
    [
        ("StringEquals", "in/*", False, False),
        ("StringEquals", ["x", "in/a"], True, False),
        ("StringLike", "in/*", True, False),
        ("StringLikeIfExists", "in/*", True, True),
        ("StringEqualsIfExists", "in/*", False, True),
    ],
)
def test_a_condition_compares_what_is_asked_and_says_what_absence_means(operator, value, given, absent):
    one = statement("s3:ListBucket", **{operator: {"s3:prefix": value}})
    assert allows(one, "s3:ListBucket", s3_prefix="in/a") is given
    assert allows(one, "s3:ListBucket") is absent


def test_condition_keys_are_the_same_however_they_are_written():
    (one,) = read_policy({"Statement": statement("s3:x", StringEquals={"aws:ResourceTag/Team": "data"})})
    assert one.allows(Demand("s3:x", context={"aws:resourcetag/team": "data"}))
    both = {"aws:ResourceTag/team": "data", "aws:ResourceTag/TEAM": "others"}
    assert not one.allows(Demand("s3:x", context=both))


def test_all_conditions_must_hold():
    one = statement("a:b", StringLike={"a:one": "x*", "a:two": "y"}, StringEquals={"a:three": "z"})
    assert allows(one, "a:b", a_one="xx", a_two="y", a_three="z")
    for wrong in ({"a_one": "y"}, {"a_two": "x"}, {"a_three": "x"}):
        assert not allows(one, "a:b", **({"a_one": "xx", "a_two": "y", "a_three": "z"} | wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        statement("s3:*") | {"Effect": "Deny"},
        statement("s3:*") | {"NotAction": "s3:*"},
        {"Effect": "Allow", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*"},
        {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity"},
        statement("s3:*", Bool={"aws:SecureTransport": "true"}),
        statement("s3:*", StringEquals=["s3:prefix"]),
        statement("s3:*", StringEquals=5),
        statement("s3:*", StringEquals={"s3:prefix": {"in": "/"}}),
        statement([None]),
        statement("s3:*") | {"Condition": [{"StringEquals": {"s3:prefix": "in/"}}]},
        statement("s3:*") | {"Condition": 5},
        "s3:*",
    ],
)
def test_what_it_does_not_evaluate_it_says(wrong):
    with pytest.raises(ValueError, match="the sandbox evaluates"):
        read_policy({"Statement": [wrong]})


# ---- what calls demand


@pytest.fixture
def allow(sandbox):
    """Attaches a policy with these statements to a role that may do nothing else."""
    return lambda *statements: sandbox.attach_policy(ROLE, {"Statement": list(statements)})


def demanded(sandbox):
    return sorted(set(sandbox.calls()[-1].actions))


def test_a_definition_needs_its_roles_passed(sandbox, connect, define, refusal, allow):
    role, machines = "arn:aws:iam::123456789012:role/own", "arn:aws:iam::123456789012:role/machines"
    made = sandbox.seed_pipeline("a", objects=define(Default=NAMED))
    aws = connect("datapipeline", access_key=ROLE)
    put = {"pipelineId": made, "pipelineObjects": define(Default=NAMED)}
    calls = [
        (aws.put_pipeline_definition, put),
        (aws.validate_pipeline_definition, put),
        (aws.activate_pipeline, {"pipelineId": made}),
    ]
    taker = "iam:PassedToService"
    allow(
        statement("datapipeline:*"), statement(PASS, role, StringEquals={taker: "datapipeline.amazonaws.com"})
    )
    for call, given in calls:
        code, message = refusal(call, **given)
        assert code == "AccessDeniedException"
        assert message.endswith(f"not authorized to perform: {PASS} on resource: {machines}")
    allow(statement(PASS, machines, StringEquals={taker: "ec2.amazonaws.com"}))
    for call, given in calls:
        call(**given)
        assert PASS in demanded(sandbox)
    cluster = define(Default=NAMED, Cluster={"type": "EmrCluster", "terminateAfter": "1 hour"})
    assert refusal(aws.put_pipeline_definition, pipelineId=made, pipelineObjects=cluster)[1].endswith(role)


def test_a_role_may_be_a_parameter(sandbox, connect, define, refusal, allow):
    allow(statement("datapipeline:*"))
    made = sandbox.seed_pipeline("a")
    objects = define(Default={"role": "#{myRole}", "resourceRole": None})
    parameters = [{"id": "myRole", "attributes": [{"key": "default", "stringValue": "given"}]}]
    call = connect("datapipeline", access_key=ROLE).validate_pipeline_definition
    message = refusal(call, pipelineId=made, pipelineObjects=objects, parameterObjects=parameters)[1]
    assert message.endswith("role/given")


def test_pipelines_are_known_by_their_tags_and_arns(sandbox, connect, refusal, allow):
    ours, theirs = (sandbox.seed_pipeline("a", tags={"team": one}) for one in ("data", "web"))
    aws = connect("datapipeline", access_key=ROLE)
    allow(statement("datapipeline:DescribePipelines", StringEquals={TAG: "data"}))
    aws.describe_pipelines(pipelineIds=[ours])
    assert refusal(aws.describe_pipelines, pipelineIds=[ours, theirs])[1].endswith(theirs)
    arn = f"arn:aws:datapipeline:us-east-1:123456789012:pipeline/{theirs}"
    assert refusal(aws.delete_pipeline, pipelineId=theirs)[1].endswith(f"DeletePipeline on resource: {arn}")
    allow(statement("datapipeline:DeletePipeline", arn))
    aws.delete_pipeline(pipelineId=theirs)


def test_objects_are_known_one_by_one(sandbox, connect, refusal, allow):
    sandbox.create_bucket("shelf")
    s3 = connect("s3", access_key=ROLE)
    allow(
        statement("s3:ListBucket", "arn:aws:s3:::shelf", StringLike={"s3:prefix": "in/*"}),
        statement(["s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::shelf/in/*"),
    )
    s3.put_object(Bucket="shelf", Key="in/a", Body=b"1")
    s3.list_objects_v2(Bucket="shelf", Prefix="in/")
    assert refusal(s3.list_objects_v2, Bucket="shelf")[0] == "AccessDenied"
    both = {"Objects": [{"Key": "in/a"}, {"Key": "out/a & b"}]}
    message = refusal(s3.delete_objects, Bucket="shelf", Delete=both)[1]
    assert message.endswith("s3:DeleteObject on resource: arn:aws:s3:::shelf/out/a & b")
    assert sandbox.objects("shelf") == {"in/a": b"1"}
    assert refusal(s3.get_object, Bucket="shelf", Key="in/a")[0] == "AccessDenied"


def test_a_bucket_with_a_key_of_its_own_needs_the_key(sandbox, connect, refusal, allow):
    sandbox.create_bucket("shelf")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "own"}}
    connect("s3").put_bucket_encryption(Bucket="shelf", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3 = connect("s3", access_key=ROLE)
    allow(statement("s3:*"))
    message = refusal(s3.put_object, Bucket="shelf", Key="a", Body=b"1")[1]
    assert message.endswith("kms:GenerateDataKey on resource: arn:aws:kms:us-east-1:123456789012:key/own")
    allow(statement("kms:GenerateDataKey", StringEquals={"kms:ViaService": "s3.us-east-1.amazonaws.com"}))
    s3.put_object(Bucket="shelf", Key="a", Body=b"1")
    assert demanded(sandbox) == ["kms:GenerateDataKey", "s3:PutObject"]


def test_secrets_are_known_by_name_or_arn(sandbox, connect, refusal, allow):
    arn = sandbox.create_secret("team/one", "x")
    sandbox.create_secret("other", "x")
    allow(
        statement(
            "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:team/*"
        )
    )
    secrets = connect("secretsmanager", access_key=ROLE)
    for name in (arn, "team/one"):
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "x"
    assert refusal(secrets.get_secret_value, SecretId="other")[0] == "AccessDeniedException"


def test_who_one_is_needs_no_permission(connect, allow):
    allow()
    assert connect("sts", access_key=ROLE).get_caller_identity()["Account"] == "123456789012"


def attach(sandbox, policy):
    body = json.dumps({"access_key": ROLE, "policy": policy}).encode()
    urllib.request.urlopen(f"{sandbox.url}/_sandbox/attach-policy", body).close()


def test_a_policy_that_is_sent_counts_beside_those_before(sandbox, connect, refusal):
    attach(sandbox, {"Statement": statement("datapipeline:ListPipelines")})
    aws = connect("datapipeline", access_key=ROLE)
    aws.list_pipelines()
    assert refusal(aws.create_pipeline, name="a", uniqueId="1")[0] == "AccessDeniedException"
    attach(sandbox, {"Statement": statement("datapipeline:CreatePipeline")})
    aws.create_pipeline(name="a", uniqueId="1")
    aws.list_pipelines()


def test_a_policy_that_is_not_evaluated_is_a_bad_request(sandbox, connect):
    trust = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity"}
    with pytest.raises(urllib.error.HTTPError) as caught:
        attach(sandbox, {"Statement": trust})
    assert caught.value.code == 400
    assert "not who may assume it" in caught.value.read().decode()
    connect("datapipeline", access_key=ROLE).list_pipelines()
