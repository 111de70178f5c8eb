"""The sizes that AWS allows (AWS Data Pipeline Developer Guide, "Limits"). Bytes are those of UTF-8."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pipelayer.definition.codes import Code
from pipelayer.definition.parts import Field, Parameter, PipelineObject, Ref, SecretSource, Value
from pipelayer.definition.period import parse_period
from pipelayer.definition.rules.context import Template, Typed, error, warning
from pipelayer.model import Finding

_OBJECTS = 100
_FIELDS = 50
_NAME = 256
_FIELD = 10_240
_OBJECT = 15_360
_PARAMETERS = 50
_LIST = 255
_SHORTEST_DELAY = timedelta(minutes=2)
_MOST = {"maximumRetries": 5, "maxActiveInstances": 5, "instanceCount": 1}


def check(template: Template) -> Iterator[Finding]:
    """PL601 to PL606, PL609. The number of objects is a quota that AWS raises on request: a warning."""
    if (count := len(template.objects)) > _OBJECTS:
        message = f"{count} objects: AWS takes {_OBJECTS} in one pipeline."
        hint = "Split the pipeline, or ask AWS for a higher quota."
        yield warning(Code.OBJECTS_LIMIT, message, template.objects[_OBJECTS].at, hint)
    for item in template.objects:
        yield from _object(item)
    if (count := len(template.parameters)) > _PARAMETERS:
        message = f"{count} parameters: AWS takes {_PARAMETERS} in one definition."
        at = template.parameters[_PARAMETERS].at
        yield error(Code.PARAMETERS_LIMIT, message, at, "Write some of the values into the objects.")
    for parameter in template.parameters:
        yield from _parameter(parameter)


def check_text(typed: Typed) -> Iterator[Finding]:
    """PL608: quotas of an account, which AWS may have raised."""
    most = _MOST.get(typed.key)
    if most and typed.text.isascii() and typed.text.isdigit() and int(typed.text[:9]) > most:
        message = f"`{typed.place}` is `{typed.text}`: unless AWS has raised it, the most is {most}."
        yield warning(Code.QUOTA, message, typed.at, f"Write {most} or less.")
    delay = parse_period(typed.text) if typed.key == "retryDelay" else None
    if delay and delay.fixed is not None and delay.fixed < _SHORTEST_DELAY:
        message = f"`{typed.place}` is `{typed.text}`: AWS waits 2 minutes at least."
        yield warning(Code.QUOTA, message, typed.at, "Write `2 minutes` or more.")


def _parameter(parameter: Parameter) -> Iterator[Finding]:
    place = _short(parameter.id)
    if (size := _bytes(parameter.id)) > _NAME:
        message = f"The id of `{place}` has {size} bytes: AWS takes {_NAME}."
        yield error(Code.NAME_BYTES, message, parameter.at, "Shorten it.")
    for key, field in parameter.attributes.items():
        yield from _field(place, key, field, [_bytes(text) for text in field.texts])


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
        if key in {"step", "bootstrapAction"} and len(sizes) > _LIST:
            message = f"`{place}.{key}` has {len(sizes)} entries: EMR takes {_LIST}."
            yield error(Code.LIST_LENGTH, message, field.position(_LIST), "Do more in each.")
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
