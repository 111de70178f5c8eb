"""The one issue that tells which pipelines need somebody, and what a run has to do about it: pure.

It is opened when something is wrong, rewritten while that changes, and closed once all is well. The same
issue is opened again later: what people gave it stays, be it a label, an assignee or a subscription, and its
history is in one place. A body can be rewritten each day without anybody hearing of it, so a comment tells
what is new, and only that.

People have the last word. Closed by hand, it stays closed until something is wrong that it didn't say;
opened by hand, it stays open until the next trouble has come and gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from pipelayer.github.marker import Kind, Marker, read_marker

_MOST_NAMES = 400
"""Names that a marker has room for, 11 bytes each, beside 60,000 bytes of text."""


@dataclass(frozen=True)
class Issue:
    """An issue; `author` is a login as REST writes it. `locked`: only some may still comment."""

    number: int
    author: str
    is_open: bool
    locked: bool
    body: str
    url: str


@dataclass(frozen=True)
class Ours:
    """One of our issues, with what its marker says."""

    marker: Marker
    issue: Issue


class Act(StrEnum):
    """What a run does about the issue."""

    OPEN = "opened"
    REWRITE = "updated"
    REOPEN = "reopened"
    CLOSE = "closed"
    KEEP = "unchanged"
    NOTHING = "nothing"  # all is well, and no open issue says otherwise
    YIELD = "superseded"  # a newer run has written it


@dataclass(frozen=True)
class Decision:
    """What to do, to which issue. `news` are the names of what it didn't say yet, which a comment tells.

    `doubles` are other open ones of the same place, from runs that raced.
    """

    act: Act
    kept: Ours | None = None
    news: frozenset[str] = frozenset()
    doubles: Sequence[Ours] = ()


def named(troubles: Iterable[str]) -> str:
    """What is wrong, as a marker keeps it. `troubles` are words by which each is the same tomorrow.

    Where they are too many, one name stands for all of them together: then whatever changes is news.
    """
    names = sorted({name_of(trouble) for trouble in troubles})
    return " ".join(names if len(names) <= _MOST_NAMES else [name_of(" ".join(names))])


def name_of(trouble: str) -> str:
    """The short name of one trouble: nothing of what it says gets into a marker."""
    return sha256(trouble.encode("utf-8", "backslashreplace")).hexdigest()[:10]


def told(troubles: Mapping[str, str], news: frozenset[str]) -> Sequence[str]:
    """The lines of the troubles that are news; of all of them where one name stands for all."""
    lines = [line for trouble, line in troubles.items() if name_of(trouble) in news]
    return lines or list(troubles.values())


def ours_among(issues: Iterable[Issue], login: str, marker: Marker) -> Sequence[Ours]:
    """Those that are ours by marker *and* author, since anybody can paste a marker; the oldest first."""
    authors = {login, f"{login.removesuffix('[bot]')}[bot]"}
    found = [
        Ours(said, issue)
        for issue in issues
        if issue.author in authors
        and (said := read_marker(issue.body)) is not None
        and said.kind is Kind.STATUS
        and said.same_comment(marker)
    ]
    return sorted(found, key=lambda one: one.issue.number)


def judge(found: Sequence[Ours], mine: Marker) -> Decision:
    """What the run whose marker is `mine` does, where `found` are our issues, the oldest first.

    Of several open ones the oldest is kept, on which runs that race agree; of closed ones the newest.
    """
    opened = [one for one in found if one.issue.is_open]
    if not found:
        return Decision(Act.NOTHING if mine.quiet else Act.OPEN)
    kept = opened[0] if opened else found[-1]
    if mine.is_older_than(kept.marker):
        return Decision(Act.YIELD, kept)
    news = frozenset(mine.said.split()) - frozenset(kept.marker.said.split())
    return Decision(_act(kept, mine, news), kept, news, opened[1:])


def _act(kept: Ours, mine: Marker, news: frozenset[str]) -> Act:
    same = mine.says_the_same(kept.marker)
    match (kept.issue.is_open, mine.quiet):
        case (True, True):  # open although it says that all is well: opened by hand
            return Act.KEEP if kept.marker.quiet else Act.CLOSE
        case (False, False) if news:
            return Act.REOPEN
        case (False, True) if kept.marker.quiet:
            return Act.NOTHING
        case _:  # closed by hand, it is rewritten all the same: what has gone and comes back is news
            return Act.KEEP if same else Act.REWRITE
