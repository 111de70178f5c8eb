"""Names and values that a stranger chose never command the runner and never become HTML."""

from __future__ import annotations

import json
from pathlib import Path

from support.gitrepo import Content
from support.html_document import Document, rendered
from support.jobs import REPOSITORY, Job, Story
from support.small_project import BUCKET, TEMPLATE, pipeline, project, template

NASTY = (
    "x##[add-mask]e",
    "::error::pwned",
    "::set-output name=changed::[]",
    "z\u200b##\u200b[error]\u202e",
    "<script>alert(1)<\uff0fscript>",
    "<img src=x onerror=alert(1)>",
    "--> @octocat #1 GH-1 www.example.com",
    "a|b`c``d",
    "[click](https:evil.example) ![x](y)",
    "%0A::error::pwned %25",
    "-rf",
    "naïve 名",
)
BROKEN = ("line\n::error::pwned", "return\r::error::pwned", "bell\x07\x1b[31m")
"""S3 and AWS can't carry these."""

MEANT = {
    "p",
    "h3",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "pre",
    "a",
    "strong",
    "em",
    "sub",
    "b",
}
MEANT |= {"b", "details", "summary", "ul", "ol", "li", "br", "blockquote", "hr", "h4"}


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
    return {
        f"{directory}/values.json": json.dumps({"metadata": metadata, "values": own}, indent=1),
        f"{directory}/tasks/{text}": text,
        f"half {index} {text}/values.json": '{"values": {"' + text.replace('"', "") + '": ',
    }


def assert_harmless(job: Job, markdown: str) -> Document:
    """Only our own commands, outputs that a runner reads, and a document of the tags that we write."""
    assert job.stderr == ""
    assert "Traceback" not in job.stdout
    assert {command.name for command in job.commands} <= {"group", "endgroup", "error", "warning", "notice"}
    assert not any(command.data.startswith("pwned") for command in job.commands)
    assert "\x1b" not in job.stdout
    assert "\u202e" not in job.stdout
    assert set(job.outputs) == {
        "changed",
        "changed-count",
        "uploaded",
        "activated",
        "failed",
        "result",
        "report-file",
        "comment-url",
    }
    for name in ("changed", "uploaded", "activated", "failed"):
        assert isinstance(json.loads(job.outputs[name]), list)
    assert len(json.loads(job.outputs["changed"])) == int(job.outputs["changed-count"])
    document = rendered(markdown)
    assert set(document.tags) <= MEANT, set(document.tags) - MEANT
    assert {name for _, name, _ in document.attributes} <= {"href", "align", "open", "lang"}
    assert [link for link in document.links if not link.startswith(f"https://github.com/{REPOSITORY}/")] == []
    assert document.unbalanced == []
    assert document.would_be_linked == []
    for table in document.tables:
        assert len({len(row) for row in table}) == 1
    return document


def test_hostile_names_and_values_are_text_wherever_they_are_shown(tmp_path: Path) -> None:
    with Story.begin(tmp_path, nightly=False) as story:
        files: dict[str, Content] = project("plain")
        for index, text in enumerate(NASTY):
            files |= hostile(index, text)
        first = story.work.commit(files)
        deployed = story.push(first, group="", comment="never")
        assert deployed.code == 0, deployed.stdout
        document = assert_harmless(deployed, deployed.summary)
        assert document.comments == []
        assert len(json.loads(deployed.outputs["activated"])) == len(NASTY) + 1
        names = {one.name for one in story.sandbox.pipelines()}
        assert {f"{index} {text}" for index, text in enumerate(NASTY)} <= names
        assert deployed.annotations() == []

        change: dict[str, Content] = {TEMPLATE: template(Job={"onFail": {"ref": NASTY[0]}})}
        for index, text in enumerate(NASTY + BROKEN):
            change |= mistaken(index, text)
        change |= {f"plain/tasks/{text}": "1" for text in BROKEN}
        change |= pipeline("another")
        change["another/pipeline_definition.json"] = template(Machine={NASTY[1]: NASTY[2], "type": NASTY[5]})
        number = story.open_pull(change)
        story.work.git("branch", "--quiet", "hostile;$(id)<b>", "change")
        checked = story.pull_request(number, "hostile;$(id)<b>", group="")
        assert checked.code == 1
        (comment,) = story.github.comments(REPOSITORY, number)
        document = assert_harmless(checked, comment.body)
        (marker,) = document.comments
        assert marker.strip().startswith("pipelayer:v1 ")
        assert assert_harmless(checked, checked.summary).comments == []
        assert len(checked.annotations()) == 10  # no more are kept by the runner
        assert all(
            error.properties["file"].replace("\n", "").isprintable() for error in checked.annotations()[:-1]
        )


def test_a_hostile_configuration_is_quoted(tmp_path: Path) -> None:
    with Story.begin(tmp_path, nightly=False) as story:
        text = "\n".join(NASTY)
        config = json.dumps({"version": 1, text: text, "groups": {text: {"region": text, "dirs": [text]}}})
        story.work.commit(project("plain"))
        story.work.push("main")
        number = story.open_pull({"pipelayer.yml": config})
        job = story.pull_request(number, group="", config="pipelayer.yml")
        assert job.code == 2, job.stdout
        (comment,) = story.github.comments(REPOSITORY, number)
        assert_harmless(job, comment.body)
        assert_harmless(job, job.summary)
        job = story.pull_request(number, action="synchronize", group=text, pipelines=text, base=NASTY[0])
        assert job.code == 2
        assert_harmless(job, job.summary or "nothing")
