"""A pull request's comments without a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipelayer.github.comment import Comment, Posted, post
from pipelayer.github.marker import Kind, Marker
from pipelayer.github.trouble import ApiError

MARKER = Marker(Kind.VALIDATE, "", "pipelayer.yml", "", "a" * 40, run=10, attempt=1)
HEAD = "a1" * 20


@dataclass
class FakeComments:
    """A pull request's comments in a list. `troubles` strike writes in turn: before they work, or after.

    `minimized` are the ids of those that are folded up; `folding` strikes what folds and unfolds. `branch` is
    the head of the pull request, or why GitHub doesn't say it.
    """

    login: str = "github-actions[bot]"
    branch: str | ApiError = HEAD
    minimized: set[int] = field(default_factory=set)
    folding: list[ApiError | None] = field(default_factory=list)
    stored: list[Comment] = field(default_factory=list)
    before: list[ApiError | None] = field(default_factory=list)
    after: list[ApiError | None] = field(default_factory=list)
    reading: list[ApiError | None] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def author(self) -> str:
        self.calls.append("author")
        return self.login

    def head(self) -> str:
        self.calls.append("head")
        if isinstance(self.branch, ApiError):
            raise self.branch
        return self.branch

    def all(self) -> Sequence[Comment]:
        self.calls.append("all")
        _strike(self.reading)
        return list(self.stored)

    def create(self, body: str) -> Comment:
        self.calls.append("create")
        _strike(self.before)
        self.stored.append(
            Comment(len(self.stored) + 1, "github-actions[bot]", body, f"https://x/{len(self.stored)}")
        )
        _strike(self.after)
        return self.stored[-1]

    def update(self, comment: Comment, body: str) -> Comment:
        self.calls.append("update")
        _strike(self.before)
        index = next(number for number, stored in enumerate(self.stored) if stored.id == comment.id)
        self.stored[index] = replace(comment, body=body)
        _strike(self.after)
        return self.stored[index]

    def minimize(self, comment: Comment) -> None:
        self.calls.append("minimize")
        _strike(self.folding)
        self.minimized.add(comment.id)

    def unminimize(self, comment: Comment) -> None:
        self.calls.append("unminimize")
        _strike(self.folding)
        self.minimized.discard(comment.id)

    def somebody_wrote(self, body: str, author: str = "mallory") -> None:
        self.stored.append(Comment(len(self.stored) + 1, author, body, "https://x/other"))

    def we_wrote(self, *markers: Marker) -> None:
        for marker in markers:
            self.somebody_wrote(f"{marker}\nrun {marker.run}", "github-actions[bot]")

    def post(self, marker: Marker = MARKER, text: str = "verdict", *, head: str = "") -> Posted:
        return post(self, marker, text, sleep=self.waited.append, head=head)


def _strike(troubles: list[ApiError | None]) -> None:
    trouble = troubles.pop(0) if troubles else None
    if trouble is not None:
        raise trouble
