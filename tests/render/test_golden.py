"""Every scenario as the people see it, word for word.

After a change in wording or layout, run `python tests/render/test_golden.py` and read the diff of `golden/`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that the file can be run, too

import pytest

from pipelayer.model.report_json import dumps
from pipelayer.render.markdown import comment_body, step_summary
from pipelayer.render.terminal import terminal_report
from support import reports

GOLDEN = Path(__file__).parent / "golden"


def shown(name: str) -> dict[str, str]:
    report = reports.SCENARIOS[name]
    return {
        f"{name}.md": comment_body(report, marker=reports.MARKER, context=reports.LINKS),
        f"{name}.txt": terminal_report(report, sources=reports.SOURCES.get),
        f"{name}.json": dumps(report),
    }


@pytest.mark.parametrize("name", reports.SCENARIOS)
def test_golden(name: str) -> None:
    for file, text in shown(name).items():
        assert (GOLDEN / file).read_text("utf-8") == text, f"{file}: {__doc__}"


def test_no_golden_file_is_left_over() -> None:
    expected = {file for name in reports.SCENARIOS for file in shown(name)}
    assert {path.name for path in GOLDEN.iterdir()} == expected


def test_the_summary_is_the_comment_without_its_marker() -> None:
    for name, report in reports.SCENARIOS.items():
        body = comment_body(report, marker=reports.MARKER, context=reports.LINKS)
        assert body == f"{reports.MARKER}\n{step_summary(report, context=reports.LINKS)}", name


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.iterdir():
        path.unlink()
    for name in reports.SCENARIOS:
        for file, text in shown(name).items():
            (GOLDEN / file).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
