"""A report or a status without AWS account ids, for those who don't show them in public."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from pipelayer.model import Report
from pipelayer.model.rewriting import rewritten
from pipelayer.model.status import Status

Shown = TypeVar("Shown", Report, Status)

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


def accounts_in(report: Report | Status, accounts: Iterable[str] = ()) -> frozenset[str]:
    """The account ids that the report knows: its groups', those that its texts name, and the given ones."""
    named: set[str] = set()

    def note(text: str) -> str:
        named.update(number for found in _NAMED.finditer(text) for number in found.groups() if number)
        return text

    rewritten(report, note)
    known = {*accounts, *(group.account for group in report.groups)}
    return frozenset(named | {account for account in known if _ACCOUNT.fullmatch(account)})


def without_accounts(report: Shown, accounts: Iterable[str] = ()) -> Shown:
    """The report with each account id that it knows, or that is given, hidden in every text.

    Keys, paths and ids stay, or nobody would find what is meant.
    """
    known = accounts_in(report, accounts)
    if not known:
        return report
    pattern = re.compile(rf"(?<![0-9])(?:{'|'.join(sorted(known))})(?![0-9])")
    return rewritten(report, lambda text: pattern.sub(HIDDEN, text))
