"""A repository's issues without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from pipelayer.github.comment import Comments
from pipelayer.github.issue import Issue, named
from pipelayer.github.issue_keeping import Issues, Kept, Page, State, keep
from pipelayer.github.marker import Kind, Marker
from pipelayer.github.trouble import ApiError
from support.comments import FakeComments

BOT = "github-actions[bot]"
MARKER = Marker(Kind.STATUS, "", "pipelayer.yml", "", "a" * 40, run=10, attempt=1)


@dataclass
class FakeIssues(Issues):
    """Issues in a list. `troubles` strike the writes of each kind in turn, `before` they work or `after`."""

    stored: list[Issue] = field(default_factory=list)
    said: dict[int, FakeComments] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    before: dict[str, list[ApiError | None]] = field(default_factory=dict)
    after: dict[str, list[ApiError | None]] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)
    states: list[State] = field(default_factory=list)

    def author(self) -> str:
        return BOT

    def by(self, login: str) -> Sequence[Issue]:
        self.calls.append("by")
        self._strike(self.before, "by")
        return [issue for issue in self.stored if issue.author == login]

    def create(self, title: str, body: str) -> Issue:
        self.calls.append("create")
        self._strike(self.before, "create")
        self.somebody_wrote(body, BOT)
        self._strike(self.after, "create")
        return self.stored[-1]

    def edit(self, issue: Issue, body: str, state: State) -> Issue:
        self.calls.append("edit")
        self.states.append(state)
        self._strike(self.before, "edit")
        now = self.issue(issue.number)
        is_open = now.is_open if state is State.AS_IT_IS else state is State.OPEN
        changed = self._put(replace(now, body=body, is_open=is_open))
        self._strike(self.after, "edit")
        return changed

    def comments(self, number: int) -> Comments:
        self.calls.append("comment")
        self._strike(self.before, "comment")
        return self.said.setdefault(number, FakeComments())

    # ---- what others do

    def somebody_wrote(self, body: str, author: str) -> Issue:
        number = len(self.stored) + 1
        self.stored.append(Issue(number, author, True, False, body, f"https://x/issues/{number}"))
        return self.stored[-1]

    def by_hand(self, number: int, *, is_open: bool) -> None:
        self._put(replace(self.issue(number), is_open=is_open))

    def lock(self, number: int) -> None:
        self._put(replace(self.issue(number), locked=True))

    # ---- what a run does

    def look(self, troubles: Mapping[str, str] | Sequence[str] = (), run: int = 11, body: str = "") -> Kept:
        """A run that finds these troubles; its body says `body`, or names them."""
        lines = troubles if isinstance(troubles, Mapping) else {one: f"*{one}*" for one in troubles}
        text = body or "\n".join([f"{len(lines)} troubles", *lines])
        marker = replace(
            MARKER,
            run=run,
            digest=sha256(text.encode()).hexdigest()[:32],
            quiet=not lines,
            said=named(lines),
        )
        self.calls.clear()
        return keep(self, marker, Page("Pipelines", text, lines), sleep=self.waited.append)

    # ---- what there is

    @property
    def open(self) -> list[Issue]:
        return [issue for issue in self.stored if issue.is_open]

    @property
    def writes(self) -> list[str]:
        """What the last run wrote."""
        return [call for call in self.calls if call != "by"]

    def told(self, number: int = 1) -> list[str]:
        """The comments of an issue."""
        return [comment.body for comment in self.said[number].stored] if number in self.said else []

    def issue(self, number: int) -> Issue:
        return self.stored[number - 1]

    def _put(self, issue: Issue) -> Issue:
        self.stored[issue.number - 1] = issue
        return issue

    def _strike(self, troubles: dict[str, list[ApiError | None]], call: str) -> None:
        trouble = troubles[call].pop(0) if troubles.get(call) else None
        if trouble is not None:
            raise trouble
