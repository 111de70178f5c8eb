"""What a stand-in for AWS is asked and answers: each operation as a test says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipelayer.aws.client import AwsCloud, connect
from pipelayer.aws.datapipeline import RolePatience
from pipelayer.aws.pace import Pace
from support.fakes import FakeClock


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def operation(self) -> str:
        """The operation of a JSON protocol, "" for S3."""
        return self.headers.get("x-amz-target", "").rpartition(".")[2]

    @property
    def json(self) -> dict[str, object]:
        document: dict[str, object] = json.loads(self.body)
        return document


@dataclass(frozen=True)
class Answer:
    """One response. A `str` or `bytes` body goes out as it is, anything else as JSON."""

    body: object = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        match self.body:
            case bytes():
                return self.body
            case str():
                return self.body.encode()
            case _:
                return json.dumps(self.body).encode()


def refusal(code: str, message: str, status: int = 400) -> Answer:
    """An error of the JSON protocol."""
    return Answer({"__type": code, "message": message}, status)


Handler = Callable[[Asked], Answer]


@dataclass
class Wire:
    """Each operation's answers in order; the last one is given again for ever."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[Answer | Handler]] = field(default_factory=dict)
    clock: FakeClock = field(default_factory=FakeClock)

    def on(self, operation: str, *answers: Answer | Handler) -> None:
        """Says what to answer. `operation` is a JSON operation's name or an HTTP method."""
        self.answers[operation] = list(answers)

    def operations(self) -> list[str]:
        """The operations that were asked for, in order."""
        return [one.operation or one.method for one in self.asked]

    def respond(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        waiting = self.answers[asked.operation or asked.method]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return answer if isinstance(answer, Answer) else answer(asked)

    def environ(self) -> dict[str, str]:
        """The settings of a step that would reach this stand-in."""
        return {
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "an example",
            "AWS_ENDPOINT_URL": self.url,
        }

    def cloud(self, patience: RolePatience | None = None, attempts: int = 1) -> AwsCloud:
        """A real client of it. One attempt: a test that wants retries says so."""
        pace = Pace(self.clock)
        return connect("us-west-2", self.environ(), pace=pace, role_patience=patience, attempts=attempts)
