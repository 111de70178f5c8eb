"""Names and values that a stranger chose, for all that a pull request can hold, and what a job makes of them.

Git takes any bytes but NUL as a path's parts; AWS and S3 refuse more.
"""

from __future__ import annotations

import json

from support.gitrepo import Content
from support.html_document import Document, rendered
from support.jobs import REPOSITORY, Job
from support.small_project import BUCKET

NASTY = (
    "x##[add-mask]e",
    "::error::pwned",
    "::set-output name=changed::[]",
    "z\u200b##\u200b[error]\u202e",
    "\u061c:\u200b:stop-commands::e",
    "##[set-output name=changed]x",
    "\u0301::\u0301add-mask::\ufe0f##\ufe0f[error]e",
    "changed<<EOF",
    "EOF",
    "failed=[]",
    "<script>alert(1)<\uff0fscript>",
    "<img src=x onerror=alert(1)>",
    "--> @octocat #1 GH-1 www.example.com",
    "a|b`c``d",
    "[click](https:evil.example) ![x](y)",
    "%0A::error::pwned %25",
    "-rf",
    "naïve 名",
)
"""What AWS and S3 take."""

BROKEN = (
    "line\n::error::pwned",
    "return\r::error::pwned",
    "both\r\n##[error]pwned",
    "bell\x07\x1b[31m",
    "tab\t##[add-mask]e\x0b::error::pwned\x0c",
    "next\x85::error::pwned\u2028::error::pwned",
    "not text \udcff##[error]pwned",
    "::stop-commands::pause\n::add-mask::e",
)
"""What they can't carry."""

COMMANDS = frozenset({"group", "endgroup", "error", "warning", "notice"})
"""What the action says to the runner where nothing is to be hidden and nobody debugs."""

_ALWAYS = {"changed", "changed-count", "uploaded", "activated", "failed", "result"}
_WITH_A_REPORT = {"report-file", "comment-url"}

_TAGS = {"a", "b", "blockquote", "br", "code", "details", "em", "h3", "h4", "hr", "li", "ol", "p", "pre"}
_TAGS |= {"strong", "sub", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"}


def hostile(index: int, text: str) -> dict[str, Content]:
    """A pipeline that can be deployed, with the text wherever a file may hold one."""
    directory = f"{index} {text}"
    metadata = {"name": f"{index} {text}", "description": text, "tags": {"note": "plain"}}
    own = {"myS3InputDir": f"s3://{BUCKET}/code/{index}", "myNote": text}
    return {
        f"{directory}/values.json": json.dumps({"metadata": metadata, "values": own}),
        f"{directory}/run": "#!/bin/sh\n",
        f"{directory}/tasks/{text}.sh": f"{text}\n",
    }


def mistaken(index: int, text: str) -> dict[str, Content]:
    """Mistakes whose messages would have to quote the text."""
    directory = f"wrong {index}"
    own = {"myS3InputDir": f"s3://{BUCKET}/wrong/{index}/{text}", "mySchedulePeriod": f"1 {text}", text: "#{"}
    metadata = {"name": text, "adopt": text, "moved-from": text, text: text, "tags": {text: text}}
    half = '{"values": {"' + text.replace('"', "") + '": '
    return {
        f"{directory}/values.json": json.dumps({"metadata": metadata, "values": own}, indent=1),
        f"{directory}/tasks/{text}": _bytes(text),
        f"half {index} {text}/values.json": _bytes(half),
    }


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


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
