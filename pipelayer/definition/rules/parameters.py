"""Expressions and the parameters that they use: unclosed ones, parameters without a value, circles."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from pipelayer.definition.codes import Code
from pipelayer.definition.expressions import Expression, cycles, is_parameter, parse, references
from pipelayer.definition.parts import Field, is_secret
from pipelayer.definition.rules.context import Context, error
from pipelayer.definition.suggest import closest, did_you_mean
from pipelayer.model import Finding, Position


@dataclass(frozen=True)
class _Text:
    """A string that may hold expressions. `own`: the fields that `#{name}` may mean as well."""

    place: str
    text: str
    at: Position | None
    own: Container[str] = ()


def check(context: Context) -> Iterator[Finding]:
    """PL401 to PL404."""
    definition = context.definition
    declared = {parameter.id: parameter for parameter in definition.parameters}
    given = {**definition.defaults, **definition.values}
    asked: set[str] = set()
    for text in _texts(context):
        for segment in parse(text.text):
            if isinstance(segment, Expression) and not segment.closed:
                hint = "Close it with `}`."
                yield error(Code.UNBALANCED, f"`{text.place}`: this `#{{` is never closed.", text.at, hint)
        for name in references(text.text):
            if "." in name or not is_parameter(name) or name in given or name in text.own:
                continue
            if name not in declared:
                message = f"`{text.place}` uses `#{{{name}}}`, which nothing declares or gives a value."
                otherwise = f"Give `{name}` a value, or declare it under `parameters` with a default."
                hint = did_you_mean(
                    f"#{{{name}}}", (f"#{{{known}}}" for known in {**given, **declared}), otherwise
                )
                yield error(Code.UNDECLARED, message, text.at, hint)
            elif name not in asked and not _optional(declared[name].attributes):
                asked.add(name)
                message = f"The parameter `{name}` has no value and no default."
                near = closest(name, definition.values.keys() - declared.keys())
                hint = f"Add `{name}` to the values, or a `default` here."
                hint = f"Did you mean `{name}` by `{near}` in the values?" if near else hint
                yield error(Code.NO_VALUE, message, declared[name].at, hint)
    for cycle in cycles(given):
        message = f"Values in a circle: {' → '.join(f'`{name}`' for name in (*cycle, cycle[0]))}."
        yield error(
            Code.VALUE_CYCLE, message, given[cycle[0]].at, "A value can't depend on itself: write one out."
        )


def _texts(context: Context) -> Iterator[_Text]:
    """Every string in which AWS evaluates expressions: no `type`, and no secret, which must not be shown."""
    definition = context.definition
    for item in definition.objects:
        for key, field in item.fields.items():
            if key != "type":
                own = context.effective[item.id]
                yield from (_Text(f"{item.id}.{key}", text, at, own) for text, at in _placed(field))
    for parameter in definition.parameters:
        default = parameter.attributes.get("default")
        if default is not None and parameter.id not in definition.values and not is_secret(parameter.id):
            yield from (_Text(f"{parameter.id}.default", text, at) for text, at in _placed(default))
    for name, field in definition.values.items():
        if not is_secret(name):
            yield from (_Text(name, text, at) for text, at in _placed(field))


def _placed(field: Field) -> Iterator[tuple[str, Position | None]]:
    for index, value in enumerate(field.values):
        if isinstance(value, str) and "#{" in value:
            yield value, field.position(index)


def _optional(attributes: Mapping[str, Field]) -> bool:
    field = attributes.get("optional")
    return field is not None and [text.casefold() for text in field.texts] == ["true"]
