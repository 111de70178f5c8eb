"""Any name that git can hold, as a pipeline's directory and as a file in one."""

from __future__ import annotations

import json
import os

import pytest

from support.gitrepo import Content
from support.selecting import Place, pushed, selected
from support.small_project import pipeline, project

NAMES = {
    "spaces": " a  b ",
    "quotes": "a'b\"c`d",
    "a newline": "nl\n::error::pwned",
    "a tab": "tab\there",
    "a return": "cr\r::error::pwned",
    "a leading dash": "-rf",
    "a long option": "--upload-pack=touch pwned",
    "composed": "\u00fcn\u00ef",
    "decomposed": "u\u0308ni\u0308",
    "no UTF-8": os.fsdecode(b"bad\xff\xfe"),
    "a command in the middle": "x##[add-mask]e",
    "a command": "::error::pwned",
    "an output": "::set-output name=changed::[]",
    "a delimiter": "name<<EOF",
    "pathspec magic": ":(exclude)alpha",
    "a short magic": ":!alpha",
    "a glob": "*?[a-z]",
    "a backslash": "back\\slash\\n",
    "a dollar": "$(touch pwned)${HOME}",
    "a ref": "HEAD~1:alpha",
    "255 bytes": "x" * 255,
    "255 bytes of three-byte characters": "\u20ac" * 85,
    "escapes": "\x1b[31m\x07",
    "right to left": "\u202etxt.nur",
    "markup": "<img src=x>|`@octocat`",
}


def called(name: str, content: str = "gamma") -> dict[str, Content]:
    """A pipeline in a directory of this name, which its files don't mention."""
    return {f"{name}{path.removeprefix(content)}": text for path, text in pipeline(content).items()}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_directory_and_a_file_of_any_name(place: Place, name: str) -> None:
    place.commit(project("alpha"))
    before = place.commit({**called(name), f"alpha/tasks/{name}": "one\n"})
    edited = place.commit({f"{name}/tasks/main.sh": "echo again\n"})
    assert selected(pushed(place, before, edited)) == {name: "files"}
    inside = place.commit({f"alpha/tasks/{name}": "two\n"})
    assert selected(pushed(place, edited, inside)) == {"alpha": "files"}
    gone = place.commit({f"{name}/values.json": None, f"{name}/run": None, f"{name}/tasks/main.sh": None})
    job = pushed(place, inside, gone)
    assert selected(job) == {name: "removed"}
    assert not (place.work.path / "pwned").exists()
    assert not (job.workspace / "pwned").exists()


def test_a_name_that_no_text_can_hold_is_told_from_its_like(place: Place) -> None:
    """Outputs are JSON in ASCII: what is no UTF-8 stays an escape there, and no other name."""
    one, other = os.fsdecode(b"bad\xff"), os.fsdecode(b"bad\xfe")
    before = place.commit(project("alpha") | called(one) | called(other, "beta"))
    after = place.commit({f"{one}/tasks/main.sh": "echo again\n"})
    job = pushed(place, before, after)
    assert json.loads(job.outputs["changed"]) == [f"acme/nightly:default/{one}"]
    assert job.outputs["changed"].isascii()


ALIKE = (
    ("Export", "export"),
    ("\u00fcber", "u\u0308ber"),
    ("dag", "dags2"),
    ("dag", "dag.old"),
    ("dag", "dag-2"),
    ("a/b", "a/bc"),
    ("a", "a/b"),
    ("a/b/c", "a"),
)


@pytest.mark.parametrize(("one", "other"), ALIKE, ids=["-".join(pair).replace("/", ">") for pair in ALIKE])
def test_names_that_are_alike_are_two_pipelines(place: Place, one: str, other: str) -> None:
    config = {"pipelayer.yml": "version: 1\ndefaults: {dirs: ['**']}\n"}
    before = place.commit(project("alpha") | pipeline(one) | pipeline(other) | config)
    first = place.commit({f"{one}/tasks/main.sh": "echo again\n"})
    assert selected(pushed(place, before, first)) == {one: "files"}
    second = place.commit({f"{other}/tasks/main.sh": "echo again\n"})
    assert selected(pushed(place, first, second)) == {other: "files"}
    assert selected(pushed(place, before, second)) == {one: "files", other: "files"}
