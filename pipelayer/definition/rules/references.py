"""References that lead nowhere, and parents that lead back."""

from __future__ import annotations

from collections.abc import Iterator

from pipelayer.definition.codes import Code
from pipelayer.definition.expressions import find_cycles
from pipelayer.definition.parts import Ref
from pipelayer.definition.rules.context import Context, error
from pipelayer.definition.suggest import did_you_mean
from pipelayer.model import Finding


def check(context: Context) -> Iterator[Finding]:
    """PL301 and PL302."""
    parents: dict[str, list[str]] = {}
    for item in context.definition.objects:
        for key, field in item.fields.items():
            for index, value in enumerate(field.values):
                if isinstance(value, Ref) and value.id and value.id not in context.objects:
                    message = f"`{item.id}.{key}` refers to `{value.id}`, which is no object here."
                    hint = did_you_mean(
                        value.id, context.objects, "Add an object with that id, or remove this."
                    )
                    yield error(Code.DANGLING, message, field.position(index), hint)
        if "parent" in item.fields:
            parents[item.id] = list(item.fields["parent"].refs)
    for cycle in find_cycles(parents):
        message = f"Parents in a circle: {' → '.join(f'`{id}`' for id in (*cycle, cycle[0]))}."
        at = context.objects[cycle[0]].fields["parent"].at
        yield error(
            Code.PARENT_CYCLE, message, at, "An object can't inherit from itself: remove one `parent`."
        )
