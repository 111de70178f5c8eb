"""Where in S3 a pipeline's scripts lie, and which of them can be files of a repository. Pure.

Pipelayer mirrors the folder that `myS3InputDir` names. Where a pipeline has no such value, the one folder
counts that its commands run something from; what an activity merely reads is data, and stays where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pipelayer.console.ports import StoredFile
from pipelayer.definition.expressions import Expression, Resolver, parse
from pipelayer.definition.flat import Definition, Field, PipelineObject, Ref
from pipelayer.model import LivePipeline
from pipelayer.project.layout import OWN_TEMPLATE_FORMS, VALUES_FORMS
from pipelayer.project.reading import BAD_CHARACTER, shown
from pipelayer.project.tables import CONTROL
from pipelayer.project.uploads import INPUT_DIR, S3Location, location_of

LEFT_DIR = "myS3SourceDir"
"""What `myS3InputDir` is called instead, where the folder isn't for Pipelayer to mirror."""

_LONGEST_PART = 255
_GITS = frozenset({".git", ".gitignore", ".gitattributes", ".gitmodules"})
"""What git reads wherever it lies: files of a bucket must not decide what is committed, and as what."""

_RUNS_STAGED = (
    r"(?:\bcd\s+|\bchmod\s+\S+\s+|\b(?:ba|z|da)?sh\s+|\bpython[0-9.]*\s+|\bsource\s+|(?:^|[;&|(]\s*)\.?\s*)"
    r"[\"']?\$\{?INPUT(\d+)_STAGING_DIR\b"
)


class Unfit(StrEnum):
    """Why something in the folder can't be a file of a repository."""

    NAME = "no system can have a file of that name"
    OURS = "Pipelayer's own files are called so"
    GITS = "git's own files are called so"
    BOTH = "something else lies in a folder of that name"


@dataclass(frozen=True)
class Script:
    """One file to fetch: its key in S3, its path in the pipeline's directory, its size in bytes."""

    key: str
    path: str
    size: int


@dataclass(frozen=True)
class Contents:
    """What lies in a folder: what can be fetched, and why the rest can't, by key."""

    scripts: tuple[Script, ...] = ()
    unfit: Mapping[str, Unfit] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """All that is to be fetched, in bytes."""
        return sum(script.size for script in self.scripts)


@dataclass(frozen=True)
class Found:
    """A live pipeline with the version of its definition that counts, and what lies in its folder in S3.

    `left` says why those files stay where they are, "" where they are fetched.
    """

    live: LivePipeline
    definition: Definition
    location: S3Location | None = None
    contents: Contents = field(default_factory=Contents)
    left: str = ""


def with_input_dir(definition: Definition) -> Definition:
    """The definition with the folder that its commands run as `myS3InputDir`, where it has none yet and there
    is just one.
    """
    if INPUT_DIR in definition.values or INPUT_DIR in definition.defaults:
        return definition
    resolver = Resolver(definition.values, definition.defaults)
    found = {node.id: node for item in definition.objects for node in _staged_code(item, definition)}
    texts = {node.text("directoryPath") or "" for node in found.values()}
    if len(texts) != 1 or any(INPUT_DIR in item.fields for item in definition.objects):
        return definition
    (text,) = texts
    if location_of(resolver.text(text)) is None:
        return definition
    named = Field((f"#{{{INPUT_DIR}}}",))
    objects = tuple(
        replace(item, fields={**item.fields, "directoryPath": named}) if item.id in found else item
        for item in definition.objects
    )
    return replace(definition, objects=objects, values={**definition.values, INPUT_DIR: Field((text,))})


def without_input_dir(definition: Definition) -> Definition:
    """The definition with its folder under another name: nothing is mirrored there, so nothing is deleted."""

    def renamed(text: str) -> str:
        return "".join(
            re.sub(rf"(?<![\w.]){INPUT_DIR}(?!\w)", LEFT_DIR, one.source)
            if isinstance(one, Expression)
            else one.text
            for one in parse(text)
        )

    def each(fields: Mapping[str, Field]) -> dict[str, Field]:
        return {
            key: replace(given, values=tuple(renamed(v) if isinstance(v, str) else v for v in given.values))
            for key, given in fields.items()
        }

    return Definition(
        tuple(replace(item, fields=each(item.fields)) for item in definition.objects),
        tuple(
            replace(one, id=_called(one.id), attributes=each(one.attributes)) for one in definition.parameters
        ),
        {_called(id): given for id, given in each(definition.values).items()},
    )


def _called(id: str) -> str:
    return LEFT_DIR if id == INPUT_DIR else id


def contents(location: S3Location, listed: Iterable[StoredFile]) -> Contents:
    """What of a listing can be fetched. What only marks a folder is nothing."""
    stored = {one.key.removeprefix(location.prefix): one for one in listed}
    files = {path: one for path, one in stored.items() if path and (one.size or not path.endswith("/"))}
    folders = {parent for path in files for parent in _parents(path)}
    scripts, unfit = [], {}
    for path, one in files.items():
        why = _unfit(path) or (Unfit.BOTH if path in folders else None)
        if why:
            unfit[one.key] = why
        else:
            scripts.append(Script(one.key, path, one.size))
    return Contents(tuple(scripts), unfit)


def _parents(path: str) -> Iterator[str]:
    end = path.find("/")
    while end > 0:
        yield path[:end]
        end = path.find("/", end + 1)


def _unfit(path: str) -> Unfit | None:
    parts = path.split("/")
    if (
        {"", ".", ".."} & set(parts)
        or "\\" in path
        or CONTROL.search(path)
        or BAD_CHARACTER.search(path)
        or any(len(part.encode("utf-8", "surrogatepass")) > _LONGEST_PART for part in parts)
    ):
        return Unfit.NAME
    if any(part.casefold() in _GITS for part in parts):
        return Unfit.GITS
    at_top = len(parts) == 1 and (path.startswith("values.") or path in OWN_TEMPLATE_FORMS)
    return Unfit.OURS if at_top or parts[-1] in VALUES_FORMS else None


def _staged_code(item: PipelineObject, definition: Definition) -> Iterator[PipelineObject]:
    """The data nodes from which an activity's command runs something."""
    inputs = item.fields.get("input")
    commands = item.fields.get("command")
    if item.type != "ShellCommandActivity" or inputs is None or commands is None:
        return
    nodes = [value.id for value in inputs.values if isinstance(value, Ref)]
    for text in commands.texts:
        for match in re.finditer(_RUNS_STAGED, text):
            number = int(match[1])
            node = definition.object(nodes[number - 1]) if 0 < number <= len(nodes) else None
            if node is not None and node.type == "S3DataNode" and node.text("directoryPath"):
                yield node


def apart(found: Sequence[Found]) -> list[Found]:
    """Of folders in S3 that are the same, or lie in one another, none is mirrored: deleting what is stale for
    one pipeline would hit the other.
    """
    return [replace(one, left=one.left or _shared(one, found)) for one in found]


def _shared(one: Found, found: Sequence[Found]) -> str:
    for other in found:
        a, b = one.location, other.location
        if one is not other and a and b and a.bucket == b.bucket and _nested(a.prefix, b.prefix):
            name = shown(other.live.name)
            return f"{a} is the folder of {name} too" if a == b else f"{a} and the folder of {name} overlap"
    return ""


def _nested(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
