"""From the pipelines of an account to a project on disk.

Comes in: a folder, and which pipelines. Goes out: what would be written and why the rest is left out, to be
looked at before it is written. AWS is asked and never changed; a file that is there is never changed either.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipelayer.errors import Interrupted, PipelayerError, UsageError
from pipelayer.importer.blueprint import Blueprint, Drawn, Present, draw
from pipelayer.importer.inputs import Found, apart
from pipelayer.importer.naming import folder_name
from pipelayer.importer.notes import notes
from pipelayer.importer.proof import disproved, overlay
from pipelayer.project.config import (
    DEFAULT_FILE,
    DEFAULT_MAX_PIPELINES,
    DEFAULT_TEMPLATE,
    load_config,
)
from pipelayer.project.layout import OWN_TEMPLATE_FORMS, discover, matches
from pipelayer.project.new_files import NewFile, write_files
from pipelayer.project.reading import shown
from pipelayer.project.tree import Tree
from pipelayer.project.yaml_writing import Plain, written
from pipelayer.run.destination import Destination, present_in
from pipelayer.run.import_reading import LeftOut, Reader
from pipelayer.run.opening import at_place


@dataclass(frozen=True)
class ImportPlan:
    """What an import will write. `config` is pipelayer.yml, where there is none yet, by its path.

    `left_out` are those that can't be imported as things are, `passed_over` those that are none to import.
    `broken` are the ids of those that a deploy would refuse.
    """

    blueprint: Blueprint
    config: Mapping[str, bytes] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    passed_over: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    broken: frozenset[str] = frozenset()

    @property
    def shared(self) -> Mapping[str, NewFile]:
        """What belongs to no single pipeline."""
        return {path: NewFile(data) for path, data in {**self.config, **self.blueprint.templates}.items()}


def plan(
    destination: Destination,
    read: Sequence[Found | LeftOut],
    now: datetime,
    *,
    count: int,
    broken: bool = False,
) -> ImportPlan:
    """What importing these pipelines would write, proved: read back, each means what AWS has of it.

    One that would not, or that a deploy would refuse, is left out with the reason; with `broken`, those that
    would be refused are written all the same, to be mended in the files. `count` is how many the account has.

    Raises UsageError where the project has no name, and where another group would get them too.
    """
    destination.named()
    tree = destination.tree
    found = apart([one for one in read if isinstance(one, Found)])
    left_out = [one for one in read if isinstance(one, LeftOut)]
    present = _present(destination, tree, found)
    alone: set[str] = set()
    while True:  # each round, one more has a template of its own, or is left out
        blueprint = draw(found, present, alone)
        _check_dirs(destination, blueprint)
        config = _config(destination, count)
        project = overlay(tree, config, blueprint)
        wrong = disproved(project, blueprint, destination.group, now)
        if together := set(wrong) - alone:
            alone |= together
            continue
        out = {id: doubt for id, doubt in wrong.items() if doubt.changes or not broken}
        if not out:
            break
        left_out += (LeftOut(one.live, out[one.live.id].reason) for one in found if one.live.id in out)
        found = [one for one in found if one.live.id not in out]
    if config:
        _refuse_others(destination, project, blueprint)
    return ImportPlan(
        blueprint, config, tuple(left_out), notes=tuple(notes(blueprint)), broken=frozenset(wrong)
    )


def write(destination: Destination, plan: ImportPlan, reader: Reader) -> Iterator[Drawn | LeftOut]:
    """Writes what belongs to no single pipeline, then one pipeline after the other, its values last: a folder
    without values is none yet, and the next import goes on with it.

    A pipeline whose files can't be fetched or written is left out. Raises PipelayerError where the rest can't
    be written either.
    """
    write_files(destination.folder, plan.shared if plan.blueprint.pipelines else {})
    for drawn in plan.blueprint.pipelines:
        try:
            fetched = reader.fetch(drawn)
            own = {path: NewFile(data) for path, data in drawn.own.items()}
            write_files(destination.folder, {**fetched, **own})
        except Interrupted:
            raise
        except PipelayerError as problem:
            yield LeftOut(drawn.found.live, " ".join(filter(None, (problem.message, problem.hint))))
        else:
            yield drawn


def _present(destination: Destination, tree: Tree, found: Sequence[Found]) -> Present:
    adopted = present_in(destination, [one.live for one in found])
    places = destination.places
    base = next(iter(destination.folders), "")
    templates = {path for path in tree.entries if posixpath.basename(path) == DEFAULT_TEMPLATE}
    return Present(
        adopted=adopted,
        templates={place.key.directory: place.template for place in places},
        files={path: tree.read(path) for path in templates if tree.entries[path].is_file},
        taken=frozenset({DEFAULT_FILE, DEFAULT_TEMPLATE, *_taken(tree, found, base)}),
        base=base,
        top_is_free=not any(posixpath.join(base, form) in tree.entries for form in OWN_TEMPLATE_FORMS),
    )


def _taken(tree: Tree, found: Sequence[Found], base: str) -> Iterator[str]:
    """The names in the folder of new pipelines; what an import that was cut short has begun is free."""
    begun = {folder_name(one.live.name): one for one in found}
    start = f"{base}/" if base else ""
    inside = [path[len(start) :] for path in tree.under(base)]
    for top in sorted({path.partition("/")[0] for path in inside}):
        own = begun.get(top)
        held = {path[len(top) + 1 :] for path in inside if path.startswith(f"{top}/")}
        fetched = {script.path for script in own.contents.scripts} if own else set()
        if not held or not held <= {*fetched, DEFAULT_TEMPLATE}:
            yield top


def _config(destination: Destination, count: int) -> Mapping[str, bytes]:
    if destination.config.path:
        return {}
    group: dict[str, Plain] = {"region": destination.region, "account": destination.account}
    group["dirs"] = ["*", "*/*"]  # a later import may put some into a folder of their own
    if count >= DEFAULT_MAX_PIPELINES:
        group["max-pipelines"] = count + 1  # and the stub
    settings: Plain = {"version": 1, "project": destination.project, "groups": {destination.group: group}}
    return {DEFAULT_FILE: written(settings)}


def _refuse_others(destination: Destination, project: Tree, blueprint: Blueprint) -> None:
    """A new configuration makes a pipeline of every folder with values."""
    made, _ = load_config(project, "")
    places = discover(project, made, "") if made else ()
    known = {
        *(one.directory for one in blueprint.pipelines),
        *(one.key.directory for one in destination.places),
    }
    for place in places:
        if place.key.directory not in known:
            message = f"{shown(place.values[0])} is there, and would become a pipeline of the project."
            raise UsageError(
                message, "Import into a folder of its own, or write pipelayer.yml with its `dirs`."
            )


def _check_dirs(destination: Destination, blueprint: Blueprint) -> None:
    for group in destination.config.groups if destination.config.path else ():
        also = [one.directory for one in blueprint.pipelines if matches(group.dirs, one.directory)]
        if also and group.name != destination.group:
            message = f"The `dirs` of the group {group.name} match {shown(also[0])} too."
            path = destination.config.path
            hint = f'It would get one more: in {path}, give each group `dirs` of its own, such as ["prod/*"].'
            raise at_place(group.at, message, hint)
