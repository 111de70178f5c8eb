"""A report without AWS account ids, for those who don't show them in public."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TypeVar, cast

from pipelayer.model import (
    FileChange,
    Finding,
    GraphEdge,
    GraphNode,
    Key,
    Outcome,
    PipelinePlan,
    Position,
    Report,
    Selected,
    Step,
)

HIDDEN = "*" * 12
"""What stands where an account id was."""

_ACCOUNT = re.compile(r"[0-9]{12}")
_NAMED = re.compile(
    r"""
      \b arn:aws[a-z-]* : [^:\s]* : [^:\s]* : ([0-9]{12}) (?=:)
    | (?: \b[Aa]ccount | credentials\ to ) \s ([0-9]{12}) (?![0-9])
    """,
    re.VERBOSE,
)
"""Where a text says itself that a number is an account's: an ARN, a sentence of ours or of AWS."""

_IDENTITIES: Mapping[type, Collection[str]] = {
    Finding: {"key"},
    Selected: {"directory"},
    PipelinePlan: {"live_id"},
    Step: {"target"},
    Outcome: {"key", "pipeline_id", "previous_id"},
    Report: {"commit", "base"},
    FileChange: {"path"},
    GraphNode: {"id"},
    GraphEdge: {"source", "target"},
}
"""Fields by which somebody finds something again."""

_T = TypeVar("_T")


def accounts_in(report: Report, accounts: Iterable[str] = ()) -> frozenset[str]:
    """The account ids that the report knows: its groups', those that its texts name, and the given ones."""
    named: set[str] = set()

    def note(text: str) -> str:
        named.update(number for found in _NAMED.finditer(text) for number in found.groups() if number)
        return text

    _rewritten(report, note)
    known = {*accounts, *(group.account for group in report.groups)}
    return frozenset(named | {account for account in known if _ACCOUNT.fullmatch(account)})


def without_accounts(report: Report, accounts: Iterable[str] = ()) -> Report:
    """The report with each account id that it knows, or that is given, hidden in every text.

    Keys, paths and ids stay, or nobody would find what is meant.
    """
    known = accounts_in(report, accounts)
    if not known:
        return report
    pattern = re.compile(rf"(?<![0-9])(?:{'|'.join(sorted(known))})(?![0-9])")
    return _rewritten(report, lambda text: pattern.sub(HIDDEN, text))


def _rewritten(value: _T, write: Callable[[str], str]) -> _T:
    """The value with every text in it written anew; what has none stays the same object."""
    return cast("_T", _walked(value, write))


def _walked(value: object, write: Callable[[str], str]) -> object:
    match value:
        case Enum() | Key() | Position():
            return value
        case str():
            return write(value)
        case tuple() | list() | frozenset() | set():
            return type(value)(_walked(item, write) for item in value)
        case Mapping():
            return {_walked(key, write): _walked(item, write) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            changes = {
                field.name: new
                for field in fields(value)
                if field.name not in _IDENTITIES.get(type(value), ())
                and (new := _walked(old := getattr(value, field.name), write)) != old
            }
            return replace(value, **changes) if changes else value
        case _:
            return value
