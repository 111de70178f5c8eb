"""No secret is shown, however a message quotes it."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from pipelayer.definition.flat import Definition, Field, PipelineObject, SecretKind, SecretSource
from pipelayer.deploy.known import KnownSecrets

SECRET = 'first "line"\n  second/line & more'


class Store:
    """Fulfils `ports.Secrets` with one secret."""

    def __init__(self) -> None:
        self.asked = 0

    def read(self, source: SecretSource) -> str:
        self.asked += 1
        return SECRET


@pytest.mark.parametrize(
    "quoted",
    [
        SECRET,
        json.dumps(SECRET),
        repr(SECRET),
        quote(SECRET),
        quote(SECRET, safe=""),
        " ".join(SECRET.split()),
        "second/line & more",
    ],
)
def test_a_secret_is_hidden_however_it_is_quoted(quoted: str) -> None:
    secrets = KnownSecrets(Store(), lambda value: None)
    secrets.read(SecretSource(SecretKind.ENV, "X"))
    hidden = secrets.hide(f"AWS says: {quoted}.")
    assert hidden.startswith("AWS says: ")
    assert "second" not in hidden


def test_each_secret_is_read_and_told_once() -> None:
    told: list[str] = []
    store = Store()
    secrets = KnownSecrets(store, told.append)
    source = SecretSource(SecretKind.SECRETS_MANAGER, "arn")
    assert [secrets.read(source), secrets.read(source)] == [SECRET, SECRET]
    assert (store.asked, told) == (1, [SECRET])


def test_what_is_written_in_the_files_is_hidden_too() -> None:
    secrets = KnownSecrets(Store(), lambda value: None)
    database = PipelineObject("Db", "Db", {"*password": Field(("hunter22",)), "username": Field(("shop",))})
    secrets.learn(Definition((database,), (), {}))
    assert secrets.hide("user shop, password hunter22") == "user shop, password ***"
