"""Names and values that a stranger chose never command the runner and never become HTML."""

from __future__ import annotations

import json
from pathlib import Path

from support.gitrepo import Content
from support.hostile_names import BROKEN, NASTY, hostile, mistaken
from support.html_document import Document
from support.job import Job
from support.jobs import REPOSITORY, Story
from support.obedience import assert_obeyed, assert_plain
from support.small_project import TEMPLATE, pipeline, project, template


def assert_harmless(job: Job, markdown: str) -> Document:
    """Only our own commands and outputs, and a document of the tags that we write."""
    assert "Traceback" not in job.stdout
    assert_obeyed(job)
    return assert_plain(markdown)


def test_hostile_names_and_values_are_text_wherever_they_are_shown(tmp_path: Path) -> None:
    with Story.begin(tmp_path, nightly=False) as story:
        story.words = "\n".join(NASTY + BROKEN)
        files: dict[str, Content] = project("plain")
        for index, text in enumerate(NASTY):
            files |= hostile(index, text)
        first = story.work.commit(files, message=NASTY[0])
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
        branch = "hostile;$(id)<b>%0A##\u200b]\u2028\u202e"
        story.work.git("branch", "--quiet", branch, "change")
        checked = story.pull_request(number, branch, group="")
        assert checked.code == 1
        (comment,) = story.github.comments(REPOSITORY, number)
        document = assert_harmless(checked, comment.body)
        (marker,) = document.comments
        assert marker.strip().startswith("pipelayer:v1 ")
        assert assert_harmless(checked, checked.summary).comments == []
        assert [one.level for one in checked.effects.annotations].count("error") == 10
        assert checked.effects.lost == []


def test_a_hostile_configuration_is_quoted(tmp_path: Path) -> None:
    with Story.begin(tmp_path, nightly=False) as story:
        text = "\n".join(NASTY)
        group = {"region": text, "dirs": [text], "account": "e"}
        config = json.dumps({"version": 1, text: text, "groups": {text: group, "dev": {"account": "1"}}})
        story.work.commit(project("plain"))
        story.work.push("main")
        number = story.open_pull({"pipelayer.yml": config})
        job = story.pull_request(number, group="", config="pipelayer.yml", mask_aws_account_id="true")
        assert job.code == 2, job.stdout
        (comment,) = story.github.comments(REPOSITORY, number)
        assert_harmless(job, comment.body)
        assert_harmless(job, job.summary)
        job = story.pull_request(number, action="synchronize", group=text, pipelines=text, base=NASTY[0])
        assert job.code == 2
        assert_harmless(job, job.summary or "nothing")
