"""What a project is called whose configuration gives no name: the same for runs, imports and new projects."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipelayer.errors import GitError
from pipelayer.run.outside import project_at
from pipelayer.run.starting import look_around
from support.gitrepo import make_repo

PATH = {"PATH": os.environ["PATH"]}


@pytest.mark.parametrize(
    ("origin", "environ", "name"),
    [
        ("git@github.com:acme/nightly.git", {}, "acme/nightly"),
        ("git@github.com:acme/nightly.git", {"GITHUB_REPOSITORY": "acme/fork"}, "acme/fork"),
        ("", {}, ""),
        ("", {"GITHUB_REPOSITORY": "acme/nightly"}, "acme/nightly"),
    ],
)
def test_it_is_called_as_its_repository_with_its_folder(
    tmp_path: Path, origin: str, environ: Mapping[str, str], name: str
) -> None:
    work = make_repo(tmp_path / "work", origin=origin)
    work.write({"there/file": ""})
    for folder in ("", "there", "not/yet"):
        expected = f"{name}/{folder}".rstrip("/") if name else ""
        assert project_at(work.path / folder, {**PATH, **environ}) == expected
        assert look_around(work.path / folder, {**PATH, **environ}).project == expected


def test_outside_a_repository_only_github_tells(tmp_path: Path) -> None:
    assert project_at(tmp_path, PATH) == ""
    assert project_at(tmp_path / "new", {**PATH, "GITHUB_REPOSITORY": "acme/nightly"}) == "acme/nightly"


def test_git_is_run_with_the_given_environment(tmp_path: Path) -> None:
    work = make_repo(tmp_path / "work")
    with pytest.raises(GitError, match="not installed"):
        project_at(work.path, {"PATH": str(tmp_path)})
