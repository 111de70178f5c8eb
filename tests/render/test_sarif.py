"""SARIF: valid by the published schema, accepted by GitHub's rules, and known again when lines move."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
from hypothesis import given

from pipelayer.explain import rules
from pipelayer.model import Finding, Position, Report, Result, Severity, Verb
from pipelayer.render.sarif import MOST_RESULTS, sarif
from support import reports
from support.report_strategies import reports as any_report

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)
GOLDEN = [value for value in vars(reports).values() if isinstance(value, Report)]


def run_of(report: Report, sources: dict[str, bytes] | None = None) -> dict[str, Any]:
    text = sarif(report, (sources or {}).get)
    assert text.isascii()
    log = json.loads(text)
    VALIDATOR.validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def failing(*findings: Finding) -> Report:
    return Report(Verb.VALIDATE, Result.FAILURE, findings=findings, exit_code=1)


def finding(
    line: int, column: int, code: str = "PL204", message: str = "unknown", path: str = "f"
) -> Finding:
    return Finding(Severity.WARNING, code, message, Position(path, line, column))


def fingerprints(source: str, *findings: Finding) -> list[str]:
    found = run_of(failing(*findings), {"f": source.encode()})["results"]
    return [result["partialFingerprints"]["pipelayerSource/v1"] for result in found]


def test_the_schema_is_one_that_refuses() -> None:
    log = json.loads(sarif(reports.PULL_REQUEST, {}.get))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(log)


@pytest.mark.parametrize("report", GOLDEN)
def test_reports_are_valid(report: Report) -> None:
    run = run_of(report, reports.SOURCES)
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(ids)) == len(ids)
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]


def test_a_finding_has_its_level_its_place_and_its_words() -> None:
    period, small = run_of(reports.PULL_REQUEST)["results"]
    assert (period["ruleId"], period["level"], small["level"]) == ("PL503", "error", "warning")
    (location,) = period["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "pipelines/click_sessions/values.json", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 5, "startColumn": 25},
    }
    assert period["message"]["text"] == (
        "Click sessions: `mySchedulePeriod` can't be `1 mnth`: a period is a number and a unit.\n"
        'Write it like "1 month", "2 weeks" or "15 minutes".'
    )


@pytest.mark.parametrize("code", rules())
def test_every_rule_comes_with_help(code: str) -> None:
    (rule,) = run_of(failing(finding(1, 1, code)))["tool"]["driver"]["rules"]
    assert rule["id"] == code
    assert rule["helpUri"].endswith(f"docs/rules.md#{code.lower()}")
    assert rule["help"]["text"].startswith(rule["fullDescription"]["text"])
    assert "Not so:" in rule["help"]["markdown"]


def test_what_has_no_place_is_told_of_the_run() -> None:
    unplaced = Finding(Severity.ERROR, "AWS", "Pipeline has no objects")
    run = run_of(Report(Verb.VALIDATE, Result.FAILURE, findings=(unplaced,), error="no region", exit_code=2))
    assert run["results"] == []
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    told = [(note["level"], note["message"]["text"]) for note in invocation["toolExecutionNotifications"]]
    assert told == [("error", "Pipeline has no objects"), ("error", "no region")]


def test_no_more_results_than_github_takes() -> None:
    run = run_of(failing(*(finding(line, 1) for line in range(1, MOST_RESULTS + 3))))
    assert len(run["results"]) == MOST_RESULTS
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("2 more findings are left out")


def test_a_fingerprint_moves_with_its_line() -> None:
    before = fingerprints('{\n  "a": 1,\n  "b": 2\n}', finding(2, 3), finding(3, 3))
    after = fingerprints('{\n\n  "new": 0,\n    "a":  1,\r\n  "b": 2\n}', finding(4, 5), finding(5, 3))
    assert before == after
    assert len(set(before)) == 2


def test_equal_lines_other_columns_and_other_rules_are_told_apart() -> None:
    source = '{"a": 1, "b": 1}\n{"a": 1, "b": 1}\n'
    found = [finding(1, 2), finding(1, 10), finding(2, 2), finding(1, 2, "PL205"), finding(1, 2, path="g")]
    shown = fingerprints(source, *found)
    assert len(set(shown)) == len(found)
    assert shown[2].removesuffix(":2") == shown[0].removesuffix(":1")


def test_without_the_source_the_message_counts_and_the_lines_in_it_do_not() -> None:
    first, second = (
        run_of(failing(finding(line, 1, message=f"twice; the first is in line {line - 1}.")))["results"][0]
        for line in (3, 9)
    )
    assert first["partialFingerprints"] == second["partialFingerprints"]


def test_a_path_is_a_relative_address_of_its_bytes() -> None:
    path = "a b/100%/#1?/ü\udcff:x.json"
    (result,) = run_of(failing(finding(1, 1, path=path)))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri)
    assert unquote_to_bytes(uri) == path.encode("utf-8", "surrogateescape")


@given(any_report())
def test_no_text_makes_a_link_fills_in_an_argument_or_steers_a_terminal(report: Report) -> None:
    run = run_of(report, {item.at.path: b"[a](b)\n" * 5 for item in report.findings if item.at})
    told = [*run["results"], *run["invocations"][0]["toolExecutionNotifications"]]
    assert len(run["results"]) == len(
        {(f.severity, f.code, f.message, f.at, f.hint) for f in report.findings if f.at}
    )
    for text in (item["message"]["text"] for item in told):
        assert "](" not in text
        assert not re.search(r"\{\d+\}", text)
        assert not re.search(r"@\w|https?://", text)
        assert all(line.replace("\u200b", "").isprintable() for line in text.split("\n"))


def test_of_a_line_of_megabytes_what_stands_near_counts() -> None:
    line = '"x", ' * 500_000
    found = [finding(1, 10_000 + 5 * number, message=f"wrong {number}") for number in range(2000)]
    assert len(set(fingerprints(line, *found))) == len(found)
