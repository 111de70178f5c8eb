"""The report as SARIF, for GitHub's code scanning and other tools that show findings.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0; and GitHub's documentation,
"SARIF support for code scanning", for what it asks beyond that: a place and help for everything.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from pipelayer.explain import Rule, explain
from pipelayer.explain.page import markdown
from pipelayer.model import Finding, Position, Report, Severity
from pipelayer.model.preview_json import Json
from pipelayer.render.escape import plain, url_path, visible
from pipelayer.render.rows import Problem, problems, rows
from pipelayer.render.terminal import Sources
from pipelayer.render.words import listed, sentences
from pipelayer.version import version

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS = 25_000
"""GitHub refuses a run with more."""

_HOME = "https://github.com/pipelayer/pipelayer"
_MOST_NAMES = 3
_FINGERPRINT = "pipelayerSource/v1"
_LONG_LINE, _NEAR = 1000, 500
"""Characters. Of a longer line only what stands near the finding counts."""

_LINE_NUMBER = re.compile(r"\bline \d+")


def sarif(report: Report, read: Sources) -> str:
    """The report as a SARIF log, ASCII only. `read` gives the lines that fingerprints are made of."""
    found = problems(report)
    placed = [(problem, at) for problem in found if (at := problem.finding.at)]
    codes = sorted({problem.finding.code for problem, _ in placed[:MOST_RESULTS]})
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Pipelayer",
                        "version": version(),
                        "informationUri": _HOME,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "automationDetails": {"id": "pipelayer/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(report, found, len(placed))],
                "results": _results(placed[:MOST_RESULTS], codes, _Fingerprints(read)),
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _rule(code: str) -> dict[str, Json]:
    rule = explain(code)
    if rule is None:
        return _foreign(code)
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "defaultConfiguration": {"level": rule.severity.value},
        "helpUri": f"{_HOME}/blob/main/docs/rules.md#{code.lower()}",
        "help": {"text": _help(rule), "markdown": markdown(rule)},
        "properties": {"tags": ["aws-data-pipeline"]},
    }


def _foreign(code: str) -> dict[str, Json]:
    """What AWS says itself has no rule of ours."""
    text = "AWS said this when it was asked to validate the definition."
    return {
        "id": visible(code),
        "shortDescription": {"text": "Refused by AWS"},
        "fullDescription": {"text": text},
        "defaultConfiguration": {"level": Severity.ERROR.value},
        "helpUri": f"{_HOME}/blob/main/docs/troubleshooting.md",
        "help": {"text": text},
    }


def _help(rule: Rule) -> str:
    bad, good = ("\n".join(files.values()) for files in (rule.bad, rule.good))
    return f"{rule.why}\n\nNot so:\n{bad}\n\nBut so:\n{good}\n"


def _results(
    placed: Iterable[tuple[Problem, Position]], codes: Sequence[str], fingerprints: _Fingerprints
) -> list[Json]:
    return [
        {
            "ruleId": visible(problem.finding.code),
            "ruleIndex": codes.index(problem.finding.code),
            "level": problem.finding.severity.value,
            "message": {"text": _message(problem)},
            "locations": [_location(at)],
            "partialFingerprints": {_FINGERPRINT: fingerprints.of(problem.finding, at)},
        }
        for problem, at in placed
    ]


def _message(problem: Problem) -> str:
    names = [plain(name) for name in problem.names[:_MOST_NAMES]]
    if len(problem.names) > _MOST_NAMES:
        names.append(f"{len(problem.names) - _MOST_NAMES} more")
    whose = f"{listed(names)}: " if names else ""
    hint = f"\n{plain(problem.finding.hint)}" if problem.finding.hint else ""
    return f"{whose}{plain(problem.finding.message)}{hint}"


def _location(at: Position) -> dict[str, Json]:
    artifact: dict[str, Json] = {"uri": url_path(at.path), "uriBaseId": "%SRCROOT%"}
    region: dict[str, Json] = {"startLine": max(at.line, 1), "startColumn": max(at.column, 1)}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _invocation(report: Report, found: Sequence[Problem], placed: int) -> dict[str, Json]:
    """How the run went, and what has no place in a file."""
    told = [
        _notification(problem.finding.severity, _message(problem))
        for problem in found
        if problem.finding.at is None
    ]
    if report.error:
        told.append(_notification(Severity.ERROR, plain(f"{report.error} {report.error_hint}")))
    told += [
        _notification(Severity.ERROR, plain(f"{row.name}: {sentences(row.outcome.error)}"))
        for row in rows(report)
        if row.broken and row.outcome and row.outcome.error
    ]
    if placed > MOST_RESULTS:
        text = f"{placed - MOST_RESULTS:,} more findings are left out: GitHub takes {MOST_RESULTS:,}."
        told.append(_notification(Severity.WARNING, text))
    return {
        "executionSuccessful": not report.error,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": told,
    }


def _notification(severity: Severity, text: str) -> dict[str, Json]:
    return {"level": severity.value, "message": {"text": text}}


class _Fingerprints:
    """What a finding is known by from one commit to the next: its rule, its file and the text that it points
    at, never the number of its line. Equal ones are counted.
    """

    def __init__(self, read: Sources) -> None:
        self._read = read
        self._lines: dict[str, list[str]] = {}
        self._seen: Counter[str] = Counter()

    def of(self, finding: Finding, at: Position) -> str:
        lines = self._of(at.path)
        if 1 <= at.line <= len(lines):
            line, start = lines[at.line - 1], max(at.column - 1, 0)
            whole = line if len(line) <= _LONG_LINE else line[max(start - _NEAR, 0) : start]
            text = "".join(whole.split()) + "\0" + "".join(line[start : start + _NEAR].split())
        else:
            text = _LINE_NUMBER.sub("line", finding.message)
        parts = "\0".join((finding.code, at.path, text))
        digest = hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self._seen[digest] += 1
        return f"{digest}:{self._seen[digest]}"

    def _of(self, path: str) -> list[str]:
        if path not in self._lines:
            data = self._read(path)
            self._lines[path] = data.decode("utf-8-sig", "replace").split("\n") if data is not None else []
        return self._lines[path]
