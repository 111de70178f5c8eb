"""`--sarif FILE`: the findings for other tools, beside the report and never instead of it."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Shell
from support.gitrepo import Work
from support.small_project import values


def test_the_findings_are_left_in_a_file(offline: Shell, work: Work, tmp_path: Path) -> None:
    work.write({"alpha/values.json": values("alpha", mySchedulePeriod="1 mnth")})
    file = tmp_path / "found.sarif"
    ran = offline("validate", "--aws", "never", "--sarif", str(file), "--json")
    assert ran.returncode == 1
    (run,) = json.loads(file.read_text(encoding="ascii"))["runs"]
    report = json.loads(ran.stdout)
    placed = {(found["code"], found["path"], found["line"]) for found in report["findings"]}
    assert {
        (
            result["ruleId"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for result in run["results"]
    } == placed
    assert ("PL209", "alpha/values.json", 4) in placed
    assert offline("validate", "--aws", "never", "--sarif", str(file)).returncode == 1, "written anew"


def test_also_where_the_run_could_not_begin(offline: Shell, tmp_path: Path) -> None:
    file = tmp_path / "found.sarif"
    ran = offline("validate", "alpha", "--changed-since", "main", "--sarif", str(file))
    assert ran.returncode == 2
    (run,) = json.loads(file.read_text(encoding="ascii"))["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_a_file_that_cannot_be_written_is_said_after_the_report(offline: Shell, tmp_path: Path) -> None:
    ran = offline("validate", "--aws", "never", "--sarif", str(tmp_path / "none" / "found.sarif"))
    assert ran.returncode == 1
    assert "2 pipelines checked" in ran.stdout
    assert ran.stderr.endswith("found.sarif' can't be written: No such file or directory.\n")
