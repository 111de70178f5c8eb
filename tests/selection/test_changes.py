"""Every kind of change, row by row: renamed, copied, turned into something else, nested, or only a bit."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from support.gitrepo import Content, Executable, Link, Submodule
from support.selecting import Place, pushed, selected
from support.small_project import pipeline, project, template, values

CONFIG = {"pipelayer.yml": "version: 1\ndefaults: {dirs: ['**']}\n"}
Files = Mapping[str, Content]


def renamed(directory: str, to: str) -> Files:
    """The same files elsewhere."""
    return {
        **gone(directory),
        **{name.replace(directory, to, 1): text for name, text in pipeline(directory).items()},
    }


def gone(directory: str) -> Files:
    return dict.fromkeys(pipeline(directory))


OUTER = {**pipeline("outer"), **pipeline("outer/inner")}
CHANGED = template(Job={"stage": "false"})
TEAM = {
    **pipeline("team/a"),
    **pipeline("team/b/c"),
    **pipeline("team/own"),
    "team/own/pipeline_definition.json": template(),
}
BETWEEN = "team/pipeline_definition.json"
OWN = {**pipeline("own"), "own/pipeline_definition.json": template()}

ROWS: dict[str, tuple[Files, Files, dict[str, str]]] = {
    "renamed": ({}, renamed("alpha", "gamma"), {"alpha": "removed", "gamma": "new"}),
    "renamed into a folder": ({}, renamed("alpha", "in/alpha"), {"alpha": "removed", "in/alpha": "new"}),
    "only its case": ({}, renamed("alpha", "Alpha"), {"Alpha": "new", "alpha": "removed"}),
    "copied": ({}, {n.replace("alpha", "copy", 1): t for n, t in pipeline("alpha").items()}, {"copy": "new"}),
    "two change places": (
        {},
        {"alpha/tasks/main.sh": "echo beta\n", "beta/tasks/main.sh": "echo alpha\n"},
        {"alpha": "files", "beta": "files"},
    ),
    "removed": ({}, gone("alpha"), {"alpha": "removed"}),
    "removed but for its files": ({}, {"alpha/values.json": None}, {"alpha": "removed"}),
    "given values": ({"x/run": "echo\n"}, {"x/values.json": values("x")}, {"x": "new"}),
    "values": ({}, {"alpha/values.json": values("alpha", myWord="x")}, {"alpha": "values"}),
    "values and files": (
        {},
        {"alpha/values.json": values("alpha", myWord="x"), "alpha/run": "echo\n"},
        {"alpha": "values files"},
    ),
    "values as YAML": (
        {},
        {"alpha/values.json": None, "alpha/values.yml": "values: {myS3InputDir: s3://b/x}\n"},
        {"alpha": "values"},
    ),
    "values of a group": ({}, {"alpha/values.default.json": '{"values": {}}'}, {"alpha": "values"}),
    "values of another group": ({}, {"alpha/values.prod.json": '{"values": {}}'}, {}),
    "a bit more": ({}, {"alpha/tasks/main.sh": Executable("echo alpha\n")}, {"alpha": "files"}),
    "a bit less": ({"alpha/tasks/x": Executable("x\n")}, {"alpha/tasks/x": "x\n"}, {"alpha": "files"}),
    "a file into a link": ({}, {"alpha/tasks/main.sh": Link("../run")}, {"alpha": "files"}),
    "a link to another file": (
        {"alpha/tasks/x": Link("main.sh")},
        {"alpha/tasks/x": Link("../run")},
        {"alpha": "files"},
    ),
    "values into a link": ({}, {"alpha/values.json": Link("../beta/values.json")}, {"alpha": "values"}),
    "a link to a directory": ({}, {"gamma": Link("alpha")}, {}),
    "a directory into a link": ({}, {**gone("alpha"), "alpha": Link("beta")}, {"alpha": "removed"}),
    "a directory into a file": ({}, {**gone("alpha"), "alpha": "was a folder\n"}, {"alpha": "removed"}),
    "a file into a directory": (
        {"gamma": "a file\n"},
        {"gamma": None, **pipeline("gamma")},
        {"gamma": "new"},
    ),
    "a folder of tasks into a file": (
        {},
        {"alpha/tasks/main.sh": None, "alpha/tasks": "one task\n"},
        {"alpha": "files"},
    ),
    "a submodule in its place": (
        {},
        {**gone("alpha"), "alpha": Submodule("1" * 40)},
        {"alpha": "removed"},
    ),
    "a submodule inside": ({}, {"alpha/lib": Submodule("1" * 40)}, {"alpha": "files"}),
    "a submodule moved on": (
        {"alpha/lib": Submodule("1" * 40)},
        {"alpha/lib": Submodule("2" * 40)},
        {"alpha": "files"},
    ),
    "a submodule hidden by .gitmodules": (
        {
            "alpha/lib": Submodule("1" * 40),
            ".gitmodules": '[submodule "l"]\n\tpath = alpha/lib\n\turl = x\n\tignore = all\n',
        },
        {"alpha/lib": Submodule("2" * 40)},
        {"alpha": "files"},
    ),
    "a pipeline out of a submodule": (
        {**gone("alpha"), "alpha": Submodule("1" * 40)},
        {"alpha": None, **pipeline("alpha")},
        {"alpha": "new"},
    ),
    "in an inner one": (OUTER, {"outer/inner/run": "echo\n"}, {"outer/inner": "files"}),
    "in the one around it": (OUTER, {"outer/run": "echo\n"}, {"outer": "files"}),
    "an inner one comes": (pipeline("outer"), pipeline("outer/inner"), {"outer/inner": "new"}),
    "an inner one takes files over": (
        {**pipeline("outer"), "outer/tasks/sub/x": "x\n"},
        {"outer/tasks/sub/values.json": values("sub")},
        {"outer": "files", "outer/tasks/sub": "new"},
    ),
    "an inner one gives files back": (
        OUTER,
        {"outer/inner/values.json": None},
        {"outer": "files", "outer/inner": "removed"},
    ),
    "an own template": (
        OWN,
        {"own/pipeline_definition.json": template(Job={"stage": "false"})},
        {"own": "template"},
    ),
    "an own template comes": ({}, {"alpha/pipeline_definition.json": template()}, {"alpha": "template"}),
    "an own template goes": (OWN, {"own/pipeline_definition.json": None}, {"own": "template"}),
    "the shared template": (
        OWN,
        {"pipeline_definition.json": CHANGED},
        {"alpha": "template", "beta": "template"},
    ),
    "the shared template as YAML": (
        OWN,
        {"pipeline_definition.json": None, "pipeline_definition.yml": "objects: []\n"},
        {"alpha": "template", "beta": "template"},
    ),
    "a template between comes": (TEAM, {BETWEEN: CHANGED}, {"team/a": "template", "team/b/c": "template"}),
    "a template between": (
        {**TEAM, BETWEEN: template()},
        {BETWEEN: CHANGED},
        {"team/a": "template", "team/b/c": "template"},
    ),
    "a template between goes": (
        {**TEAM, BETWEEN: template()},
        {BETWEEN: None},
        {"team/a": "template", "team/b/c": "template"},
    ),
    "the shared template where one is nearer": (
        {**TEAM, BETWEEN: template()},
        {"pipeline_definition.json": CHANGED},
        {"alpha": "template", "beta": "template"},
    ),
    "a nearer template comes": (
        {**TEAM, BETWEEN: template()},
        {"team/b/pipeline_definition.yml": "objects: []\n"},
        {"team/b/c": "template"},
    ),
    "a template in a pipeline around another": (
        OUTER,
        {"outer/pipeline_definition.json": template()},
        {"outer": "template"},
    ),
    "a file in a pipeline around another": (
        {**pipeline("outer"), **pipeline("outer/in/ner")},
        {"outer/in/pipeline_definition.json": template()},
        {"outer": "files"},
    ),
    "a setting that reaches nothing": ({}, {"pipelayer.yml": CONFIG["pipelayer.yml"] + "# words\n"}, {}),
    "a hidden folder": ({}, pipeline(".github/x"), {}),
    "beside the pipelines": ({}, {"README.md": "words\n", "alpha.md": "words\n", "alphabet/run": "x\n"}, {}),
}


@pytest.mark.parametrize(("before", "change", "expected"), ROWS.values(), ids=ROWS)
def test_a_change(place: Place, before: Files, change: Files, expected: dict[str, str]) -> None:
    base = place.commit({**project(), **CONFIG, **before})
    head = place.commit(change)
    job = pushed(place, base, head)
    assert selected(job) == expected, job.stdout


@pytest.mark.parametrize(
    ("what", "word"),
    [(Submodule("1" * 40), "a submodule"), (Link("beta"), "a link"), ("words\n", "a file")],
    ids=["a submodule", "a link", "a file"],
)
def test_what_stands_in_a_pipelines_place_is_named(place: Place, what: Content, word: str) -> None:
    base = place.commit(project())
    head = place.commit({**gone("alpha"), "alpha": what})
    job = pushed(place, base, head)
    assert f"`alpha` is {word} now, which holds no pipeline." in job.stdout
    assert f"`alpha` is {word} now" in job.summary


def test_a_removed_pipeline_has_its_last_key_and_name(place: Place) -> None:
    named = values("alpha").replace(
        '{\n  "values"', '{\n  "metadata": {"name": "Alpha #{myWord}"},\n  "values"'
    )
    named = named.replace('"values": {', '"values": {"myWord": "export", ')
    first = {"pipelayer.yml": "version: 1\nproject: acme/before\ngroups: {old: {}}\n"}
    base = place.commit({**project("alpha"), **first, "alpha/values.json": named})
    head = place.commit(
        {**gone("alpha"), **pipeline("beta"), "pipelayer.yml": "version: 1\nproject: acme/after\n"}
    )
    job = pushed(place, base, head)
    found = {item["key"]: (item["name"], item["reasons"]) for item in items(job.report()["selection"])}
    assert found == {
        "acme/after:default/beta": ("beta", ["new"]),
        "acme/before:old/alpha": ("Alpha export", ["removed"]),
    }


def items(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value
