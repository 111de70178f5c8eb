"""What the parameters stand for: values and defaults of the wrong kind, in a circle, or for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pipelayer.definition.codes import Code
from pipelayer.definition.expressions import cycles, is_parameter, references
from pipelayer.definition.parts import Field, Parameter, is_secret
from pipelayer.definition.rules.context import Context, Template, error, warning
from pipelayer.definition.rules.expressions import syntax
from pipelayer.definition.rules.parameters import OURS, is_array, undeclared
from pipelayer.definition.suggest import closest
from pipelayer.model import Finding, Position

_LONGEST = 10_240
_S3 = re.compile("s3[an]?://", re.IGNORECASE)
_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")
_DOUBLE = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\s*")


def check(context: Context) -> Iterator[Finding]:
    """PL401, PL402, PL404, PL405 to PL408, PL412, PL414, PL415, PL417 to PL419, PL607."""
    template, definition = context.template, context.definition
    texts = list(_expressions(context))
    for place, text, at in texts:
        yield from syntax(place, text, at)
        yield from undeclared(template, place, text, at)
    given = context.given
    if texts:
        for cycle in cycles(given):
            message = f"Values in a circle: {' → '.join(f'`{name}`' for name in (*cycle, cycle[0]))}."
            hint = "A value can't depend on itself: write one out."
            yield error(Code.VALUE_CYCLE, message, given[cycle[0]].at, hint)
    for parameter in template.parameters:
        if (field := given.get(parameter.id)) is not None:
            yield from _parameter(context, parameter, field)
    for name, field in definition.values.items():
        for index, value in enumerate(field.values):
            if isinstance(value, str) and len(value) > _LONGEST:
                shown = name if len(name) <= 64 else f"{name[:60]}…"
                message = f"The value of `{shown}` has {len(value)} characters: AWS takes {_LONGEST}."
                yield error(Code.VALUE_LENGTH, message, field.position(index), "Keep long texts in S3.")
    yield from _unused(
        template, definition.values, {name for _, text, _ in texts for name in references(text)}
    )


def _expressions(context: Context) -> Iterator[tuple[str, str, Position | None]]:
    """Every expression among values and the defaults that they leave; no secret, which must not be shown."""
    for name, field in context.given.items():
        if is_secret(name):
            continue
        place = name if name in context.definition.values else f"{name}.default"
        for index, value in enumerate(field.values):
            if isinstance(value, str) and "#{" in value:
                yield place, value, field.position(index)


def _parameter(context: Context, parameter: Parameter, field: Field) -> Iterator[Finding]:
    """One parameter's values. What a secret one holds is not shown."""
    name = parameter.id
    if len(field.values) > 1 and not is_array(parameter):
        message = f"`{name}` has {len(field.values)} values, and isn't declared as a list."
        hint = 'Add "isArray": "true" to the parameter, or keep one value.'
        yield warning(Code.LIST_VALUE, message, field.position(1), hint)
    type = next(iter(_texts(parameter, "type")), "String").casefold()
    allowed = _texts(parameter, "allowedValues")
    if type not in {"integer", "double", "aws::s3::objectkey"} and not allowed:
        return
    for index, value in enumerate(field.values):
        text = context.resolver.text(value) if isinstance(value, str) else None
        if text is None:
            continue
        at = context.resolver.origin(str(value)) or field.position(index)
        shown = "its value" if is_secret(name) else f"`{text}`"
        if allowed and text not in allowed:
            near = None if is_secret(name) else closest(text, allowed)
            choice = "one that the template lists" if is_secret(name) else f"one of {_listed(allowed)}"
            hint = f"Did you mean `{near}`?" if near else f"Write {choice}."
            yield error(Code.NOT_ALLOWED, f"`{name}` can't be {shown}: it isn't allowed.", at, hint)
        pattern = {"integer": _INTEGER, "double": _DOUBLE}.get(type)
        if pattern and not pattern.fullmatch(text):
            wanted = "a whole number" if type == "integer" else "a number"
            yield error(
                Code.PARAMETER_VALUE, f"`{name}` needs {wanted}, and is {shown}.", at, f"Write {wanted}."
            )
        elif type == "aws::s3::objectkey" and name not in OURS and not _S3.match(text):
            yield warning(
                Code.NOT_S3, f"`{name}` is a place in S3, not {shown}.", at, "Write s3://bucket/folder."
            )


def _texts(parameter: Parameter, key: str) -> tuple[str, ...]:
    field = parameter.attributes.get(key)
    return field.texts if field else ()


def _listed(allowed: tuple[str, ...]) -> str:
    return ", ".join(f"`{one}`" for one in allowed[:10])


def _unused(template: Template, values: Mapping[str, Field], used_by_values: set[str]) -> Iterator[Finding]:
    used = template.used | used_by_values | OURS
    for parameter in template.parameters:
        if parameter.id not in used and is_parameter(parameter.id):
            message = f"Nothing uses the parameter `{parameter.id}`."
            near = closest(
                f"#{{{parameter.id}}}", (f"#{{{n}}}" for n in used - template.declared.keys()), 0.85
            )
            hint = f"Did you mean `{near}`?" if near else f"Remove it, or use it: `#{{{parameter.id}}}`."
            yield warning(Code.UNUSED_PARAMETER, message, parameter.at, hint)
    for name, field in values.items():
        if name not in used and name not in template.declared:
            message = f"Nothing declares or uses the value `{name}`."
            near = closest(name, used | template.declared.keys())
            hint = f"Did you mean `{near}`?" if near else "Remove it, or declare it under `parameters`."
            yield warning(Code.UNUSED_VALUE, message, field.key_at or field.at, hint)
