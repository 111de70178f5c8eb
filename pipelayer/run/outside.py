"""The real outside world: a checkout read through git, AWS through boto3, this machine's clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from pipelayer.aws.clock import SystemClock
from pipelayer.aws.credentials import credentials_present
from pipelayer.changes.base import BaseSpec, NoBase, compare_with_base, find_commit
from pipelayer.changes.git import Repository
from pipelayer.changes.ids import is_commit_id
from pipelayer.changes.remote import project_name
from pipelayer.errors import GitError, PipelayerError, UsageError
from pipelayer.model.status import LiveCommit
from pipelayer.project.tree import DiskTree, Tree
from pipelayer.run.ports import Ports
from pipelayer.run.request import Source
from pipelayer.run.stopping import sleep_unless

if TYPE_CHECKING:
    from pipelayer.console.ports import Cloud
    from pipelayer.deploy.hands import Journal


@dataclass(frozen=True)
class Checkout:
    """The project's files. `root` is its folder in the repository; without a repository all files on disk
    count.

    `project` is the name that the project has where its configuration gives none, empty where nothing tells
    one.
    """

    tree: Tree
    root: str
    project: str
    repository: Repository | None = None


class StoppableClock(SystemClock):
    """This machine's time; nobody who was told to stop waits."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped

    def sleep(self, seconds: float) -> None:
        """Waits, unless the run was told to stop."""
        sleep_unless(self._stopped, seconds)


def region_in(environ: Mapping[str, str]) -> str:
    """The region that AWS's own settings name, "" where they name none."""
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or ""


def open_checkout(
    repository: Repository | None, folder: Path, source: Source, environ: Mapping[str, str], head: str = ""
) -> Checkout:
    """The project in `folder`, read from `source`; `head` is the commit to read instead of the checked-out
    one.

    Raises UsageError where there is no such folder, or no commit to read; GitError for a head that can't be
    had. A commit holds folders that a sparse checkout leaves out.
    """
    if not folder.is_dir() and (repository is None or source is not Source.COMMIT):
        raise UsageError(f"There is no folder `{folder}`.", "Check `working-directory`.")
    if repository is None:
        return Checkout(DiskTree(folder), "", default_name(None, "", environ))
    root = repository.relative(folder)
    tree: Tree
    match source:
        case Source.TRACKED | Source.WORKTREE:
            tree = repository.work_tree(root, untracked=source is Source.WORKTREE)
        case Source.COMMIT:
            commit = find_commit(repository, head) if head else repository.head()
            if commit is None:
                raise UsageError("The repository has no commit yet.", "Commit first.")
            tree = repository.commit_tree(commit)
        case _:
            assert_never(source)
    return Checkout(tree, root, default_name(repository, root, environ), repository)


def default_name(repository: Repository | None, root: str, environ: Mapping[str, str]) -> str:
    """What a project is called where its configuration gives no name: as its repository is on GitHub, plus
    its folder in that. "" where nothing tells.
    """
    known = environ.get("GITHUB_REPOSITORY") or (repository.slug() if repository else "")
    return project_name(known, root)


def project_at(folder: Path, environ: Mapping[str, str]) -> str:
    """The same for a folder, which may not exist yet."""
    repository = Repository.open(folder, environ=environ)
    with repository or nullcontext():
        return default_name(repository, repository.relative(folder) if repository else "", environ)


def ignored_in(folder: Path, paths: Sequence[str], environ: Mapping[str, str]) -> Sequence[str] | None:
    """Those of the files of a folder, by their paths in it, that git ignores; None outside a repository."""
    repository = Repository.open(folder, environ=environ)
    if repository is None:
        return None
    with repository:
        root = repository.relative(folder)
        start = f"{root}/" if root else ""
        return [path.removeprefix(start) for path in repository.ignored([start + path for path in paths])]


def connector(
    environ: Mapping[str, str], interrupted: Callable[[], bool], *, patient: bool = True
) -> Callable[[str], Cloud]:
    """Makes the cloud of a region. Nobody who was told to stop waits for AWS's rate limits any more."""
    clock = StoppableClock(interrupted)

    def connect(region: str) -> Cloud:
        from pipelayer.aws.client import connect as connect_to
        from pipelayer.aws.datapipeline import RolePatience
        from pipelayer.aws.pace import Pace

        patience = RolePatience(clock, stopped=interrupted) if patient else None
        return connect_to(region, environ, pace=Pace(clock, interrupted), role_patience=patience)

    return connect


def make_ports(
    checkout: Checkout,
    base: BaseSpec,
    environ: Mapping[str, str],
    journal: Journal,
    interrupted: Callable[[], bool],
    *,
    patient: bool = True,
    newest: Callable[[], Tree | None] | None = None,
    on_secret: Callable[[str], None] | None = None,
) -> Ports:
    """Everything that a run needs of the world. Nothing is asked yet, but git for the base.

    `on_secret` hears each secret that is read. `patient`: wait for roles that were made a moment ago and that
    AWS doesn't know yet.
    """
    repository = checkout.repository
    nothing = NoBase("Outside a git repository there is nothing to compare with.")

    def tree_at(commit: str) -> Tree | None:
        if repository is None:
            return None
        try:
            repository.ensure(commit)
            return repository.commit_tree(commit)
        except GitError:
            return None

    def commit_at(commit: str) -> LiveCommit:
        try:
            if repository is None or not is_commit_id(commit) or repository.resolve(commit) is None:
                return LiveCommit(commit)
            return LiveCommit(commit, repository.written(commit), repository.ahead_of(commit))
        except GitError:
            return LiveCommit(commit)

    return Ports(
        tree=checkout.tree,
        compared=compare_with_base(repository, base, checkout.tree) if repository else nothing,
        connect=connector(environ, interrupted, patient=patient),
        has_credentials=credentials_present(environ),
        clock=StoppableClock(interrupted),
        journal=journal,
        interrupted=interrupted,
        default_project=checkout.project,
        newest=newest,
        on_secret=on_secret or (lambda value: None),
        tree_at=tree_at,
        commit_at=commit_at,
    )


def newest_on(repository: Repository, branch: str, ours: str) -> Callable[[], Tree | None]:
    """Asks the server for the branch's tip: its tree, None where it is the commit that is being deployed."""

    def newest() -> Tree | None:
        tip = repository.remote_tip(branch) if branch else None
        if tip is None:
            what = f"`{branch}`" if branch else "this ref"
            raise PipelayerError(
                f"Whether {what} has moved on can't be told, so nothing was written.",
                "Deploy from a branch that exists on the server.",
            )
        if tip == ours:
            return None
        repository.ensure(tip)
        return repository.commit_tree(tip)

    return newest
