"""What the checked-out files are compared with:

Said as a value by whoever knows the event, settled here with git.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from pipelayer.changes.commits import CommitTree
from pipelayer.changes.git import Repository
from pipelayer.changes.ids import is_commit_id
from pipelayer.changes.merges import before_merge, first_parent
from pipelayer.changes.paths import ChangedPath, compare
from pipelayer.errors import GitError
from pipelayer.project.tree import Tree


@dataclass(frozen=True)
class FirstParent:
    """The first parent of a commit: for a pull request's merge commit what its branch holds now."""

    commit: str


@dataclass(frozen=True)
class BeforeMerge:
    """What a merged pull request's branch was merged into, in whichever of GitHub's three ways.

    `commit` is what merging made, `head` the last of the branch's own `commits`.
    """

    commit: str
    head: str
    commits: int


@dataclass(frozen=True)
class Revision:
    """A commit by its id, or a branch, a tag or another revision as a person writes it."""

    name: str


@dataclass(frozen=True)
class Nothing:
    """There was nothing before, so everything is new."""


@dataclass(frozen=True)
class NoBase:
    """There is none, and none is to be expected: what differs from what is live decides."""

    reason: str


@dataclass(frozen=True)
class LostBase:
    """There is one that can't be had or told: `on-unknown-base` decides between all and failing."""

    reason: str


BaseSpec = FirstParent | BeforeMerge | Revision | Nothing | NoBase | LostBase


@dataclass(frozen=True)
class Compared:
    """The base's tree, and every path that differs between it and the head.

    `commit` is empty for `Nothing`.
    """

    tree: CommitTree
    changed: tuple[ChangedPath, ...]

    @property
    def commit(self) -> str:
        """The base's full id."""
        return self.tree.commit

    @cached_property
    def paths(self) -> frozenset[str]:
        """The paths alone."""
        return frozenset(change.path for change in self.changed)


def compare_with_base(repository: Repository, spec: BaseSpec, head: Tree) -> Compared | NoBase | LostBase:
    """Finds the base, fetching what the clone lacks, and compares.

    Never raises for a base that can't be had.
    """
    try:
        match spec:
            case NoBase() | LostBase():
                return spec
            case Nothing():
                base = repository.empty_tree
            case FirstParent(commit):
                base = first_parent(repository, commit)
            case BeforeMerge(commit, branch, commits):
                base = before_merge(repository, commit, branch, commits)
            case Revision(name):
                base = find_commit(repository, name)
            case _:
                assert_never(spec)
        return _compare(repository, base, head)
    except GitError as problem:
        return LostBase(problem.message)


def find_commit(repository: Repository, name: str) -> str:
    """The full id of a revision, fetched if the clone lacks it: a shallow clone knows few names.

    Raises GitError where neither the clone nor the server has it.
    """
    found = repository.resolve(name)
    if found is None and is_commit_id(name):
        repository.ensure(name)
        found = repository.resolve(name)
    if found is None and repository.origin_url() and (there := repository.remote_commit(name)) is not None:
        repository.ensure(there)
        found = repository.resolve(there)
    if found is None:
        raise GitError(
            f"{name!r} is neither a commit of this clone nor a branch or tag of `origin`",
            "Check its spelling.",
        )
    return found


def _compare(repository: Repository, base: str, head: Tree) -> Compared:
    if isinstance(head, CommitTree) and head.commit:
        changed = repository.diff(base, head.commit)
        return Compared(head.rewound(changed, "" if base == repository.empty_tree else base), changed)
    tree = repository.commit_tree(base)
    return Compared(tree, compare(tree, head))
