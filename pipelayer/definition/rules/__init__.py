"""The checks that need no AWS: a module for each family.

Comes in: a definition with its values. Goes out: findings in the order of the files, each with its place,
what is wrong and what to write instead. It never changes the definition or raises for what a user wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipelayer.definition.parts import Definition
from pipelayer.definition.rules import fields, limits, parameters, references, structure, timing
from pipelayer.definition.rules.context import Context
from pipelayer.model import Finding, Position

__all__ = ["FAMILIES", "check"]

FAMILIES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    structure.check,
    fields.check,
    references.check,
    parameters.check,
    timing.check,
    limits.check,
)


def check(definition: Definition) -> tuple[Finding, ...]:
    """Everything that can be known to be wrong without asking AWS."""
    context = Context(definition)
    found = dict.fromkeys(finding for family in FAMILIES for finding in family(context))
    return tuple(sorted(found, key=lambda finding: finding.at or Position("", 0, 0)))
