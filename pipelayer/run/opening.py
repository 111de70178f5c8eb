"""From the files to a selection, without reading a single pipeline: most runs end here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from pipelayer.changes.base import Compared, LostBase, NoBase
from pipelayer.changes.select import changed_groups, select, select_all, select_named
from pipelayer.definition.suggest import did_you_mean
from pipelayer.deploy import prune, tags
from pipelayer.errors import PipelayerError, UsageError
from pipelayer.model import Finding, Key, Selected, Selection
from pipelayer.project import load_all
from pipelayer.project.config import Config, Group, load_config
from pipelayer.project.layout import Place, discover
from pipelayer.project.reading import shown
from pipelayer.project.tree import Tree
from pipelayer.run.ports import Ports
from pipelayer.run.request import Choice, Request, UnknownBase


@dataclass(frozen=True)
class Opened:
    """The project as its configuration and its folders show it.

    `groups` are those of this run, `places` their pipelines. `live_decides`: there is no base to compare
    with, so whatever differs from what is live counts as changed. `config` is None where it is wrong; then
    `findings` say why.
    """

    config: Config | None
    findings: tuple[Finding, ...] = ()
    groups: tuple[Group, ...] = ()
    places: tuple[Place, ...] = ()
    selection: Selection = field(default_factory=Selection)
    live_decides: bool = False
    configured: frozenset[str] = frozenset()
    gone_names: tuple[str, ...] = ()
    configured_at: Callable[[str], frozenset[str]] = lambda commit: frozenset()
    before: frozenset[str] = frozenset()

    def users(self, path: str, keys: Collection[Key]) -> list[Key]:
        """Those of `keys` whose template lies at `path`: what is wrong in it is wrong for each of them."""
        return [place.key for place in self.places if place.key in keys and place.template == path]

    def refuse_unknown(self, removed: Iterable[Key]) -> None:
        """Raises UsageError for a name that is neither a pipeline's nor, as now seen in AWS, a removed
        one's.
        """
        known = {alias for key in removed for alias in _aliases(key)}
        for name in self.gone_names:
            if name not in known:
                places = [place.key.directory for place in self.places]
                raise UsageError(f"No pipeline is named {shown(name)}.", did_you_mean(name, places))

    def why_kept(self, tag: str, commit: str, *, broken: bool) -> str:
        """Why the pipeline with this key tag may not be deleted, though the files no longer have it; "" where
        it may.

        The base, or the tree of `commit`, must have configured it. Where some file is `broken`, it may be the
        one that takes the pipeline over.
        """
        if broken:
            return prune.BROKEN
        return "" if tag in self.before or tag in self.configured_at(commit) else prune.UNKNOWN

    def is_named(self, key: Key) -> bool:
        """Whether the user named this removed pipeline."""
        return bool(_aliases(key) & set(self.gone_names))


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
    every = discover(ports.tree, config, request.root)
    names = {group.name for group in groups}
    places = tuple(place for place in every if place.key.group in names)
    configured = frozenset(tags.key_tag(place.key) for place in every)
    opened = Opened(
        config, findings, groups, places, configured=configured, configured_at=_configured_at(request, ports)
    )
    opened = _select(request, ports, opened)
    if not places and not opened.before and not request.prune:
        where = f"the folder {shown(request.root)}" if request.root else "this project"
        hint = "A pipeline is a directory with values.json; `working-directory` is the project's folder."
        if request.names_untracked:
            hint += " Files that git doesn't track don't count: `git add` them first."
        raise UsageError(f"There is no pipeline in {where}.", hint)
    return opened


def _groups(request: Request, config: Config) -> tuple[Group, ...]:
    if request.groups:
        return tuple(_group(config, name) for name in request.groups)
    if request.writes and len(config.groups) > 1:
        names = ", ".join(group.name for group in config.groups)
        raise UsageError(
            f"The project has several groups ({names}), and none was chosen.", "Choose with `group`."
        )
    return config.groups


def _group(config: Config, name: str) -> Group:
    group = config.group(name)
    if group is None:
        known = [one.name for one in config.groups]
        where = f"in {config.path}" if config.path else "without a pipelayer.yml"
        listed = f"There {'is' if len(known) == 1 else 'are'} {', '.join(map(shown, known))}."
        raise UsageError(f"There is no group {shown(name)} {where}.", did_you_mean(name, known, listed))
    return group


def _select(request: Request, ports: Ports, opened: Opened) -> Opened:
    match request.choice:
        case Choice.ALL:
            return replace(opened, selection=select_all(opened.places))
        case Choice.NAMED:
            return _select_named(request, ports, opened)
        case Choice.CHANGED:
            pass
    match ports.compared:
        case NoBase(reason):
            return replace(opened, selection=Selection(notes=(reason,)), live_decides=True)
        case LostBase(reason):
            if request.on_unknown_base is UnknownBase.FAIL:
                hint = "Fetch it, set `base`, or let `on-unknown-base: all` take every pipeline."
                raise PipelayerError(f"The base to compare with can't be had: {reason}.", hint)
            chosen = select(opened.places, None, (), ())
            return replace(
                opened, selection=replace(chosen, notes=(f"The base can't be had ({reason}): all count.",))
            )
        case Compared() as compared:
            return _select_changed(request, ports, opened, compared)


def _select_named(request: Request, ports: Ports, opened: Opened) -> Opened:
    """Names of removed pipelines are let through for pruning; whether they are live is seen later.

    Names in AWS are read from the files only once a name is no directory's.
    """
    chosen: dict[Key, Selected] = {}
    gone: list[str] = []
    in_aws: Mapping[Key, str] | None = None
    for name in request.names:
        try:
            found = select_named(opened.places, [name])
        except UsageError:
            in_aws = in_aws if in_aws is not None else _names_in_aws(request, ports, opened)
            try:
                found = select_named(opened.places, [name], in_aws)
            except UsageError:
                if not request.prune:
                    raise
                gone.append(name)
                continue
        chosen |= {item.key: item for item in found.items}
    items = tuple(chosen[key] for key in sorted(chosen))
    return replace(opened, selection=Selection(items), gone_names=tuple(gone))


def _names_in_aws(request: Request, ports: Ports, opened: Opened) -> Mapping[Key, str]:
    assert opened.config is not None, "the caller looked"
    pipelines, _ = load_all(ports.tree, opened.config, request.root)
    return {pipeline.key: pipeline.name for pipeline in pipelines}


def _select_changed(request: Request, ports: Ports, opened: Opened, compared: Compared) -> Opened:
    assert opened.config is not None, "the caller looked"
    paths = compared.paths
    names = {group.name for group in opened.groups}
    old, _ = load_config(compared.tree, request.root, request.config, ports.default_project)
    if old is None:
        return replace(opened, selection=select(opened.places, None, paths, ()))
    base = tuple(place for place in discover(compared.tree, old, request.root) if place.key.group in names)
    chosen = select(opened.places, base, paths, changed_groups(old, opened.config))
    return replace(opened, selection=chosen, before=frozenset(tags.key_tag(place.key) for place in base))


def _configured_at(request: Request, ports: Ports) -> Callable[[str], frozenset[str]]:
    known: dict[str, frozenset[str]] = {}

    def configured(commit: str) -> frozenset[str]:
        if commit not in known:
            known[commit] = _key_tags(ports.tree_at(commit), request, ports.default_project)
        return known[commit]

    return configured


def _key_tags(tree: Tree | None, request: Request, default_project: str) -> frozenset[str]:
    if tree is None:
        return frozenset()
    config, _ = load_config(tree, request.root, request.config, default_project)
    places = discover(tree, config, request.root) if config else ()
    return frozenset(tags.key_tag(place.key) for place in places)
