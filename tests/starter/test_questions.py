"""What can be no answer to a question of `init`, and what can."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelayer.errors import UsageError
from pipelayer.starter.answers import QUESTIONS, default_bucket, default_start
from pipelayer.starter.delivery import ACTION


@pytest.mark.parametrize(
    ("option", "answer"),
    [
        ("region", "eu-north-1"),
        ("account", "12"),
        ("bucket", "s3://b"),
        ("prefix", "../up"),
        ("prefix", "logs/x"),
        ("group", "a.b,a_b"),
        ("pipeline", "a/b"),
        ("pipeline", ".."),
        ("project", "a*"),
        ("period", "5 minutes"),
        ("start", "tomorrow"),
        ("subject", 'repo:a/b",'),
        ("action", "x"),
        ("repository", "acme"),
        ("branch", "-x"),
    ],
)
def test_what_can_be_no_answer_is_refused_by_its_option(option: str, answer: str) -> None:
    with pytest.raises(UsageError, match=f"^--{option} can't be "):
        QUESTIONS[option].check(answer)


@pytest.mark.parametrize(
    ("option", "answer"),
    [
        ("bucket", default_bucket("123456789012", "us-east-1")),
        ("start", default_start(datetime(2026, 1, 31, tzinfo=UTC))),
        ("action", ACTION),
        ("group", " dev, prod "),
    ],
)
def test_what_is_offered_can_be(option: str, answer: str) -> None:
    assert QUESTIONS[option].check(answer) == answer.strip()
