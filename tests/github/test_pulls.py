from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from pipelayer.github.pulls import PullRequest, merged_pull_requests
from pipelayer.github.trouble import ApiError, Trouble


@dataclass
class FakePulls:
    """What GitHub associates with commits; `late` commits are known only at the second question, and
    `troubles` strike the first questions.
    """

    known: Mapping[str, Sequence[PullRequest]]
    late: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    troubles: list[ApiError] = field(default_factory=list)

    def of_commit(self, sha: str) -> Sequence[PullRequest]:
        self.asked.append(sha)
        if self.troubles:
            raise self.troubles.pop()
        if sha in self.late:
            self.late.discard(sha)
            return ()
        return self.known.get(sha, ())

    def merged(self, sha: str, *commits: str) -> tuple[int, ...]:
        return merged_pull_requests(self, sha, "main", commits=commits, sleep=self.waited.append)


def pull(number: int, *, merge: str = "", base: str = "main", merged: bool = True) -> PullRequest:
    return PullRequest(number, base, merge, merged)


def test_the_one_whose_merge_commit_it_is() -> None:
    assert FakePulls({"c": [pull(1), pull(2, merge="c"), pull(3)]}).merged("c") == (2,)


def test_else_those_that_went_to_this_branch() -> None:
    pulls = [pull(1, base="dev"), pull(2), pull(3, merged=False)]
    assert FakePulls({"c": pulls}).merged("c") == (2,)


def test_one_still_open_has_not_been_merged() -> None:
    assert FakePulls({"c": [pull(1, merge="c", merged=False)]}).merged("c") == ()


def test_a_merge_queue_brings_several() -> None:
    fake = FakePulls({"a": [pull(1, merge="a")], "b": [pull(2, merge="b")], "c": [pull(3, merge="c")]})
    assert fake.merged("c", "a", "b", "c") == (1, 2, 3)
    assert fake.asked == ["c", "a", "b"]


def test_a_late_index_is_asked_again_once() -> None:
    fake = FakePulls({"c": [pull(1, merge="c")]}, late={"c"})
    assert fake.merged("c") == (1,)
    assert fake.waited == [2.0]


def test_a_rate_limit_is_waited_for_and_not_for_an_hour() -> None:
    limited = ApiError("could not look up the pull request", Trouble.LIMITED, wait=9)
    fake = FakePulls({"c": [pull(1, merge="c")]}, troubles=[limited])
    assert fake.merged("c") == (1,)
    assert fake.waited == [9]
    with pytest.raises(ApiError):
        FakePulls({}, troubles=[ApiError("could not", Trouble.LIMITED, wait=3600)]).merged("c")


def test_a_huge_push_costs_no_thousand_requests() -> None:
    fake = FakePulls({"c": [pull(1, merge="c")]})
    assert fake.merged("c", *[str(number) for number in range(1000)]) == (1,)
    assert len(fake.asked) == 21
