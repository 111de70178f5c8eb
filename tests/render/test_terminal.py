"""The report in a terminal: carets under their columns, and no way for a name to steer the terminal."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.model import (
    FileChange,
    Finding,
    Kind,
    PipelinePlan,
    Position,
    Preview,
    Reason,
    Report,
    Result,
    Runs,
    Selection,
    Severity,
    Verb,
)
from pipelayer.render.terminal import print_report, terminal_report
from support import reports
from support.report_strategies import reports as any_report

ANSI = re.compile(r"\x1b\[(?:0|1|2|1;3[1-4])m")


def marked(line: str, column: int, *, width: int = 100, number: int = 1) -> tuple[str, str]:
    """The shown line of source, and the line with the caret."""
    source = "\n" * (number - 1) + line
    finding = Finding(Severity.ERROR, "PL001", "wrong", Position("f", number, column))
    report = Report(Verb.VALIDATE, Result.FAILURE, findings=(finding,))
    shown = terminal_report(report, sources={"f": source.encode("utf-8", "surrogateescape")}.get, width=width)
    return shown.splitlines()[1], shown.splitlines()[2]


@pytest.mark.parametrize(
    ("line", "column", "under"),
    [
        ('{"a": 1,}', 9, "}"),
        ("\t\tx", 3, "x"),
        ("数据x", 3, "x"),
        ("e\u0301x", 3, "x"),
        ("ends here", 10, ""),
        ("with \x1b[31m colour", 6, "\\x1b"),
        ("carriage\r", 1, "carriage"),
    ],
)
def test_the_caret_is_under_its_column(line: str, column: int, under: str) -> None:
    import unicodedata

    source, caret = marked(line, column)
    wide = "".join(
        "" if unicodedata.combining(c) else c + "\0" * (unicodedata.east_asian_width(c) == "W")
        for c in source
    )
    assert wide[caret.index("^") :].startswith(under)
    assert "\x1b" not in source
    if not under:
        assert caret.index("^") == len(source)


@given(st.text("ab数 ", min_size=300, max_size=600), st.integers(1, 600), st.integers(40, 120))
def test_a_long_line_is_cut_around_the_mark(line: str, column: int, width: int) -> None:
    source, caret = marked(line + "x", column, width=width)
    assert sum(2 if c == "数" else 1 for c in source) <= width + 1
    assert caret.index("^") <= width
    assert "…" in source


def test_without_the_source_only_the_message() -> None:
    shown = terminal_report(reports.PULL_REQUEST, sources={}.get)
    assert "^" not in shown
    assert "values.json:5:25: error PL503" in shown
    beyond = Finding(Severity.ERROR, "PL001", "wrong", Position("f", 99, 1))
    report = Report(Verb.VALIDATE, Result.FAILURE, findings=(beyond,))
    assert "^" not in terminal_report(report, sources={"f": b"one line"}.get)


@given(any_report(), st.booleans())
def test_no_text_steers_the_terminal(report: Report, color: bool) -> None:
    sources = {
        finding.at.path: b"\x1b]0;title\x07 \x1b[2J\n" * 3 for finding in report.findings if finding.at
    }
    shown = terminal_report(report, sources=sources.get, color=color)
    plain = ANSI.sub("", shown)
    assert all(line.isprintable() for line in plain.split("\n"))
    assert plain == terminal_report(report, sources=sources.get)


def test_colours_only_for_a_terminal_and_bytes_that_its_encoding_has() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    print_report(reports.PULL_REQUEST_WELL, file=file, sources=reports.SOURCES.get)
    file.flush()
    assert b"\x1b" not in raw.getvalue()
    assert b"1 Day \\u2192 12 Hours" in raw.getvalue()
    print_report(reports.PULL_REQUEST, file=file, sources=reports.SOURCES.get, color=True)
    file.flush()
    assert b"\x1b[1;31m" in raw.getvalue()


@pytest.mark.parametrize(
    ("line", "column", "meant"),
    [
        ('  "type": "Shedule",', 11, '"Shedule"'),
        (r'"a \" b": 1', 1, r'"a \" b"'),
        ('"never closed', 1, '"never closed'),
        ("period: '1 hr' # why", 9, "'1 hr'"),
        ("period: hourly # why", 9, "hourly"),
        ('{"a": [1, 20]}', 11, "20"),
        ('{"a": [1, 20]}', 7, "["),
        ('\t{\t"键": "值"}', 4, '"键"'),
        ('{"a": "\u202e\x1b"}', 7, '"\\u202e\\x1b"'),
    ],
)
def test_what_is_meant_is_underlined(line: str, column: int, meant: str) -> None:
    source, mark = marked(line, column)
    wide = sum(2 if c in "键值" else 1 for c in meant)
    assert mark.count("^") == wide
    assert mark.rstrip("^").count("^") == 0
    before = source[: source.index(meant)]
    assert mark.index("^") == sum(2 if c in "键值" else 1 for c in before)


def test_a_long_word_is_underlined_as_far_as_it_is_shown() -> None:
    source, mark = marked('{"command": "' + "x" * 500 + '"}', 13, width=60)
    assert len(mark) == len(source) <= 60
    assert source.endswith("…")


def test_a_byte_order_mark_takes_no_column() -> None:
    source, mark = marked("\ufeffperiod: hourly", 9)
    assert source[mark.index("^") :] == "hourly"
    assert "\\ufeff" not in source


def test_a_line_of_megabytes_costs_no_more_than_what_is_shown() -> None:
    line = "[" + '"\x1b", ' * 500_000 + "]"
    found = tuple(
        Finding(Severity.ERROR, "PL001", f"wrong {number}", Position("f", 1, 100 + 5 * number))
        for number in range(2000)
    )
    read: list[str] = []

    def sources(path: str) -> bytes:
        read.append(path)
        return line.encode()

    shown = terminal_report(Report(Verb.VALIDATE, Result.FAILURE, findings=found), sources=sources)
    assert read == ["f"]
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize(
    ("action", "command"),
    [
        ("prune: true deletes it", "--prune deletes it"),
        ("respect-paused: false releases this", "--no-respect-paused releases this"),
        ("`replace: delete-first`", "`--replace delete-first`"),
        ("replace-on-demand: true", "--replace-on-demand"),
        ("replace: create-first, dry-run: true", "replace: create-first, dry-run: true"),
    ],
)
def test_the_command_line_names_its_options(action: str, command: str) -> None:
    report = Report(Verb.DEPLOY, Result.FAILURE, error="It is held.", error_hint=action)
    file = io.StringIO()
    print_report(report, file=file, sources=lambda path: None)
    assert command in file.getvalue()
    assert action in terminal_report(report, sources=lambda path: None)


def planned(*runs: tuple[str, str, Runs]) -> str:
    """How a plan shows pipelines of these directories, names and next runs, each with a file to send."""
    file = FileChange("run", None, 10)
    items = tuple(reports.selected(directory, name, Reason.ALL) for directory, name, _ in runs)
    plans = tuple(
        PipelinePlan(
            item.key, item.name, Kind.CREATE, "", preview=Preview(files=(file,), runs_after=next_ones)
        )
        for item, (_, _, next_ones) in zip(items, runs, strict=True)
    )
    report = Report(Verb.PLAN, Result.SUCCESS, groups=(reports.DEV,), selection=Selection(items), plan=plans)
    return terminal_report(report, sources=lambda path: None)


def test_a_long_name_is_cut_in_the_details_too_and_two_alike_are_told_apart() -> None:
    name = "n" * 1024
    shown = planned(("one", name, Runs()), ("two", f"{name}!", Runs())).splitlines()
    assert max(map(len, shown)) <= 100
    heads = [line for line in shown if line.startswith("n")]
    assert [line.partition("… ")[2] for line in heads] == ["(pipelines/one)", "(pipelines/two)"]


def test_a_zone_belongs_to_times() -> None:
    night = datetime(2030, 1, 1, 1, tzinfo=UTC)
    shown = planned(
        ("one", "one", Runs((night,))),
        ("two", "two", Runs((), "on demand")),
        ("three", "three", Runs((night,), "then it ends")),
    )
    lines = [line.split("next runs")[1].strip() for line in shown.splitlines() if "next runs" in line]
    assert sorted(lines) == ["2030-01-01 01:00 UTC", "2030-01-01 01:00 UTC, then it ends", "on demand"]
