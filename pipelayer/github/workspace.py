"""The checkout that the job made: whether it is the event's, and whether it holds what the event is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from pipelayer.changes.base import LostBase, Revision, find_commit
from pipelayer.changes.git import Repository
from pipelayer.errors import GitError, UsageError
from pipelayer.github.decide import Run
from pipelayer.github.event import Event
from pipelayer.github.inputs import Inputs
from pipelayer.project.reading import shown


def folder_of(inputs: Inputs, environ: Mapping[str, str]) -> Path:
    """The project's folder on disk."""
    return Path(environ.get("GITHUB_WORKSPACE") or ".", inputs.working_directory)


def open_repository(
    inputs: Inputs, event: Event, environ: Mapping[str, str], pause: Callable[[float], None]
) -> Repository:
    """The event's repository.

    Raises UsageError where the workspace holds none, or another one; GitError where git can't or won't read
    it.
    """
    folder = folder_of(inputs, environ)
    repository = Repository.open(
        folder, token=inputs.github_token, server=event.server_url, environ=environ, pause=pause
    )
    if repository is None:
        raise UsageError("The workspace holds no git repository.", _where_else(folder))
    if outer := repository.outer():
        raise UsageError(
            f"{shown(inputs.working_directory)} lies in a submodule of {shown(outer)}, "
            "whose commits are not those that the event is about.",
            "Run the action in the submodule's own repository.",
        )
    if not _is_of(repository.slug(), event):
        raise UsageError(
            f"The checkout is of {shown(repository.slug())}, and the event of {shown(event.repository)}: "
            "its commits and its branch are others.",
            "Run the action in the workflows of the repository that it is about.",
        )
    return repository


def as_far_as_had(decision: Run, repository: Repository, here: str) -> Run:
    """A pull request's merge commit goes when the branch is merged or conflicts. Then the checkout is what
    there is, and nobody knows what to compare it with.
    """
    try:
        find_commit(repository, decision.head)
    except GitError as problem:
        if here:
            note = (
                f"The merge commit {decision.head[:7]} can't be had; the checkout, {here[:7]}, is looked at."
            )
            base = decision.base if isinstance(decision.base, Revision) else LostBase(problem.message)
            return replace(decision, head=here, base=base, notes=(note,))
    return decision


def _is_of(slug: str, event: Event) -> bool:
    """Whether a checkout is of the event's repository, as far as its origin tells; a pull request's may be of
    the fork that it comes from.
    """
    known = {
        event.repository.lower(),
        event.pull_request.head_repository.lower() if event.pull_request else "",
    }
    return not slug or slug.lower() in known


def _where_else(folder: Path) -> str:
    """A checkout may lie in a subdirectory of the workspace (`path` of actions/checkout)."""
    try:
        found = sorted(child.name for child in folder.iterdir() if (child / ".git").exists())
    except OSError:
        found = []
    if not found:
        return "Put a step with actions/checkout before this one."
    return f"There is one in {shown(found[0])}: name its folder in `working-directory`."
