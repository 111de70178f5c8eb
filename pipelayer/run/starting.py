"""A new project: what its surroundings tell, what is in its place by now, and what AWS needs once."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from pipelayer.changes.git import Repository
from pipelayer.deploy.asking import find_stub
from pipelayer.deploy.ports import Cloud
from pipelayer.deploy.snapshot import take_snapshot
from pipelayer.errors import PipelayerError, UsageError
from pipelayer.project.config import DEFAULT_FILE, forms
from pipelayer.project.new_files import NewFile, Planned, State, plan_files
from pipelayer.project.pipewelder import FILE
from pipelayer.project.source import read_document
from pipelayer.run.opening import config_or_raise
from pipelayer.run.outside import default_name, open_checkout
from pipelayer.run.request import Source
from pipelayer.starter.inherited import inherited


@dataclass(frozen=True)
class Surroundings:
    """Where a project is to be: the top of its repository (or its own folder, where there is none), and its
    folder in that. `project`, `repository` and `branch` are empty where nothing tells them.
    """

    root: Path
    folder: str
    in_git: bool
    project: str = ""
    repository: str = ""
    branch: str = ""


def look_around(folder: Path, environ: Mapping[str, str]) -> Surroundings:
    """What git and the environment tell about a folder, which may be missing. Raises PipelayerError where git
    can't read the repository, UsageError where the folder is none.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is no folder.", "Name another one, or a new one.")
    named = environ.get("GITHUB_REPOSITORY", "")
    repository = Repository.open(folder, environ=environ)
    if repository is None:
        return Surroundings(Path(os.path.realpath(folder)), "", False, named, named)
    with repository:
        inside = repository.relative(folder)
        if inside == ".git" or inside.startswith(".git/"):
            raise UsageError(f"{str(folder)!r} is git's own.", "Name another folder.")
        project = default_name(repository, inside, environ)
        slug = named or repository.slug()
        return Surroundings(repository.root, inside, True, project, slug, repository.default_branch())


@dataclass(frozen=True)
class Prospect:
    """The files of a project with what is in their place, and those that will be written."""

    planned: tuple[Planned, ...]
    files: Mapping[str, NewFile]


def foresee(place: Surroundings, files: Mapping[str, NewFile]) -> Prospect:
    """What writing them would meet. What somebody has already, in whatever form, stays.

    Raises UsageError where something else is in the way.
    """
    planned = tuple(_other_form(place.root, one) for one in plan_files(place.root, files))
    for one in planned:
        if one.state is State.BLOCKED:
            raise UsageError(f"{one.path!r} can't be written: {one.reason}.", "Nothing was written.")
    new = {one.path for one in planned if one.state is State.NEW}
    return Prospect(planned, {path: file for path, file in files.items() if path in new})


def inherit(folder: Path, environ: Mapping[str, str]) -> tuple[str, Mapping[str, NewFile]]:
    """Where Pipewelder's configuration of a project is, and the file that says the same in our form.

    Raises UsageError where there is none or it is wrong.
    """
    repository = Repository.open(folder, environ=environ) if folder.is_dir() else None
    with repository or nullcontext():
        checkout = open_checkout(repository, folder, Source.WORKTREE, environ)
        path = posixpath.join(checkout.root, FILE)
        if path not in checkout.tree.entries:
            raise UsageError(f"There is no {FILE} in {str(folder)!r}.", "Name the folder that has it.")
        config = config_or_raise(checkout.tree, checkout.root, FILE, checkout.project)
        document, _ = read_document(path, checkout.tree.read(path))
    assert document is not None, "its configuration was read from it"
    return path, {posixpath.join(checkout.root, DEFAULT_FILE): NewFile(inherited(document, config.project))}


def _other_form(root: Path, planned: Planned) -> Planned:
    """JSON and YAML of the same file must not be there both."""
    there = [form for form in forms(planned.path) if os.path.lexists(root / form)]
    return Planned(planned.path, State.DIFFERS) if planned.state is State.NEW and there else planned


def make_stub(connect: Callable[[str], Cloud], region: str, account: str) -> str:
    """Makes the pipeline that AWS validates on, where it is missing: what came of that, in a sentence.

    Nothing hangs on it: the first deploy makes it, too.
    """
    try:
        cloud = connect(region)
        if (actual := cloud.account()) != account:
            return not_made(f"these credentials are of the account {actual}")
        snapshot = take_snapshot(cloud.pipelines)
        stub = find_stub(cloud.pipelines, snapshot, create=True)
    except PipelayerError as problem:
        return not_made(problem.message.rstrip("."))
    if not stub:
        return not_made("these credentials may not create pipelines")
    how = "is there" if snapshot.stub else "was made"
    return f"The validation stub of {region} {how}: {stub}. Pull requests have AWS validate on it."


def not_made(why: str) -> str:
    """Why there is no stub, in a sentence."""
    then = "Until the first deploy makes it, pull requests are checked offline."
    return f"The validation stub was not made: {why}. {then}"
