"""Logs as they lie in S3: whole or packed, sound or damaged, and only as much in memory as is shown.

Comes in: pieces of a file's content. Goes out: its lines.
"""

from __future__ import annotations

import zlib
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

GZIP = b"\x1f\x8b"
_WITH_HEADER = 31
"""zlib's word for gzip with the largest window."""

PIECE = 64 * 1024
LONGEST = 16 * 1024
"""Characters from which on a line without an end is broken: a log may be one line."""


class Damaged(Exception):
    """The content can't be unpacked to its end; what could be was given before."""


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content, unpacked if it is gzip: one member, or several one after the other (RFC 1952). What it
    begins with decides, and not the file's name.

    Raises Damaged once everything that could be unpacked was given.
    """
    arriving = iter(pieces)
    begun = b""
    for piece in arriving:
        begun += piece
        if len(begun) >= len(GZIP):
            break
    if not begun.startswith(GZIP):
        yield begun
        yield from arriving
        return
    member = zlib.decompressobj(_WITH_HEADER)
    rest, first = begun, True
    while True:
        if not rest:
            rest = next(arriving, b"")
            if not rest:
                break
        if member.eof:  # zeros may fill up what comes after a member
            rest = rest.lstrip(b"\0")
            if not rest:
                continue
            member, first = zlib.decompressobj(_WITH_HEADER), False
        try:
            content = member.decompress(rest, PIECE)
        except zlib.error as error:
            raise Damaged("it is damaged" if first else "what follows is damaged") from error
        if content:
            yield content
        rest = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise Damaged("it is cut short")


def lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """The lines of a text in UTF-8, without their ends; bytes that are none become replacement characters."""
    decoder = getincrementaldecoder("utf-8")("replace")
    begun = ""
    for piece in pieces:
        *done, begun = (begun + decoder.decode(piece)).split("\n")
        for line in done:
            yield line.removesuffix("\r")
        while len(begun) > LONGEST:
            yield begun[:LONGEST]
            begun = begun[LONGEST:]
    begun += decoder.decode(b"", final=True)
    if begun:
        yield begun


@dataclass(frozen=True)
class Tail:
    """The last lines of a text, how many there are before them, and what is wrong with its end."""

    lines: tuple[str, ...]
    left_out: int = 0
    problem: str = ""


def tail(pieces: Iterable[bytes], most: int) -> Tail:
    """The last `most` lines of a content that may be packed."""
    from collections import deque

    kept: deque[str] = deque(maxlen=most)
    count, problem = 0, ""
    try:
        for line in lines(unpacked(pieces)):
            kept.append(line)
            count += 1
    except Damaged as damaged:
        problem = str(damaged)
    return Tail(tuple(kept), count - len(kept), problem)
