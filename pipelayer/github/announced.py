"""What a pull request announced that merging would do, and what the merge did otherwise. Pure.

The announcement travels in the marker of the pull request's comment, small enough not to cost the comment
its room; who reads it back takes it for a stranger's text.
"""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pipelayer.model import Key, Kind, PipelinePlan, Report

_MOST_TEXT = 2_400
"""Characters of an encoded announcement. In the marker they grow by a third: with the rest of it about 4,000,
which a comment's budget leaves to GitHub's limit.
"""

_MOST_BYTES = 200_000
"""Bytes that an announcement may unpack to: a few thousand bytes can be made to hold a gigabyte."""

Announcement: TypeAlias = Mapping[str, Kind]
"""`GROUP/DIRECTORY` of each pipeline that was looked at, and what its plan came to."""

_UNDECIDED = {Kind.UNKNOWN, Kind.INVALID}
_STILL = {Kind.UNCHANGED, Kind.RETAG}


def announcement(report: Report) -> Announcement:
    """What the report announces. `not compared` and `invalid` are kept: they promise nothing, but the
    pipeline was spoken of.
    """
    selected = {_place(item.key): Kind.UNKNOWN for item in report.selection.items}
    return selected | {_place(plan.key): plan.kind for plan in report.plan}


def encoded(announced: Announcement) -> str:
    """The announcement as printable ASCII without quotes or backslashes, `""` where it is too big."""
    text = json.dumps(announced, separators=(",", ":"), sort_keys=True).encode("ascii")
    if len(text) > _MOST_BYTES:
        return ""
    packed = b85encode(zlib.compress(text, 9)).decode("ascii")
    return packed if len(packed) <= _MOST_TEXT else ""


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
        return {name: Kind(kind) for name, kind in found.items()}
    except (ValueError, TypeError):
        return None


@dataclass(frozen=True)
class Heard:
    """What the pull requests of a push have announced.

    `all_known` is false where one of them left no announcement that can be read.
    """

    announcements: Sequence[Announcement]
    all_known: bool


def surprises(report: Report, heard: Heard) -> tuple[str, ...]:
    """What a deploy does that wasn't announced, in sentences with the report's text as it is."""
    told = [_surprise(report, plan, heard) for plan in report.plan]
    return tuple(sentence for sentence in told if sentence)


def covers(report: Report, announced: Announcement) -> bool:
    """Whether the report's plan has everything that was announced."""
    return set(announced) <= {_place(plan.key) for plan in report.plan}


def _surprise(report: Report, plan: PipelinePlan, heard: Heard) -> str:
    place = _place(plan.key)
    before = {announced[place] for announced in heard.announcements if place in announced}
    if not before:
        return _unheard_of(report, plan, heard)
    promised = before - _UNDECIDED
    if plan.kind in _UNDECIDED or not promised or any(_alike(kind, plan.kind) for kind in promised):
        return ""
    was = " or ".join(sorted(promised))
    return f"`{place}` was announced as {was} and is now {_with_reason(plan)}"


def _unheard_of(report: Report, plan: PipelinePlan, heard: Heard) -> str:
    """What the diff selects is no surprise where it isn't known what was announced."""
    if not plan.steps or plan.kind in _STILL:
        return ""
    item = next((item for item in report.selection.items if item.key == plan.key), None)
    if not heard.all_known and (item is None or not item.only_catch_up):
        return ""
    why = ", ".join(reason.value for reason in item.reasons) if item else ""
    return f"`{_place(plan.key)}` wasn't announced: {f'{why}, ' if why else ''}{plan.kind}."


def _alike(one: Kind, other: Kind) -> bool:
    return one is other or {one, other} <= _STILL


def _with_reason(plan: PipelinePlan) -> str:
    return f"{plan.kind}: {plan.reason.rstrip('.')}." if plan.reason else f"{plan.kind}."


def _place(key: Key) -> str:
    return f"{key.group}/{key.directory}"
