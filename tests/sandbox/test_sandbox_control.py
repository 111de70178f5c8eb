"""The control API over HTTP, the server as a process, and the app beside AWS."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import boto3
import pytest

from pipelayer.sandbox import Sandbox


@pytest.fixture
def ask(sandbox):
    return lambda path, body=None: request(sandbox.url, path, body)


def request(url, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{url}/_sandbox/{path}", data)) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)["error"]


def test_a_pipeline_from_seed_to_deletion(ask, define):
    assert ask("set-time", {"at": "2026-02-01T12:00:00"}) == "2026-02-01T12:00:00+00:00"
    pipeline_id = ask(
        "seed-pipeline",
        {"name": "a", "tags": {"k": "v"}, "objects": define(), "activate": True, "region": "eu-west-1"},
    )
    [one] = ask("pipelines?region=eu-west-1")
    assert (one["id"], one["state"], one["tags"]) == (pipeline_id, "SCHEDULED", {"k": "v"})
    assert ask("pipelines?region=us-east-1") == []
    assert ask("advance", {"seconds": 28 * 86400}) == "2026-03-01T12:00:00+00:00"
    [one] = ask("pipelines")
    assert [run["kind"] for run in one["runs"]] == ["scheduled"]
    assert ask("save", {"pipeline_id": pipeline_id, "objects": define(Job={"command": None})}) is True
    ask("pause", {"pipeline_id": pipeline_id})
    assert ask("pipelines")[0]["state"] == "INACTIVE"
    ask("delete", {"pipeline_id": pipeline_id})
    assert ask("pipelines") == []
    assert [event["state"] for event in ask("events") if event["kind"] == "state"] == [
        "SCHEDULED",
        "DEACTIVATING",
        "INACTIVE",
        "DELETING",
        "DELETED",
    ]
    assert ask("calls") == []
    assert [gap["subject"] for gap in ask("gaps")] == ["a"]


def test_settings_switches_and_faults(ask, sandbox, connect, refusal):
    assert ask("configure", {"max_pipelines": 3, "run_seconds": None})["max_pipelines"] == 3
    switches = ask("switch", {"secret_fields": "omitted", "list_lag_calls": 1})["switches"]
    assert (switches["secret_fields"], switches["list_lag_calls"]) == ("omitted", 1)
    ask(
        "fault",
        {"operation": "ListPipelines", "kind": "error", "when": "before", "code": "InvalidRequestException"},
    )
    assert refusal(connect("datapipeline").list_pipelines)[0] == "InvalidRequestException"
    ask("throttle", {"burst": 0})
    assert refusal(connect("datapipeline").list_pipelines)[0] == "ThrottlingException"
    ask("stop-throttling", {})
    ask("allow-only", {"access_key": "AKIASANDBOX", "actions": ["s3:*"]})
    assert refusal(connect("datapipeline").list_pipelines)[0] == "AccessDeniedException"
    assert [call["code"] for call in ask("calls?service=datapipeline")] == [
        "InvalidRequestException",
        "ThrottlingException",
        "AccessDenied",
    ]
    ask("create-bucket", {"name": "bucket"})
    connect("s3").put_object(Bucket="bucket", Key="a", Body=b"")
    assert ask("create-secret", {"name": "n", "value": "v"}).startswith("arn:aws:secretsmanager:")
    ask("reset", {})
    assert (ask("calls"), ask("settings")["max_pipelines"]) == ([], 100)


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("dance", {}, "unknown verb 'dance'"),
        ("nothing", None, "there is no 'nothing'"),
        ("configure", {"max_pipelines": "many"}, "ValueError"),
        ("configure", {"colour": 1}, "unknown: colour"),
        ("configure", {"seed": [1]}, "[1] is not"),
        ("switch", {"secret_fields": "gone"}, "'gone' is not a valid SecretFields"),
        ("pause", {}, "pipeline_id must be a string"),
        ("pause", {"pipeline_id": "df-NONE"}, "KeyError"),
        ("advance", {"seconds": "x"}, "seconds must be a number"),
        ("set-time", {"at": "noon"}, "ValueError"),
        ("seed-pipeline", {"name": "a", "activate": True}, "Refusal"),
        ("allow-only", {"access_key": "a", "actions": "all"}, "actions must be a list"),
        ("attach-policy", {"access_key": "a", "policy": "all"}, "policy must be an object"),
        (
            "attach-policy",
            {"access_key": "a", "policy": {"Statement": {"Effect": "Deny"}}},
            "statements that Allow",
        ),
    ],
)
def test_a_wrong_request_says_so(ask, path, body, message):
    assert message in ask(path, body)


def test_nothing_is_mounted_at_first(sandbox):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{sandbox.url}/github/user")
    with caught.value as error:
        assert error.code == 404


def test_another_app_is_mounted_under_github():
    def app(environ, start_response):
        start_response("201 Created", [("Content-Type", "text/plain")])
        return [f"{environ['SCRIPT_NAME']} {environ['PATH_INFO']} ".encode(), environ["wsgi.input"].read()]

    with Sandbox(github=app) as sandbox:
        asked = urllib.request.Request(f"{sandbox.url}/github/repos/a/b?x=1", b"body", method="PATCH")
        with urllib.request.urlopen(asked) as response:
            assert (response.status, response.read()) == (201, b"/github /repos/a/b body")
        assert sandbox.calls() == []
        assert sandbox.github_environment()["GITHUB_API_URL"] == f"{sandbox.url}/github"


def test_it_runs_only_while_it_runs():
    sandbox = Sandbox()
    with sandbox:
        url = sandbox.url
        assert request(url, "calls") == []
        sandbox.create_bucket("bucket", "eu-west-1")
    with sandbox:
        sandbox.create_bucket("bucket", "eu-west-1")
    with pytest.raises(urllib.error.URLError):
        request(url, "calls")
    with pytest.raises(RuntimeError):
        assert sandbox.url


def test_as_a_process(tmp_path):
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "pipelayer.sandbox"),
            *("--account", "111122223333", "--region", "eu-west-1", "--host", "127.0.0.2"),
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    lines = []
    while not (line := process.stdout.readline()).startswith("# control API: "):
        lines.append(line.strip())
        assert line
    exported = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    assert exported["AWS_REGION"] == "eu-west-1"
    assert exported["AWS_ENDPOINT_URL"].startswith("http://127.0.0.2:")
    assert exported["GITHUB_API_URL"] == f"{exported['AWS_ENDPOINT_URL']}/github"
    asked = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | exported
    answer = subprocess.run(
        [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "111122223333"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    process.stdout.close()


def test_it_can_listen_where_a_container_finds_it_and_only_there():
    with Sandbox(host="127.0.0.2") as sandbox:
        assert sandbox.url.startswith("http://127.0.0.2:")
        sandbox.create_bucket("bucket", "eu-west-1")
        s3 = boto3.client(
            "s3",
            endpoint_url=sandbox.url,
            region_name="eu-west-1",
            aws_access_key_id="AKIASANDBOX",
            aws_secret_access_key="sandbox",
        )
        s3.put_object(Bucket="bucket", Key="a/b", Body=b"1")
        assert [each["Key"] for each in s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["a/b"]
        port = sandbox.url.rpartition(":")[2]
        with pytest.raises(urllib.error.URLError):
            request(f"http://127.0.0.1:{port}", "calls")


def test_the_sandbox_imports_nothing_of_the_product():
    code = (
        "import sys, pipelayer.sandbox.server, pipelayer.sandbox.serving\n"
        "print([name for name in sys.modules if name.startswith('pipelayer.') and "
        "not name.startswith('pipelayer.sandbox')], 'moto' in sys.modules, 'boto3' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[] False False"


def test_fates_and_results_over_http(ask, define):
    ask("set-time", {"at": "2026-02-01T12:00:00"})
    pipeline_id = ask("seed-pipeline", {"name": "a", "objects": define(), "activate": True})
    fate = {"pipeline_id": pipeline_id, "object_id": "Job", "status": "RUNNING"}
    assert ask("fate", fate) is None
    ask("set-time", {"at": "2026-03-01T12:00:00"})
    seen = [ask("pipelines")[0]["runs"][0]["status"]]
    assert ask("complete-runs", {"pipeline_id": pipeline_id, "status": "FAILED"}) == 1
    assert [*seen, ask("pipelines")[0]["runs"][0]["status"]] == ["RUNNING", "FAILED"]
    assert "no object 'Jobb'" in ask("fate", {**fate, "object_id": "Jobb"})
    assert "CASCADE_FAILED" in ask("fate", {**fate, "status": "CASCADE_FAILED"})
    assert "bool" in ask("fate", {**fate, "ends": "no"})
