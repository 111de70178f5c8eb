"""From the files to a selection: most runs end here, and have read the configuration and no pipeline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelayer.definition.suggest import did_you_mean
from pipelayer.errors import PipelayerError, UsageError
from pipelayer.model import Finding, Key, Position, Selection, Severity
from pipelayer.project.config import DEFAULT_FILE, Config, Group, load_config
from pipelayer.project.layout import Place, discover
from pipelayer.project.reading import shown
from pipelayer.project.tree import Tree
from pipelayer.run.choosing import Chosen, choose
from pipelayer.run.head import Head, by_tag
from pipelayer.run.request import Request

if TYPE_CHECKING:
    from pipelayer.run.ports import Ports


@dataclass(frozen=True)
class Opened:
    """The project with what was chosen of it. `head` is None where the configuration is wrong; then
    `findings` say why.
    """

    head: Head | None
    findings: tuple[Finding, ...] = ()
    chosen: Chosen = field(default_factory=lambda: Chosen(Selection()))
    configured_at: Callable[[str], Mapping[str, Place]] = lambda commit: {}

    @property
    def selection(self) -> Selection:
        """The pipelines that were chosen, with reasons."""
        return self.chosen.selection

    @property
    def places(self) -> tuple[Place, ...]:
        """The pipelines of this run's groups."""
        return self.head.places if self.head else ()

    def head_or_raise(self) -> Head:
        """The project, for whoever can't do without it. Raises UsageError for what is wrong with its
        configuration.
        """
        if self.head is None:
            raise first_error(self.findings)
        return self.head

    def users(self, path: str, keys: Collection[Key]) -> list[Key]:
        """Those of `keys` whose template lies at `path`, or lies there too: what is wrong in it is wrong for
        each of them.
        """
        return [
            place.key
            for place in self.places
            if place.key in keys and path in {place.template, *(extra for _, extra in place.twins)}
        ]

    def refuse_unknown(self, removed: Iterable[Key]) -> None:
        """Raises UsageError for a name that is neither a pipeline's nor, as now seen in AWS, a removed
        one's.
        """
        known = {alias for key in removed for alias in _aliases(key)}
        for name in self.chosen.gone_names:
            if name not in known:
                places = [place.key.directory for place in self.places]
                raise UsageError(f"No pipeline is named {shown(name)}.", did_you_mean(name, places))

    def removed_key(self, tag: str, commit: str = "") -> Key | None:
        """The key that the base, or the tree of `commit`, gave the pipeline with this key tag. None where
        neither configured it.
        """
        place = self.chosen.before.get(tag) or (self.configured_at(commit).get(tag) if commit else None)
        return place.key if place else None

    def is_named(self, key: Key) -> bool:
        """Whether the user named this removed pipeline."""
        return bool(_aliases(key) & set(self.chosen.gone_names))


def _aliases(key: Key) -> set[str]:
    return {key.directory, f"{key.group}/{key.directory}", str(key)}


def open_project(request: Request, ports: Ports) -> Opened:
    """Reads the configuration, finds the pipelines and selects.

    Raises UsageError for a group, a name or a choice that can't be, and where there is no pipeline at all.
    """
    config, findings = load_config(ports.tree, request.root, request.config, ports.default_project)
    if config is None:
        return Opened(None, findings)
    groups = _groups(request, config)
    if request.writes and not config.project:
        hint = "Set `project:` in pipelayer.yml, or give the repository an `origin`."
        raise UsageError("The project has no name, so what it deploys could never be found again.", hint)
    head = Head(ports.tree, config, request.root, groups)
    chosen = choose(request, ports, head)
    if not (chosen.selection.items or chosen.before or request.prune) and head.is_empty():
        where = f"the folder {shown(request.root)}" if request.root else "this project"
        hint = "A pipeline is a directory with values.json; `working-directory` is the project's folder."
        if request.names_untracked:
            hint += " Files that git doesn't track don't count: `git add` them first."
        raise UsageError(f"There is no pipeline in {where}.", hint)
    return Opened(head, findings, chosen, _configured_at(request, ports))


def _groups(request: Request, config: Config) -> tuple[Group, ...]:
    if request.groups:
        return tuple(group_of(config, name) for name in request.groups)
    return (only_group(config),) if request.writes else config.groups


def only_group(config: Config) -> Group:
    """The one that is meant where none was chosen. Raises UsageError where there are several."""
    if len(config.groups) > 1:
        names = ", ".join(group.name for group in config.groups)
        raise UsageError(
            f"The project has several groups ({names}), and none was chosen.",
            "Choose with `group`, on the command line with `--group`.",
        )
    return config.groups[0]


def group_of(config: Config, name: str) -> Group:
    """The group of this name. Raises UsageError where there is none."""
    group = config.group(name)
    if group is None:
        known = [one.name for one in config.groups]
        where = f"in {config.path}" if config.path else "without a pipelayer.yml"
        listed = f"There {'is' if len(known) == 1 else 'are'} {', '.join(map(shown, known))}."
        raise UsageError(f"There is no group {shown(name)} {where}.", did_you_mean(name, known, listed))
    return group


def _configured_at(request: Request, ports: Ports) -> Callable[[str], Mapping[str, Place]]:
    known: dict[str, Mapping[str, Place]] = {}

    def configured(commit: str) -> Mapping[str, Place]:
        if commit not in known:
            known[commit] = configured_in(ports.tree_at(commit), request, ports.default_project)
        return known[commit]

    return configured


def configured_in(tree: Tree | None, request: Request, default_project: str) -> Mapping[str, Place]:
    """The pipelines that another tree configures, by their key tags; none where it can't be read."""
    if tree is None:
        return {}
    try:
        config, _ = load_config(tree, request.root, request.config, default_project)
        places = discover(tree, config, request.root) if config else ()
    except PipelayerError:
        return {}  # a partial clone fetches as it reads, and may not get it
    return by_tag(places)


def config_or_raise(tree: Tree, root: str, file: str = DEFAULT_FILE, default_project: str = "") -> Config:
    """The configuration, as `load_config` reads it. Raises UsageError for what is wrong with it."""
    config, findings = load_config(tree, root, file, default_project)
    if config is None:
        raise first_error(findings)
    return config


def first_error(findings: Iterable[Finding]) -> UsageError:
    """What to raise for files that can't be used, of which there is an error among the findings."""
    return as_error(next(one for one in findings if one.severity is Severity.ERROR))


def as_error(problem: Finding) -> UsageError:
    """A finding that ends the run, at its place."""
    return at_place(problem.at, problem.message, problem.hint)


def at_place(at: Position | None, message: str, hint: str) -> UsageError:
    """A problem of a file, for whoever can't do without that file."""
    if at is None:
        return UsageError(message, hint)
    return UsageError(message, hint, path=at.path, line=at.line, column=at.column)
