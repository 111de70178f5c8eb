"""What a run does about the one issue: sequences of good and bad days, and what people do in between."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.github.issue import Act, Issue, named, ours_among
from pipelayer.github.issue_keeping import State
from pipelayer.github.marker import read_marker
from support.issues import BOT, MARKER, FakeIssues


def test_a_good_day_without_an_issue_writes_nothing() -> None:
    issues = FakeIssues()
    assert issues.look().act is Act.NOTHING
    assert issues.calls == ["by"]


def test_the_first_bad_day_opens_one_with_the_marker_first() -> None:
    issues = FakeIssues()
    kept = issues.look(["orders failed"])
    assert (kept.act, kept.url) == (Act.OPEN, "https://x/issues/1")
    (issue,) = issues.open
    marker = read_marker(issue.body)
    assert marker is not None
    assert marker.same_comment(MARKER)
    assert issue.body.endswith("-->\n1 troubles\norders failed")
    assert issues.told() == []  # an issue that is new is told of by being new


def test_the_same_again_writes_nothing() -> None:
    issues = FakeIssues()
    issues.look(["orders failed"])
    kept = issues.look(["orders failed"], run=12)
    assert (kept.act, kept.url) == (Act.KEEP, "https://x/issues/1")
    assert issues.calls == ["by"]


def test_the_same_trouble_in_other_words_is_rewritten_and_not_told() -> None:
    issues = FakeIssues()
    issues.look(["orders failed"], body="last run on Monday")
    assert issues.look(["orders failed"], run=12, body="last run on Tuesday").act is Act.REWRITE
    assert issues.writes == ["edit"]
    assert issues.open[0].body.endswith("last run on Tuesday")


def test_another_trouble_is_told_and_only_that() -> None:
    issues = FakeIssues()
    issues.look(["orders failed"])
    assert issues.look(["orders failed", "rates missing"], run=12).act is Act.REWRITE
    (told,) = issues.told()
    assert "*rates missing*" in told
    assert "orders" not in told


def test_a_trouble_that_is_gone_is_not_told() -> None:
    issues = FakeIssues()
    issues.look(["orders failed", "rates missing"])
    assert issues.look(["rates missing"], run=12).act is Act.REWRITE
    assert issues.writes == ["edit"]
    assert issues.look(["rates missing", "orders failed"], run=13).act is Act.REWRITE
    assert len(issues.told()) == 1  # it is back, and that is news


def test_all_well_closes_it_with_a_word() -> None:
    issues = FakeIssues()
    issues.look(["orders failed"])
    kept = issues.look(run=12)
    assert kept.act is Act.CLOSE
    assert issues.writes == ["edit", "comment"]
    assert issues.states == [State.DONE]
    assert (issues.open, issues.told()) == ([], ["All is well again."])
    assert issues.look(run=13).act is Act.NOTHING
    assert issues.calls == ["by"]


def test_the_next_trouble_opens_the_same_issue_again_and_tells_why() -> None:
    issues = FakeIssues()
    issues.look(["orders failed"])
    issues.look(run=12)
    assert issues.look(["orders failed"], run=13).act is Act.REOPEN
    assert [issue.number for issue in issues.stored] == [1]
    assert issues.open[0].body.endswith("orders failed")
    assert "*orders failed*" in issues.told()[-1]


def test_closed_by_hand_it_stays_closed_until_something_else_is_wrong() -> None:
    issues = FakeIssues()
    issues.look(["orders failed"])
    issues.by_hand(1, is_open=False)
    kept = issues.look(["orders failed"], run=12)
    assert (kept.act, issues.writes) == (Act.KEEP, [])
    assert "by hand" in kept.remark
    assert issues.look(["orders failed"], run=13, body="on Tuesday").act is Act.REWRITE
    assert (issues.open, issues.told()) == ([], [])
    assert issues.look(["orders failed", "rates missing"], run=14).act is Act.REOPEN
    assert "rates" in issues.told()[0]


def test_closed_by_hand_and_then_well_what_comes_back_is_news() -> None:
    issues = FakeIssues()
    issues.look(["orders failed"])
    issues.by_hand(1, is_open=False)
    assert issues.look(run=12).act is Act.REWRITE
    assert (issues.writes, issues.open) == (["edit"], [])
    assert issues.look(["orders failed"], run=13).act is Act.REOPEN


def test_opened_by_hand_it_stays_open_until_the_next_trouble_has_come_and_gone() -> None:
    issues = FakeIssues()
    issues.look(["orders failed"])
    issues.look(run=12)
    issues.by_hand(1, is_open=True)
    kept = issues.look(run=13)
    assert (kept.act, issues.writes) == (Act.KEEP, [])
    assert "by hand" in kept.remark
    issues.look(["orders failed"], run=14)
    assert len(issues.told()) == 2
    assert issues.look(run=15).act is Act.CLOSE


def test_an_older_run_leaves_it_alone() -> None:
    issues = FakeIssues()
    issues.look(["orders failed"], run=12)
    kept = issues.look(run=11)
    assert (kept.act, kept.url) == (Act.YIELD, "https://x/issues/1")
    assert issues.writes == []
    issues.look(run=13)
    assert issues.look(["orders failed"], run=12).act is Act.YIELD


def test_a_marker_that_somebody_else_wrote_is_left_alone() -> None:
    issues = FakeIssues()
    planted = issues.somebody_wrote(f"{replace(MARKER, said=named(['x']))}\nall is well", "mallory")
    assert issues.look(["orders failed"]).act is Act.OPEN
    issues.look(run=12)
    assert issues.issue(planted.number) == planted


def test_whose_marker_it_is_counts_whatever_the_server_lists() -> None:
    body = f"{MARKER}\nx"
    authors = ("mallory", BOT, "github-actions", "")
    listed = [Issue(number, author, True, False, body, "") for number, author in enumerate(authors)]
    assert [one.issue.author for one in ours_among(listed, BOT, MARKER)] == [BOT]


@pytest.mark.parametrize("other", [{"directory": "other"}, {"config": "other.yml"}, {"group": "prod"}])
def test_each_place_has_its_own(other: dict[str, str]) -> None:
    issues = FakeIssues()
    body = f"{replace(MARKER, **other)}\nsomething"
    issues.somebody_wrote(body, BOT)
    assert issues.look(["orders failed"]).act is Act.OPEN
    assert issues.issue(1).body == body


def test_of_several_open_ones_the_oldest_stays_and_the_others_are_never_found_again() -> None:
    issues = FakeIssues()
    issues.look(["orders failed"])
    for _ in range(2):
        issues.somebody_wrote(issues.issue(1).body, BOT)
    assert issues.look(["orders failed"], run=12).act is Act.KEEP
    assert [issue.number for issue in issues.open] == [1]
    assert issues.states == [State.DOUBLE, State.DOUBLE]
    assert {issue.body for issue in issues.stored[1:]} == {"The same as #1."}
    issues.look(run=13)
    assert issues.look(["rates missing"], run=14).url == "https://x/issues/1"


def test_what_is_wrong_is_told_in_a_comment_of_bounded_length() -> None:
    issues = FakeIssues()
    issues.look(["first"])
    issues.look(["first", *(f"trouble {number}" for number in range(40))], run=12)
    (told,) = issues.told()
    assert told.count("\n- *trouble") == 25
    assert told.endswith("\n- and 15 more")
    assert told.startswith("What is new:\n\n- *trouble")


def test_more_troubles_than_a_marker_has_room_for_are_one() -> None:
    many = [f"trouble {number}" for number in range(5_000)]
    assert len(named(many)) == 10
    issues = FakeIssues()
    issues.look(many)
    assert issues.look(many, run=12).act is Act.KEEP
    issues.look(many[1:], run=13)
    assert issues.told()[0].endswith("\n- and 4974 more")


TROUBLES = st.lists(st.sampled_from(["a", "b", "c"]), unique=True)


@given(st.lists(st.tuples(TROUBLES, st.booleans())))
def test_over_any_days_there_is_one_issue_and_it_says_how_things_are(
    days: list[tuple[list[str], bool]],
) -> None:
    """Each day has its troubles, and may be looked at twice. What is new is told once, and nothing else."""
    issues = FakeIssues()
    known: set[str] = set()
    for run, (troubles, twice) in enumerate(days, 11):
        existed, before = bool(issues.stored), len(issues.told())
        issues.look(troubles, run=run)
        assert len(issues.stored) <= 1
        assert len(issues.open) == bool(troubles)
        for issue in issues.open:
            assert issue.body.splitlines()[2:] == troubles
        news = set(troubles) - known if troubles else known
        assert len(issues.told()) - before == (existed and bool(news))
        known = set(troubles)
        if twice:
            issues.look(troubles, run=run)
            assert issues.writes == []


@given(st.lists(st.tuples(TROUBLES, st.sampled_from(["", "close", "open", "double"]))))
def test_whatever_people_do_there_is_at_most_one_that_is_ours(
    days: list[tuple[list[str], str]],
) -> None:
    issues = FakeIssues()
    for run, (troubles, hand) in enumerate(days, 11):
        if issues.stored and hand == "double":
            issues.somebody_wrote(issues.stored[0].body, BOT)
        elif issues.stored and hand:
            issues.by_hand(1, is_open=hand == "open")
        issues.look(troubles, run=run)
        assert len(issues.open) <= 1
        issues.look(troubles, run=run)
        assert issues.writes == []
