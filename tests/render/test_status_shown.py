"""The status as people see it: harmless, within its bounds, and the same as long as nothing changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelayer.model.history import ObjectStatus
from pipelayer.model.status import Status
from pipelayer.render.annotations import reasons_as_annotations
from pipelayer.render.columns import width_of
from pipelayer.render.status_markdown import status_markdown
from pipelayer.render.status_terminal import terminal_status
from support import statuses
from support.html_document import OUR_TAGS, rendered

MARKER = "<!-- pipelayer:status -->"


def document(status: Status, **more: object) -> str:
    return status_markdown(
        status,
        server_url="https://github.com",
        repository="acme/nightly",
        marker=MARKER,
        **more,  # type: ignore[arg-type]
    )


def sound(markdown: str) -> None:
    page = rendered(markdown)
    assert set(page.tags) <= OUR_TAGS | {"table", "thead", "tbody", "tr", "th", "td"}
    assert page.unbalanced == []
    assert len(page.comments) == 1
    assert page.would_be_linked == []
    assert all(link.startswith("https://github.com/acme/nightly/commit/") for link in page.links)
    assert all(len({len(row) for row in table}) == 1 for table in page.tables)


@pytest.mark.parametrize("status", [*statuses.SCENARIOS.values(), statuses.hostile()])
def test_the_issue_is_a_sound_document(status: Status) -> None:
    sound(document(status))


@settings(max_examples=40)
@given(statuses.statuses())
def test_nothing_that_somebody_writes_breaks_out(status: Status) -> None:
    sound(document(status))
    shown = terminal_status(status, color=False)
    assert all(character.isprintable() or character == "\n" for character in shown)


def crowd(number: int) -> Status:
    """Everything of the hostile one, many times over."""
    found = statuses.hostile()
    pipelines = [
        replace(
            one,
            key=replace(one.key, directory=f"{turn}{one.key.directory}"),
            reasons=tuple(
                replace(reason, key=replace(reason.key, directory=f"{turn}{reason.key.directory}"))
                for reason in one.reasons
            ),
        )
        for turn in range(number)
        for one in found.pipelines
    ]
    return replace(found, pipelines=tuple(pipelines))


@pytest.mark.parametrize("budget", [20_000, 60_000])
@pytest.mark.parametrize("number", [1, 6])
def test_the_issue_keeps_within_its_budget_and_says_what_it_leaves_out(number: int, budget: int) -> None:
    text = document(crowd(number), budget=budget)
    assert len(text.encode()) <= budget
    assert "Left out for size: " in text
    sound(text)


def test_what_needs_somebody_is_the_last_to_be_left_out() -> None:
    well = [
        replace(one, key=replace(one.key, directory=f"{n}{one.key.directory}"), name=f"{n} {'x' * 150}")
        for n in range(100)
        for one in statuses.well().pipelines
    ]
    text = document(
        replace(statuses.morning(), pipelines=(*well, *statuses.morning().pipelines)), budget=20_000
    )
    page = rendered(text)
    for name in ("orders", "export", "billing", "stock"):
        assert name in page.text
    assert "1 failed" in page.text
    assert "Left out for size: " in text


def test_the_same_status_gives_the_same_issue_whenever_it_is_written() -> None:
    status = statuses.morning()
    later = replace(status, at=status.at + timedelta(hours=5), commit="f" * 40)
    assert document(status) == document(later)


def test_the_order_of_the_pipelines_is_that_of_their_keys() -> None:
    status = statuses.morning()
    shuffled = replace(status, pipelines=tuple(reversed(status.pipelines)))
    assert document(shuffled) == document(status)


def test_without_a_server_nothing_is_linked() -> None:
    assert rendered(status_markdown(statuses.morning())).links == []


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_terminal_gets_lines_as_wide_as_it_is(width: int) -> None:
    """But for addresses and commands, which somebody copies."""
    lines = terminal_status(statuses.morning(), width=width).splitlines()
    copied = ("logs: ", "→ ", "1 failed", "acme/nightly")
    assert [line for line in lines if width_of(line) > width and not line.strip().startswith(copied)] == []
    assert any("orders" in line and "failed" in line for line in lines)


def table(width: int, *, whole: bool = False) -> list[str]:
    """The table of a good morning with a long name and one that is at work: its heading, then its lines."""
    long = statuses.pipeline("a_name_that_is_longer_than_any_column_ought_to_be", statuses.run(0))
    at_work = statuses.pipeline("b", statuses.run(0, ObjectStatus.RUNNING, minutes=0))
    well = replace(statuses.SCENARIOS["well"], pipelines=(long, at_work))
    return terminal_status(well, width=width, whole=whole).splitlines()[2:5]


def test_a_narrow_table_shortens_names_before_it_tells_less() -> None:
    heads, long, at_work = table(80)
    assert [head in heads for head in ("at (UTC)", "took")] == [True, True]
    assert ("…" in long, "12 min" in long, "for 5 h 30 min" in at_work) == (True, True, True)


def test_in_a_pipe_nothing_is_cut_and_nothing_left_out() -> None:
    heads, long, _ = table(80, whole=True)
    assert "a_name_that_is_longer_than_any_column_ought_to_be" in long
    for head in ("runs", "at (UTC)", "took", "next run (UTC)", "files and AWS"):
        assert head in heads


def test_a_page_says_for_how_long_something_runs_and_since_when() -> None:
    at_work = statuses.pipeline("b", statuses.run(0, ObjectStatus.RUNNING, minutes=0))
    page = terminal_status(replace(statuses.SCENARIOS["well"], pipelines=(at_work,), named=True))
    assert page.count("running for 5 h 30 min, since Sat 14 Mar 02:00") == 2


def test_the_annotation_of_a_failed_run_says_where_its_log_is() -> None:
    found = reasons_as_annotations(statuses.morning())
    failed = next(one for one in found if one.title == "orders last run failed")
    assert "\nLog: s3://data/logs/df-ORDERS/Job/" in failed.message


def test_color_changes_nothing_else() -> None:
    status = statuses.morning()
    painted = terminal_status(status, color=True)
    assert "\x1b[1;31m✗\x1b[0m" in painted
    plain = terminal_status(status)
    assert "\x1b" not in plain
    for code in ("1", "2", "1;31", "1;32", "1;33", "1;34", "0"):
        painted = painted.replace(f"\x1b[{code}m", "")
    assert painted == plain


@given(st.sampled_from(sorted(statuses.SCENARIOS)))
def test_who_is_well_is_told_so(name: str) -> None:
    status = statuses.SCENARIOS[name]
    last = [line for line in terminal_status(status).splitlines() if line and not line.startswith(" ")][-1]
    assert last.startswith("✓" if status.well else "✗")
