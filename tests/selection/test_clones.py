"""Every clone in which a job may find itself, and the three ways in which its base is missing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.clones import CLONES, Clone, spy_on_git
from support.githttp import GitHttpServer, authorization, git_http_server
from support.gitrepo import Submodule, checkout_like_actions, git, make_repo
from support.jobs import TOKEN, Story
from support.pulls import head_behind_base
from support.selecting import Place, Trigger, checkout, run, selected
from support.triggers import forced, forced_and_gone, several_commits

EXPECTED: dict[Callable[[Place], Trigger], dict[str, str]] = {
    several_commits: {"alpha": "files", "beta": "files"},
    head_behind_base: {"alpha": "files", "gamma": "files"},
    forced: {"alpha": "files", "beta": "files"},
}

BY_NAME = {clone.name: clone for clone in CLONES}


@contextmanager
def serving(place: Place, clone: Clone) -> Iterator[GitHttpServer | None]:
    """A private repository's server answers only to the token."""
    if not clone.private:
        yield None
        return
    with git_http_server(place.folder / "served", TOKEN) as http:
        place.story.environ["GITHUB_SERVER_URL"] = http.base
        yield http


@pytest.mark.parametrize("clone", CLONES, ids=lambda clone: clone.name)
@pytest.mark.parametrize("make", EXPECTED, ids=lambda make: make.__name__.replace("_", " "))
def test_a_clone(world: Story, tmp_path: Path, make: Callable[[Place], Trigger], clone: Clone) -> None:
    place = Place.make(world, tmp_path, object_format=clone.object_format, under=clone.under)
    place.inputs = dict(clone.inputs)
    if clone.name == "with submodules":
        with_a_submodule(place)
    trigger = make(place)
    with serving(place, clone) as http:
        workspace = clone.make(place, trigger)
        spy = spy_on_git(tmp_path / "spy")
        place.story.environ["PATH"] = f"{spy}{os.pathsep}{os.environ['PATH']}"
        job = run(place, workspace, trigger)
        assert selected(job) == EXPECTED[make], job.stdout
        if http is not None:
            assert set(http.requests) == {(authorization(TOKEN),)}
    said = (spy / "arguments").read_text()
    assert "rev-parse" in said
    assert TOKEN not in said
    assert authorization(TOKEN).partition(" ")[2] not in said


def with_a_submodule(place: Place) -> None:
    """The project keeps its library in another repository."""
    library = make_repo(place.folder / "library")
    commit = library.commit({"lib.sh": "true\n"})
    modules = f'[submodule "lib"]\n\tpath = lib\n\turl = {library.path.as_uri()}\n'
    place.work.commit({".gitmodules": modules, "lib": Submodule(commit)})
    git(place.work.path, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init")


@pytest.mark.parametrize("name", ["full", "depth 1", "treeless"])
def test_a_commit_that_is_gone_from_every_clone(place: Place, name: str) -> None:
    trigger = forced_and_gone(place)
    job = run(place, BY_NAME[name].make(place, trigger), trigger)
    assert set(selected(job).values()) == {"unknown base"}
    assert "The base can't be had" in job.stdout


def test_two_commits_are_fetched_and_no_history(place: Place) -> None:
    trigger = several_commits(place)
    workspace = checkout(place, trigger)
    assert selected(run(place, workspace, trigger)) == EXPECTED[several_commits]
    commits = git(workspace, "cat-file", "--batch-check", "--batch-all-objects").count(" commit ")
    assert commits == 2


def test_a_server_that_fails_is_asked_again(world: Story, tmp_path: Path) -> None:
    place, clone = Place.make(world, tmp_path), BY_NAME["only a token"]
    trigger = several_commits(place)
    with serving(place, clone) as http:
        assert http is not None
        workspace = clone.make(place, trigger)
        http.failures = 1
        job = run(place, workspace, trigger)
        assert selected(job) == EXPECTED[several_commits], job.stdout
        assert http.failures == 0


def test_a_checkout_elsewhere_in_the_workspace_is_named(place: Place) -> None:
    trigger = several_commits(place)
    workspace = place.workspace
    checkout_like_actions(workspace / "repo", place.server.url, trigger.commit)
    job = run(place, workspace, trigger)
    assert job.code == 2
    (error,) = job.annotations()
    assert "The workspace holds no git repository." in error.data
    assert "There is one in `repo`: name its folder in `working-directory`." in error.data


def test_a_project_in_a_submodule_is_another_repositorys(place: Place) -> None:
    with_a_submodule(place)
    trigger = several_commits(place)
    clone = BY_NAME["with submodules"]
    job = run(place, clone.make(place, trigger), trigger, working_directory="lib")
    assert job.code == 2
    (error,) = job.annotations()
    assert "`lib` lies in a submodule" in error.data
    assert "Run the action in the submodule's own repository." in error.data


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("http.proxy", "http://127.0.0.1:9"),
        ("http.{base}/acme.proxy", "http://127.0.0.1:9"),
        ("remote.origin.proxy", "http://127.0.0.1:9"),
        ("http.sslVerify", "false"),
        ("http.{base}/.sslCAInfo", "/tmp/ca.pem"),
        ("http.curloptResolve", "example.com:443:127.0.0.1"),
    ],
)
@pytest.mark.parametrize("kind", ["only a token", "only a token, blobless"])
def test_the_token_is_not_sent_where_the_checkout_leads_it_elsewhere(
    world: Story, tmp_path: Path, kind: str, name: str, value: str
) -> None:
    place = Place.make(world, tmp_path)
    trigger = several_commits(place)
    clone = BY_NAME[kind]
    with serving(place, clone) as http:
        assert http is not None
        workspace = clone.make(place, trigger)
        git(workspace, "config", name.format(base=http.base), value)
        job = run(place, workspace, trigger)
        assert set(selected(job).values()) == {"unknown base"}
        assert "could lead the token elsewhere" in job.stdout
        assert http.requests == []
