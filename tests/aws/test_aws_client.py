"""Clients: how they are made, what they send along, and what they say when AWS can't be had."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aws.wire import Answer, Wire, refusal
from pipelayer.aws.client import AwsCloud, connect
from pipelayer.errors import AwsError, PipelayerError, UsageError

IDENTITY = Answer(
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def test_the_account_is_asked_once(wire: Wire) -> None:
    wire.on("POST", IDENTITY)
    cloud = wire.cloud()
    assert [cloud.account(), cloud.account()] == ["123456789012"] * 2
    assert len(wire.asked) == 1
    assert "pipelayer/" in wire.asked[0].headers["user-agent"]


def test_no_account_in_the_answer_is_an_error(wire: Wire) -> None:
    for cut in ("", "<GetCallerIdentityResponse/>", IDENTITY.content()[:60]):
        wire.on("POST", Answer(cut))
        with pytest.raises(AwsError, match="AWS's answer to GetCallerIdentity"):
            wire.cloud().account()


def test_no_region_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="region") as caught:
        connect("", {})
    assert caught.value.exit_code == 2
    assert "pipelayer.yml" in caught.value.hint


def test_connecting_imports_no_boto3() -> None:
    code = (
        "import sys; from pipelayer.aws.client import connect; "
        "from pipelayer.aws.credentials import credentials_present; connect('us-west-2', {}); "
        "credentials_present({}); print([n for n in sys.modules if n.startswith(('boto3', 'botocore'))])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_threads_share_one_client(wire: Wire) -> None:
    cloud = wire.cloud()
    with ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(lambda _: id(cloud.clients.datapipeline()), range(32)))
    assert len(set(clients)) == 1


def test_a_throttled_call_is_tried_again_by_our_clock(wire: Wire) -> None:
    wire.on("ListPipelines", refusal("ThrottlingException", "Rate exceeded"), Answer({"pipelineIdList": []}))
    assert list(wire.cloud(attempts=8).pipelines.list_pipelines()) == []
    assert wire.operations() == ["ListPipelines", "ListPipelines"]
    assert wire.clock.slept == [1.0]


def test_a_failing_server_is_tried_again(wire: Wire) -> None:
    wire.on("ListPipelines", refusal("InternalServiceError", "oops", 500), Answer({"pipelineIdList": []}))
    assert list(wire.cloud(attempts=2).pipelines.list_pipelines()) == []


def test_an_empty_ca_bundle_does_no_harm(wire: Wire) -> None:
    wire.on("POST", IDENTITY)
    environ = {**os.environ, **wire.environ(), "AWS_CA_BUNDLE": ""}
    assert ask(environ) == {"account": "123456789012"}


def test_a_session_token_travels_along(wire: Wire) -> None:
    wire.on("POST", IDENTITY)
    connect("us-west-2", {**wire.environ(), "AWS_SESSION_TOKEN": "a token"}, attempts=1).account()
    assert wire.asked[0].headers["x-amz-security-token"] == "a token"


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_nobody_at_the_endpoint(wire: Wire) -> None:
    environ = {**wire.environ(), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{closed_port()}"}
    with pytest.raises(AwsError, match="AWS can't be reached") as caught:
        connect("us-west-2", environ, attempts=1).account()
    assert "AWS_ENDPOINT_URL" in caught.value.hint


@pytest.mark.parametrize(
    ("region", "endpoint", "message"),
    [("us-west-2", "nonsense", "Invalid endpoint: nonsense"), ("us west\n2", "", "region can't be used")],
)
def test_settings_that_no_client_can_be_made_from(region: str, endpoint: str, message: str) -> None:
    environ = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": endpoint}
    with pytest.raises(AwsError, match=message) as caught:
        connect(region, environ).account()
    assert caught.value.hint


ASK = """
import json, os
from pipelayer.aws.client import connect
from pipelayer.errors import PipelayerError
try:
    print(json.dumps({"account": connect("us-west-2", os.environ, attempts=1).account()}))
except PipelayerError as error:
    print(json.dumps({"message": error.message, "hint": error.hint}))
"""


def ask(environ: dict[str, str]) -> dict[str, str]:
    """What a process with this environment is told when it asks for its account."""
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environ, capture_output=True, text=True, check=True
    )
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


def bare(home: Path, **settings: str) -> dict[str, str]:
    """An environment in which nobody has set anything for AWS."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true", **settings}


def test_no_credentials(tmp_path: Path) -> None:
    told = ask(bare(tmp_path, GITHUB_ACTIONS="true"))
    assert told["message"] == "There are no AWS credentials."
    assert "configure-aws-credentials" in told["hint"]
    assert "aws-profile" in told["hint"]


def test_no_credentials_on_a_laptop(tmp_path: Path) -> None:
    """Nobody runs an action there."""
    told = ask(bare(tmp_path))
    assert told["message"] == "There are no AWS credentials."
    assert "AWS_PROFILE" in told["hint"]
    assert "action" not in told["hint"]


def test_half_of_a_key(tmp_path: Path) -> None:
    told = ask(bare(tmp_path, AWS_ACCESS_KEY_ID="AKIDEXAMPLE"))
    assert told["message"].startswith("The AWS credentials are incomplete")


def test_a_profile_that_this_container_cannot_see(tmp_path: Path) -> None:
    told = ask(bare(tmp_path, AWS_PROFILE="deployer", GITHUB_ACTIONS="true"))
    assert "deployer" in told["message"]
    assert "aws-profile" in told["hint"]


def test_a_file_of_the_settings_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "token")
    told = ask(bare(tmp_path, AWS_ROLE_ARN="arn:aws:iam::1:role/r", AWS_WEB_IDENTITY_TOKEN_FILE=missing))
    assert told["message"] == f"A file of the AWS settings isn't there: {missing}."
    assert "takes no relative path" in told["hint"]


def test_settings_that_are_no_settings(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("no section here\n")
    told = ask(bare(tmp_path))
    assert told["hint"]


WITH_ID = {"x-amz-meta-pipelayer-blob": "abc", "x-amz-server-side-encryption": "aws:kms"}
"""Of an object whose ETag says nothing."""


def test_an_s3_address_holds_the_bucket_in_its_path(wire: Wire) -> None:
    wire.on("HEAD", Answer(headers=WITH_ID))
    assert wire.cloud().bucket.content_id("my.bucket", "a/b") == "abc"
    assert wire.asked[0].path == "/my.bucket/a/b"


def says(wire: Wire, answer: Answer, cloud: AwsCloud | None = None) -> PipelayerError:
    """What listing pipelines is told when AWS answers so."""
    wire.on("ListPipelines", answer)
    with pytest.raises(AwsError) as caught:
        (cloud or wire.cloud()).pipelines.list_pipelines()
    assert caught.value.operation == "ListPipelines"
    return caught.value


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
def test_expired_credentials(wire: Wire, code: str) -> None:
    told = says(wire, refusal(code, "The security token included in the request is expired"))
    assert "have expired" in told.message
    assert "configure-aws-credentials" in told.hint


@pytest.mark.parametrize(
    "code", ["InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"]
)
def test_credentials_that_aws_does_not_know(wire: Wire, code: str) -> None:
    told = says(wire, refusal(code, "The security token included in the request is invalid."))
    assert told.message.startswith("AWS doesn't accept these credentials")
    assert told.hint


def test_a_denied_call_names_the_action_to_allow(wire: Wire) -> None:
    told = says(wire, refusal("AccessDeniedException", "User: arn:aws:iam::1:user/x may not"))
    assert told.hint == "Allow `datapipeline:ListPipelines` in the role's policy."


def test_a_denied_write_also_names_the_condition_that_may_be_the_reason(wire: Wire) -> None:
    words = "User: x is not authorized to perform: datapipeline:AddTags on resource: y"
    hint = says(wire, refusal("AccessDeniedException", words)).hint
    assert hint.startswith("Allow `datapipeline:AddTags` in the role's policy. If it is there, ")
    assert "`pipelayer:key`" in hint


def test_a_denied_pass_role_names_it(wire: Wire) -> None:
    words = "User: x is not authorized to perform: iam:PassRole on resource: y"
    assert "`iam:PassRole`" in says(wire, refusal("AccessDeniedException", words)).hint


def test_throttling_to_the_end(wire: Wire) -> None:
    told = says(wire, refusal("ThrottlingException", "Rate exceeded"), wire.cloud(attempts=8))
    assert told.message == "AWS still throttles ListPipelines after every retry (ThrottlingException)."
    assert told.hint == (
        "AWS has taken no such call for 5 minutes: something else uses up the account's limit. "
        "Run the same command again: what is done already is not done twice."
    )
    assert sum(wire.clock.slept) == len(wire.asked) - 1 == 5 * 60


def test_throttling_of_s3_is_left_to_its_client(wire: Wire) -> None:
    wire.on("HEAD", Answer(status=503), Answer(headers=WITH_ID))
    assert wire.cloud(attempts=2).bucket.content_id("bucket", "key") == "abc"
    assert wire.clock.slept == []


def test_the_opaque_answer_of_put_gets_the_usual_reasons(wire: Wire) -> None:
    words = "Could not save the pipeline definition due to FATAL errors: [com.amazon.setl.ValidationError@1]"
    assert "an empty field" in says(wire, refusal("InvalidRequestException", words)).hint


def test_a_quota_is_called_one(wire: Wire) -> None:
    words = "Web service limit exceeded: Exceeded number of pipelines allowed for the account"
    assert "quota" in says(wire, refusal("InvalidRequestException", words)).hint


def test_a_request_that_cannot_be_sent_does_not_show_its_values(wire: Wire) -> None:
    with pytest.raises(AwsError) as caught:
        wire.cloud().pipelines.add_tags("df-1", {"key": 12345})  # type: ignore[dict-item]
    assert "12345" not in caught.value.message
    assert "tags[0].value" in caught.value.message
    assert wire.asked == []
