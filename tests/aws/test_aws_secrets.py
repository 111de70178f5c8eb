"""Secrets are read where they lie, and told to nobody."""

from __future__ import annotations

import json

import pytest

from aws.wire import Answer, Wire, refusal
from pipelayer.aws.client import connect
from pipelayer.definition.flat import SecretKind, SecretSource
from pipelayer.errors import AwsError, PipelayerError, UsageError

ARN = "arn:aws:secretsmanager:us-west-2:123456789012:secret:db-AbCdEf"


def from_environment(name: str) -> SecretSource:
    return SecretSource(SecretKind.ENV, name)


def from_manager(name: str) -> SecretSource:
    return SecretSource(SecretKind.SECRETS_MANAGER, name)


def test_a_variable_holds_it() -> None:
    assert connect("us-west-2", {"DB": "hunter2"}).secrets.read(from_environment("DB")) == "hunter2"


@pytest.mark.parametrize(("environ", "word"), [({}, "not set"), ({"DB": ""}, "empty")])
def test_a_variable_that_holds_nothing_is_named(environ: dict[str, str], word: str) -> None:
    for where, told in (({"GITHUB_ACTIONS": "true"}, "DB: ${{ secrets.DB }}"), ({}, "in your shell")):
        with pytest.raises(UsageError, match=f"DB, which is {word}") as caught:
            connect("us-west-2", {**environ, **where}).secrets.read(from_environment("DB"))
        assert told in caught.value.hint


def test_secrets_manager_holds_it(wire: Wire) -> None:
    wire.on("GetSecretValue", Answer({"SecretString": "hunter2"}))
    assert wire.cloud().secrets.read(from_manager(ARN)) == "hunter2"
    assert wire.asked[0].json == {"SecretId": ARN}


def test_an_arn_of_another_region_is_asked_there(wire: Wire) -> None:
    wire.on("GetSecretValue", Answer({"SecretString": "hunter2"}))
    wire.cloud().secrets.read(from_manager(ARN.replace("us-west-2", "eu-west-1")))
    assert "/eu-west-1/secretsmanager/" in wire.asked[0].headers["authorization"]


def test_one_key_of_a_json_secret(wire: Wire) -> None:
    wire.on("GetSecretValue", Answer({"SecretString": json.dumps({"password": "hunter2"})}))
    assert wire.cloud().secrets.read(from_manager(f"{ARN}#password")) == "hunter2"
    assert wire.asked[0].json == {"SecretId": ARN}


@pytest.mark.parametrize(
    "text", ["hunter2", '["hunter2"]', '{"other": "hunter2"}', '{"password": {"a": "hunter2"}}']
)
def test_a_key_that_is_not_there_does_not_tell_the_secret(wire: Wire, text: str) -> None:
    wire.on("GetSecretValue", Answer({"SecretString": text}))
    with pytest.raises(PipelayerError, match="under the key `password`") as caught:
        wire.cloud().secrets.read(from_manager(f"{ARN}#password"))
    assert "hunter2" not in f"{caught.value.message}{caught.value.hint}{caught.value.__cause__}"


def test_a_binary_secret_is_refused(wire: Wire) -> None:
    wire.on("GetSecretValue", Answer({"SecretBinary": "aHVudGVyMg=="}))
    with pytest.raises(AwsError, match="holds no text"):
        wire.cloud().secrets.read(from_manager(ARN))


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_a_secret_that_cannot_be_had_is_named(wire: Wire, code: str) -> None:
    wire.on("GetSecretValue", refusal(code, "no"))
    with pytest.raises(AwsError, match="secret `arn:aws:secretsmanager") as caught:
        wire.cloud().secrets.read(from_manager(ARN))
    assert caught.value.code == code
    assert caught.value.hint
