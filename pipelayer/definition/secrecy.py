"""What AWS keeps encrypted: fields whose name begins with `*`, values and defaults of `*my…` parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pipelayer.definition.expressions import references
from pipelayer.definition.parts import (
    SECRET_MARK,
    Definition,
    Field,
    Parameter,
    SecretSource,
    Value,
    is_secret,
)


def with_secrets(definition: Definition, resolve: Callable[[SecretSource], str]) -> Definition:
    """The definition with each secret read from where it is kept."""

    def read(field: Field) -> Field:
        if not any(isinstance(value, SecretSource) for value in field.values):
            return field
        return replace(
            field, values=tuple(resolve(v) if isinstance(v, SecretSource) else v for v in field.values)
        )

    def each(fields: Mapping[str, Field]) -> Mapping[str, Field]:
        return {key: read(field) for key, field in fields.items()}

    return Definition(
        objects=tuple(replace(item, fields=each(item.fields)) for item in definition.objects),
        parameters=tuple(replace(item, attributes=each(item.attributes)) for item in definition.parameters),
        values=each(definition.values),
    )


def secrets_of(definition: Definition) -> Mapping[str, tuple[Value, ...]]:
    """Every secret by its place, in a stable order. Never to be shown: it is made for a keyed hash."""
    found: dict[str, tuple[Value, ...]] = {}
    for item in definition.objects:
        found.update(
            {f"{item.id}.{key}": field.values for key, field in item.fields.items() if is_secret(key)}
        )
    for parameter in definition.parameters:
        for key, field in parameter.attributes.items():
            if secret_attribute(parameter, key):
                found[f"parameters.{parameter.id}.{key}"] = field.values
    found.update(
        {f"values.{key}": field.values for key, field in definition.values.items() if is_secret(key)}
    )
    return dict(sorted(found.items()))


def has_secrets(definition: Definition) -> bool:
    """Whether anything in it is secret, with a value or, as AWS may show it, without."""
    return bool(secrets_of(definition)) or any(is_secret(one.id) for one in definition.parameters)


def secret_names(definition: Definition) -> frozenset[str]:
    """Its secret parameters, without the mark: one may have stood openly before, and must not be shown for
    that. Also those that give a secret field what it holds, though they stand openly themselves.
    """
    names = (*definition.values, *(item.id for item in definition.parameters))
    secret = frozenset(name.removeprefix(SECRET_MARK) for name in names if is_secret(name))
    return secret | {name.removeprefix(SECRET_MARK) for name in used_by_secrets(definition)}


def used_by_secrets(definition: Definition) -> frozenset[str]:
    """The names that secret fields and secret parameters use, directly or through other parameters."""
    given = {**definition.defaults, **definition.values}
    fields = [field for item in definition.objects for key, field in item.fields.items() if is_secret(key)]
    fields += [field for id, field in given.items() if is_secret(id)]
    found: set[str] = set()
    while fields:
        names = {name for text in fields.pop().texts for name in references(text)} - found
        found |= names
        fields += [given[name] for name in names if name in given]
    return frozenset(found)


def secret_sources(definition: Definition) -> tuple[SecretSource, ...]:
    """Where the secrets that are not in git are kept, each once."""
    found = (value for values in secrets_of(definition).values() for value in values)
    return tuple(dict.fromkeys(value for value in found if isinstance(value, SecretSource)))


def secret_attribute(parameter: Parameter, key: str) -> bool:
    """Whether this attribute gives the value of a secret parameter away."""
    return is_secret(key) or (is_secret(parameter.id) and key in {"default", "allowedValues"})
