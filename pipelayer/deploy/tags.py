"""The tags in which AWS itself remembers what is live.

`pipelayer:key` says whose a pipeline is, `pipelayer:state` what was last written to it, `pipelayer:writer`
which state somebody last began to bring about, `pipelayer:retired` that a successor took over,
`pipelayer:stub` marks the one pipeline per account and region that validations are asked on.

AWS has no conditional writes. A record counts only as long as it is that of the last writer: so whoever
writes later than that, and is cut short, makes it void, and no record can hide that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipelayer.model import Key

PREFIX = "pipelayer:"
KEY = "pipelayer:key"
STATE = "pipelayer:state"
WRITER = "pipelayer:writer"
RETIRED = "pipelayer:retired"
STUB = "pipelayer:stub"
STUB_NAME = "pipelayer-validation-stub"

REMOVED, UNFINISHED = "removed", "unfinished"
"""What `pipelayer:retired` holds where no successor took over."""

MOST = 10
"""Tags of one pipeline, the user's among them (AWS Data Pipeline API Reference, AddTags)."""

UNKNOWN = "?"
"""A write is under way, or was when a run ended: equal to nothing."""

NEVER = "-"
"""Never written by us: equal to nothing."""

_VERSION = "1"
_SAVED = "saved"
_MAX_VALUE = 256
_SAFE = re.compile(r"[A-Za-z0-9 +\-=._:/@]+")


def key_tag(key: Key) -> str:
    """The value of `pipelayer:key`: the key itself where a tag can hold it, else a slug of its directory and
    a hash.

    AWS tag values hold up to 256 letters, digits, spaces and `+ - = . _ : / @`.
    """
    written = str(key)
    if (
        _SAFE.fullmatch(written)
        and len(written) <= _MAX_VALUE
        and "@@" not in written
        and written == written.strip()
    ):
        return written
    digest = hashlib.sha256(written.encode("utf-8", "surrogateescape")).hexdigest()[:24]
    slug = re.sub(r"[^A-Za-z0-9._/-]+", "-", key.directory).strip("-")[:60]
    return f"{key.project}:{key.group}/{slug}@@{digest}"


def owner(tag: str) -> tuple[str, str]:
    """Project and group of a `pipelayer:key` value; `("", "")` where it isn't one."""
    project, colon, rest = tag.partition(":")
    group, slash, _ = rest.partition("/")
    return (project, group) if colon and slash else ("", "")


@dataclass(frozen=True)
class State:
    """What was last written to a pipeline: digests (or UNKNOWN, NEVER), the secrets' HMAC, the commit.

    `saved` is set on an on-demand pipeline once its definition was accepted: such a one is live without ever
    having been activated.
    """

    definition: str = NEVER
    files: str = NEVER
    secrets: str = NEVER
    commit: str = NEVER
    saved: bool = False

    @property
    def writer(self) -> str:
        """Whoever is about to record this state: no two that mean different things have the same name."""
        return hashlib.sha256(str(self).encode()).hexdigest()[:16]

    def __str__(self) -> str:
        parts = [_VERSION, self.definition, self.files, self.secrets, self.commit]
        return "/".join([*parts, _SAVED] if self.saved else parts)


def parse_state(tag: str | None) -> State:
    """A `pipelayer:state` value; what can't be read (a later version, a hand's edit) is UNKNOWN and so equals
    nothing.
    """
    if not tag:
        return State()
    parts = tag.split("/")
    if parts[0] != _VERSION or len(parts) not in (5, 6):
        return State(UNKNOWN, UNKNOWN, NEVER, NEVER)
    definition, files, secrets, commit = parts[1:5]
    return State(definition, files, secrets, commit, parts[5:] == [_SAVED])


def state_of(tags: Mapping[str, str]) -> State:
    """What a pipeline's tags say was last written to it: unknown where somebody has begun to write something
    else since.

    One without a writer is taken at its word: somebody took that tag away, and nothing else is known.
    """
    state = parse_state(tags.get(STATE))
    if STATE not in tags or tags.get(WRITER, state.writer) == state.writer:
        return state
    return replace(state, definition=UNKNOWN, files=UNKNOWN)


def same(recorded: str, desired: str) -> bool:
    """Whether a recorded digest says that `desired` is what was written."""
    return recorded == desired and recorded not in (UNKNOWN, NEVER)
