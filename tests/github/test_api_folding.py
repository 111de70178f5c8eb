"""What is minimised on GitHub, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipelayer.github.comment import CommentResult, Posted
from pipelayer.github.marker import Kind
from pipelayer.github.trouble import ApiError
from support.comments import MARKER
from support.stage import REPO, Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage.begin() as stage:
        yield stage


def test_what_has_nothing_to_say_is_minimised_until_it_has(stage: Stage) -> None:
    stage.post()
    quiet = replace(MARKER, run=11, quiet=True)
    posted = stage.post(quiet, "No pipeline is affected")
    assert posted == Posted(CommentResult.UPDATED, posted.url)
    assert stage.minimized() == ["outdated"]
    stage.post(replace(MARKER, run=12), "a change again")
    assert stage.minimized() == [""]
    operations = [call.operation for call in stage.github.calls() if call.operation]
    assert operations == ["viewer", "minimizeComment", "unminimizeComment"]


def test_a_later_attempt_leaves_what_the_earlier_one_told(stage: Stage) -> None:
    deployed = replace(MARKER, kind=Kind.DEPLOY, digest="one failed")
    stage.post(deployed, "one failed")
    stage.post(replace(deployed, attempt=2, digest="all well"), "all well")
    assert [body.partition("\n")[2] for body in stage.bodies()] == ["one failed", "all well"]
    assert stage.minimized() == ["", ""]


def test_a_double_is_minimised_and_a_strangers_copy_is_not(stage: Stage) -> None:
    for author, run in [("github-actions[bot]", 8), ("mallory", 9), ("github-actions[bot]", 9)]:
        stage.github.add_comment(REPO, stage.number, author, f"{replace(MARKER, run=run)}\nverdict")
    assert stage.post().result is CommentResult.UPDATED
    assert stage.minimized() == ["outdated", "", ""]


@pytest.mark.parametrize("status", [401, 403, 404, 502])
def test_minimising_may_be_denied_and_costs_nothing_else(stage: Stage, status: int) -> None:
    stage.post()
    stage.api.login()
    stage.fail("POST", "/graphql", status)
    posted = stage.post(replace(MARKER, run=11, quiet=True))
    assert posted.result is CommentResult.UPDATED
    assert posted.remark.startswith(f"could not minimise an outdated comment: GitHub answered {status}")
    assert stage.minimized() == [""]


def test_an_error_in_an_answer_of_status_200_is_an_error(stage: Stage) -> None:
    comments = stage.api.comments(stage.number)
    comments.create(f"{MARKER}\nverdict")
    (comment,) = comments.all()
    stage.github.add_token("ghs_fork", read_only=True)
    theirs = stage.client("ghs_fork").comments(stage.number)
    theirs.all()
    with pytest.raises(ApiError, match=r"GitHub answered: Resource not accessible by integration"):
        theirs.minimize(comment)
    assert [call.status for call in stage.github.calls() if call.operation] == [200]


def test_the_token_does_not_go_to_another_server_to_minimise(stage: Stage) -> None:
    stage.post()
    api = stage.client("ghs_token", graphql="http://127.0.0.1:9/graphql")
    posted = stage.post(replace(MARKER, run=11, quiet=True), api=api)
    assert posted == Posted(CommentResult.UPDATED, posted.url)
    assert stage.minimized() == ["outdated"]
