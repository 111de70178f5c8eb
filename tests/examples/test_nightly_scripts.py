"""The examples' scripts run: with real bash, real files, and a stand-in named `aws` where they call it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from pathlib import Path

import pytest

NIGHTLY = Path(__file__).parents[2] / "examples" / "nightly"
SCRIPTS = sorted(path for path in NIGHTLY.rglob("*") if path.name == "run" or path.suffix == ".sh")
CURRENCIES = ["USD", "JPY", *(f"A{letter}A" for letter in "ABCDEFGHIJKLMNOPQRS")]


def bash(script: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], **environment},
    )


def rates_xml(path: Path, currencies: list[str]) -> str:
    cubes = "\n".join(f"<Cube currency='{name}' rate='1.0{n}'/>" for n, name in enumerate(currencies, 1))
    path.write_text(f"<Envelope><Cube><Cube time='2024-05-03'>\n{cubes}\n</Cube></Cube></Envelope>")
    return path.as_uri()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(NIGHTLY)))
def test_bash_understands_the_script(script: Path) -> None:
    checked = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_each_pipeline_has_an_executable_entry_point_and_tasks() -> None:
    for values in NIGHTLY.glob("*/values.json"):
        assert os.access(values.parent / "run", os.X_OK), values.parent
        assert any((values.parent / "tasks").iterdir()), values.parent


def test_the_python_task_parses() -> None:
    ast.parse((NIGHTLY / "click_sessions/tasks/sessionize.py").read_text())


def test_exchange_rates_leaves_the_days_rates(tmp_path: Path) -> None:
    url = rates_xml(tmp_path / "rates.xml", CURRENCIES)
    output = tmp_path / "out"
    output.mkdir()

    ran = bash(NIGHTLY / "exchange_rates/run", output, "2024-05-03", RATES_URL=url)

    assert ran.returncode == 0, ran.stderr
    lines = (output / "rates.csv").read_text().splitlines()
    assert lines[:2] == ["run_day,rate_day,currency,rate", "2024-05-03,2024-05-03,USD,1.01"]
    assert len(lines) == 1 + len(CURRENCIES)


def test_exchange_rates_leaves_nothing_when_the_rates_are_incomplete(tmp_path: Path) -> None:
    url = rates_xml(tmp_path / "rates.xml", ["JPY"])
    output = tmp_path / "out"
    output.mkdir()

    ran = bash(NIGHTLY / "exchange_rates/run", output, "2024-05-03", RATES_URL=url)

    assert ran.returncode == 1
    assert "only 1 rates" in ran.stderr
    assert "no rate for USD" in ran.stderr
    assert list(output.iterdir()) == []


def test_orders_export_writes_a_manifest(tmp_path: Path) -> None:
    export, manifests = tmp_path / "export", tmp_path / "manifests"
    export.mkdir()
    manifests.mkdir()
    (export / "part one.csv").write_text('1,17,paid,9.90,EUR\n"2",18,open,1.00,EUR\n')
    (export / "part-2.csv").write_text("3,19,paid,2.50,USD\n")

    ran = bash(NIGHTLY / "orders_export/run", export, manifests, "2024-05-03")

    assert ran.returncode == 0, ran.stderr
    manifest = json.loads((manifests / "manifest.json").read_text())
    assert manifest == {"day": "2024-05-03", "files": 2, "rows": 3}


@pytest.mark.parametrize(("text", "message"), [("1,a\n2,b", "cut off"), ("1,a\n,b\n", ":2: no order id")])
def test_orders_export_refuses_a_broken_file(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "part.csv").write_text(text)
    manifests = tmp_path.parent / f"{tmp_path.name}-manifests"
    manifests.mkdir()

    ran = bash(NIGHTLY / "orders_export/run", tmp_path, manifests, "2024-05-03")

    assert ran.returncode == 1
    assert message in ran.stderr
    assert list(manifests.iterdir()) == []


AWS_ON_A_FOLDER = """#!/usr/bin/env bash
set -eu
place() { echo "$BUCKETS/${1#s3://}"; }
case "$1 $2 $3" in
  "s3 ls "*) test -e "$(place "$3")" ;;
  "s3 cp -") mkdir -p "$(dirname "$(place "$4")")" && cat >"$(place "$4")" ;;
  "s3 cp "*) cat "$(place "$3")" ;;
  *) exit 2 ;;
esac
"""


def publish(tmp_path: Path, day: str) -> subprocess.CompletedProcess[str]:
    program = tmp_path / "bin" / "aws"
    program.parent.mkdir(exist_ok=True)
    program.write_text(AWS_ON_A_FOLDER)
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    return bash(NIGHTLY / "click_sessions/run", "s3://lake/sessions", day, PATH=path, BUCKETS=str(tmp_path))


def test_click_sessions_publishes_a_finished_day_and_never_turns_back(tmp_path: Path) -> None:
    for day in ("2024-05-03", "2024-05-04"):
        folder = tmp_path / "lake" / "sessions" / f"day={day}"
        folder.mkdir(parents=True)
        (folder / "_SUCCESS").touch()
    latest = tmp_path / "lake" / "sessions" / "latest.json"

    assert publish(tmp_path, "2024-05-04").returncode == 0
    assert json.loads(latest.read_text()) == {
        "day": "2024-05-04",
        "path": "s3://lake/sessions/day=2024-05-04/",
    }
    again = publish(tmp_path, "2024-05-03")
    assert again.returncode == 0
    assert "stays in its folder" in again.stdout
    assert json.loads(latest.read_text())["day"] == "2024-05-04"


def test_click_sessions_refuses_an_unfinished_day(tmp_path: Path) -> None:
    ran = publish(tmp_path, "2024-05-03")
    assert ran.returncode == 1
    assert "_SUCCESS" in ran.stderr
