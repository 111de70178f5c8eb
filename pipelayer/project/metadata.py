"""What a pipeline says of itself: `metadata`, or `myName`, `myDescription` and `myTags` among its values."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipelayer.definition.flat import Field
from pipelayer.model import Key, Node, Position, Table
from pipelayer.project.config import DEFAULT_GROUP
from pipelayer.project.layout import Place
from pipelayer.project.reading import shown
from pipelayer.project.tables import CONTROL, Vocabulary
from pipelayer.project.tags import Tags, check_tags, read_tags, split_tags
from pipelayer.project.weights import check_ignored

KEYS = ("name", "description", "tags", "adopt", "moved-from", "ignore")
MY_NAME, MY_DESCRIPTION, MY_TAGS = MY_FORMS = ("myName", "myDescription", "myTags")

_MAX_LENGTH = 1024
"""Of a name and of a description (AWS Data Pipeline API Reference, CreatePipeline)."""


class Code(StrEnum):
    """PL02: what is wrong with a pipeline's directory, its values file or its metadata."""

    FILE = "PL020"
    SHAPE = "PL021"
    UNKNOWN_KEY = "PL022"
    NAME = "PL023"
    TAGS = "PL024"
    CLAIM = "PL025"
    TWICE = "PL026"
    TEMPLATE = "PL027"
    IGNORE = "PL028"


@dataclass(frozen=True)
class Metadata:
    """`named`: the name is written, not the directory's. `adopt` is a live pipeline's name, empty for none.

    `ignore` holds codes of findings. `at` is where the name stands, None where it isn't written.
    """

    name: str
    named: bool
    description: str
    tags: Mapping[str, str]
    adopt: str
    moved_from: tuple[Key, ...]
    ignore: tuple[str, ...]
    at: Position | None


@dataclass(frozen=True)
class _Written:
    text: str
    at: Position | None


def read_metadata(
    place: Place,
    tables: Sequence[Table],
    values: Mapping[str, Field],
    resolve: Callable[[str], str | None],
    read: Vocabulary,
) -> Metadata:
    """Merge the `metadata` tables, weakest first, with the `my…` values. `resolve` fills in parameters."""
    return _Reader(place, tables, values, resolve, read).metadata()


@dataclass(frozen=True)
class _Reader:
    place: Place
    tables: Sequence[Table]
    values: Mapping[str, Field]
    resolve: Callable[[str], str | None]
    read: Vocabulary

    def metadata(self) -> Metadata:
        for table in self.tables:
            self.read.keys(table, KEYS, "`metadata`")
        name = self._either("name", MY_NAME)
        description = self._either("description", MY_DESCRIPTION)
        ignore = self.read.texts(self._node("ignore"), "`metadata.ignore`") or ()
        if description is not None and len(description.text) > _MAX_LENGTH:
            message = f"The description has {len(description.text)} characters; AWS takes {_MAX_LENGTH}."
            self._error(Code.NAME, message, description.at, "Shorten it.")
        return Metadata(
            name=self._name(name),
            named=name is not None,
            description=description.text if description else "",
            tags={key: value for key, (value, _) in self._tags().items()},
            adopt=self._adopt(),
            moved_from=self._moved_from(),
            ignore=check_ignored(ignore, self.read.findings, Code.IGNORE),
            at=name.at if name else None,
        )

    def _node(self, key: str) -> Node | None:
        """What the strongest table that has the key says."""
        found = (node for table in reversed(self.tables) if (node := table.get(key)) is not None)
        return next(found, None)

    def _text(self, key: str) -> _Written | None:
        node = self._node(key)
        text = self.read.text(node, f"`metadata.{key}`")
        return None if node is None or text is None else _Written(text, node.at)

    def _either(self, key: str, my: str) -> _Written | None:
        """What `metadata` says or, failing that, the `my…` value; parameters in place where they can be."""
        metadata, value = self._resolved(self._text(key)), self._resolved(self._my_text(my))
        if metadata and value and metadata.text != value.text:
            self._twice(key, my, metadata.at, value.at)
        return metadata or value

    def _resolved(self, written: _Written | None) -> _Written | None:
        return _Written(self._filled(written.text), written.at) if written else None

    def _my_text(self, my: str) -> _Written | None:
        field = self.values.get(my)
        if field is None:
            return None
        match field.values:
            case (str() as text,):
                return _Written(text, field.at)
            case _:
                self._error(Code.SHAPE, f"`{my}` is one string, not several.", field.at, "Write one string.")
                return None

    def _twice(self, key: str, my: str, at: Position | None, other: Position | None) -> None:
        where = f" (line {other.line} of {shown(other.path)})" if other else ""
        message = f"`metadata.{key}` and `{my}`{where} are both set and differ."
        self._error(Code.TWICE, message, at, f"Remove one; `metadata.{key}` is the form to keep.")

    def _name(self, written: _Written | None) -> str:
        if written is None:
            name, at = posixpath.basename(self.place.key.directory), Position(self.place.values[0])
        else:
            name, at = written.text, written.at or Position(self.place.values[0])
        if "#{" in name:
            hint = (
                "A name may use parameters that have a plain value here; AWS can't evaluate the rest of it."
            )
            self._error(Code.NAME, f"The name {shown(name)} can't be worked out.", at, hint)
        elif not name.strip() or len(name) > _MAX_LENGTH or CONTROL.search(name):
            hint = f"Give it `metadata.name`: one line of 1 to {_MAX_LENGTH} characters."
            self._error(Code.NAME, f"{shown(name)} can't be a pipeline's name.", at, hint)
        return name

    def _tags(self) -> Tags:
        metadata: dict[str, tuple[str, Position | None]] = {}
        for table in self.tables:
            metadata.update(read_tags(table.get("tags"), self.read, Code.TAGS))
        field = self.values.get(MY_TAGS)
        written = [(text, field.position(index)) for index, text in enumerate(field.texts)] if field else []
        values = dict(split_tags(written, self.read.findings, Code.TAGS))
        metadata, values = self._resolved_tags(metadata), self._resolved_tags(values)
        if metadata and values and _plain(metadata) != _plain(values):
            self._twice("tags", MY_TAGS, next(iter(metadata.values()))[1], field.at if field else None)
        own = metadata or values
        group = {key: (value, self.place.group.at) for key, value in self.place.group.tags.items()}
        check_tags({**group, **own}, self.read.findings, Code.TAGS)
        return {**group, **own}

    def _resolved_tags(self, tags: Tags) -> dict[str, tuple[str, Position | None]]:
        return {key: (self._filled(value), at) for key, (value, at) in tags.items()}

    def _filled(self, text: str) -> str:
        resolved = self.resolve(text)
        return text if resolved is None else resolved

    def _adopt(self) -> str:
        written = self._resolved(self._text("adopt"))
        if written is None:
            return ""
        if not written.text.strip() or "#{" in written.text:
            hint = "Write the name that the pipeline has in AWS."
            self._error(Code.CLAIM, f"`adopt` can't be {shown(written.text)}.", written.at, hint)
        return written.text

    def _moved_from(self) -> tuple[Key, ...]:
        """The keys that it may have had: `A/B` was directory `A/B`, or `B` of a group `A` that is gone by
        now.
        """
        written = self._text("moved-from")
        if written is None:
            return ()
        own = self.place.key
        parts = [part for part in written.text.split("/") if part not in {"", "."}]
        here = Key(own.project, own.group, "/".join(parts))
        elsewhere = Key(own.project, parts[0], "/".join(parts[1:])) if len(parts) > 1 else here
        named = elsewhere.group in {*self.place.groups, DEFAULT_GROUP}
        keys = (elsewhere,) if named else tuple(dict.fromkeys((here, elsewhere)))
        hint = "Write the directory that it was, relative to the project's folder, or GROUP/DIR."
        if not parts or ".." in parts:
            self._error(Code.CLAIM, f"`moved-from` can't be {shown(written.text)}.", written.at, hint)
            return ()
        if own in keys:
            self._error(Code.CLAIM, "`moved-from` names the pipeline itself.", written.at, hint)
            return ()
        if self._node("adopt") is not None:
            message = "`adopt` and `moved-from` both say which live pipeline to take over."
            self._error(Code.CLAIM, message, written.at, "Keep one: `moved-from` if Pipelayer deployed it.")
        return keys

    def _error(self, code: str, message: str, at: Position | None, hint: str) -> None:
        self.read.findings.error(code, message, at, hint)


def _plain(tags: Tags) -> Mapping[str, str]:
    return {key: value for key, (value, _) in tags.items()}
