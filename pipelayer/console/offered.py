"""Commands as somebody types them for this project: what a hint or the daily look offers to do next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from pipelayer.model import Key


@dataclass(frozen=True)
class Commands:
    """They begin with `begin` (`pipelayer -C nightly`) and end in `options` (`--config other.yml`), as the
    command that offers them did, so that they find the same project. `groups`: it has several.
    """

    begin: str = "pipelayer"
    options: tuple[str, ...] = ()
    groups: bool = False

    def __call__(self, verb: str, key: Key, *flags: str) -> str:
        """A command about one pipeline."""
        return self.typed(verb, shlex.quote(key.directory), *self._group(key), *flags)

    def whole_group(self, verb: str, key: Key, *flags: str) -> str:
        """A command about all pipelines of this one's group."""
        return self.typed(verb, *self._group(key), *flags)

    def _group(self, key: Key) -> tuple[str, ...]:
        return ("--group", shlex.quote(key.group)) if self.groups else ()

    def typed(self, verb: str, *words: str) -> str:
        """Any command."""
        return " ".join([self.begin, verb, *words, *self.options])
