"""What the catalogue knows: types, their fields, and what each field may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelayer.definition.catalogue import Group, ObjectType, Slot, object_types
from pipelayer.definition.codes import Code
from pipelayer.definition.inheritance import DEFAULT
from pipelayer.definition.parts import PipelineObject, Ref, Value
from pipelayer.definition.period import Unit, parse_period
from pipelayer.definition.rules.context import Context, Typed, error, warning
from pipelayer.definition.suggest import closest, did_you_mean
from pipelayer.model import Finding, Position

_OWN_FIELD = re.compile(r"\*?my[A-Z_]")
_SPECIAL_PERIOD = "ONDEMAND_PERIOD"


def check(context: Context) -> Iterator[Finding]:
    """PL201 to PL209."""
    for item in context.definition.objects:
        if item.type and item.type not in object_types():
            yield _unknown_type(item)
            continue
        type = context.types.get(item.id)
        if type is not None and item.id != DEFAULT:
            yield from _missing(context, item, type)
        yield from _fields(context, item, type.name if type else "object")
    for typed in context.typed:
        if typed.text:
            yield from _text(typed)


def _unknown_type(item: PipelineObject) -> Finding:
    known = (name for name in object_types() if name != DEFAULT)
    hint = did_you_mean(item.type, known, "The Pipeline Object Reference of the AWS guide lists the types.")
    at = item.fields["type"].at
    return error(Code.UNKNOWN_TYPE, f"AWS has no object type `{item.type}` (object `{item.id}`).", at, hint)


def _missing(context: Context, item: PipelineObject, type: ObjectType) -> Iterator[Finding]:
    """A parent may leave to its children what it lacks, so for parents it is no more than a warning."""
    weigh = warning if item.id in context.parents else error
    has = context.effective[item.id]
    for key in type.required:
        if key not in has:
            message = f"`{item.id}` has no `{key}`, which every {type.name} needs."
            yield weigh(Code.MISSING_FIELD, message, item.at, "Add it here, to the parent or to `Default`.")
    for group in type.one_of:
        if not any(key in has for key in group):
            names = " or ".join(f"`{key}`" for key in group)
            message = f"`{item.id}` has neither of {names}: a {type.name} needs one."
            yield weigh(Code.MISSING_ONE_OF, message, item.at, "Add one here, to the parent or to `Default`.")


def _fields(context: Context, item: PipelineObject, what: str) -> Iterator[Finding]:
    """What the object holds itself; `what` it is, for the messages."""
    for key, field in item.fields.items():
        if key == "type" or key.startswith("@") or _OWN_FIELD.match(key):
            continue
        declared = context.field_type(item, key)
        if declared is None:
            otherwise = "AWS ignores it or refuses it. A field of your own begins with `my`."
            hint = did_you_mean(key, context.known_fields(item), otherwise)
            message = f"`{item.id}.{key}`: no {what} has such a field."
            yield warning(Code.UNKNOWN_FIELD, message, field.key_at or field.at, hint)
            continue
        if declared.group is Group.FORBIDDEN:
            message = f"`{item.id}.{key}`: no {what} can have this field."
            yield error(Code.FORBIDDEN_FIELD, message, field.key_at or field.at, "Remove it.")
        for index, value in enumerate(field.values):
            yield from _kind(f"{item.id}.{key}", declared.slot, value, field.position(index))


def _kind(place: str, slot: Slot, value: Value, at: Position | None) -> Iterator[Finding]:
    """A string where a reference belongs, and the other way round."""
    if isinstance(value, str) and value and slot is Slot.REFERENCE:
        hint = f'Write {{"ref": "{value}"}}.'
        if "#{" in value:
            hint = 'Write {"ref": "the id"}: AWS evaluates no expression here.'
        yield error(
            Code.NOT_A_REFERENCE, f"`{place}` needs a reference to an object, not a string.", at, hint
        )
    elif isinstance(value, Ref) and slot not in {Slot.REFERENCE, Slot.ANY}:
        yield error(
            Code.NOT_A_STRING, f"`{place}` needs a string, not a reference.", at, f'Write "{value.id}".'
        )


def _text(typed: Typed) -> Iterator[Finding]:
    allowed = typed.type.enum
    if allowed and typed.text.casefold() not in {name.casefold() for name in allowed}:
        message = f"`{typed.place}` can't be `{typed.text}`."
        hint = did_you_mean(
            typed.text, allowed, f"Write one of {', '.join(f'`{name}`' for name in allowed)}."
        )
        yield error(Code.ENUMERATION, message, typed.at, hint)
    if (
        typed.type.slot is Slot.PERIOD
        and parse_period(typed.text) is None
        and typed.text.upper() != _SPECIAL_PERIOD
    ):
        message = f"`{typed.place}` is `{typed.text}`, which is no period."
        yield error(Code.PERIOD, message, typed.at, _period_hint(typed.text))


def _period_hint(text: str) -> str:
    """`1 mnth` → Did you mean `1 month`? And in any case what a period is."""
    form = f"A period is a whole number and a unit: {', '.join(Unit)}, or its plural."
    match = re.fullmatch(r"\s*([0-9]{1,8})\s*([A-Za-z]{1,20}?)\s*", text)
    if match is None:
        return form
    plural = "" if int(match[1]) == 1 else "s"
    near = closest(match[2].removesuffix("s"), Unit, 0.6)
    return f"Did you mean `{match[1]} {near}{plural}`? {form}" if near else form
