"""What a commit was made from: its first parent, or what the branch of a pull request was merged into."""

from __future__ import annotations

from pipelayer.changes.git import Repository
from pipelayer.errors import GitError


def first_parent(repository: Repository, commit: str) -> str:
    """The first parent of a commit, both fetched if the clone lacks them; the empty tree's id where it has
    none.

    Raises GitError where one of them can't be had.
    """
    repository.ensure(commit)
    parents = repository.parents(commit)
    if not parents:
        return repository.empty_tree
    repository.ensure(parents[0])
    return parents[0]


def before_merge(repository: Repository, commit: str, head: str, commits: int) -> str:
    """What a pull request's branch of so many commits, the last of them `head`, was merged into as `commit`.

    A merge and a squash have it as their first parent. Rebasing makes a new commit of each of the branch's.
    Where the branch has merges of its own it makes fewer: what is found is older then, and too much counts as
    changed, never too little. Raises GitError where a commit can't be had.
    """
    repository.ensure(commit)
    parents = repository.parents(commit)
    if commit == head and len(parents) > 1:
        raise GitError("the branch was merged by pushing it, and what it was merged into isn't told")
    several = commits > 1 and len(parents) == 1
    if not (several and _is_rebased(repository, commit, head, commits)):
        return first_parent(repository, commit)
    repository.deepen(commit, commits + 1)
    found = commit
    for _ in range(commits):
        parents = repository.parents(found)
        if not parents:
            return repository.empty_tree
        found = parents[0]
    return found


def _is_rebased(repository: Repository, commit: str, head: str, commits: int) -> bool:
    """Whether `commit` was made by rebasing one of the last `commits` that led to `head`.

    It has the name and the second of that one's author then; a squash has those of the moment of merging. It
    need not be the very last: rebasing drops merges, and what has become empty.
    """
    repository.deepen(head, commits)
    author, waiting, seen = repository.author(commit), [head], {head}
    while waiting and len(seen) <= 2 * commits:
        found = waiting.pop(0)
        if repository.author(found) == author:
            return True
        parents = [one for one in repository.parents(found) if one not in seen and repository.resolve(one)]
        seen.update(parents)
        waiting += parents
    return False
