"""Whether the runner and GitHub were told what was meant and nothing else, whatever a stranger wrote."""

from __future__ import annotations

import json

from support.html_document import Document, rendered
from support.job import Job
from support.jobs import REPOSITORY

COMMANDS = frozenset({"group", "endgroup", "error", "warning", "notice"})
"""What the action says to the runner where nothing is to be hidden and nobody debugs."""

_ALWAYS = {"changed", "changed-count", "uploaded", "activated", "failed", "result"}
_WITH_A_REPORT = {"report-file", "comment-url"}

_TAGS = {"a", "b", "blockquote", "br", "code", "details", "em", "h3", "h4", "hr", "li", "ol", "p", "pre"}
_TAGS |= {"strong", "sub", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"}


def assert_obeyed(job: Job, *, masks: frozenset[str] = frozenset(), debug: bool = False) -> None:
    """The runner did what the action meant and nothing else; `masks` are all that it may hide."""
    effects = job.effects
    assert job.stderr == ""
    assert (effects.failures, effects.warnings) == ([], [])
    said = {command.name for command in effects.commands}
    assert said <= COMMANDS | ({"add-mask"} if masks else set()) | ({"debug"} if debug else set())
    assert effects.masks == masks
    assert (effects.folded, effects.echo, effects.matchers) == (0, False, [])
    assert (effects.outputs_by_command, effects.state, effects.env, effects.path) == ({}, {}, {}, [])
    for annotation in effects.annotations + effects.lost:
        assert not annotation.message.startswith("pwned")
        assert _is_plain(annotation.message)
        assert all(map(_is_plain, annotation.data.values()))
    assert all(map(_is_plain, effects.log))
    _assert_outputs_of_its_report(job)


def _is_plain(text: str) -> bool:
    return text.replace("\n", "").replace("\t", "").isprintable()


def _assert_outputs_of_its_report(job: Job) -> None:
    """Each output is what the report says, to the letter."""
    outputs = job.effects.outputs
    lists = {name: json.loads(outputs[name]) for name in ("changed", "uploaded", "activated", "failed")}
    assert int(outputs["changed-count"]) == len(lists["changed"])
    if "report-file" not in outputs:
        assert set(outputs) == _ALWAYS
        assert set(map(str, lists.values())) == {"[]"}
        return
    assert set(outputs) == _ALWAYS | _WITH_A_REPORT
    report = job.report()
    outcomes = {one["key"]: one for one in report["outcomes"]}
    assert lists["changed"] == [one["key"] for one in report["selection"]]
    assert lists["activated"] == [key for key, one in outcomes.items() if "activate" in one["steps_taken"]]
    assert lists["uploaded"] == [key for key, one in outcomes.items() if one["uploaded"] or one["removed"]]
    assert lists["failed"] == [key for key, one in outcomes.items() if one["result"] in ("failed", "invalid")]
    assert outputs["result"] == report["result"]
    assert (
        outputs["comment-url"].startswith(f"https://github.com/{REPOSITORY}/") or not outputs["comment-url"]
    )


def assert_plain(markdown: str) -> Document:
    """A document of the tags that we write, and nothing that GitHub would make of a name."""
    document = rendered(markdown)
    assert set(document.tags) <= _TAGS, set(document.tags) - _TAGS
    assert {name for _, name, _ in document.attributes} <= {"href", "align", "open", "lang"}
    assert [link for link in document.links if not link.startswith(f"https://github.com/{REPOSITORY}/")] == []
    assert document.unbalanced == []
    assert document.would_be_linked == []
    for table in document.tables:
        assert len({len(row) for row in table}) == 1
    return document
