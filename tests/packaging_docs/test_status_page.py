"""docs/status.md says what the code says: each word, in its order, and each field of the JSON."""

from __future__ import annotations

import re
from pathlib import Path

from pipelayer.model.status import Drift, Trouble
from pipelayer.schemas import load
from support.pages import README, entries, section, text_of

PAGE = text_of("docs/status.md")
GOLDEN = Path(__file__).parents[1] / "render" / "golden_status"


def words(title: str) -> list[str]:
    """The first column of a section's table."""
    return [row[0].strip("`") for row in entries(section(PAGE, title))]


def fields(title: str) -> list[str]:
    return [name for row in entries(section(PAGE, title)) for name in re.findall(r"`(\w+)`", row[0])]


def test_it_has_every_reason_in_the_order_of_their_weight() -> None:
    assert words("What needs somebody") == [trouble.value for trouble in Trouble]


def test_it_has_every_other_way_in_which_files_and_aws_stand_to_each_other() -> None:
    troubles = {trouble.value for trouble in Trouble}
    well = {drift.value for drift in Drift} - troubles
    assert set(words("What is told, and is well")) == well


def test_it_has_every_field_of_the_json() -> None:
    schema = load("status")
    top = PAGE.partition("## The status as JSON")[2].partition("## pipelines")[0]
    told = [name for row in entries(top) for name in re.findall(r"`(\w+)`", row[0])]
    assert told == list(schema["properties"])  # type: ignore[call-overload]
    parts = schema["$defs"]
    assert isinstance(parts, dict)
    assert fields("pipelines") == list(parts["pipeline"]["properties"])
    rest = section(PAGE, "pipelines")
    run = parts["run"]["properties"]
    inner = [run, run["objects"]["items"]["properties"], run["failures"]["items"]["properties"]]
    inner += [parts["commit"]["properties"], parts["pipeline"]["properties"]["drifts"]["items"]["properties"]]
    assert [name for one in inner for name in one if f"`{name}`" not in rest] == []


def test_the_readme_shows_what_a_terminal_shows() -> None:
    sample = section(README, "The daily look").split("```")[1].strip("\n").splitlines()
    shown = (GOLDEN / "morning.txt").read_text("utf-8").splitlines()
    assert [line for line in sample if line not in shown] == []
