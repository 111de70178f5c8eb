"""Which pull requests hear what, with GitHub as a few lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from pipelayer.github.commands import Log
from pipelayer.github.commenting import Commenting
from pipelayer.github.event import Event, EventName, PullRequest, Push
from pipelayer.github.inputs import read_inputs
from pipelayer.github.marker import Marker, read_marker
from pipelayer.github.pulls import PullRequest as Merged
from pipelayer.github.trouble import ApiError, Trouble
from pipelayer.model import (
    Action,
    Key,
    Kind,
    PipelinePlan,
    Reason,
    Report,
    Result,
    Selected,
    Selection,
    Step,
    Verb,
)
from pipelayer.render.links import Links
from support.comments import HEAD, FakeComments

MERGED = "c" * 40
TOKEN = {"INPUT_GITHUB-TOKEN": "ghs_token"}
PULL = PullRequest(1, "synchronize", HEAD, "change", "main", False, "acme/nightly", False, "", 1)


@dataclass
class FakeServer:
    """Pull requests by number; all of them came with the one commit."""

    pages: Mapping[int, FakeComments]

    def comments(self, number: int) -> FakeComments:
        return self.pages[number]

    def of_commit(self, sha: str) -> Sequence[Merged]:
        return [Merged(number, "main", sha, True) for number in self.pages]


@dataclass
class World:
    """Runs, one after the other, on the same pull requests."""

    pages: dict[int, FakeComments] = field(default_factory=lambda: {1: FakeComments()})
    run: int = 10
    said: list[str] = field(default_factory=list)

    def checked(self, *kinds: tuple[str, Kind], number: int = 1, head: str = HEAD, **inputs: str) -> str:
        """A pull request is checked."""
        pull = replace(PULL, number=number, head_sha=head)
        event = replace(self._event(), name=EventName.PULL_REQUEST, pull_request=pull, sha="d" * 40)
        return self._comment(event, head, report_of(Verb.VALIDATE, *kinds), inputs)

    def merged(self, report: Report, **inputs: str) -> str:
        """All pull requests are merged."""
        push = Push("refs/heads/main", "b" * 40, MERGED, False, False, False)
        return self._comment(replace(self._event(), push=push), MERGED, report, inputs)

    def markers(self, number: int = 1) -> list[Marker]:
        return [marker for one in self.pages[number].stored if (marker := read_marker(one.body))]

    def newest(self, number: int = 1) -> str:
        return self.pages[number].stored[-1].body

    def _event(self) -> Event:
        self.run += 1
        return Event(
            EventName.PUSH,
            "push",
            "acme/nightly",
            MERGED,
            "refs/heads/main",
            "main",
            "https://github.com",
            str(self.run),
            1,
            "octocat",
        )

    def _comment(self, event: Event, commit: str, report: Report, inputs: Mapping[str, str]) -> str:
        run_url = f"https://github.com/acme/nightly/actions/runs/{event.run_id}"
        now = datetime(2026, 1, 1, self.run % 24, tzinfo=UTC)
        variables = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        return Commenting(
            log=Log(self.said.append),
            inputs=read_inputs(TOKEN | variables),
            event=event,
            pushed=(),
            links=Links("https://github.com", "acme/nightly", commit, run_url, now),
            sleep=lambda seconds: None,
            server=lambda: FakeServer(self.pages),
        ).comment(report)


def report_of(verb: Verb, *kinds: tuple[str, Kind], result: Result = Result.SUCCESS) -> Report:
    """A report on pipelines `GROUP/DIRECTORY`, whose plans have come to these kinds."""
    items, plans = [], []
    for place, kind in kinds:
        group, directory = place.split("/")
        key = Key("acme/nightly", group, directory)
        items.append(Selected(key, directory, directory, (Reason.VALUES,)))
        plans.append(PipelinePlan(key, directory, kind, "so it is", (Step(Action.PUT, "put"),)))
    return Report(verb, result, selection=Selection(tuple(items)), plan=tuple(plans))


ORDERS, CLICKS = ("dev/orders", Kind.EDIT), ("dev/clicks", Kind.UPLOAD)


def test_neither_the_runs_link_nor_the_time_is_news() -> None:
    world = World()
    first = world.checked(ORDERS)
    assert world.checked(ORDERS) == first != ""
    assert world.said[-1].startswith("Comment unchanged: ")
    assert "update" not in world.pages[1].calls


def test_a_new_commit_is_and_so_is_another_plan() -> None:
    world = World()
    world.checked(ORDERS)
    world.pages[1].branch = "e5" * 20
    world.checked(ORDERS, head="e5" * 20)
    assert world.said[-1].startswith("Comment updated: ")
    world.checked(("dev/orders", Kind.REPLACE), head="e5" * 20)
    assert world.said[-1].startswith("Comment updated: ")


def test_an_announcement_is_compared_with_what_was_done() -> None:
    world = World()
    world.checked(ORDERS, CLICKS)
    world.merged(report_of(Verb.DEPLOY, ("dev/orders", Kind.REPLACE), CLICKS, ("dev/rates", Kind.CREATE)))
    shown = world.newest()
    assert "`dev/orders` was announced as `edit in place` and came to `replace`." in shown
    assert "`dev/rates` wasn't announced: it came to `new`." in shown
    assert "`dev/clicks`" not in shown
    assert world.pages[1].minimized == {1}


def test_every_pull_request_of_the_push_may_have_announced_it() -> None:
    world = World(pages={1: FakeComments(), 2: FakeComments()})
    world.checked(ORDERS, number=1)
    world.checked(CLICKS, number=2)
    world.merged(report_of(Verb.DEPLOY, ORDERS, CLICKS))
    assert [len(page.stored) for page in world.pages.values()] == [2, 2]
    assert [page.minimized for page in world.pages.values()] == [{1}, {1}]
    assert "[!WARNING]" not in world.newest(1) + world.newest(2)


def test_any_groups_comment_is_read() -> None:
    world = World()
    world.checked(ORDERS, group="dev")
    world.checked(("prod/orders", Kind.EDIT), group="prod")
    world.merged(report_of(Verb.DEPLOY, ORDERS), group="dev")
    assert "[!WARNING]" not in world.newest()
    assert world.pages[1].minimized == {1}
    world.merged(report_of(Verb.DEPLOY, ("prod/orders", Kind.REPLACE)), group="prod")
    assert "`prod/orders` was announced as `edit in place` and came to `replace`" in world.newest()
    assert world.pages[1].minimized == {1, 2}


@pytest.mark.parametrize("other", [{"working-directory": "jobs"}, {"config": "other.yml"}])
def test_another_projects_is_not(other: dict[str, str]) -> None:
    world = World()
    world.checked(ORDERS)
    world.checked(("dev/orders", Kind.REPLACE), **other)
    world.merged(report_of(Verb.DEPLOY, ORDERS))
    assert "[!WARNING]" not in world.newest()
    assert world.pages[1].minimized == {1}


def test_nor_is_a_strangers() -> None:
    world = World()
    world.checked(ORDERS)
    page = world.pages[1]
    (marker,) = world.markers()
    page.stored[0] = replace(page.stored[0], author="mallory")
    world.merged(report_of(Verb.DEPLOY, ("dev/orders", Kind.REPLACE)))
    assert marker.said
    assert "[!WARNING]" not in world.newest()
    assert page.minimized == set()


@pytest.mark.parametrize(
    "report",
    [
        report_of(Verb.DEPLOY, ORDERS),
        report_of(Verb.DEPLOY, ORDERS, CLICKS, result=Result.FAILURE),
        replace(report_of(Verb.DEPLOY, ORDERS, CLICKS), dry_run=True),
        report_of(Verb.UPLOAD, ORDERS, CLICKS),
    ],
    ids=["half of it", "failed", "dry run", "files only"],
)
def test_an_announcement_stays_open_until_all_of_it_is_done(report: Report) -> None:
    world = World()
    world.checked(ORDERS, CLICKS)
    world.merged(report)
    assert world.pages[1].minimized == set()
    assert len(world.pages[1].stored) == 2


def test_uploading_alone_is_no_broken_promise() -> None:
    world = World()
    world.checked(ORDERS)
    world.merged(report_of(Verb.UPLOAD, ("dev/orders", Kind.UPLOAD)))
    world.merged(report_of(Verb.ACTIVATE, ("dev/orders", Kind.EDIT)))
    assert [marker.kind.value for marker in world.markers()] == ["validate", "upload", "activate"]
    assert all("[!WARNING]" not in one.body for one in world.pages[1].stored)
    assert world.pages[1].minimized == set()


def test_what_stopped_early_has_announced_nothing() -> None:
    world = World()
    event = replace(world._event(), pull_request=PULL)
    stopped = replace(report_of(Verb.VALIDATE, result=Result.FAILURE), error="no region")
    world._comment(event, HEAD, stopped, {})
    world.merged(report_of(Verb.DEPLOY, ORDERS))
    assert "[!WARNING]" not in world.newest()


def test_comments_that_can_not_be_read_cost_one_pull_request_alone() -> None:
    world = World(pages={1: FakeComments(), 2: FakeComments()})
    world.checked(ORDERS, number=2)
    gone = ApiError("could not read the pull request's comments: GitHub answered 404", Trouble.GONE)
    world.pages[1].reading = [gone, gone]
    url = world.merged(report_of(Verb.DEPLOY, ORDERS))
    assert "No comment: could not read the pull request's comments: GitHub answered 404.\n" in world.said
    assert url == world.pages[2].stored[-1].url


def test_what_an_earlier_deploy_told_announces_nothing_and_hides_no_announcement() -> None:
    world = World()
    world.checked(ORDERS)
    for _ in range(2):
        world.merged(report_of(Verb.DEPLOY, ORDERS, ("dev/rates", Kind.CREATE)))
        assert "`dev/rates` wasn't announced" in world.newest()


def test_of_two_announcements_of_one_place_the_newer_counts() -> None:
    world = World()
    world.checked(("dev/orders", Kind.REPLACE))
    (newer,) = world.markers()
    other = World()
    other.checked(ORDERS)
    world.pages[1].we_wrote(replace(other.markers()[0], run=newer.run - 1))
    world.merged(report_of(Verb.DEPLOY, ORDERS))
    assert "`dev/orders` was announced as `replace` and came to `edit in place`" in world.newest()


def test_a_check_of_a_commit_that_is_gone_is_silent() -> None:
    world = World()
    assert world.checked(ORDERS, head="e5" * 20) == ""
    assert world.pages[1].stored == []
    assert world.said[-1].startswith("No comment: the pull request is at a1a1a1a by now")


def test_without_a_comment_on_what_was_done_the_announcement_stays() -> None:
    world = World()
    world.checked(ORDERS)
    world.pages[1].before = [ApiError("could not comment: GitHub answered 403", Trouble.DENIED)]
    assert world.merged(report_of(Verb.DEPLOY, ORDERS)) == ""
    assert world.pages[1].minimized == set()
