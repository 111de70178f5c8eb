"""How much each rule weighs: `rules` in pipelayer.yml, `ignore` in a pipeline's metadata.

What AWS refuses, and what can't be deployed, stays an error whatever is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pipelayer.definition.suggest import closest
from pipelayer.explain import rules
from pipelayer.model import Boolean, Finding, Position, Severity, Table, Text
from pipelayer.project.reading import shown
from pipelayer.project.tables import Findings

OFF = "off"
_WORDS = (OFF, Severity.NOTE, Severity.WARNING, Severity.ERROR)

Weights = Mapping[str, Severity | None]
"""The severity that a rule's findings get; None leaves them out."""


def read_weights(table: Table | None, findings: Findings, code: str) -> Weights:
    """`{PL706: off, PL418: error}`. An unknown code, or one that can't be changed, is a finding of `code`."""
    found: dict[str, Severity | None] = {}
    for entry in table.entries if table else ():
        if not _is_changeable(entry.key, entry.key_at, findings, code):
            continue
        match entry.value:
            case Text(value=word) if word in _WORDS:
                found[entry.key] = None if word == OFF else Severity(word)
            case Boolean(value=False):  # what other readers make of YAML's `off`
                found[entry.key] = None
            case _:
                hint = f"Write one of {', '.join(f'`{word}`' for word in _WORDS)}."
                findings.error(code, f"`{entry.key}` can't be set to that.", entry.value.at, hint)
    return found


def check_ignored(written: Sequence[tuple[str, Position]], findings: Findings, code: str) -> tuple[str, ...]:
    """The codes that a pipeline may ignore, of those that it wants to."""
    return tuple(one for one, at in written if _is_changeable(one, at, findings, code))


def _is_changeable(rule_code: str, at: Position, findings: Findings, code: str) -> bool:
    rule = rules().get(rule_code)
    if rule is None:
        near = closest(rule_code, rules())
        hint = f"Did you mean `{near}`?" if near else "docs/rules.md lists the codes."
        findings.error(code, f"There is no rule {shown(rule_code)}.", at, hint)
        return False
    if rule.fixed:
        message = f"`{rule_code}` is an error and stays one: {rule.title.lower()}."
        hint = "Only warnings and notes can be changed: AWS refuses this, or it can't be deployed."
        findings.error(code, message, at, hint)
        return False
    return True


def weigh(
    findings: Iterable[Finding], weights: Weights, ignored: Mapping[str, Sequence[str]] | None = None
) -> tuple[Finding, ...]:
    """The findings with the severities that were chosen. `ignored` holds codes by a pipeline's key as text.

    An error stays one: a rule that can be changed finds none by itself.
    """
    kept: list[Finding] = []
    for finding in findings:
        if finding.severity is not Severity.ERROR:
            if ignored and finding.code in ignored.get(finding.key, ()):
                continue
            severity = weights.get(finding.code, finding.severity)
            if severity is None:
                continue
            finding = finding if severity is finding.severity else replace(finding, severity=severity)  # noqa: PLW2901
        kept.append(finding)
    return tuple(kept)
