"""From live pipelines to the files of a project: which folder and which template each one gets. Pure.

One template serves all pipelines that differ in texts alone. The template of most lies at the top, those of
others in a folder with their pipelines, that of a single one in its directory.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipelayer.definition.flat import Definition, Field
from pipelayer.importer.hiding import hide
from pipelayer.importer.inputs import Found, Script, with_input_dir, without_input_dir
from pipelayer.importer.naming import folder_name, folder_names, free_name
from pipelayer.importer.structure import Structure, names_in, structures
from pipelayer.importer.texts import template_text, values_text
from pipelayer.project.config import DEFAULT_TEMPLATE


@dataclass(frozen=True)
class Present:
    """What the project's folder holds already. `adopted` are the directories of pipelines by the ids of the
    live ones that they take over, `templates` the paths of the templates that directories use, `files` the
    templates' contents by their paths. `taken` is every name that no new folder may have. `base` is the
    folder in which new pipelines lie, "" for the top; `top_is_free` says whether a template may come there.
    """

    adopted: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    base: str = ""
    top_is_free: bool = True


@dataclass(frozen=True)
class Drawn:
    """One pipeline as it will lie in the project. `own` are its files that are written, by their paths;
    `scripts` those that are fetched. `variables` are the environment variables that give its secrets, by
    the parameter.
    """

    found: Found
    directory: str
    template: str
    own: Mapping[str, bytes]
    values: Mapping[str, Field]
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def scripts(self) -> tuple[Script, ...]:
        """The files that are fetched."""
        return () if self.found.left else self.found.contents.scripts


@dataclass(frozen=True)
class Blueprint:
    """What an import will write: templates that several pipelines share, by their paths, and each pipeline.

    `present` are those of the chosen ones that the project has already, as its directories by their ids.
    """

    templates: Mapping[str, bytes]
    pipelines: tuple[Drawn, ...]
    present: Mapping[str, str] = field(default_factory=dict)


def draw(found: Sequence[Found], present: Present, alone: Collection[str] = ()) -> Blueprint:
    """Lays the pipelines out. Those in `alone` get a template of their own, whatever they share with others.

    Those that the project has already help to find out what is shared: so an import that was cut short goes
    on as it began.
    """
    lives = [one.live for one in found]
    names = dict(folder_names((one for one in lives if one.id not in present.adopted), present.taken))
    names |= {id: directory.rpartition("/")[2] for id, directory in present.adopted.items()}
    prepared = {one.live.id: _prepared(one, names[one.live.id]) for one in found}
    shared = [
        structure
        for together in (
            {id: one[0] for id, one in prepared.items() if id not in alone},
            *({id: prepared[id][0]} for id in prepared if id in alone),
        )
        for structure in structures(together)
    ]
    drawing = _Drawing(found, present, names, {id: one[1] for id, one in prepared.items()})
    for structure in shared:
        drawing.add(structure, most_used=structure is shared[0])
    return Blueprint(
        drawing.templates,
        tuple(drawing.pipelines),
        {one.id: present.adopted[one.id] for one in lives if one.id in present.adopted},
    )


def _prepared(found: Found, directory: str) -> tuple[Definition, Mapping[str, str]]:
    """The definition as a project has it: without secrets, without what AWS adds, with its folder in S3 under
    the name that Pipelayer knows, or not.
    """
    objects = tuple(
        replace(item, fields={key: one for key, one in item.fields.items() if not key.startswith("@")})
        for item in found.definition.objects
    )
    definition = replace(found.definition, objects=objects)
    definition = without_input_dir(definition) if found.left else with_input_dir(definition)
    hidden = hide(definition, directory, names_in(definition))
    return hidden.definition, hidden.variables


@dataclass(frozen=True)
class _Shared:
    """The template serves whatever lies in its folder; "" is the top."""

    folder: str


@dataclass(frozen=True)
class _Own:
    """The template lies in the pipeline's directory and serves nothing else."""


class _Drawing:
    def __init__(
        self,
        found: Sequence[Found],
        present: Present,
        names: Mapping[str, str],
        variables: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._found = {one.live.id: one for one in found}
        self._present = present
        self._names = names
        self._variables = variables
        self._used = {one.casefold() for one in (*present.taken, *names.values())}
        counted = [one.live.name for one in found]
        self._named = {name for name in counted if counted.count(name) == 1}
        self.templates: dict[str, bytes] = {}
        self.pipelines: list[Drawn] = []

    def add(self, structure: Structure, *, most_used: bool) -> None:
        """Lays out the pipelines of one structure that aren't there yet."""
        new = [id for id in structure.values if id not in self._present.adopted]
        if not new:
            return
        there = self._there(structure)
        if there is None and len(new) < len(structure.values):
            # Those that are there use another template by now: the others share one of their own.
            for one in structures({id: _prepared(self._found[id], self._names[id])[0] for id in new}):
                self._lay_out(one, [*one.values], self._place(one, [*one.values], most_used=False))
        else:
            place = there or self._place(structure, new, most_used=most_used)
            self._lay_out(structure, new, place)

    def _lay_out(self, structure: Structure, new: Sequence[str], place: _Shared | _Own) -> None:
        text = template_text(structure.template)
        for id in new:
            name, own = self._names[id], dict[str, bytes]()
            match place:
                case _Shared(folder):
                    directory = posixpath.join(folder, name)
                    template = posixpath.join(folder, DEFAULT_TEMPLATE)
                    self.templates[template] = text
                case _Own():
                    directory = posixpath.join(self._present.base, name)
                    template = posixpath.join(directory, DEFAULT_TEMPLATE)
                    own[template] = text
            found, values = self._found[id], structure.values[id]
            own[f"{directory}/values.json"] = values_text(
                found.live, directory, values, named=found.live.name in self._named
            )
            self.pipelines.append(Drawn(found, directory, template, own, values, self._variables[id]))

    def _there(self, structure: Structure) -> _Shared | None:
        """The template that those of the structure use which are there, if it says the same."""
        text = template_text(structure.template)
        for id in structure.values:
            template = self._present.templates.get(self._present.adopted.get(id, ""))
            if template is not None and self._present.files.get(template) == text:
                folder = posixpath.dirname(template)
                if folder != self._present.adopted[id]:
                    return _Shared(folder)
        return None

    def _place(self, structure: Structure, new: Sequence[str], *, most_used: bool) -> _Shared | _Own:
        """Where the template goes."""
        text = template_text(structure.template)
        base = self._present.base
        at_top = self._present.files.get(posixpath.join(base, DEFAULT_TEMPLATE))
        shared = len(new) > 1 or len(self._found) == 1
        if at_top == text or (self._present.top_is_free and most_used and shared):
            return _Shared(base)
        if len(new) == 1:
            return _Own()
        kept = self._kept_folder(text)
        if kept:
            return _Shared(kept)
        name = free_name(_common(structure, self._names, new), self._used)
        self._used.add(name.casefold())
        return _Shared(posixpath.join(base, name))

    def _kept_folder(self, text: bytes) -> str:
        """A folder of an earlier import that came no further than its template."""
        for path, content in self._present.files.items():
            folder = posixpath.dirname(path)
            if folder and posixpath.dirname(folder) == self._present.base and content == text:
                return folder
        return ""


def _common(structure: Structure, names: Mapping[str, str], new: Sequence[str]) -> str:
    """What the names begin with, or end with, or what the pipelines do."""
    own = [names[id] for id in new]
    begin = folder_name(_beginning(own).rstrip("-._0123456789"))
    end = folder_name(_beginning([name[::-1] for name in own])[::-1].lstrip("-._0123456789"))
    return next((part for part in (begin, end) if len(part) > 3), _kind(structure.template))


def _beginning(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:same]


def _kind(template: Definition) -> str:
    def words(type: str) -> Iterator[str]:
        word = ""
        for letter in type.removesuffix("Activity"):
            if letter.isupper() and word:
                yield word.lower()
                word = ""
            word += letter
        yield word.lower()

    types = dict.fromkeys(item.type for item in template.objects if item.type.endswith("Activity"))
    return folder_name("-and-".join("-".join(words(type)) for type in [*types][:2])) or "pipelines"
