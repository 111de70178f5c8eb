"""The repository: what is asked of git, in the words of this project."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType

from pipelayer.changes import remote
from pipelayer.changes.blobs import Objects
from pipelayer.changes.commits import Committed, CommitTree
from pipelayer.changes.ids import is_commit_id
from pipelayer.changes.origin import Origin, configuration
from pipelayer.changes.paths import ChangedPath, parse_diff
from pipelayer.changes.process import NO_PROTOCOLS, Git, failure, guarded, patiently
from pipelayer.changes.worktree import WorkTree, is_same
from pipelayer.errors import GitError, UsageError

_EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_INNER = re.compile(r"(.*)/\.git/(?:worktrees/[^/]+/)?modules/.*", re.DOTALL)
"""Where git keeps the data of a submodule: in that of the repository around it."""

_NO_REPOSITORY = "not a git repository"


class Repository:
    """A checkout. Use it as a context manager, or close it: it holds a git process.

    `root` is the top of the work tree, `token` may read the repository at `server`.
    """

    def __init__(self, git: Git, origin: Origin, *, algorithm: str, pause: Callable[[float], None]) -> None:
        self.root = git.directory
        self.empty_tree = _EMPTY_TREES[algorithm]
        self._git = origin.for_reading()
        self._offline = replace(git, protocols=NO_PROTOCOLS)
        self._algorithm = algorithm
        self._origin = origin
        self.default_branch = origin.branch
        self._pause = pause
        self._objects = Objects(self._git, pause)
        self._here: set[str] = set()  # commits that the clone has; none is ever taken away

    @classmethod
    def open(
        cls,
        start: Path,
        *,
        token: str = "",
        server: str = "https://github.com",
        environ: Mapping[str, str] | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> Repository | None:
        """The repository whose work tree holds `start`, None where there is none.

        `server` is the only place that `token` is ever sent to. Raises GitError where there is a repository
        that git can't or won't read.
        """
        environ = os.environ if environ is None else environ
        start = Path(os.path.realpath(start))
        for folder in (start, *start.parents):
            if not os.path.lexists(folder / ".git"):
                continue
            git = Git(folder, environ)
            result = git.run("rev-parse", "--show-object-format", "--show-toplevel")
            if result.code != 0:
                if _NO_REPOSITORY in result.err:
                    continue
                raise failure("rev-parse", result.err)
            algorithm, _, top = os.fsdecode(result.out).removesuffix("\n").partition("\n")
            if Path(top) != folder or algorithm not in _EMPTY_TREES:
                raise GitError(
                    f"{folder} is a repository whose work tree lies elsewhere, or of an unknown format",
                    "Remove core.worktree from its configuration.",
                )
            config = configuration(git)
            git = guarded(git, config)
            origin = Origin(git, config, token=token, address=server, pause=pause)
            return cls(git, origin, algorithm=algorithm, pause=pause)
        return None

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process that reads objects."""
        self._objects.close()

    def relative(self, path: Path) -> str:
        """`path` as a path inside the repository, `""` for its top. Raises UsageError for one outside."""
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            raise UsageError(f"{path} is outside the repository {self.root}", "Give a folder inside it.")
        relative = real.relative_to(self.root).as_posix()
        return "" if relative == "." else relative

    def outer(self) -> str:
        """The top folder of the repository that holds this one as a submodule, `""` where none does.

        Told from where its own data lies. Git could be asked too, and would run itself in the outer one,
        without what keeps the outer one's configuration from executing anything.
        """
        try:
            written = os.fsdecode((self.root / ".git").read_bytes())
        except OSError:
            return ""
        place = os.path.normpath(self.root / written.removeprefix("gitdir:").strip())
        inner = _INNER.fullmatch(place)
        return inner[1] if inner else ""

    def origin_url(self) -> str:
        """The address of the remote `origin`, `""` where there is none."""
        return self._origin.url

    def slug(self) -> str:
        """`owner/repo` of the origin, `""` where it tells none."""
        return remote.slug(self.origin_url())

    def head(self) -> str | None:
        """The checked-out commit's full id, None before the first commit."""
        return self.resolve("HEAD")

    def is_shallow(self) -> bool:
        """Whether history was cut off, as actions/checkout does by default."""
        return self._offline.output("rev-parse", "--is-shallow-repository").strip() == b"true"

    def resolve(self, revision: str) -> str | None:
        """The full id of the commit that `revision` means here, None where it means none or the clone
        lacks it.
        """
        if revision in self._here:
            return revision
        if not revision or revision.startswith("-") or any(ord(character) < 32 for character in revision):
            return None
        result = self._offline.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
        found = result.out.decode("ascii", "replace").strip()
        if result.code != 0 or not is_commit_id(found):
            return None
        self._here.add(found)
        return found

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents' ids as the commit itself names them, also where a shallow clone cuts them off."""
        return tuple(line[7:].decode("ascii", "replace") for line in self._header(commit, b"parent "))

    def author(self, commit: str) -> bytes:
        """Who wrote a commit and when, as the commit itself says it."""
        return b"".join(self._header(commit, b"author "))

    def written(self, commit: str) -> datetime | None:
        """When a commit was written, as its author's clock said."""
        seconds = self.author(commit).rpartition(b"> ")[2].split()
        try:
            return datetime.fromtimestamp(int(seconds[0]), UTC)
        except (IndexError, ValueError, OverflowError, OSError):
            return None

    def ahead_of(self, commit: str) -> int | None:
        """How many commits the checked-out one has that `commit` hasn't; None where the clone can't tell."""
        if self.is_shallow():
            return None
        result = self._offline.run("rev-list", "--count", "--end-of-options", f"{commit}..HEAD")
        return int(result.out) if result.code == 0 else None

    def _header(self, commit: str, name: bytes) -> list[bytes]:
        found = self._objects.find(commit)
        if found is None or found.kind != "commit":
            raise GitError(f"the clone lacks the commit {commit}", "Fetch it first.")
        return [line for line in found.data.partition(b"\n\n")[0].split(b"\n") if line.startswith(name)]

    def commit_tree(self, revision: str) -> CommitTree:
        """The files of a commit. Raises GitError where the clone lacks it."""
        if revision == self.empty_tree:
            return CommitTree.empty(self._objects)
        commit = self.resolve(revision)
        if commit is None:
            raise GitError(
                f"{revision!r} is no commit of this clone", "Check its spelling, or fetch it first."
            )

        def listing() -> bytes:
            return self._read("ls-tree", "-r", "-z", "--full-tree", commit)

        paths = Committed(f"{commit}^{{tree}}", self._objects, listing)
        return CommitTree(commit, self._objects, paths, partial(self._have, commit))

    def _have(self, commit: str, ids: Collection[str]) -> None:
        """Fetches at once which of a commit's blobs a partial clone lacks: reading would fetch each alone."""
        if not self._origin.is_partial:
            return
        listing = self._offline.run("rev-list", "--objects", "--missing=print", "--no-walk", commit)
        lacking = {line[1:].decode("ascii") for line in listing.out.split(b"\n") if line.startswith(b"?")}
        wanted = sorted(lacking.intersection(ids))
        if len(wanted) > 1:
            with suppress(GitError):  # whoever reads one of them hears of it
                self._origin.fetch_blobs(wanted)

    def work_tree(self, folder: str = "", *, untracked: bool = False) -> WorkTree:
        """The files on disk: the tracked ones, or all of them, ignored ones too.

        Where only the tracked ones count and none in `folder` differs from the checked-out commit's, the
        tree bears that commit's id.
        """
        listing = self._git.output("ls-files", "--stage", "-t", "-z").decode("utf-8", "surrogateescape")

        def commit(tree: WorkTree) -> str:
            return "" if untracked else self._commit_of(tree, folder)

        index = listing.split("\0")
        return WorkTree(self.root, index, self._objects, self._algorithm, commit, untracked=untracked)

    def _commit_of(self, tree: WorkTree, folder: str) -> str:
        head = self.head()
        if head is None:
            return ""
        # Compared here: `git status` would run the filters that a configuration names.
        where = f"{folder}/" if folder else ""
        return head if is_same(self.commit_tree(head), tree, where) else ""

    def ignored(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Those of the paths that git doesn't add, since some `.gitignore` names them."""
        given = "\0".join(paths).encode("utf-8", "surrogateescape")
        said = self._git.run("check-ignore", "--stdin", "-z", given=given).out
        return tuple(said.decode("utf-8", "surrogateescape").split("\0")[:-1])

    def diff(self, base: str, head: str) -> tuple[ChangedPath, ...]:
        """The paths that differ between the trees of two commits (or trees) that the clone has, by full
        id.
        """
        for name in (base, head):
            if not is_commit_id(name):
                raise GitError(f"{name!r} is no commit id")
        # --ignore-submodules=none: else .gitmodules could hide a submodule's change.
        options = (
            "-r",
            "-z",
            "--raw",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=none",
        )
        return tuple(parse_diff(self._read("diff-tree", *options, base, head, "--")))

    def ensure(self, commit: str) -> None:
        """Fetches the commit if the clone lacks it: into a shallow clone without any history.

        A full clone stays full: cut off at this commit, its owner's later fetches would be too.
        Raises GitError where it can't be had.
        """
        if self.resolve(commit) is None:
            self._origin.fetch(commit, depth=int(self.is_shallow()))
            if self.resolve(commit) is None:
                raise GitError(f"{commit} was fetched and is no commit")

    def deepen(self, commit: str, depth: int) -> None:
        """Has the clone hold a commit and `depth` - 1 generations before it.

        What it holds already is left alone: fetching it anew would cut off the history behind it.
        """
        if not self._holds(commit, depth):
            self._origin.fetch(commit, depth=depth if self.is_shallow() else 0)

    def _holds(self, commit: str, depth: int) -> bool:
        generation = {commit}
        for _ in range(depth):
            if not all(map(self.resolve, generation)):
                return False
            generation = {parent for one in generation for parent in self.parents(one)}
        return True

    def remote_commit(self, name: str) -> str | None:
        """The commit that the server has under a branch's or a tag's name, None where it has neither."""
        return self._origin.find(name)

    def remote_tip(self, branch: str) -> str | None:
        """The commit that `branch` is at on the server now, None where the server has no such branch."""
        return self._origin.tip(branch)

    def _read(self, *arguments: str) -> bytes:
        return patiently(lambda: self._git.output(*arguments), self._pause)
