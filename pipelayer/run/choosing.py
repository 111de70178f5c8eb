"""Which pipelines a request is about: all, those that it names, or those that changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipelayer.changes.base import Compared, LostBase, NoBase
from pipelayer.changes.select import changed_groups, select, select_all, select_named
from pipelayer.deploy import tags
from pipelayer.errors import PipelayerError, UsageError
from pipelayer.model import Key, Selected, Selection
from pipelayer.project.config import Config, config_forms, load_config
from pipelayer.project.layout import Place, discover, folders_above, template_forms
from pipelayer.project.reading import shown
from pipelayer.project.tree import MODE_LINK, MODE_SUBMODULE, Tree
from pipelayer.run.head import Head, by_tag
from pipelayer.run.request import Choice, Request, UnknownBase

if TYPE_CHECKING:
    from pipelayer.run.ports import Ports

_MOST_FOLDERS = 1000
"""Touched pipelines that are looked at one by one. Beyond it, listing everything is quicker."""


@dataclass(frozen=True)
class Chosen:
    """The selection, and what goes with it. `live_decides`: there is no base to compare with, so whatever
    differs from what is live counts as changed. `gone_names` are names of no pipeline that the head has.
    `before` are pipelines that the base had, by their key tags: at least all of those that the head no longer
    has.
    """

    selection: Selection
    live_decides: bool = False
    gone_names: tuple[str, ...] = ()
    before: Mapping[str, Place] = field(default_factory=dict)


def choose(request: Request, ports: Ports, head: Head) -> Chosen:
    """What the request is about.

    Raises UsageError for a name that names nothing, PipelayerError for a base that can't be had where that
    shall fail.
    """
    match request.choice:
        case Choice.ALL:
            return Chosen(select_all(head.places))
        case Choice.NAMED:
            return _named(request, head)
        case Choice.CHANGED:
            pass
    match ports.compared:
        case NoBase(reason):
            note = f"{reason}: whatever differs from what is live counts."
            return Chosen(Selection(notes=(note,)), live_decides=True)
        case LostBase(reason):
            if request.on_unknown_base is UnknownBase.FAIL:
                hint = "Fetch it, set `base`, or let `on-unknown-base: all` take every pipeline."
                raise PipelayerError(f"The base to compare with can't be had: {reason}.", hint)
            return _all(head, f"The base can't be had ({reason}): all count.")
        case Compared() as compared:
            return _changed(request, ports, head, compared)


def _all(head: Head, why: str) -> Chosen:
    return Chosen(replace(select(head.places, None, ()), notes=(why,)))


def _named(request: Request, head: Head) -> Chosen:
    """Names of removed pipelines are let through for pruning; whether they are live is seen later.

    Names in AWS are read from the files only once a name is no directory's. The last part of a directory
    means it only where the whole name of a removed one can't be meant.
    """
    chosen: dict[Key, Selected] = {}
    gone: list[str] = []
    in_aws: Mapping[Key, str] | None = None
    for name in request.names:
        try:
            found = select_named(head.places, [name])
        except UsageError:
            in_aws = in_aws if in_aws is not None else _names_in_aws(head.tree, head.places)
            try:
                found = select_named(head.places, [name], in_aws, last_parts=not request.prune)
            except UsageError:
                if not request.prune:
                    raise
                gone.append(name.removeprefix("./").rstrip("/"))
                continue
        chosen |= {item.key: item for item in found.items}
    items = tuple(chosen[key] for key in sorted(chosen))
    return Chosen(Selection(items), gone_names=tuple(gone))


def _changed(request: Request, ports: Ports, head: Head, compared: Compared) -> Chosen:
    """What differs from the base. A base whose configuration is wrong told nobody what its pipelines are."""
    config: Config | None = head.config
    shared = not compared.paths.isdisjoint(config_forms(request.root, request.config))
    if shared:
        config, _ = load_config(compared.tree, request.root, request.config, ports.default_project)
    if config is None:
        return _all(head, "The configuration of the commit before is wrong: all count.")
    folders = None if shared else _folders_to_look_at(head, compared)
    after = head.every if folders is None else discover(head.tree, head.config, head.root, folders)
    before = discover(compared.tree, config, head.root, folders)
    # Of all groups: a pipeline that another group nests in one of ours takes files from it.
    chosen = select(after, before, compared.paths, changed_groups(config, head.config))
    last = by_tag(place for place in before if _concerns(place.key, head))
    items = [item for item in chosen.items if _concerns(item.key, head)]
    gone = [last[tags.key_tag(item.key)] for item in items if item.removed]
    names = _names_in_aws(compared.tree, gone)
    notes = dict.fromkeys(note for place in gone if (note := _instead(head.tree, place.directory)))
    items = [replace(item, name=names.get(item.key, item.name)) for item in items]
    return Chosen(Selection(tuple(items), (*notes, *_moves(request, config, head))), before=last)


def _concerns(key: Key, head: Head) -> bool:
    """Whether it is of one of this run's groups, or of one that the project no longer has."""
    return head.config.group(key.group) is None or any(group.name == key.group for group in head.groups)


def _moves(request: Request, old: Config, head: Head) -> Iterator[str]:
    """Groups that go to another region or account: what they have where they were runs on, unseen."""
    for group in head.groups:
        before = old.group(group.name) or group
        region = request.region_of(before.region), request.region_of(group.region)
        for what, (was, now) in (("region", region), ("account", (before.account, group.account))):
            if was and now and was != now:
                runs_on = "what it has there runs on, and no deploy from here sees it. Delete it there."
                yield f"The {what} of the group {shown(group.name)} was {shown(was)}: {runs_on}"


def _instead(tree: Tree, directory: str) -> str:
    """What stands where a pipeline was, as a sentence; empty where nothing does, or a folder."""
    entry = tree.entries.get(directory)
    if entry is None:
        return ""
    kind = {MODE_SUBMODULE: "a submodule", MODE_LINK: "a link"}.get(entry.mode, "a file")
    return f"{shown(directory)} is {kind} now, which holds no pipeline."


def _folders_to_look_at(head: Head, compared: Compared) -> Collection[str] | None:
    """The folders whose pipelines can have changed; None where every pipeline can, or too many do."""
    templates = {path for group in head.config.groups for path in template_forms(head.root, group)}
    if not compared.paths.isdisjoint(templates):
        return None
    folders = folders_above(compared.paths, (head.tree, compared.tree), head.root)
    return folders if len(folders) <= _MOST_FOLDERS else None


def _names_in_aws(tree: Tree, places: Collection[Place]) -> Mapping[Key, str]:
    """The names that the files of these pipelines give them, as far as they can be read and had."""
    if not places:
        return {}
    from pipelayer.project.pipeline import Documents, load_pipeline  # most runs read none

    documents, names = Documents(tree), {}
    for place in places:
        try:
            pipeline, _ = load_pipeline(tree, place, documents)
        except PipelayerError:
            continue  # a partial clone fetches as it reads, and may not get it
        if pipeline is not None:
            names[place.key] = pipeline.name
    return names
