"""One pipeline: its template and values merged, its metadata, its files, its digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pipelayer.definition.codes import Code as Rule
from pipelayer.definition.expressions import Resolver, references
from pipelayer.definition.flat import Definition, Field, canonical, read_definition, read_values
from pipelayer.definition.schedule import is_on_demand
from pipelayer.model import Finding, Key, Node, Position, Table
from pipelayer.project.config import Group
from pipelayer.project.layout import Place
from pipelayer.project.metadata import MY_FORMS, Code, read_metadata
from pipelayer.project.reading import shown
from pipelayer.project.source import read_document
from pipelayer.project.tables import Findings, Vocabulary
from pipelayer.project.tree import Tree
from pipelayer.project.uploads import (
    S3Location,
    UploadFile,
    check_run,
    files_digest,
    read_files,
    read_input_dir,
)

_FILE_KEYS = ("metadata", "values")


@dataclass(frozen=True)
class Pipeline:
    """One pipeline of one group as the files want it.

    `named`: the name is written, not the directory's. `adopt` is a live pipeline's name to take over,
    `moved_from` the keys that it may have had. `ignore` holds codes of findings. The digests have 32 hex
    digits. `values_path` is its values file, `at` the place to point at.
    """

    key: Key
    group: Group
    directory: str
    name: str
    named: bool
    description: str
    tags: Mapping[str, str]
    adopt: str
    moved_from: tuple[Key, ...]
    ignore: tuple[str, ...]
    definition: Definition
    input: S3Location | None
    files: tuple[UploadFile, ...]
    definition_digest: str
    files_digest: str
    on_demand: bool
    values_path: str
    at: Position


@dataclass(frozen=True)
class _Template:
    """A template, read once: its defaults, the names that its expressions use, and its part of the digest."""

    definition: Definition
    defaults: Mapping[str, Field]
    uses: frozenset[str]
    canonical: bytes

    @classmethod
    def of(cls, definition: Definition) -> _Template:
        without_values = canonical(replace(definition, values={}))
        return cls(definition, definition.defaults, frozenset(_uses(definition)), without_values)

    def digest(self, values: Mapping[str, Field]) -> str:
        """Of the template with these values. The template's part isn't worked out anew for each pipeline."""
        return hashlib.sha256(self.canonical + canonical(Definition(values=values))).hexdigest()[:32]


class Documents:
    """The files of one tree that several pipelines share, each read once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._templates: dict[str, tuple[_Template | None, tuple[Finding, ...]]] = {}

    def read(self, path: str, findings: Findings) -> Node | None:
        """The document at `path`."""
        entry = self.tree.entries.get(path)
        if entry is None or not entry.is_file:
            hint = "Put the file itself there: links are refused."
            findings.error(Code.FILE, f"{shown(path)} is no regular file.", Position(path), hint)
            return None
        node, problems = read_document(path, self.tree.read(path))
        findings.items.extend(replace(problem, key=findings.key) for problem in problems)
        return node

    def template(self, path: str) -> tuple[_Template | None, tuple[Finding, ...]]:
        """The template at `path` with what is wrong with it."""
        if path not in self._templates:
            findings = Findings()
            node = self.read(path, findings)
            template = None
            if node is not None:
                definition, problems = read_definition(node)
                findings.items.extend(problems)
                if not definition.objects and not problems:
                    hint = 'Write {"objects": [...]}.'
                    findings.error(
                        Rule.NO_OBJECTS, "The definition has no objects: nothing would run.", node.at, hint
                    )
                template = _Template.of(definition)
            self._templates[path] = template, tuple(findings.items)
        return self._templates[path]


def load_pipeline(
    tree: Tree, place: Place, documents: Documents | None = None
) -> tuple[Pipeline | None, tuple[Finding, ...]]:
    """Read one pipeline. It is None only where its values or its template can't be read at all.

    Findings carry its key, but for those in a template that others share. Pass the same `documents` for all
    pipelines of a tree, so that a shared template is read once.
    """
    documents = documents or Documents(tree)
    findings = Findings(str(place.key))
    shared = Findings()
    for kept, extra in place.twins:
        own = findings if kept.startswith(f"{place.directory}/") else shared
        message = f"{shown(kept)} and {shown(extra)} are both there."
        own.error(Code.FILE, message, Position(extra), "Keep one of the two.")
    findings.items.extend(shared.items)
    files = [_values_file(path, documents, findings) for path in place.values]
    template = _template(place, documents, findings)
    readable = [file for file in files if file is not None]
    if template is None or len(readable) < len(files):
        return None, tuple(findings.items)
    pipeline = _pipeline(place, template, readable, documents, findings)
    return pipeline, tuple(findings.items)


@dataclass(frozen=True)
class _ValuesFile:
    metadata: Table | None
    values: Mapping[str, Field]


def _values_file(path: str, documents: Documents, findings: Findings) -> _ValuesFile | None:
    vocabulary = Vocabulary(findings, Code.SHAPE, Code.UNKNOWN_KEY)
    table = vocabulary.table(documents.read(path, findings), "a values file")
    if table is None:
        return None
    vocabulary.keys(table, _FILE_KEYS, "A values file")
    values: Mapping[str, Field] = {}
    node = table.get("values")
    written = vocabulary.table(node, "`values`")
    if written is None and node is not None:
        return None  # without the values, everything else would only be a guess
    if written is not None:
        values, problems = read_values(written)
        findings.items.extend(replace(problem, key=findings.key) for problem in problems)
    return _ValuesFile(vocabulary.table(table.get("metadata"), "`metadata`"), values)


def _template(place: Place, documents: Documents, findings: Findings) -> _Template | None:
    if place.template not in documents.tree.entries:
        message = f"The template {shown(place.template)} doesn't exist."
        hint = (
            "Add it, put a pipeline_definition.json into the directory or a folder above it, or set "
            "`template` in pipelayer.yml."
        )
        findings.error(Code.TEMPLATE, message, Position(place.values[0]), hint)
        return None
    template, problems = documents.template(place.template)
    key = findings.key if place.own_template else ""
    findings.items.extend(replace(problem, key=key) for problem in problems)
    return template


def _pipeline(
    place: Place, template: _Template, files: list[_ValuesFile], documents: Documents, findings: Findings
) -> Pipeline:
    first, *stronger = files
    values = {**template.definition.values, **first.values, **place.group.values}
    for file in stronger:
        values.update(file.values)
    resolve = Resolver(values, template.defaults).text
    vocabulary = Vocabulary(findings, Code.SHAPE, Code.UNKNOWN_KEY)
    tables = [file.metadata for file in files if file.metadata is not None]
    metadata = read_metadata(place, tables, values, resolve, vocabulary)
    definition = replace(template.definition, values=_sent(values, template))
    location = read_input_dir(place, definition, resolve, findings)
    uploads = read_files(place, location, findings)
    check_run(place, definition, resolve, findings)
    return Pipeline(
        key=place.key,
        group=place.group,
        directory=place.directory,
        name=metadata.name,
        named=metadata.named,
        description=metadata.description,
        tags=metadata.tags,
        adopt=metadata.adopt,
        moved_from=metadata.moved_from,
        ignore=metadata.ignore,
        definition=definition,
        input=location,
        files=uploads,
        definition_digest=template.digest(definition.values),
        files_digest=files_digest(location, uploads),
        on_demand=is_on_demand(definition),
        values_path=place.values[0],
        at=metadata.at or Position(place.values[0]),
    )


def _sent(values: Mapping[str, Field], template: _Template) -> Mapping[str, Field]:
    """The values that go to AWS: `myName` and its like only where something there uses them."""
    ours = [name for name in MY_FORMS if name in values and name not in template.uses]
    if not ours:
        return values
    used = {name for field in values.values() for text in field.texts for name in _names(text)}
    return {name: field for name, field in values.items() if name not in ours or name in used}


def _uses(definition: Definition) -> Iterable[str]:
    """The parameters that a template declares, and the names in its expressions."""
    for parameter in definition.parameters:
        yield parameter.id
        for field in parameter.attributes.values():
            for text in field.texts:
                yield from _names(text)
    for item in definition.objects:
        for field in item.fields.values():
            for text in field.texts:
                yield from _names(text)


def _names(text: str) -> Iterable[str]:
    """The first part of each name: an object's own `myName` field hides the parameter, which does no harm."""
    return (name.partition(".")[0] for name in references(text)) if "#{" in text else ()
