"""The sizes that AWS allows (AWS Data Pipeline Developer Guide, "Limits"). Bytes are those of UTF-8."""

from __future__ import annotations

from collections.abc import Iterator

from pipelayer.definition.codes import Code
from pipelayer.definition.parts import Field, PipelineObject, Ref, SecretSource, Value
from pipelayer.definition.rules.context import Context, error, warning
from pipelayer.model import Finding

_OBJECTS = 100
_FIELDS = 50
_NAME = 256
_FIELD = 10_240
_OBJECT = 15_360
_PARAMETERS = 50
_VALUE = 10_240


def check(context: Context) -> Iterator[Finding]:
    """PL601 to PL607. The number of objects is a quota that AWS raises on request, so it is a warning."""
    definition = context.definition
    if (count := len(definition.objects)) > _OBJECTS:
        message = f"{count} objects: AWS takes {_OBJECTS} in one pipeline."
        hint = "Split the pipeline, or ask AWS for a higher quota."
        yield warning(Code.OBJECTS_LIMIT, message, definition.objects[_OBJECTS].at, hint)
    for item in definition.objects:
        yield from _object(item)
    if (count := len(definition.parameters)) > _PARAMETERS:
        message = f"{count} parameters: AWS takes {_PARAMETERS} in one definition."
        at = definition.parameters[_PARAMETERS].at
        yield error(Code.PARAMETERS_LIMIT, message, at, "Write some of the values into the objects.")
    for name, field in definition.values.items():
        for index, value in enumerate(field.values):
            if isinstance(value, str) and len(value) > _VALUE:
                message = f"The value of `{_short(name)}` has {len(value)} characters: AWS takes {_VALUE}."
                yield error(Code.VALUE_LENGTH, message, field.position(index), "Keep long texts in S3.")


def _object(item: PipelineObject) -> Iterator[Finding]:
    place = _short(item.id)
    for what, text in (("id", item.id), ("name", item.name)):
        if (size := _bytes(text)) > _NAME and (what == "id" or item.name != item.id):
            message = f"The {what} of `{place}` has {size} bytes: AWS takes {_NAME}."
            yield error(Code.NAME_BYTES, message, item.at, "Shorten it.")
    if (count := len(item.fields)) > _FIELDS:
        message = f"`{place}` has {count} fields: AWS takes {_FIELDS}."
        yield error(Code.FIELDS_LIMIT, message, item.at, "Move shared fields to `Default` or to a parent.")
    total = _bytes(item.id) + _bytes(item.name)
    for key, field in item.fields.items():
        sizes = [_bytes(_text(value)) for value in field.values]
        total += sum(sizes) + _bytes(key) * len(sizes)
        yield from _field(place, key, field, sizes)
    if total > _OBJECT:
        message = f"`{place}` has {total} bytes with all its fields: AWS takes {_OBJECT}."
        yield error(Code.OBJECT_BYTES, message, item.at, "Keep long scripts in S3 and use `scriptUri`.")


def _field(place: str, key: str, field: Field, sizes: list[int]) -> Iterator[Finding]:
    if _bytes(key) > _NAME:
        message = f"`{place}` has a field whose name has {_bytes(key)} bytes: AWS takes {_NAME}."
        yield error(Code.NAME_BYTES, message, field.key_at or field.at, "Shorten it.")
    for index, size in enumerate(sizes):
        if size > _FIELD:
            message = f"`{place}.{_short(key)}` has {size} bytes: AWS takes {_FIELD}."
            hint = "Keep long scripts in S3 and use `scriptUri`."
            yield error(Code.FIELD_BYTES, message, field.position(index), hint)


def _text(value: Value) -> str:
    match value:
        case str():
            return value
        case Ref():
            return value.id
        case SecretSource():
            return ""


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _short(name: str) -> str:
    return name if len(name) <= 64 else f"{name[:60]}…"
