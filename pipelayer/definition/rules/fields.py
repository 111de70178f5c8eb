"""What the catalogue knows: types, and the fields that each has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelayer.definition.catalogue import Group, ObjectType, Slot, object_types
from pipelayer.definition.codes import Code
from pipelayer.definition.inheritance import DEFAULT
from pipelayer.definition.parts import PipelineObject, Ref, Value
from pipelayer.definition.rules.context import Template, error, warning
from pipelayer.definition.suggest import did_you_mean
from pipelayer.model import Finding, Position

_OWN_FIELD = re.compile(r"\*?my[A-Z_]")


def check(template: Template) -> Iterator[Finding]:
    """PL201 to PL206, PL208, PL212, PL213, PL220."""
    for item in template.objects:
        if (kind := item.fields.get("type")) and kind.refs:
            hint = 'Write the type as a string, such as "Schedule".'
            yield error(Code.UNKNOWN_TYPE, f"The type of `{item.id}` is a reference.", kind.at, hint)
        if item.type and item.type not in object_types():
            yield _unknown_type(item)
            continue
        type = template.types.get(item.id)
        if type is not None and item.id != DEFAULT:
            yield from _missing(template, item, type)
        yield from _fields(template, item, type.name if type else "object")


def _unknown_type(item: PipelineObject) -> Finding:
    known = (name for name in object_types() if name != DEFAULT)
    hint = did_you_mean(item.type, known, "The Pipeline Object Reference of the AWS guide lists the types.")
    at = item.fields["type"].at
    return error(Code.UNKNOWN_TYPE, f"AWS has no object type `{item.type}` (object `{item.id}`).", at, hint)


def _missing(template: Template, item: PipelineObject, type: ObjectType) -> Iterator[Finding]:
    """A parent may leave to its children what it lacks, so for parents it is no more than a warning."""
    has = template.effective[item.id]
    only_parent = item.id in template.parents
    for key in type.required:
        if key not in has:
            message = f"`{item.id}` has no `{key}`, which every {type.name} needs."
            hint = "Add it here, to the parent or to `Default`."
            if only_parent:
                yield warning(Code.INCOMPLETE_PARENT, message, item.at, "Add it, or leave out the `type`.")
            else:
                yield error(Code.MISSING_FIELD, message, item.at, hint)
    for group in type.one_of:
        if not any(key in has for key in group):
            names = " or ".join(f"`{key}`" for key in group)
            message = f"`{item.id}` has neither of {names}: a {type.name} needs one."
            if only_parent:
                yield warning(Code.INCOMPLETE_PARENT, message, item.at, "Add one, or leave out the `type`.")
            else:
                hint = "Add one here, to the parent or to `Default`."
                yield error(Code.MISSING_ONE_OF, message, item.at, hint)


def _fields(template: Template, item: PipelineObject, what: str) -> Iterator[Finding]:
    """What the object holds itself; `what` it is, for the messages."""
    known = template.known_fields(item)
    for key, field in item.fields.items():
        if key.startswith("@") or _OWN_FIELD.match(key):
            continue
        single = key == "type" or (key in known and not known[key].multi)
        if single and len(field.values) > 1:
            message = f"`{item.id}.{key}` has {len(field.values)} values, and AWS's guide knows one."
            yield warning(Code.SEVERAL, message, field.position(1), "Keep one.")
        if key == "type":
            continue
        declared = known.get(key)
        if declared is None:
            otherwise = "AWS ignores it or refuses it. A field of your own begins with `my`."
            hint = did_you_mean(key, known, otherwise)
            message = f"`{item.id}.{key}`: no {what} has such a field."
            yield warning(Code.UNKNOWN_FIELD, message, field.key_at or field.at, hint)
            continue
        if declared.group is Group.FORBIDDEN:
            message = f"`{item.id}.{key}`: no {what} can have this field."
            yield error(Code.FORBIDDEN_FIELD, message, field.key_at or field.at, "Remove it.")
        if declared.deprecated:
            message = f"`{item.id}.{key}` is deprecated: AWS runs one machine for each {what}."
            yield warning(Code.DEPRECATED, message, field.key_at or field.at, "Remove it.")
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
