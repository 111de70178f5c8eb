"""What a pull request announced that merging would do, and what the merge did otherwise. Pure.

The announcement travels in the marker of the pull request's comment, small enough not to cost the comment
its room; who reads it back takes it for a stranger's text.
"""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from pipelayer.model import Against, Key, Kind, PipelinePlan, Report
from pipelayer.render import words

_MOST_TEXT = 2_400
"""Characters of an encoded announcement. In the marker they grow by a third: with the rest of it about 4,000,
which a comment's budget leaves to GitHub's limit.
"""

TOO_BIG = "too big"
"""What stands for an announcement that would take the comment's room."""

_MOST_BYTES = 200_000
"""Bytes that an announcement may unpack to: a few thousand bytes can be made to hold a gigabyte."""


@dataclass(frozen=True)
class Promise:
    """What a plan came to. `changes` is a digest of the places that differed from AWS, `files` one of the
    files that did; "" where nothing differed, UNKNOWN where nobody could say.
    """

    kind: Kind
    changes: str = ""
    files: str = ""


Announcement: TypeAlias = Mapping[str, Promise]
"""`GROUP/DIRECTORY` of each pipeline that was looked at, and what was promised of it."""

_UNDECIDED = {Kind.UNKNOWN, Kind.INVALID, Kind.SUPERSEDED}
_STILL = {Kind.UNCHANGED, Kind.RETAG}
_ALIKE = {
    Kind.SAVE: {Kind.SAVE, Kind.EDIT},
    Kind.EDIT: {Kind.SAVE, Kind.EDIT},
    Kind.RUN: {Kind.RUN, *_STILL},
}
"""Kinds that differ only by whether a deploy was asked to run what is on demand."""

UNKNOWN = "?"
"""Stands for a digest of what nobody could compare."""

_DIGITS = 6
"""Hex digits of a digest: by chance one in 16 million other changes looks the same."""


def announcement(report: Report) -> Announcement:
    """What the report announces. `not compared` and `invalid` are kept: they promise nothing, but the
    pipeline was spoken of.
    """
    selected = {_place(item.key): Promise(Kind.UNKNOWN) for item in report.selection.items}
    return selected | {_place(plan.key): _promise(plan) for plan in report.plan}


def _promise(plan: PipelinePlan) -> Promise:
    """What only a deploy can know, that a secret changed, is no part of it; nor are texts, which may be
    secret.
    """
    preview = plan.preview
    if preview is None or preview.against is not Against.LIVE:
        return Promise(plan.kind, UNKNOWN, UNKNOWN)
    places = [one.place for one in preview.changes if (one.before or one.after) and "*" not in one.place]
    files = [(one.path, one.before is None, one.after is None) for one in preview.files]
    return Promise(plan.kind, _digest(places), _digest(files) if preview.files_compared else UNKNOWN)


def _digest(found: Sequence[object]) -> str:
    text = json.dumps(sorted(map(repr, found))).encode("ascii")
    return sha256(text).hexdigest()[:_DIGITS] if found else ""


def encoded(announced: Announcement) -> str:
    """The announcement as printable ASCII without quotes or backslashes, `TOO_BIG` where it is too big."""
    said = {place: f"{one.kind}#{one.changes}#{one.files}" for place, one in announced.items()}
    text = json.dumps(said, separators=(",", ":"), sort_keys=True).encode("ascii")
    if len(text) > _MOST_BYTES:
        return TOO_BIG
    packed = b85encode(zlib.compress(text, 9)).decode("ascii")
    return packed if len(packed) <= _MOST_TEXT else TOO_BIG


def decoded(text: str) -> Announcement | None:
    """What `encoded` has written, None for anything else."""
    if not text or len(text) > _MOST_TEXT:
        return None
    try:
        unpacking = zlib.decompressobj()
        unpacked = unpacking.decompress(b85decode(text), _MOST_BYTES)
        if not unpacking.eof:
            return None
        found = json.loads(unpacked)
    except (ValueError, zlib.error, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    try:
        said = {name: text.split("#") for name, text in found.items()}
        return {name: Promise(Kind(kind), changes, files) for name, (kind, changes, files) in said.items()}
    except (ValueError, AttributeError):
        return None


@dataclass(frozen=True)
class Heard:
    """What the pull requests of a push have announced.

    `all_known` is false where one of them left no announcement that can be read, `too_big` is true where that
    is because of its size.
    """

    announcements: Sequence[Announcement]
    all_known: bool
    too_big: bool = False


def surprises(report: Report, heard: Heard) -> tuple[str, ...]:
    """What a deploy does that wasn't announced, in sentences with the report's text as it is."""
    told = [_surprise(report, plan, heard) for plan in report.plan]
    if heard.too_big:
        told.insert(0, "Too many pipelines were announced to compare what was done with that.")
    return tuple(sentence for sentence in told if sentence)


def _surprise(report: Report, plan: PipelinePlan, heard: Heard) -> str:
    place = _place(plan.key)
    before = {announced[place] for announced in heard.announcements if place in announced}
    if not before:
        return _unheard_of(report, plan, heard)
    promised = {promise for promise in before if promise.kind not in _UNDECIDED}
    kinds = {promise.kind for promise in promised}
    # What needs nothing any more was done already: by an earlier attempt, or by the first of two deploys.
    if plan.kind in {*_UNDECIDED, *_STILL} or not promised:
        return ""
    if not kinds & _ALIKE.get(plan.kind, {plan.kind}) and not _only_secret(plan, kinds):
        was = " or ".join(sorted(f"`{words.label(kind)}`" for kind in kinds))
        return f"`{place}` was announced as {was} and came to `{words.label(plan.kind)}`."
    if len(promised) > 1 or plan.kind not in kinds:  # several changes of one pipeline come together
        return ""
    (before_it,), now = promised, _promise(plan)
    pairs = (before_it.changes, now.changes), (before_it.files, now.files)
    if all(one == other or UNKNOWN in (one, other) for one, other in pairs):
        return ""
    return f"`{place}` was announced with other changes than were to be made now."


def _only_secret(plan: PipelinePlan, kinds: Collection[Kind]) -> bool:
    """Whether nothing but a secret changed where nothing was announced: the pull request couldn't know."""
    return bool(_STILL & set(kinds)) and plan.kind is Kind.EDIT and _promise(plan) == Promise(Kind.EDIT)


def _unheard_of(report: Report, plan: PipelinePlan, heard: Heard) -> str:
    """What the diff selects is no surprise where it isn't known what was announced."""
    if not plan.steps or plan.kind in _STILL:
        return ""
    item = next((item for item in report.selection.items if item.key == plan.key), None)
    if not heard.all_known and (item is None or not item.only_catch_up):
        return ""
    why = (
        "an earlier deploy left it"
        if item and item.only_catch_up
        else f"it came to `{words.label(plan.kind)}`"
    )
    return f"`{_place(plan.key)}` wasn't announced: {why}."


def _place(key: Key) -> str:
    return f"{key.group}/{key.directory}"
