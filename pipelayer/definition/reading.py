"""Text with positions → Definition. What is wrong is a finding with its place; the rest is read anyway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pipelayer.definition.codes import Code
from pipelayer.definition.parts import (
    Definition,
    Field,
    Parameter,
    PipelineObject,
    Ref,
    SecretKind,
    SecretSource,
    Value,
    is_secret,
)
from pipelayer.definition.shapes import bounded, kind, scalar, with_article
from pipelayer.definition.suggest import closest, did_you_mean
from pipelayer.model import (
    Array,
    Entry,
    Finding,
    Node,
    Null,
    Position,
    Severity,
    Table,
)

_OBJECTS = ("objects", "pipelineObjects")
_PARAMETERS = ("parameters", "parameterObjects")
_VALUES = ("values", "parameterValues")
_KNOWN = (*_OBJECTS, *_PARAMETERS, *_VALUES)
_IGNORED = (
    "metadata",
    "ResponseMetadata",
)  # the first is read elsewhere, the second is left by `aws … > file`
_SECRET_HINT = "Only a field or a parameter whose name begins with `*` can hold a secret."  # noqa: S105


def read_definition(node: Node) -> tuple[Definition, tuple[Finding, ...]]:
    """Read a definition in the flat form of the AWS CLI or in the API form.

    Numbers and booleans become the strings that AWS wants, each number in its written form.
    """
    reader = _Reader()
    if not isinstance(node, Table):
        reader.error(
            Code.SHAPE, f"A definition is a table, not {kind(node)}.", node.at, 'Write {"objects": [...]}.'
        )
        return Definition(), tuple(reader.findings)
    for entry in node.entries:
        if entry.key not in _KNOWN and entry.key not in _IGNORED:
            hint = did_you_mean(entry.key, _KNOWN, "A definition has `objects`, `parameters` and `values`.")
            reader.warning(Code.UNKNOWN_KEY, f"`{entry.key}` means nothing here.", entry.key_at, hint)
    objects = reader.section(node, _OBJECTS)
    if objects is None:
        reader.error(
            Code.NO_OBJECTS, "The definition has no `objects`.", node.at, 'Write {"objects": [...]}.'
        )
    definition = Definition(
        objects=tuple(reader.objects(objects)) if objects else (),
        parameters=tuple(reader.parameters(section))
        if (section := reader.section(node, _PARAMETERS))
        else (),
        values=reader.values(section.value) if (section := reader.section(node, _VALUES)) else {},
    )
    return definition, tuple(reader.findings)


def read_values(node: Node) -> tuple[Mapping[str, Field], tuple[Finding, ...]]:
    """Read a table of parameter values, as it stands under `values` in `values.json` or in a group."""
    reader = _Reader()
    return reader.values(node), tuple(reader.findings)


@dataclass
class _Item:
    """One object or parameter, before it is known to be unique."""

    id: str
    at: Position
    name: str
    fields: dict[str, Field]


@dataclass
class _Reader:
    findings: list[Finding] = field(default_factory=list)

    def error(self, code: Code, message: str, at: Position, hint: str = "") -> None:
        self.findings.append(Finding(Severity.ERROR, code, bounded(message), at, bounded(hint)))

    def warning(self, code: Code, message: str, at: Position, hint: str = "") -> None:
        self.findings.append(Finding(Severity.WARNING, code, bounded(message), at, bounded(hint)))

    def section(self, node: Table, names: tuple[str, ...]) -> Entry | None:
        found = [entry for entry in node.entries if entry.key in names]
        for extra in found[1:]:
            message = f"`{extra.key}` says again what `{found[0].key}` says."
            self.error(Code.SHAPE, message, extra.key_at, "Keep one of the two.")
        return found[0] if found else None

    def objects(self, entry: Entry) -> Iterator[PipelineObject]:
        for item in self._items(entry, "object", "fields", with_name=True):
            yield PipelineObject(item.id, item.name, item.fields, item.at)

    def parameters(self, entry: Entry) -> Iterator[Parameter]:
        for item in self._items(entry, "parameter", "attributes", with_name=False):
            yield Parameter(item.id, item.fields, item.at)

    def _items(self, entry: Entry, noun: str, api_key: str, *, with_name: bool) -> Iterator[_Item]:
        if not isinstance(entry.value, Array):
            message = f"`{entry.key}` is a list of {noun}s, not {kind(entry.value)}."
            self.error(Code.SHAPE, message, entry.value.at, f'Write "{entry.key}": [...].')
            return
        seen: dict[str, Position] = {}
        for node in entry.value.items:
            item = self._item(node, noun, api_key, with_name=with_name)
            if item is None:
                continue
            if (first := seen.get(item.id)) is not None:
                message = f"Two {noun}s have the id `{item.id}`; the first is in line {first.line}."
                self.error(Code.DUPLICATE_ID, message, item.at, "Ids are unique in a definition: rename one.")
                continue
            seen[item.id] = item.at
            yield item

    def _item(self, node: Node, noun: str, api_key: str, *, with_name: bool) -> _Item | None:
        if not isinstance(node, Table):
            self.error(
                Code.SHAPE,
                f"This should be {with_article(noun)}, not {kind(node)}.",
                node.at,
                'Write {"id": "…"}.',
            )
            return None
        id_node = node.get("id")
        if id_node is None:
            near = closest("id", (entry.key for entry in node.entries))
            hint = f"Did you mean `id` by `{near}`?" if near else f'Give it an "id": every {noun} needs one.'
            self.error(Code.NO_ID, f"This {noun} has no `id`.", node.at, hint)
            return None
        id = scalar(id_node)
        if not id:
            what = kind(id_node) if id is None else "empty"
            self.error(Code.NO_ID, f"An `id` is a string, not {what}.", id_node.at, f"Name the {noun}.")
            return None
        name = id
        if with_name and (name_node := node.get("name")) is not None:
            written = scalar(name_node)
            if written is None:
                message = f"A `name` is a string, not {kind(name_node)}."
                self.error(Code.VALUE_KIND, message, name_node.at, "Write a string, or leave it out.")
            else:
                name = written
        plain = not with_name
        listed = node.get(api_key)
        if isinstance(listed, Array) and any(
            isinstance(pair, Table) and pair.get("key") for pair in listed.items
        ):
            return _Item(id, id_node.at, name, self._api_fields(listed, plain=plain, owner=id))
        fields: dict[str, Field] = {}
        for entry in node.entries:
            if entry.key == "id" or (with_name and entry.key == "name"):
                continue
            read = self._field(entry, plain=plain, secret=_holds_secret(entry.key, id, plain=plain))
            if read.values:
                fields[entry.key] = read
        return _Item(id, id_node.at, name, fields)

    def _api_fields(self, listed: Array, *, plain: bool, owner: str) -> dict[str, Field]:
        """`[{"key": k, "stringValue": s}, …]`: a key that comes again adds a value."""
        fields: dict[str, Field] = {}
        for node in listed.items:
            pair = self._pair(node, "key")
            if pair is None:
                continue
            key, key_at, holder, value_node = pair
            value: Value | None
            if holder == "refValue" and not plain:
                target = scalar(value_node)
                value = Ref(target) if target is not None else None
                if value is None:
                    self._wrong_kind(key, value_node)
            else:
                secret = _holds_secret(key, owner, plain=plain)
                value = self._value(key, value_node, plain=True, secret=secret)
            if value is not None:
                _add(fields, key, value, value_node.at, key_at)
        return fields

    def _pair(self, node: Node, key_name: str) -> tuple[str, Position, str, Node] | None:
        """The key and the value of one element of the API form."""
        hint = f'Write {{"{key_name}": "...", "stringValue": "..."}}.'
        if not isinstance(node, Table):
            self.error(Code.SHAPE, f"This should be a table, not {kind(node)}.", node.at, hint)
            return None
        key_node, key = node.get(key_name), None
        if key_node is not None:
            key = scalar(key_node)
        kinds = [entry for entry in node.entries if entry.key in {"stringValue", "refValue"}]
        if not key or key_node is None or len(kinds) != 1:
            self.error(
                Code.SHAPE, f"This needs `{key_name}` and one of `stringValue` and `refValue`.", node.at, hint
            )
            return None
        return key, key_node.at, kinds[0].key, kinds[0].value

    def values(self, node: Node) -> Mapping[str, Field]:
        """Parameter values: `{id: value or list}`, or the API's list of `{"id", "stringValue"}`."""
        found: dict[str, Field] = {}
        match node:
            case Table():
                for entry in node.entries:
                    read = self._field(entry, plain=True, secret=is_secret(entry.key))
                    if read.values:
                        found[entry.key] = read
            case Array():
                for item in node.items:
                    if (pair := self._pair(item, "id")) is None:
                        continue
                    key, key_at, _, value_node = pair
                    value = self._value(key, value_node, plain=True, secret=is_secret(key))
                    if value is not None:
                        _add(found, key, value, value_node.at, key_at)
            case _:
                message = f"`values` is a table, not {kind(node)}."
                self.error(Code.SHAPE, message, node.at, 'Write {"myParameter": "its value"}.')
        return found

    def _field(self, entry: Entry, *, plain: bool, secret: bool) -> Field:
        node = entry.value
        items = node.items if isinstance(node, Array) else (node,)
        values: list[Value] = []
        places: list[Position] = []
        for item in items:
            value = self._value(entry.key, item, plain=plain, secret=secret)
            if value is not None:
                values.append(value)
                places.append(item.at)
        return Field(tuple(values), node.at, entry.key_at, tuple(places) if isinstance(node, Array) else ())

    def _value(self, key: str, node: Node, *, plain: bool, secret: bool) -> Value | None:
        """One value; None, with a finding, where it is none. `plain`: no references here."""
        if (text := scalar(node)) is not None:
            return text
        if isinstance(node, Table) and len(node.entries) == 1:
            inner = node.entries[0]
            name = scalar(inner.value)
            if inner.key == "ref" and not plain and name is not None:
                return Ref(name)
            if inner.key in set(SecretKind) and name:
                if secret:
                    return SecretSource(SecretKind(inner.key), name)
                hint = f"{_SECRET_HINT} Call it `*{key}`, or write the value itself."
                self.error(Code.MISPLACED_SECRET, f"`{key}` isn't encrypted by AWS.", node.at, hint)
                return None
        self._wrong_kind(key, node)
        return None

    def _wrong_kind(self, key: str, node: Node) -> None:
        message = f"`{key}` can't hold {kind(node)}."
        match node:
            case Null():
                hint = "Leave the key out, or give it a value."
            case Table():
                hint = 'Write a string, a list of strings or, for an object, {"ref": "its id"} and no more.'
            case _:
                hint = "Write a string or a flat list of strings."
        self.error(Code.VALUE_KIND, message, node.at, hint)


def _holds_secret(key: str, owner: str, *, plain: bool) -> bool:
    """Whether a field is encrypted: its own name says so or, for a parameter's default, the parameter's."""
    return is_secret(key) or (plain and key == "default" and is_secret(owner))


def _add(fields: dict[str, Field], key: str, value: Value, at: Position, key_at: Position) -> None:
    before = fields.get(key)
    if before is None:
        fields[key] = Field((value,), at, key_at, (at,))
    else:
        fields[key] = Field((*before.values, value), before.at, before.key_at, (*before.values_at, at))
