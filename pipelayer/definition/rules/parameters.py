"""Parameters as they are declared and used; what they stand for is looked at in `values.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from pipelayer.definition.codes import Code
from pipelayer.definition.expressions import is_parameter, references
from pipelayer.definition.parts import Field, Parameter, PipelineObject
from pipelayer.definition.rules.context import Template, error, warning
from pipelayer.definition.suggest import closest, did_you_mean
from pipelayer.model import Finding, Position

TYPES = ("String", "Integer", "Double", "AWS::S3::ObjectKey")
OURS = frozenset({"myS3InputDir", "myName", "myDescription", "myTags"})
"""What Pipelayer itself reads, whether the definition uses it or not."""

_ID = re.compile(r"\*?my\w+")


def check(template: Template) -> Iterator[Finding]:
    """PL402, PL403, PL413, PL416."""
    for item in template.objects:
        for key, field in item.fields.items():
            if key == "type":
                continue
            for index, value in enumerate(field.values):
                if isinstance(value, str) and "#{" in value:
                    own = template.effective[item.id]
                    yield from undeclared(template, f"{item.id}.{key}", value, field.position(index), own)
    for parameter in template.parameters:
        yield from _declaration(template, parameter)


def undeclared(
    template: Template,
    place: str,
    text: str,
    at: Position | None,
    own: Mapping[str, Field] | None = None,
) -> Iterator[Finding]:
    """Names of parameters that nothing declares or gives. `own`: fields that they may mean as well."""
    for name in references(text):
        if "." in name or not is_parameter(name) or (own and name in own):
            continue
        if name in template.given or name in template.declared:
            continue
        if own and any(name in one.fields for one in _linked(template, own)):
            continue
        message = f"`{place}` uses `#{{{name}}}`, which nothing declares or gives a value."
        otherwise = f"Give `{name}` a value, or declare it under `parameters` with a default."
        known = chain(template.given, template.declared)
        hint = did_you_mean(f"#{{{name}}}", (f"#{{{known}}}" for known in known), otherwise)
        yield error(Code.UNDECLARED, message, at, hint)


def _linked(template: Template, own: Mapping[str, Field]) -> Iterator[PipelineObject]:
    """The objects that fields refer to: a field of the user's own is found in them as well."""
    return (template.by_id[id] for field in own.values() for id in field.refs if id in template.by_id)


def _declaration(template: Template, parameter: Parameter) -> Iterator[Finding]:
    name = parameter.id
    if not _ID.fullmatch(name):
        message = f"A parameter can't be named `{name}`: the names of parameters begin with `my`."
        plain = name.removeprefix("*")
        mark = name.removesuffix(plain)
        hint = f"Call it `{mark}my{plain[:1].upper()}{plain[1:]}`."
        yield error(Code.PARAMETER_ID, message, parameter.at, hint)
    elif name not in template.given and name not in template.defaults and not is_optional(parameter):
        message = f"The parameter `{name}` has no value and no default."
        near = closest(name, template.given - template.declared.keys())
        hint = f"Add `{name}` to the values, or a `default` here."
        hint = f"Did you mean `{name}` by `{near}` in the values?" if near else hint
        yield error(Code.NO_VALUE, message, parameter.at, hint)
    written = parameter.attributes.get("type")
    for index, text in enumerate(written.texts if written else ()):
        if written and text.casefold() not in {one.casefold() for one in TYPES}:
            message = f"The parameter `{name}` is of the type `{text}`, which AWS's guide doesn't know."
            hint = did_you_mean(text, TYPES, f"Write one of {', '.join(TYPES)}.")
            yield warning(Code.PARAMETER_TYPE, message, written.position(index), hint)
    for key in ("optional", "isArray"):
        flag = parameter.attributes.get(key)
        for index, text in enumerate(flag.texts if flag else ()):
            if flag and text.casefold() not in {"true", "false"}:
                message = f"`{key}` of the parameter `{name}` is `{text}`, neither true nor false."
                yield warning(Code.PARAMETER_TYPE, message, flag.position(index), 'Write "true" or "false".')


def is_optional(parameter: Parameter) -> bool:
    return _flag(parameter, "optional")


def is_array(parameter: Parameter) -> bool:
    return _flag(parameter, "isArray")


def _flag(parameter: Parameter, key: str) -> bool:
    field = parameter.attributes.get(key)
    return field is not None and [text.casefold() for text in field.texts] == ["true"]
