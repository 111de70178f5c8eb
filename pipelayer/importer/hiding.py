"""Secrets, of which none is written: in the place of each stands where a deploy is to read it. Pure.

What AWS shows of a secret is not documented; it may be the secret itself, a mask or nothing. So nothing of it
is kept, and where a type can't do without one that AWS leaves out, it is put there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from pipelayer.definition.catalogue import object_types
from pipelayer.definition.expressions import Expression, parse, references
from pipelayer.definition.flat import Definition, Field, PipelineObject, SecretKind, SecretSource
from pipelayer.definition.inheritance import Inheritance
from pipelayer.definition.parts import SECRET_MARK, Parameter, is_secret
from pipelayer.definition.secrecy import secret_attribute
from pipelayer.importer.naming import parameter_name, variable_name


@dataclass(frozen=True)
class Hidden:
    """A definition without secrets. `variables` are the environment variables that take their place, by what
    each is for.
    """

    definition: Definition
    variables: Mapping[str, str]


def hide(definition: Definition, directory: str, used: Collection[str]) -> Hidden:
    """The definition with each secret as a value that the environment gives. `used` are names of parameters
    that mean something already.
    """
    values = {id: field for id, field in definition.values.items() if not is_secret(id)}
    secret = [id for id in definition.values if is_secret(id)]
    secret += [one.id for one in definition.parameters if is_secret(one.id) and one.id not in secret]
    taken, variables = {*used, *secret}, {}
    for id in secret:
        variables[f"the value `{id}`"] = _place(values, id, directory)
    inheritance, objects = Inheritance(definition), []
    places = {
        (item.id, key)
        for item in definition.objects
        for key in (*filter(is_secret, item.fields), *_missing(item, inheritance))
        if key not in item.fields or not _names_secret(item.fields[key])
    }
    if len(places) == 1 and len(secret) == 1 and not _is_used(secret[0], definition):
        # AWS masks what names a secret as it does the secret itself: there is but one that this can name.
        (only,) = places
        named = {only: secret[0]}
    else:
        named = {}
    for item in definition.objects:
        fields = dict(item.fields)
        for key in sorted(key for id, key in places if id == item.id):
            if (item.id, key) in named:
                fields[key] = Field((f"#{{{named[item.id, key]}}}",))
                continue
            name = SECRET_MARK + parameter_name((item.id, key.removeprefix(SECRET_MARK)), taken)
            taken.add(name)
            fields[key] = Field((f"#{{{name}}}",))
            variables[f"`{item.id}.{key}`"] = _place(values, name, directory)
        objects.append(replace(item, fields=fields))
    parameters = tuple(_plain(one) for one in definition.parameters)
    return Hidden(Definition(tuple(objects), parameters, values), variables)


def _place(values: dict[str, Field], id: str, directory: str) -> str:
    variable = variable_name(directory, id)
    values[id] = Field((SecretSource(SecretKind.ENV, variable),))
    return variable


def _missing(item: PipelineObject, inheritance: Inheritance) -> list[str]:
    type = object_types().get(inheritance.type(item))
    there = inheritance.fields(item)
    return [key for key in type.required if is_secret(key) and key not in there] if type else []


def _is_used(id: str, definition: Definition) -> bool:
    fields = (field for item in definition.objects for field in item.fields.values())
    return any(id in references(text) for field in fields for text in field.texts)


def _names_secret(field: Field) -> bool:
    """Whether it only says which secret parameter counts."""
    return all(
        isinstance(value, str)
        and all(isinstance(one, Expression) and is_secret(one.parameter or "") for one in parse(value))
        for value in field.values
    )


def _plain(parameter: Parameter) -> Parameter:
    kept = {key: one for key, one in parameter.attributes.items() if not secret_attribute(parameter, key)}
    return replace(parameter, attributes=kept)
