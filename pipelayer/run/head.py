"""The files that a run is about, as a project: found as far as somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from pipelayer.deploy import tags
from pipelayer.project.config import Config, Group
from pipelayer.project.layout import Place, discover, is_any
from pipelayer.project.tree import Tree


@dataclass(frozen=True)
class Head:
    """A project as the files of this run show it. `groups` are those of this run, of all that `config` has;
    `root` is the project's folder.
    """

    tree: Tree
    config: Config
    root: str
    groups: tuple[Group, ...]

    @cached_property
    def every(self) -> tuple[Place, ...]:
        """The pipelines of all groups."""
        return discover(self.tree, self.config, self.root)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Those of this run's groups."""
        names = {group.name for group in self.groups}
        return tuple(place for place in self.every if place.key.group in names)

    @cached_property
    def configured(self) -> Mapping[str, Place]:
        """The pipelines of all groups by their key tags."""
        return by_tag(self.every)

    def is_empty(self) -> bool:
        """Whether this run's groups have no pipeline at all; told from the paths alone."""
        return not is_any(self.tree, self.groups, self.root)


def by_tag(places: Iterable[Place]) -> Mapping[str, Place]:
    """Pipelines by the tag that AWS knows their keys by."""
    return {tags.key_tag(place.key): place for place in places}
