"""`#{…}` in the fields of objects: what can't be read, and names and functions that nothing answers to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache

from pipelayer.definition.catalogue import Category, Group, Slot, common_fields, object_types
from pipelayer.definition.codes import Code
from pipelayer.definition.expressions import Expression, is_parameter, parse
from pipelayer.definition.functions import ARGUMENTS, pattern_problems
from pipelayer.definition.parts import PipelineObject, is_secret
from pipelayer.definition.rules.context import Template, error, warning
from pipelayer.definition.suggest import did_you_mean
from pipelayer.definition.syntax import Call, Literal, Name, Node, Operation
from pipelayer.model import Finding, Position

_UNFAMILIAR = re.compile(r"[\[\]<>=!&|?:%,;{}\\]")
_SHOWN_SECRETS_FINE = frozenset({"connectionString", "jdbcProperties"})
_ALWAYS = frozenset({"id", "name", "type", "sphere", "parent"})


def check(template: Template) -> Iterator[Finding]:
    """PL401, PL405 to PL412 and PL420."""
    for item in template.objects:
        for key, field in item.fields.items():
            if key == "type":
                continue
            for index, value in enumerate(field.values):
                if isinstance(value, str) and "#{" in value:
                    at = field.position(index)
                    yield from syntax(f"{item.id}.{key}", value, at)
                    yield from _names(template, item, key, value, at)


def syntax(place: str, text: str, at: Position | None) -> Iterator[Finding]:
    """What is wrong with the expressions of a text, whatever object they stand in."""
    for segment in parse(text):
        if not isinstance(segment, Expression):
            continue
        if not segment.closed:
            yield error(Code.UNBALANCED, f"`{place}`: this `#{{` is never closed.", at, "Close it with `}`.")
        elif segment.node is None:
            message = f"`{place}`: `{segment.source}` can't be read: {segment.problem}."
            if _UNFAMILIAR.search(segment.source[2:-1]):
                hint = "AWS's guide describes names, calls, strings, numbers and + - * / ^."
                yield warning(Code.UNFAMILIAR, message, at, hint)
            else:
                yield error(Code.UNREADABLE, message, at, _unreadable_hint(segment.problem))
        else:
            yield from _calls(place, segment.node, at)


def _unreadable_hint(problem: str) -> str:
    if "missing" in problem:
        return "Add it, or remove the `#{…}`."
    return "Write a name, a call such as `format(@scheduledStartTime, 'yyyy-MM-dd')`, or a sum."


def _calls(place: str, node: Node, at: Position | None) -> Iterator[Finding]:
    match node:
        case Call(function, arguments):
            wanted = ARGUMENTS.get(function)
            if wanted is None:
                message = f"`{place}` calls `{function}`, which is no function of AWS's."
                hint = did_you_mean(function, ARGUMENTS, f"AWS has {', '.join(sorted(ARGUMENTS))}.")
                yield error(Code.UNKNOWN_FUNCTION, message, at, hint)
            elif wanted != len(arguments):
                message = f"`{place}`: `{function}` takes {_count(wanted)}, not {len(arguments)}."
                yield error(Code.ARGUMENTS, message, at, f"Write {_example(function)}.")
            elif function == "format" and isinstance(arguments[1], Literal):
                for meaning, instead in pattern_problems(arguments[1].text):
                    message = f"`{place}`, pattern `{arguments[1].text}`: {meaning}."
                    yield warning(Code.DATE_PATTERN, message, at, instead)
            for argument in arguments:
                yield from _calls(place, argument, at)
        case Operation(_, left, right):
            yield from _calls(place, left, at)
            yield from _calls(place, right, at)
        case Name() | Literal():
            pass


def _count(wanted: int) -> str:
    return "one argument" if wanted == 1 else f"{wanted} arguments"


def _example(function: str) -> str:
    match ARGUMENTS[function]:
        case 1:
            return f"`{function}(@scheduledStartTime)`"
        case 3:
            return f"`{function}(2030, 1, 31)`"
        case 5:
            return f"`{function}(2030, 1, 31, 12, 0)`"
    second = {"format": "'yyyy-MM-dd'", "inTimeZone": "'Europe/Berlin'", "plusPeriod": "'1 day'"}
    return f"`{function}(@scheduledStartTime, {second.get(function, '1')})`"


def _names(
    template: Template, item: PipelineObject, key: str, text: str, at: Position | None
) -> Iterator[Finding]:
    for segment in parse(text):
        if isinstance(segment, Expression) and segment.node is not None:
            for path in dict.fromkeys(name.path for name in _all_names(segment.node)):
                yield from _name(template, item, key, path, at)


def _all_names(node: Node) -> Iterator[Name]:
    match node:
        case Name():
            yield node
        case Call(_, arguments):
            for argument in arguments:
                yield from _all_names(argument)
        case Operation(_, left, right):
            yield from _all_names(left)
            yield from _all_names(right)
        case Literal():
            pass


def _name(
    template: Template, item: PipelineObject, key: str, path: tuple[str, ...], at: Position | None
) -> Iterator[Finding]:
    place, first = f"{item.id}.{key}", path[0]
    shown = "#{" + ".".join(path) + "}"
    if is_secret(path[-1]) and not is_secret(key) and key not in _SHOWN_SECRETS_FINE:
        message = f"`{place}` uses the secret `{shown}`, and AWS shows this field to everybody."
        yield warning(Code.SHOWN_SECRET, message, at, "Use it in a field that begins with `*` only.")
    if is_parameter(first) and len(path) == 1:
        return  # rules/parameters.py looks at these
    for step in path[1:] if first == "node" else path:
        if near := _misspelt(step, anything=first == "node"):
            message = f"`{place}` uses `{shown}`, and nothing has a `{step}`."
            yield error(Code.UNKNOWN_NAME, message, at, f"Did you mean `{near}`?")
            return
    if first == "node":
        type = template.types.get(item.id)
        may = type is None or "node" in type.fields or type.category in (Category.ACTION, Category.DEFAULT)
        if not may and "node" not in template.effective[item.id]:
            message = f"`{place}` uses `{shown}`: only actions and preconditions have a `node`."
            hint = f"An object's own field is `#{{{'.'.join(path[1:]) or 'name'}}}`."
            yield error(Code.NODE, message, at, hint)
        return
    yield from _walk(template, item, place, path, shown, at)


_MORE_RUNTIME = frozenset(
    {
        "@accountId",
        "@componentParent",
        "@creationTime",
        "@id",
        "@instanceParent",
        "@lastActivationTime",
        "@name",
        "@parent",
        "@pipelineState",
        "@scheduledPeriod",
        "@userId",
    }
)
"""Seen on live pipelines and in the API Reference, in no table of the guide."""


@lru_cache(maxsize=4096)
def _misspelt(step: str, *, anything: bool) -> str | None:
    """What a runtime name, or behind `node` any name, was meant to be: only where it is all but one of the
    known.
    """
    if is_parameter(step) or not (anything or step.startswith("@")):
        return None
    known = _runtime_fields() | _MORE_RUNTIME | _ALWAYS
    if anything:
        known |= {name for type in object_types().values() for name in type.fields}
    near = get_close_matches(step, known, n=1, cutoff=0.88)
    return near[0] if near and step not in known else None


def _walk(
    template: Template,
    item: PipelineObject,
    place: str,
    path: tuple[str, ...],
    shown: str,
    at: Position | None,
) -> Iterator[Finding]:
    """Follow a path from object to object, as far as it can be known here."""
    here = [item]
    for depth, step in enumerate(path):
        if step.startswith("@") or step in _ALWAYS or is_parameter(step):
            if step == "parent" or not any(step in template.effective[one.id] for one in here):
                return
        elif not any(_may_have(template, one, step) for one in here):
            yield _unknown(template, here, place, step, depth, shown, at)
            return
        elif not any(template.is_plain(one) or _has(template, one, step) for one in here):
            message = f"`{place}` uses `{shown}`, and `{here[0].id}` has no `{step}`."
            yield warning(Code.UNSET_FIELD, message, at, f"Give `{here[0].id}` a `{step}`, or remove this.")
            return
        if depth + 1 == len(path):
            return
        targets = [target for one in here for target in template.targets(one, step)]
        if not targets:
            fields = [f for one in here if (f := template.effective[one.id].get(step)) is not None]
            plain = any(template.is_plain(one) for one in here)
            if fields and not plain and not any(field.refs for field in fields):
                message = f"`{place}` uses `{shown}`, and `{step}` refers to no object."
                yield error(Code.UNKNOWN_NAME, message, at, "Only a reference has fields of its own.")
            return
        here = targets


def _unknown(
    template: Template,
    here: list[PipelineObject],
    place: str,
    step: str,
    depth: int,
    shown: str,
    at: Position | None,
) -> Finding:
    owner = here[0]
    known = {*template.effective[owner.id], *template.known_fields(owner), "node"}
    if depth == 0:
        known |= {*template.declared, *template.given}
    if depth == 0 and step in template.by_id:
        hint = (
            f"An object is reached through a field that refers to it: `#{{input.…}}`, not by its id `{step}`."
        )
    else:
        hint = did_you_mean(
            step, known, "Name a field of this object, or a parameter (they begin with `my`)."
        )
    message = f"`{place}` uses `{shown}`, and `{owner.id}` can have no field `{step}`."
    return error(Code.UNKNOWN_NAME, message, at, hint)


def _has(template: Template, item: PipelineObject, key: str) -> bool:
    if key in template.effective[item.id]:
        return True
    known = template.known_fields(item).get(key)
    return known is not None and known.group in (Group.RUNTIME, Group.SYSTEM)


def _may_have(template: Template, item: PipelineObject, key: str) -> bool:
    if key in template.effective[item.id] or key in template.known_fields(item):
        return True
    if template.is_plain(item):
        return key in common_fields() or any(key in one.fields for one in template.objects)
    return key in _runtime_fields()


@lru_cache(maxsize=1)
def _runtime_fields() -> frozenset[str]:
    """What AWS itself sets on any object, like `errorMessage`."""
    groups = (Group.RUNTIME, Group.SYSTEM)
    return frozenset(
        key
        for type in object_types().values()
        for key, field in type.fields.items()
        if field.group in groups and field.slot is not Slot.REFERENCE
    )
