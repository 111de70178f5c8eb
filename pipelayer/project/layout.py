"""Where the pipelines are: from the names of the files alone, without reading one."""

from __future__ import annotations

import fnmatch
import posixpath
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from pipelayer.model import Key
from pipelayer.project.config import DEFAULT_TEMPLATE, Config, Group, below, forms
from pipelayer.project.tree import Tree, TreeEntry

VALUES_FORMS = forms("values.json")
OWN_TEMPLATE_FORMS = forms(DEFAULT_TEMPLATE)


@dataclass(frozen=True)
class Place:
    """One pipeline of one group as it lies in the tree.

    `values` are the files that apply, weakest first. `template` is the path to use; it may not exist. `files`
    are what is uploaded. `twins` are pairs of files of which only one may exist. `groups` names all groups.
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


def discover(tree: Tree, config: Config, root: str) -> tuple[Place, ...]:
    """Every pipeline of every group, in the order of the groups and then of the directories.

    A directory counts if it holds values.json (or .yml, .yaml), no part of its path begins with a dot, and
    one of the group's `dirs` matches it.
    """
    prefix = f"{root}/" if root else ""
    folders = {posixpath.dirname(path) for path in tree.entries if posixpath.basename(path) in VALUES_FORMS}
    candidates = sorted(
        folder[len(prefix) :] for folder in folders if folder.startswith(prefix) and folder != root
    )
    found = [
        (group, directory)
        for group in config.groups
        for directory in candidates
        if not _hidden(directory) and matches(group.dirs, directory)
    ]
    contents = _contents(tree, {prefix + directory for _, directory in found})
    layout = _Layout(tree, config, root, contents)
    return tuple(layout.place(group, directory) for group, directory in found)


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


def _contents(tree: Tree, directories: set[str]) -> Mapping[str, list[str]]:
    """The files of each directory, those of a pipeline nested in it left out."""
    owners: dict[str, str] = {"": ""}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in tree.entries:
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
class _Layout:
    tree: Tree
    config: Config
    root: str
    contents: Mapping[str, list[str]]

    def place(self, group: Group, directory: str) -> Place:
        folder = posixpath.join(self.root, directory)
        twins: list[tuple[str, str]] = []

        def one_of(candidates: tuple[str, ...]) -> str | None:
            found = [path for path in candidates if path in self.tree.entries]
            twins.extend((found[0], extra) for extra in found[1:])
            return found[0] if found else None

        values = [one_of(forms(f"{folder}/{stem}.json")) for stem in ("values", f"values.{group.name}")]
        own = one_of(forms(f"{folder}/{DEFAULT_TEMPLATE}"))
        template = own or one_of(_template_candidates(self.root, group))
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


def _template_candidates(root: str, group: Group) -> tuple[str, ...]:
    """The file that is named; for the usual name its other forms too."""
    path = below(root, group.template) or ""
    return forms(path) if group.template == DEFAULT_TEMPLATE else (path,)


def _is_own(relative: str) -> bool:
    """What is the pipeline's own description, not for the upload; `.git` is never the user's."""
    return (
        (relative.startswith("values.") and "/" not in relative)
        or relative in OWN_TEMPLATE_FORMS
        or ".git" in relative.split("/")
    )
