"""Keeps the one issue up to date: does on GitHub what `issue.judge` decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, assert_never

from pipelayer.github.comment import ACTIONS_BOT, Comments, add_once, same_text
from pipelayer.github.issue import Act, Decision, Issue, Ours, judge, ours_among, told
from pipelayer.github.marker import Marker
from pipelayer.github.trouble import ApiError, Trouble, once, persist, wait_in_line

_MOST_LINES = 25
"""Lines of a comment that tells what is new; the issue has them all."""


class State(StrEnum):
    """What becomes of an issue that is edited."""

    AS_IT_IS = "as it is"
    OPEN = "open"
    DONE = "done"  # closed, since it is solved
    DOUBLE = "double"  # closed, since another one says the same


class Issues(Protocol):
    """The issues of one repository. Every method may raise ApiError."""

    def author(self) -> str:
        """The login that our token speaks for, with or without its `[bot]`; `""` where GitHub won't tell."""
        ...

    def by(self, login: str) -> Sequence[Issue]:
        """Those of one author: every open one, and of the closed ones those that were touched last."""
        ...

    def create(self, title: str, body: str) -> Issue:
        """A new issue. Never retried on its own: the first try may have worked."""
        ...

    def edit(self, issue: Issue, body: str, state: State) -> Issue:
        """The issue with a new body, opened or closed in the same request."""
        ...

    def comments(self, number: int) -> Comments:
        """The comments of an issue."""
        ...


@dataclass(frozen=True)
class Kept:
    """What became of the issue, and where it stands; no `act` where GitHub didn't let us, and why.

    `remark` says in one sentence what else there is to say.
    """

    act: Act | None
    url: str = ""
    problem: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Page:
    """What the issue is to say: `text` is Markdown, and `troubles` a line of Markdown for each trouble, under
    the words by which it is the same tomorrow. None of them, and all is well.
    """

    title: str
    text: str
    troubles: Mapping[str, str]


def keep(issues: Issues, marker: Marker, page: Page, *, sleep: Callable[[float], None]) -> Kept:
    """Brings the issue that `marker` stands for up to date; never raises for what GitHub answers."""
    try:
        return _Keeper(issues, marker, page, sleep).keep()
    except ApiError as error:
        hint = _HINTS.get(error.trouble, error.hint)
        return Kept(None, problem=f"{error.message}: {hint}." if hint else f"{error.message}.")


_HINTS = {
    Trouble.DENIED: "the job needs `permissions: issues: write`",
    Trouble.GONE: "are issues switched on in the repository's settings? Without them, set `issue: never`",
}


@dataclass(frozen=True)
class _Keeper:
    """One run's work on the issue. Every method may raise ApiError."""

    issues: Issues
    marker: Marker
    page: Page
    sleep: Callable[[float], None]

    def keep(self) -> Kept:
        decision = judge(self._found(), self.marker)
        if decision.kept is None:
            return self._open() if decision.act is Act.OPEN else Kept(decision.act)
        try:
            kept = self._carry_out(decision, decision.kept)
        except ApiError as error:
            # Deleted or moved to another repository since it was listed: as if it had never been.
            if error.trouble is not Trouble.GONE:
                raise
            return Kept(Act.NOTHING) if self.marker.quiet else self._open()
        return self._without_doubles(kept, decision.kept.issue.number, decision.doubles)

    def _carry_out(self, decision: Decision, kept: Ours) -> Kept:
        issue = kept.issue
        match decision.act:
            case Act.YIELD:
                return Kept(Act.YIELD, issue.url, f"a newer run has written it: {issue.url}")
            case Act.KEEP | Act.NOTHING:
                return Kept(decision.act, issue.url, remark=self._by_hand(issue))
            case Act.CLOSE:
                # Told last: whoever is cut short in between has closed it all the same.
                self._edit(issue, State.DONE)
                return Kept(Act.CLOSE, issue.url, remark=self._say(issue, "All is well again."))
            case Act.REWRITE | Act.REOPEN:
                # Told first: better told twice than never, wherever this run is cut short.
                remark = self._say(issue, self._news(decision)) if decision.news else self._by_hand(issue)
                self._edit(issue, State.OPEN if decision.act is Act.REOPEN else State.AS_IT_IS)
                return Kept(decision.act, issue.url, remark=remark)
            case Act.OPEN:
                raise AssertionError("there is one already")
            case _:
                assert_never(decision.act)

    def _found(self) -> Sequence[Ours]:
        login = persist(self.issues.author, self.sleep) or ACTIONS_BOT
        listed = wait_in_line(lambda: self.issues.by(login), self.sleep)
        return ours_among(listed, login, self.marker)

    def _open(self) -> Kept:
        """Opens one. A run that raced may have done so too: then the older one stays, for both of them."""
        body = self._body()

        def find() -> Issue | None:
            return next((one.issue for one in self._found() if same_text(one.issue.body, body)), None)

        opened = once(lambda: self.issues.create(self.page.title, body), find, self.sleep)
        try:
            there = [one for one in self._found() if one.issue.is_open]
        except ApiError:
            there = []  # the next run will see
        first, doubles = (there[0].issue, there[1:]) if there else (opened, [])
        return self._without_doubles(Kept(Act.OPEN, first.url), first.number, doubles)

    def _without_doubles(self, kept: Kept, number: int, doubles: Sequence[Ours]) -> Kept:
        """Closes the others. The marker goes, so that none of them is ever found again."""
        try:
            for double in doubles:
                self.issues.edit(double.issue, f"The same as #{number}.", State.DOUBLE)
        except ApiError as error:
            return Kept(kept.act, kept.url, kept.problem, f"Pipelayer {error.message}.")
        return kept

    def _edit(self, issue: Issue, state: State) -> None:
        persist(lambda: self.issues.edit(issue, self._body(), state), self.sleep)

    def _say(self, issue: Issue, text: str) -> str:
        """Comments; gives in a sentence why not. The body says the same, so it costs nobody the issue."""
        if issue.locked:
            return "The issue is locked, so no comment tells what is new."
        try:
            add_once(self.issues.comments(issue.number), text, self.sleep)
        except ApiError as error:
            if error.trouble is Trouble.GONE:
                raise
            return f"Pipelayer {error.message}."
        return ""

    def _news(self, decision: Decision) -> str:
        lines = told(self.page.troubles, decision.news)
        shown = [f"- {line}" for line in lines[:_MOST_LINES]]
        if len(lines) > _MOST_LINES:
            shown.append(f"- and {len(lines) - _MOST_LINES} more")
        return "\n".join(["What is new:", "", *shown])

    def _by_hand(self, issue: Issue) -> str:
        """Why an issue is open or closed although this run wouldn't have it so."""
        if issue.is_open and self.marker.quiet:
            return "Somebody opened the issue by hand, so it stays open."
        if not issue.is_open and not self.marker.quiet:
            return "Somebody closed the issue by hand, so it stays closed until something else is wrong."
        return ""

    def _body(self) -> str:
        return f"{self.marker}\n{self.page.text}"
