"""Every scenario as the people see it, word for word.

After a change in wording or layout, run `make golden` and read the diff of `golden/`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that the file can be run, too

import pytest

from pipelayer.model import Report, Verb
from pipelayer.model.report_json import dumps
from pipelayer.render.links import Links
from pipelayer.render.markdown import comment_body, step_summary
from pipelayer.render.terminal import terminal_report
from support import reports, scenarios
from support.html_document import OUR_TAGS, rendered
from support.scenarios import Played

if TYPE_CHECKING:
    from pipelayer.sandbox import Sandbox

GOLDEN = Path(__file__).parent / "golden"
EVERY = (*reports.SCENARIOS, *scenarios.SCENARIOS)
AS_DATA = (*reports.SCENARIOS, "all_well")
"""Those whose report file is held too."""


@pytest.fixture(scope="module")
def told(sandbox_server: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Played]:
    """Every scenario, the played ones from real runs."""
    return every(sandbox_server, tmp_path_factory.mktemp("played"))


def every(sandbox: Sandbox, folder: Path) -> Mapping[str, Played]:
    made_up = {name: Played(report) for name, report in reports.SCENARIOS.items()}
    return {**made_up, **scenarios.play(sandbox, folder)}


def links(name: str, report: Report) -> Links:
    if name in reports.SCENARIOS:
        return reports.LINKS
    return replace(reports.LINKS, commit=report.commit, now=scenarios.NOW)


def body(name: str, played: Played) -> str:
    report, first = played
    return comment_body(report, marker=reports.MARKER, context=links(name, report), first=first)


def shown(name: str, played: Played) -> dict[str, str]:
    """The comment, the terminal and the report file. `plan` shows there what a pull request sees here."""
    report = played.report
    asked = replace(report, verb=Verb.PLAN) if name in ("all_well", "without_aws") else report
    return {
        f"{name}.md": body(name, played),
        f"{name}.txt": terminal_report(asked, sources=reports.SOURCES.get),
    } | ({f"{name}.json": dumps(report)} if name in AS_DATA else {})


@pytest.mark.parametrize("name", EVERY)
def test_golden(name: str, told: Mapping[str, Played]) -> None:
    for file, text in shown(name, told[name]).items():
        assert (GOLDEN / file).read_text("utf-8") == text, f"{file}: {__doc__}"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.md")), ids=lambda path: path.stem)
def test_what_people_read_is_a_sound_document(path: Path) -> None:
    document = rendered(path.read_text("utf-8"))
    assert set(document.tags) <= OUR_TAGS | {"blockquote"}
    assert document.unbalanced == []
    assert len(document.comments) == 1
    assert document.would_be_linked == []
    assert all(link.startswith("https://github.com/acme/nightly/") for link in document.links)
    assert all(len({len(row) for row in table}) == 1 for table in document.tables)


def test_no_golden_file_is_left_over() -> None:
    expected = {f"{name}.{kind}" for name in EVERY for kind in ("md", "txt")}
    expected |= {f"{name}.json" for name in AS_DATA}
    assert {path.name for path in GOLDEN.iterdir()} == expected


@pytest.mark.parametrize("name", EVERY)
def test_the_summary_is_the_comment_without_its_marker(name: str, told: Mapping[str, Played]) -> None:
    report = told[name].report
    summary = step_summary(report, context=links(name, report))
    assert body(name, Played(report)) == f"{reports.MARKER}\n{summary}"


def main() -> None:
    from pipelayer.sandbox import Sandbox

    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.iterdir():
        path.unlink()
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        played = every(sandbox, Path(folder))
    for name, one in played.items():
        for file, text in shown(name, one).items():
            (GOLDEN / file).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
