"""What a comment says before anything else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelayer.render.markdown import comment_body
from support import reports
from support.html_document import rendered
from support.report_strategies import hostile


def comment(*first: str) -> str:
    return comment_body(reports.DEPLOYED, marker=reports.MARKER, context=reports.LINKS, first=first)


def test_it_comes_first() -> None:
    lines = comment("`nightly/orders` was announced as new.", "A second one.").splitlines()
    assert lines[1:4] == ["> [!WARNING]", "> - `nightly/orders` was announced as new.", "> - A second one."]
    assert lines[5].startswith("### ")


def test_without_anything_to_say_first_there_is_nothing() -> None:
    assert "[!WARNING]" not in comment()


@settings(deadline=None)
@given(st.lists(hostile, min_size=1, max_size=30))
def test_nothing_breaks_out_of_it(first: list[str]) -> None:
    document = rendered(comment(*first))
    assert document.unbalanced == []
    assert document.would_be_linked == []
    assert len(document.comments) == 1
    assert document.tags.count("blockquote") == 1


def test_there_is_an_end_to_it() -> None:
    body = comment(*["|" * 100_000] * 1000)
    assert len(body.encode()) <= 60_000
    assert "990 more" in body
