"""What somebody has to look at before an import is committed."""

from __future__ import annotations

import pytest

from pipelayer.definition.flat import Definition, Field, PipelineObject
from pipelayer.importer.hiding import open_secrets


def found(key: str, text: str) -> list[str]:
    given = {"values": {key: Field((text,))}} if key.startswith("my") else {}
    fields = {} if given else {key: Field((text,))}
    return list(open_secrets(Definition((PipelineObject("Job", "Job", fields),), (), **given)))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("command", "AWS_SECRET_ACCESS_KEY=abcdefgh aws s3 ls"),
        ("command", "aws configure set aws_access_key_id AKIAABCDEFGHIJKLMNOP"),
        ("command", "mysql --password hunter2"),
        ("connectionString", "jdbc:mysql://db/x?user=u&password=hunter2"),
        ("password", "hunter2"),
        ("myDbPassword", "hunter2"),
    ],
)
def test_what_looks_like_a_secret_is_named_and_not_shown(key: str, text: str) -> None:
    (place,) = found(key, text)
    assert place in (key, f"Job.{key}")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("command", "echo hello"),
        ("command", "mysql --password '#{*myPassword}'"),
        ("command", "./rotate-secrets.sh"),
        ("*password", "hunter2"),
        ("*myPassword", "hunter2"),
        ("password", "#{*myPassword}"),
    ],
)
def test_what_is_kept_as_a_secret_or_is_none_is_not(key: str, text: str) -> None:
    assert found(key, text) == []
