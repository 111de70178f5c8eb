"""Secrets, of which none is written: in the place of each stands where a deploy is to read it. Pure.

What AWS shows of a secret is not documented; it may be the secret itself, a mask or nothing. So nothing of it
is kept, and where a type can't do without one that AWS leaves out, it is put there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipelayer.definition.catalogue import object_types
from pipelayer.definition.expressions import Expression, parse, references
from pipelayer.definition.flat import Definition, Field, PipelineObject, SecretKind, SecretSource
from pipelayer.definition.inheritance import Inheritance
from pipelayer.definition.parts import SECRET_MARK, Parameter, is_secret
from pipelayer.definition.secrecy import secret_attribute, used_by_secrets
from pipelayer.importer.naming import parameter_name, variable_name

_Place = tuple[str, str]
"""Object and field."""

_LOOKS_SECRET = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|(?i:passw(?:or)?d|pwd|secret|token|api_?key)(?:_\w+)?[\"']?\s*[=: ]\s*[\"']?(?!#\{)[^\s\"'#$]{4,}"
)
_CALLED_SECRET = re.compile("(?i:passw(?:or)?d|secret|token)$")


@dataclass(frozen=True)
class Hidden:
    """A definition without secrets. `variables` are the environment variables that give them, by the
    parameter.
    """

    definition: Definition
    variables: Mapping[str, str]


def hide(definition: Definition, directory: str, used: Collection[str]) -> Hidden:
    """The definition with each secret as a value that the environment gives. `used` are names of parameters
    that mean something already.
    """
    known = [*definition.values, *(one.id for one in definition.parameters)]
    own = list(dict.fromkeys(filter(is_secret, known)))
    names = _parameters(definition, own, used)
    variables = {id: variable_name(directory, id) for id in dict.fromkeys([*own, *names.values()])}
    values = {id: field for id, field in definition.values.items() if not is_secret(id)}
    for id, variable in variables.items():
        values[id] = Field((SecretSource(SecretKind.ENV, variable),))
    objects = tuple(
        replace(
            item,
            fields={
                **item.fields,
                **{key: Field((f"#{{{name}}}",)) for (id, key), name in names.items() if id == item.id},
            },
        )
        for item in definition.objects
    )
    parameters = tuple(_plain(one) for one in definition.parameters)
    return Hidden(Definition(objects, parameters, values), variables)


def _parameters(definition: Definition, own: Sequence[str], used: Collection[str]) -> dict[_Place, str]:
    """Which secret parameter each secret field gets: its own one, unless there is but one that it can mean.
    AWS may mask what names a secret as it does the secret itself.
    """
    inheritance = Inheritance(definition)
    places = [
        (item.id, key)
        for item in definition.objects
        for key in (*filter(is_secret, item.fields), *_missing(item, inheritance))
        if key not in item.fields or not _names_secret(item.fields[key])
    ]
    if len(places) == len(own) == 1 and not _is_used(own[0], definition):
        return {places[0]: own[0]}
    taken, names = {*used, *own}, dict[_Place, str]()
    for id, key in places:
        name = SECRET_MARK + parameter_name((id, key.removeprefix(SECRET_MARK)), taken)
        taken.add(name)
        names[id, key] = name
    return names


def _missing(item: PipelineObject, inheritance: Inheritance) -> list[str]:
    type = object_types().get(inheritance.type(item))
    there = inheritance.fields(item)
    return [key for key in type.required if is_secret(key) and key not in there] if type else []


def _is_used(id: str, definition: Definition) -> bool:
    fields = (field for item in definition.objects for field in item.fields.values())
    return any(id in references(text) for field in fields for text in field.texts)


def _names_secret(field: Field) -> bool:
    """Whether it only says which parameter counts."""
    return all(
        isinstance(value, str) and all(isinstance(one, Expression) and one.parameter for one in parse(value))
        for value in field.values
    )


def _plain(parameter: Parameter) -> Parameter:
    kept = {key: one for key, one in parameter.attributes.items() if not secret_attribute(parameter, key)}
    return replace(parameter, attributes=kept)


def open_secrets(definition: Definition) -> Iterator[str]:
    """The places of what looks like a secret and isn't kept as one: a guess, by the words around it."""
    for item in definition.objects:
        for key, field in item.fields.items():
            if not is_secret(key) and _is_open(key, field):
                yield f"{item.id}.{key}"
    feeding = used_by_secrets(definition)  # what a secret field gets, and nothing hides
    for id, field in {**definition.defaults, **definition.values}.items():
        if not is_secret(id) and (id in feeding or _is_open(id, field)):
            yield id


def _is_open(key: str, field: Field) -> bool:
    called = _CALLED_SECRET.search(key) is not None
    return any(
        _LOOKS_SECRET.search(text) is not None or (called and "#{" not in text) for text in field.texts
    )
