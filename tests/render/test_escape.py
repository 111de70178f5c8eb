"""Hostile text stays text wherever it is put, as GitHub's own Markdown engine sees it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelayer.render import escape
from support.html_document import Document, rendered
from support.report_strategies import hostile

PLACES = {
    "paragraph": ("{}", []),
    "within": ("before {} after", []),
    "bold": ("x **a {} b** y", ["strong"]),
    "item": ("- {}", ["ul", "li"]),
    "link": ("[a {} b](https://ours.example)", ["a"]),
    "heading": ("### {}", ["h3"]),
    "summary": ("<details><summary>s</summary>\n\n{}\n\n</details>", ["details", "summary"]),
}
TABLE = "| a | b |\n| --- | --- |\n| {} | y |\n| z | {} |\n"


def squeezed(text: str) -> str:
    return " ".join(text.split())


def safe(document: Document, allowed: set[str]) -> None:
    assert set(document.tags) <= allowed | {"p", "br", "code"}
    assert document.unbalanced == []
    assert document.comments == []
    assert document.would_be_linked == []
    assert set(document.links) <= {"https://ours.example"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("how", [escape.text, escape.code, escape.prose], ids=["text", "code", "prose"])
@given(raw=hostile)
@example(raw="1. x")
@example(raw=" 0@.A")
@example(raw="- x")
@example(raw="    x")
@example(raw="x\n===")
@example(raw="``")
@example(raw="a `b\nc` d")
def test_nothing_breaks_out(place: str, how: object, raw: str) -> None:
    template, tags = PLACES[place]
    assert callable(how)
    safe(rendered(template.replace("{}", how(raw))), set(tags))


@pytest.mark.parametrize("how", [escape.text, escape.code, escape.prose], ids=["text", "code", "prose"])
@given(raw=hostile)
@example(raw="a|b")
@example(raw="\\|")
@example(raw="`|`")
def test_a_cell_stays_a_cell(how: object, raw: str) -> None:
    assert callable(how)
    document = rendered(TABLE.replace("{}", how(raw)))
    assert [len(row) for row in document.tables[0]] == [2, 2, 2]
    safe(document, {"table", "thead", "tbody", "tr", "th", "td"})


@given(raw=hostile)
def test_the_words_are_still_there(raw: str) -> None:
    words = squeezed(escape.one_line(raw)).replace("\u200b", "")
    assert squeezed(rendered(f"x {escape.text(raw)} y").text) == squeezed(f"x {words} y")
    summary = rendered(f"<details><summary>x {escape.html(raw)} y</summary>\n\nz\n\n</details>")
    assert squeezed(words) in squeezed(summary.text)
    safe(summary, {"details", "summary"})
    shown = rendered(f"x {escape.code(raw)} y")
    assert squeezed(shown.text) == squeezed(f"x {escape.visible(raw)} y")


@pytest.mark.parametrize(
    "raw",
    [
        "@``octocat",
        "#``12",
        "http``://evil.example",
        "w``ww.evil.example",
        "GH-``7",
        "@` `octocat",
        "@``ftp://x.y",
    ],
)
def test_an_empty_code_span_joins_nothing(raw: str) -> None:
    assert rendered(f"x {escape.prose(raw)} y").would_be_linked == []


@pytest.mark.parametrize("name", ["8f2c1d9", "8f2c1d9e7b3a4f5061728394a5b6c7d8e9f00112", "x 12345e7 y"])
def test_what_looks_like_a_commit_is_no_link(name: str) -> None:
    for how in (escape.text, escape.html, escape.prose):
        shown = rendered(f"<b>{how(name)}</b>").texts
        assert not re.search(r"[0-9a-f]{7}", "".join(shown))


@given(raw=hostile)
def test_a_fence_holds(raw: str) -> None:
    document = rendered(f"before\n\n{escape.fence(raw, 'json')}\n\nafter")
    assert [tag for tag in document.tags if tag != "p"] == ["pre", "code"]
    assert document.outside_code[-2:] == ["after", "\n"]


@given(raw=hostile)
def test_paths_make_one_address(raw: str) -> None:
    url = "https://ours.example/" + escape.url_path(raw)
    document = rendered(f"| a |\n| --- |\n| {escape.link(escape.code(raw) or 'x', url)} |\n")
    assert document.links == [url]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("gnp\u202eexe", "gnp\\u202eexe"),
        ("bad \udcff name", "bad \\udcff name"),
        ("two\nlines", "two\\nlines"),
        ("größe 数据 🙂", "größe 数据 🙂"),
    ],
)
def test_what_does_not_print_is_shown(raw: str, shown: str) -> None:
    assert escape.visible(raw) == shown
    escape.text(raw).encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "markdown"),
    [
        ("set `mySchedulePeriod` to `1 Day`.", "set `mySchedulePeriod` to `1 Day`."),
        ("one ` alone", "one &#96; alone"),
        ("`a` and `", "`a` and &#96;"),
        ("ask @octocat", "ask @\u200boctocat"),
        ("s3://bucket/key", "s3://bucket/key"),
    ],
)
def test_prose_reads_well_in_the_raw_too(raw: str, markdown: str) -> None:
    assert escape.prose(raw) == markdown


@given(st.text("ab `|", max_size=20))
def test_prose_loses_no_word(raw: str) -> None:
    def letters(text: str) -> str:
        return "".join(c for c in text if c in "ab|")

    assert letters(rendered(f"x{escape.prose(raw)}x").text) == letters(raw)
