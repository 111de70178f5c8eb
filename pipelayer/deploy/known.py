"""The secrets of a run: each read once, none ever shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from threading import Lock
from urllib.parse import quote

from pipelayer.definition.flat import Definition, SecretSource, secrets_of
from pipelayer.definition.secrecy import used_by_secrets
from pipelayer.deploy.ports import Secrets

_SHORTEST = 4
"""Hiding a shorter text would blot out half of every message, and betray it that way."""

_HIDDEN = "***"


class WrittenSecrets:
    """The secrets that are written in the files. `hide` takes every known one out of a text."""

    def __init__(self) -> None:
        self._shapes: set[str] = set()
        self._lock = Lock()

    def learn(self, definition: Definition) -> None:
        """Secrets that are written in the files are none to be shown either."""
        written = {
            value
            for values in secrets_of(definition).values()
            for value in values
            if isinstance(value, str) and not value.startswith("#{")  # only the name of one
        }
        given = {**definition.defaults, **definition.values}
        written |= {
            text for name in used_by_secrets(definition) if name in given for text in given[name].texts
        }
        with self._lock:
            for value in written:
                self._shapes.update(_shapes(value))

    def hide(self, text: str) -> str:
        """The text without any secret that is known."""
        with self._lock:
            shapes = sorted(self._shapes, key=len, reverse=True)
        for shape in shapes:
            text = text.replace(shape, _HIDDEN)
        return text


class KnownSecrets(WrittenSecrets):
    """Reads secrets through `source`, however many pipelines use one, and keeps them only as long as the run.

    AWS may quote a value in a refusal: `hide` takes every known one out of a text. `tell` hears each value
    that is read, so that a log can mask it. Used by several threads.
    """

    def __init__(self, source: Secrets, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._source = source
        self._tell = tell
        self._read: dict[SecretSource, str] = {}

    def read(self, source: SecretSource) -> str:
        """The secret's value. Raises PipelayerError where it can't be had."""
        with self._lock:
            if source not in self._read:
                value = self._read[source] = self._source.read(source)
                self._shapes.update(_shapes(value))
                self._tell(value)
            return self._read[source]


def _shapes(value: str) -> Iterator[str]:
    """How a message may quote a value: as it is, line by line, on one line, or escaped in one of the usual
    ways.
    """
    written = json.dumps(value)[1:-1]
    plain = json.dumps(value, ensure_ascii=False)[1:-1]
    one_line = " ".join(value.split())
    shapes = (value, written, plain, repr(value)[1:-1], quote(value), quote(value, safe=""), one_line)
    yield from (shape for shape in (*shapes, *map(str.strip, value.splitlines())) if len(shape) >= _SHORTEST)
