"""The real outside world: a checkout read through git, AWS through boto3, this machine's clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelayer.aws.clock import SystemClock
from pipelayer.aws.credentials import credentials_present
from pipelayer.changes.base import BaseSpec, NoBase, compare_with_base
from pipelayer.changes.git import Repository
from pipelayer.deploy.hands import Journal
from pipelayer.deploy.ports import Cloud
from pipelayer.errors import GitError, UsageError
from pipelayer.project.tree import DiskTree, Tree
from pipelayer.run.ports import Ports
from pipelayer.run.request import Source


@dataclass(frozen=True)
class Checkout:
    """The project's files. `root` is its folder inside the repository; without a repository all files on disk
    count.
    """

    tree: Tree
    root: str
    repository: Repository | None = None

    @property
    def default_project(self) -> str:
        """The origin's `owner/repo`, plus the folder inside it; empty where there is no origin."""
        name = self.repository.default_project() if self.repository else ""
        return f"{name}/{self.root}" if name and self.root else name


def open_checkout(repository: Repository | None, folder: Path, source: Source, head: str = "") -> Checkout:
    """The project in `folder`, read from `source`; `head` is the commit to read instead of the checked-out
    one.

    Raises UsageError where there is no such folder, or no commit to read.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder {str(folder)!r}.", "Check `working-directory`.")
    if repository is None:
        return Checkout(DiskTree(folder), "")
    root = repository.relative(folder)
    if source is not Source.COMMIT:
        return Checkout(repository.work_tree(untracked=source is Source.WORKTREE), root, repository)
    commit = head or repository.head()
    if commit is None:
        raise UsageError("The repository has no commit yet.", "Commit first.")
    return Checkout(repository.commit_tree(commit), root, repository)


def make_ports(
    checkout: Checkout,
    base: BaseSpec,
    environ: Mapping[str, str],
    journal: Journal,
    interrupted: Callable[[], bool],
    *,
    default_project: str = "",
    newest: Callable[[], Tree | None] | None = None,
) -> Ports:
    """Everything that a run needs of the world. Nothing is asked yet, but git for the base."""
    repository, clock = checkout.repository, SystemClock()

    def connect(region: str) -> Cloud:
        from pipelayer.aws.client import connect as connect_to
        from pipelayer.aws.datapipeline import RolePatience

        return connect_to(region, environ, role_patience=RolePatience(clock))

    def tree_at(commit: str) -> Tree | None:
        if repository is None:
            return None
        try:
            repository.ensure(commit)
            return repository.commit_tree(commit)
        except GitError:
            return None

    nothing = NoBase("Outside a git repository there is nothing to compare with.")
    return Ports(
        tree=checkout.tree,
        compared=compare_with_base(repository, base, checkout.tree) if repository else nothing,
        connect=connect,
        has_credentials=credentials_present(environ),
        clock=clock,
        journal=journal,
        interrupted=interrupted,
        default_project=default_project or checkout.default_project,
        newest=newest,
        tree_at=tree_at,
    )
