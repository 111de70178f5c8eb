"""Objects that AWS can't even save: empty strings and references, and objects of no type."""

from __future__ import annotations

from collections.abc import Iterator

from pipelayer.definition.codes import Code
from pipelayer.definition.inheritance import DEFAULT
from pipelayer.definition.parts import Ref
from pipelayer.definition.rules.context import Template, error, warning
from pipelayer.definition.suggest import closest
from pipelayer.model import Finding


def check(template: Template) -> Iterator[Finding]:
    """PL108 to PL110."""
    for item in template.objects:
        if not item.name:
            hint = "Give it a name, or leave `name` out: then it is the id."
            yield error(Code.EMPTY_STRING, f"The name of `{item.id}` is empty.", item.at, hint)
        for key, field in item.fields.items():
            for index, value in enumerate(field.values):
                if value in ("", Ref("")):
                    what = "an empty reference" if isinstance(value, Ref) else "an empty string"
                    message = f"`{item.id}.{key}` is {what}. AWS can't save that, and doesn't say why."
                    hint = "Leave the field out, or give it a value."
                    yield error(Code.EMPTY_STRING, message, field.position(index), hint)
        needs_type = item.id != DEFAULT and item.id not in template.parents
        if needs_type and "type" not in item.fields and not template.inheritance.type(item):
            near = closest("type", item.fields)
            hint = f"Did you mean `type` by `{near}`?" if near else 'Add a "type", such as "Schedule".'
            yield error(Code.NO_TYPE, f"`{item.id}` has no `type`.", item.at, hint)
    for parameter in template.parameters:
        for key, field in parameter.attributes.items():
            if "" in field.values:
                message = (
                    f"`{key}` of the parameter `{parameter.id}` is an empty string, which AWS may fail on."
                )
                yield warning(Code.EMPTY_ATTRIBUTE, message, field.at, "Leave the attribute out.")
