"""What the checked-out files are compared with:

Said as a value by whoever knows the event, settled here with git.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from pipelayer.changes.git import Repository, is_commit_id
from pipelayer.changes.trees import ChangedPath, CommitTree, compare
from pipelayer.errors import GitError
from pipelayer.project.tree import Tree


@dataclass(frozen=True)
class FirstParent:
    """The first parent of a commit: for a pull request's merge commit what its branch holds now."""

    commit: str


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


BaseSpec = FirstParent | Revision | Nothing | NoBase | LostBase


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

    @property
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
                base = _first_parent(repository, commit)
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
        return name
    if found is None and repository.origin_url() and (found := repository.remote_tip(name)) is not None:
        repository.ensure(found)
    if found is None:
        raise GitError(
            f"{name!r} is neither a commit of this clone nor a branch of `origin`", "Check its spelling."
        )
    return found


def _first_parent(repository: Repository, commit: str) -> str:
    repository.ensure(commit)
    parents = repository.parents(commit)
    if not parents:
        return repository.empty_tree
    repository.ensure(parents[0])
    return parents[0]


def _compare(repository: Repository, base: str, head: Tree) -> Compared:
    if isinstance(head, CommitTree) and head.commit:
        changed = repository.diff(base, head.commit)
        return Compared(head.rewound(changed, "" if base == repository.empty_tree else base), changed)
    tree = repository.commit_tree(base)
    return Compared(tree, compare(tree, head))
