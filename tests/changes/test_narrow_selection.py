"""A change of a few pipelines among many: only their folders are looked at, and the answer is the same."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from pipelayer.api import Silence
from pipelayer.changes.base import Revision
from pipelayer.changes.git import Repository
from pipelayer.errors import UsageError
from pipelayer.model import Verb
from pipelayer.run.opening import Opened, open_project
from pipelayer.run.outside import make_ports, open_checkout
from pipelayer.run.request import AskAws, Choice, Request, Source
from support.clones import spy_on_git
from support.gitrepo import Work, git_environment, make_repo

MANY = 1100
NAMES = [f"p{number:04}" for number in range(MANY)]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Four commits: the pipelines, then one changed, then all, then something beside them."""
    work = make_repo(tmp_path_factory.mktemp("many") / "work")
    commits = [
        {"pipeline_definition.json": "{}"}
        | {f"{name}/{file}": "{}" for name in NAMES for file in ("values.json", "run")},
        {"p0500/run": "again"},
        {f"{name}/run": "and again" for name in NAMES},
        {"README.md": "words", "p0500.md": "words"},
    ]
    stream = "".join(map(_commit, commits))
    work.git("fast-import", "--quiet", given=stream.encode())
    work.git("reset", "--quiet", "--hard", "main")
    return work


def _commit(files: dict[str, str]) -> str:
    who = "committer A Person <person@example.com> 1767323045 +0000"
    changes = "".join(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items())
    return f"commit refs/heads/main\n{who}\ndata 0\n{changes}"


def opened(work: Work, spy: Path, base: str, head: str, source: Source = Source.COMMIT) -> tuple[Opened, str]:
    """What is selected, and the arguments that git was run with for it."""
    environ = git_environment() | {"GITHUB_REPOSITORY": "acme/nightly"}
    environ["PATH"] = f"{spy_on_git(spy)}{os.pathsep}{environ['PATH']}"
    with Repository.open(work.path, environ=environ) or pytest.fail("no repository") as repository:
        checkout = open_checkout(repository, work.path, source, environ, head=head)
        ports = make_ports(checkout, Revision(base), environ, Silence(), lambda: False)
        found = open_project(Request(Verb.VALIDATE, choice=Choice.CHANGED, aws=AskAws.NEVER), ports)
    return found, (spy / "arguments").read_text()


def reasons(found: Opened) -> dict[str, Iterable[str]]:
    return {item.directory: [reason.value for reason in item.reasons] for item in found.selection.items}


def test_one_among_many_lists_nothing_else(work: Work, tmp_path: Path) -> None:
    found, said = opened(work, tmp_path / "spy", "main~3", "main~2")
    assert reasons(found) == {"p0500": ["files"]}
    assert "diff-tree" in said
    assert "ls-tree" not in said


def test_nothing_of_a_pipeline_lists_nothing(work: Work, tmp_path: Path) -> None:
    found, said = opened(work, tmp_path / "spy", "main~1", "main")
    assert reasons(found) == {}
    assert "ls-tree" not in said


def test_more_than_are_looked_at_one_by_one(work: Work, tmp_path: Path) -> None:
    found, said = opened(work, tmp_path / "spy", "main~2", "main~1")
    assert reasons(found) == {name: ["files"] for name in NAMES}
    assert "ls-tree" in said


def test_a_template_between_lists_nothing_beside_its_folder(tmp_path: Path) -> None:
    work = make_repo(tmp_path / "work")
    directories = ("alpha", "team/own", "team/a", "team/b/c", "other/a")
    files = {f"{name}/{file}": "{}" for name in directories for file in ("values.json", "run")}
    files |= {"pipeline_definition.json": "{}", "team/own/pipeline_definition.json": "{}"}
    work.commit({"pipelayer.yml": "version: 1\ndefaults: {dirs: ['**']}\n", **files})
    both = {"team/a": ["template"], "team/b/c": ["template"]}
    with_files = {**both, "alpha": ["files"], "team/a": ["files", "template"]}
    for number, (change, expected) in enumerate(
        [
            ({"team/pipeline_definition.json": "[]"}, both),
            ({"team/pipeline_definition.json": "{}", "team/a/run": "1", "alpha/run": "1"}, with_files),
            ({"team/pipeline_definition.yml": "{}"}, both),
            ({"team/pipeline_definition.json": None}, both),
            ({"team/pipeline_definition.yml": None}, both),
        ]
    ):
        work.commit(change)
        found, said = opened(work, tmp_path / f"spy {number}", "HEAD~1", "HEAD")
        assert reasons(found) == expected
        assert "ls-tree" not in said
        on_disk, _ = opened(work, tmp_path / f"spy {number} on disk", "HEAD~1", "HEAD", Source.TRACKED)
        assert reasons(on_disk) == expected


def test_files_on_disk_give_the_same_answer(work: Work, tmp_path: Path) -> None:
    committed, _ = opened(work, tmp_path / "spy", "main~3", "main")
    on_disk, _ = opened(work, tmp_path / "other spy", "main~3", "main", Source.TRACKED)
    assert reasons(on_disk) == reasons(committed) == {name: ["files"] for name in NAMES}


def test_a_folder_without_any_pipeline_is_told_and_not_taken_for_unchanged(tmp_path: Path) -> None:
    work = make_repo(tmp_path / "work")
    base = work.commit({"README.md": "one", "deep/er/values.json": "{}"})
    head = work.commit({"README.md": "two"})
    with pytest.raises(UsageError, match="There is no pipeline in this project"):
        opened(work, tmp_path / "spy", base, head)
