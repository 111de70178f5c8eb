"""The checks that need no AWS: a module for each family.

Comes in: a definition with its values. Goes out: findings in the order of the files, each with its place,
what is wrong and what to write instead. It never changes the definition or raises for what a user wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from pipelayer.definition.parts import Definition
from pipelayer.definition.rules import (
    combinations,
    contract,
    expressions,
    fields,
    limits,
    parameters,
    references,
    slots,
    structure,
    timing,
    values,
)
from pipelayer.definition.rules.context import Context, Template, Typed
from pipelayer.model import Finding, Position

__all__ = ["Checker", "check"]

_SHARED: tuple[Callable[[Template], Iterator[Finding]], ...] = (
    structure.check,
    fields.check,
    references.check,
    expressions.check,
    parameters.check,
    limits.check,
)
"""What depends on the template and on which values are given, not on what they are."""

_TEXTS: tuple[Callable[[Typed], Iterator[Finding]], ...] = (slots.check, timing.check_text, limits.check_text)
"""What one string in a known field must be like, with parameters in place."""

_OWN: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    values.check,
    combinations.check,
    timing.check,
    contract.check,
)
"""What depends on the values."""

_REMEMBERED = 32
_MOST_OBJECTS = 1_000
"""Ten times what AWS takes: beyond it only the limits are looked at."""


class Checker:
    """Checks definitions. What pipelines of one template share is looked at once."""

    def __init__(self) -> None:
        self._templates: dict[tuple[int, int, frozenset[str]], tuple[Template, tuple[Finding, ...]]] = {}

    def check(self, definition: Definition, now: datetime | None = None) -> tuple[Finding, ...]:
        """Everything that can be known to be wrong without asking AWS. With the time, missed runs too."""
        if not definition.objects:
            return ()  # the reader has said so, and there is nothing to go by
        template, shared = self._template(definition)
        if len(definition.objects) > _MOST_OBJECTS:
            return shared
        context = Context(template, definition, now)
        found = dict.fromkeys(shared)
        for typed in context.resolved:
            found.update((finding, None) for rule in _TEXTS for finding in rule(typed))
        found.update((finding, None) for rule in _OWN for finding in rule(context))
        return tuple(sorted(found, key=lambda finding: finding.at or Position("", 0, 0)))

    def _template(self, definition: Definition) -> tuple[Template, tuple[Finding, ...]]:
        """Known by identity: pipelines of one template hold the very same objects, which are kept here."""
        given = frozenset(definition.values)
        key = (id(definition.objects), id(definition.parameters), given)
        if (known := self._templates.get(key)) is not None:
            return known
        template = Template(definition.objects, definition.parameters, given)
        if len(definition.objects) > _MOST_OBJECTS:
            return template, tuple(limits.check(template))
        found = [finding for rule in _SHARED for finding in rule(template)]
        found += [finding for typed in template.plain for rule in _TEXTS for finding in rule(typed)]
        if len(self._templates) >= _REMEMBERED:
            self._templates.pop(next(iter(self._templates)))
        self._templates[key] = template, tuple(dict.fromkeys(found))
        return self._templates[key]


def check(definition: Definition, now: datetime | None = None) -> tuple[Finding, ...]:
    """Check one definition; for many that share a template, keep one `Checker`."""
    return Checker().check(definition, now)
