"""Where the pipelines are: from the names of the files alone, without reading one."""

from __future__ import annotations

import fnmatch
import posixpath
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipelayer.model import Key
from pipelayer.project.config import DEFAULT_TEMPLATE, Config, Group, below, forms
from pipelayer.project.tree import Tree, TreeEntry

VALUES_FORMS = forms("values.json")
OWN_TEMPLATE_FORMS = forms(DEFAULT_TEMPLATE)
_TEMPLATE_ENDS = tuple(f"/{name}" for name in OWN_TEMPLATE_FORMS)


@dataclass(frozen=True)
class Place:
    """One pipeline of one group as it lies in the tree.

    `values` are the files that apply, weakest first. `template` is the path to use; it may not exist, and is
    others' too unless it is an `own_template`. `files` are what is uploaded. `twins` are pairs of files of
    which only one may exist. `groups` names all groups.
    """

    key: Key
    group: Group
    directory: str
    values: tuple[str, ...]
    template: str
    own_template: bool = False
    files: tuple[TreeEntry, ...] = ()
    twins: tuple[tuple[str, str], ...] = ()
    groups: tuple[str, ...] = ()


def discover(
    tree: Tree, config: Config, root: str, folders: Collection[str] | None = None
) -> tuple[Place, ...]:
    """Every pipeline of every group, in the order of the groups and then of the directories.

    A directory counts if it holds values.json (or .yml, .yaml), no part of its path begins with a dot, and
    one of the group's `dirs` matches it. Only what lies in `folders` is looked at, where they are given.
    """
    paths = tree.entries if folders is None else [path for one in folders for path in tree.under(one)]
    prefix = f"{root}/" if root else ""
    candidates = sorted(set(_candidates(paths, root)))
    found = [
        (group, directory)
        for group in config.groups
        for directory in candidates
        if matches(group.dirs, directory)
    ]
    contents = _contents(paths, {prefix + directory for _, directory in found})
    layout = _Layout(tree, config, root, contents, {root: _Shared()})
    return tuple(layout.place(group, directory) for group, directory in found)


def is_any(tree: Tree, groups: Iterable[Group], root: str) -> bool:
    """Whether there is any pipeline of these groups. It looks no further than to the first."""
    patterns = tuple(pattern for group in groups for pattern in group.dirs)
    return any(matches(patterns, directory) for directory in _candidates(tree.under(root), root))


def _candidates(paths: Iterable[str], root: str) -> Iterator[str]:
    """The folders below `root`, relative to it, that may be pipelines if `dirs` matches them."""
    prefix = f"{root}/" if root else ""
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name in VALUES_FORMS and folder.startswith(prefix) and folder != root:
            directory = folder[len(prefix) :]
            if not _hidden(directory):
                yield directory


def folders_above(paths: Collection[str], trees: Collection[Tree], root: str) -> Collection[str]:
    """The outermost folders that hold a template which is one of `paths`, or values in one of `trees` and one
    of `paths` below it.

    Each pipeline that holds one of `paths`, or held it, lies in one of them, and so does each for which it is
    or was a template, but for the groups' own.
    """
    top = len(root) + 1 if root else 0
    known = {path.rpartition("/")[0]: True for path in paths if path.endswith(_TEMPLATE_ENDS)}

    def counts(folder: str) -> bool:
        if folder not in known:
            forms_there = [f"{folder}/{name}" for name in VALUES_FORMS]
            known[folder] = any(form in tree.entries for tree in trees for form in forms_there)
        return known[folder]

    found: dict[str, None] = {}
    for path in paths:
        if not path.startswith(f"{root}/" if root else ""):
            continue
        end = path.find("/", top)
        while end > 0:
            if counts(path[:end]):
                found[path[:end]] = None
                break
            end = path.find("/", end + 1)
    return found


def matches(patterns: tuple[str, ...], directory: str) -> bool:
    """Whether a glob matches the whole path: `*` stays within one part, `**` is any number of parts."""
    parts = directory.split("/")
    return any(_matches(pattern.split("/"), parts) for pattern in patterns)


def _matches(globs: list[str], parts: list[str]) -> bool:
    """Keeps the set of places in the glob that the path can have reached, so that no glob is slow."""
    reached = _skip(globs, {0})
    for part in parts:
        step = {
            index if globs[index] == "**" else index + 1
            for index in reached
            if index < len(globs) and (globs[index] == "**" or fnmatch.fnmatchcase(part, globs[index]))
        }
        reached = _skip(globs, step)
    return len(globs) in reached


def _skip(globs: list[str], reached: set[int]) -> set[int]:
    """`**` may stand for no part at all."""
    for index, glob in enumerate(globs):
        if glob == "**" and index in reached:
            reached.add(index + 1)
    return reached


def _hidden(directory: str) -> bool:
    return directory.startswith(".") or "/." in directory


def _contents(paths: Iterable[str], directories: set[str]) -> Mapping[str, list[str]]:
    """The files of each directory, those of a pipeline nested in it left out."""
    owners: dict[str, str] = {"": ""}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        folder, unknown = posixpath.dirname(path), []
        while folder not in owners and folder not in directories:
            unknown.append(folder)
            folder = posixpath.dirname(folder)
        owner = folder if folder in directories else owners[folder]
        owners.update(dict.fromkeys(unknown, owner))
        if owner:
            found[owner].append(path)
    return found


@dataclass(frozen=True)
class _Shared:
    """The template for pipelines in a folder, in each form that is there; none where it is the group's.

    `closed` in a pipeline's directory: all that is there is that pipeline's, and no template for others.
    """

    template: tuple[str, ...] = ()
    closed: bool = False


@dataclass(frozen=True)
class _Layout:
    """`contents` are the pipelines' files by directory. `shared` holds the folders that were looked at."""

    tree: Tree
    config: Config
    root: str
    contents: Mapping[str, list[str]]
    shared: dict[str, _Shared]

    def place(self, group: Group, directory: str) -> Place:
        folder = posixpath.join(self.root, directory)
        twins: list[tuple[str, str]] = []

        def one_of(candidates: tuple[str, ...]) -> str | None:
            found = [path for path in candidates if path in self.tree.entries]
            twins.extend((found[0], extra) for extra in found[1:])
            return found[0] if found else None

        values = [one_of(forms(f"{folder}/{stem}.json")) for stem in ("values", f"values.{group.name}")]
        own = one_of(forms(f"{folder}/{DEFAULT_TEMPLATE}"))
        template = own or one_of(
            self.shared_by(posixpath.dirname(folder)) or template_forms(self.root, group)
        )
        files = (path for path in self.contents[folder] if not _is_own(path[len(folder) + 1 :]))
        return Place(
            key=Key(self.config.project, group.name, directory),
            group=group,
            directory=folder,
            values=tuple(path for path in values if path is not None),
            template=template or below(self.root, group.template) or "",
            own_template=own is not None,
            files=tuple(self.tree.entries[path] for path in files),
            twins=tuple(twins),
            groups=tuple(other.name for other in self.config.groups),
        )

    def shared_by(self, folder: str) -> tuple[str, ...]:
        """The template of the nearest folder, from this one up to the last below the project's.

        Each folder is looked at once: there may be ten thousand pipelines below it.
        """
        unknown: list[str] = []
        while folder not in self.shared:
            unknown.append(folder)
            folder = posixpath.dirname(folder)
        found = self.shared[folder]
        for folder in reversed(unknown):
            if folder in self.contents:
                found = _Shared(found.template, closed=True)
            elif not found.closed:
                there = [path for path in forms(f"{folder}/{DEFAULT_TEMPLATE}") if path in self.tree.entries]
                found = _Shared(tuple(there) or found.template)
            self.shared[folder] = found
        return found.template


def template_forms(root: str, group: Group) -> tuple[str, ...]:
    """Where the group's template may lie: the file that is named, for the usual name its other forms too."""
    path = below(root, group.template) or ""
    return forms(path) if group.template == DEFAULT_TEMPLATE else (path,)


def _is_own(relative: str) -> bool:
    """What is the pipeline's own description, not for the upload; `.git` is never the user's."""
    return (
        (relative.startswith("values.") and "/" not in relative)
        or relative in OWN_TEMPLATE_FORMS
        or ".git" in relative.split("/")
    )
