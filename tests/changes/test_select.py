"""From what differs to the pipelines that it selects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.changes.paths import compare
from pipelayer.changes.select import changed_groups, select, select_all, select_named
from pipelayer.errors import UsageError
from pipelayer.model import Key, Reason
from pipelayer.project.config import Config, Group
from pipelayer.project.layout import Place, discover
from pipelayer.project.tree import TreeEntry, blob_id, under

DEFAULT = Config("acme/nightly", (Group("default", dirs=("**",)),))
BASE = {
    "pipeline_definition.json": "shared",
    "README.md": "hello",
    "dag/values.json": "{}",
    "dag/run": "run",
    "dag2/values.json": "{}",
    "dag2/values.prod.json": "{}",
    "dag2/tasks/one": "1",
    "own/values.json": "{}",
    "own/pipeline_definition.json": "own",
}


class Files:
    """A tree of given texts."""

    commit = ""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.entries = {
            path: TreeEntry(path, "100644", blob_id(text.encode())) for path, text in files.items()
        }

    def read(self, path: str) -> bytes:
        raise AssertionError(f"{path} was read")

    def under(self, folder: str) -> Iterable[str]:
        return under(sorted(self.entries), folder)


Chosen = dict[str, list[Reason]]


def chosen(
    base: Mapping[str, str],
    head: Mapping[str, str],
    before: Config = DEFAULT,
    after: Config = DEFAULT,
    root: str = "",
) -> Chosen:
    """The selection for two trees, as `GROUP/DIRECTORY` → reasons."""
    old, new = Files(base), Files(head)
    selection = select(
        discover(new, after, root),
        discover(old, before, root),
        {change.path for change in compare(old, new)},
        changed_groups(before, after),
    )
    return {f"{item.key.group}/{item.key.directory}": list(item.reasons) for item in selection.items}


def with_changes(changes: Mapping[str, str | None]) -> dict[str, str]:
    """BASE with some files changed, added or (None) removed."""
    files = dict(BASE)
    for path, text in changes.items():
        if text is None:
            del files[path]
        else:
            files[path] = text
    return files


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"README.md": "x"}, {}),
        ({"dag/run": "x"}, {"default/dag": [Reason.FILES]}),
        ({"dag/new/deep/file": "x"}, {"default/dag": [Reason.FILES]}),
        ({"dag/run": None}, {"default/dag": [Reason.FILES]}),
        ({"dag/values.json": "x"}, {"default/dag": [Reason.VALUES]}),
        ({"dag/values.json": "x", "dag/run": "x"}, {"default/dag": [Reason.VALUES, Reason.FILES]}),
        ({"dag2/tasks/one": "x"}, {"default/dag2": [Reason.FILES]}),
        (
            {"pipeline_definition.json": "x"},
            {"default/dag": [Reason.TEMPLATE], "default/dag2": [Reason.TEMPLATE]},
        ),
        (
            {"pipeline_definition.json": None},
            {"default/dag": [Reason.TEMPLATE], "default/dag2": [Reason.TEMPLATE]},
        ),
        ({"own/pipeline_definition.json": "x"}, {"default/own": [Reason.TEMPLATE]}),
        ({"own/pipeline_definition.json": None}, {"default/own": [Reason.TEMPLATE]}),
        ({"dag/pipeline_definition.yml": "x"}, {"default/dag": [Reason.TEMPLATE]}),
        ({"own/pipeline_definition.yml": "x"}, {"default/own": [Reason.TEMPLATE]}),
        ({"dag/values.yml": "x"}, {"default/dag": [Reason.VALUES]}),
        ({"dag/values.json": None, "dag/values.yml": "x"}, {"default/dag": [Reason.VALUES]}),
        (
            {"pipeline_definition.yml": "x"},
            {"default/dag": [Reason.TEMPLATE], "default/dag2": [Reason.TEMPLATE]},
        ),
        ({"dag2/values.prod.json": "x"}, {}),
        ({"dag2/values.default.json": "x"}, {"default/dag2": [Reason.VALUES]}),
        ({"new/values.json": "x"}, {"default/new": [Reason.NEW]}),
        ({"dag/values.json": None}, {"default/dag": [Reason.REMOVED]}),
        ({"dag/values.json": None, "dag/run": None}, {"default/dag": [Reason.REMOVED]}),
        ({"dag/inner/values.json": "x"}, {"default/dag/inner": [Reason.NEW]}),
        ({"dag/inner/values.json": "x", "dag/inner/run": "x"}, {"default/dag/inner": [Reason.NEW]}),
        (
            {"dag2/tasks/values.json": "x"},
            {"default/dag2": [Reason.FILES], "default/dag2/tasks": [Reason.NEW]},
        ),
        (
            {
                "dag/values.json": None,
                "dag/run": None,
                "moved/values.json": "{}",
                "moved/run": "run",
            },
            {"default/dag": [Reason.REMOVED], "default/moved": [Reason.NEW]},
        ),
    ],
)
def test_what_a_change_selects(changes: Mapping[str, str | None], expected: Chosen) -> None:
    assert chosen(BASE, with_changes(changes)) == expected


def test_a_change_in_an_inner_pipeline_selects_only_the_inner_one() -> None:
    files = {**BASE, "dag/inner/values.json": "{}", "dag/inner/run": "x"}
    assert chosen(files, {**files, "dag/inner/run": "y"}) == {"default/dag/inner": [Reason.FILES]}
    assert chosen(files, {**files, "dag/run": "y"}) == {"default/dag": [Reason.FILES]}
    without = {path: text for path, text in files.items() if path != "dag/inner/values.json"}
    assert chosen(files, without) == {"default/dag": [Reason.FILES], "default/dag/inner": [Reason.REMOVED]}


def test_a_template_between_selects_those_whose_template_it_is_or_was() -> None:
    files = {**BASE, "team/a/values.json": "{}", "team/b/c/values.json": "{}", "team/own/values.json": "{}"}
    files["team/own/pipeline_definition.json"] = "own"
    between = "team/pipeline_definition.json"
    both: Chosen = {"default/team/a": [Reason.TEMPLATE], "default/team/b/c": [Reason.TEMPLATE]}
    assert chosen(files, {**files, between: "1"}) == both
    assert chosen({**files, between: "1"}, {**files, between: "2"}) == both
    assert chosen({**files, between: "1"}, files) == both
    assert (
        chosen({**files, between: "1"}, {**files, between: "1", "team/pipeline_definition.yml": ""}) == both
    )
    twins = {**files, between: "1", "team/pipeline_definition.yml": "1"}
    assert chosen(twins, {**twins, "team/pipeline_definition.yml": "2"}) == both
    nearer = {**files, between: "1", "team/b/pipeline_definition.yaml": "nearer"}
    assert chosen(nearer, {**nearer, between: "2"}) == {"default/team/a": [Reason.TEMPLATE]}
    assert chosen({**nearer, "pipeline_definition.json": "other"}, nearer) == {
        "default/dag": [Reason.TEMPLATE],
        "default/dag2": [Reason.TEMPLATE],
    }


def test_a_template_is_lost_to_the_pipelines_below_where_its_folder_becomes_one() -> None:
    files = {**BASE, "team/pipeline_definition.json": "1", "team/a/values.json": "{}"}
    becomes = {**files, "team/values.json": "{}"}
    assert chosen(files, becomes) == {"default/team": [Reason.NEW], "default/team/a": [Reason.TEMPLATE]}
    assert chosen(becomes, files) == {"default/team": [Reason.REMOVED], "default/team/a": [Reason.TEMPLATE]}
    assert chosen(becomes, {**becomes, "team/pipeline_definition.json": "2"}) == {
        "default/team": [Reason.TEMPLATE]
    }


def test_a_template_that_has_another_form_only_as_the_nearest() -> None:
    """The group names one file, whatever lies beside it; in the nearest folder only one form may lie."""
    config = Config("p", (replace(DEFAULT.groups[0], template="team/pipeline_definition.json"),))
    files = {
        "team/pipeline_definition.json": "1",
        "team/pipeline_definition.yml": "2",
        "team/a/values.json": "",
    }
    nested = {**files, "team/values.json": "{}"}
    assert chosen(nested, files, config, config) == {
        "default/team": [Reason.REMOVED],
        "default/team/a": [Reason.TEMPLATE],
    }


def test_an_executable_bit_alone() -> None:
    old, new = Files(BASE), Files(BASE)
    new.entries["dag/run"] = replace(new.entries["dag/run"], mode="100755")
    paths = {change.path for change in compare(old, new)}
    selection = select(discover(new, DEFAULT, ""), discover(old, DEFAULT, ""), paths)
    assert [(item.name, item.reasons) for item in selection.items] == [("dag", (Reason.FILES,))]


def test_a_project_in_a_subdirectory() -> None:
    files = {f"data/jobs/{path}": text for path, text in BASE.items()}
    files["dag/run"] = "of nobody"
    assert chosen(files, {**files, "dag/run": "x"}, root="data/jobs") == {}
    assert chosen(files, {**files, "data/jobs/dag/run": "x"}, root="data/jobs") == {
        "default/dag": [Reason.FILES]
    }


TWO = Config("p", (Group("dev", dirs=("*",)), Group("prod", dirs=("dag*",))))


def test_values_of_one_group() -> None:
    head = {**BASE, "dag2/values.prod.json": "x"}
    assert chosen(BASE, head, TWO, TWO) == {"prod/dag2": [Reason.VALUES]}
    assert chosen(BASE, {**BASE, "dag/run": "x"}, TWO, TWO) == {
        "dev/dag": [Reason.FILES],
        "prod/dag": [Reason.FILES],
    }


def test_the_configuration_selects_the_groups_that_it_changes() -> None:
    after = Config("p", (TWO.groups[0], replace(TWO.groups[1], region="eu-west-1")))
    assert chosen(BASE, BASE, TWO, after) == {
        "prod/dag": [Reason.CONFIG],
        "prod/dag2": [Reason.CONFIG],
    }
    template = Config("p", (replace(TWO.groups[0], template="other.json"), TWO.groups[1]))
    assert chosen(BASE, {**BASE, "other.json": "x"}, TWO, template) == {
        "dev/dag": [Reason.TEMPLATE, Reason.CONFIG],
        "dev/dag2": [Reason.TEMPLATE, Reason.CONFIG],
        "dev/own": [Reason.CONFIG],
    }


def test_a_setting_that_reaches_no_pipeline_selects_none() -> None:
    after = Config("p", (replace(TWO.groups[0], max_pipelines=7), TWO.groups[1]))
    assert changed_groups(TWO, after) == frozenset()


def test_directories_that_come_and_go_with_the_configuration() -> None:
    after = Config("p", (TWO.groups[0], replace(TWO.groups[1], dirs=("dag", "own"))))
    assert chosen(BASE, BASE, TWO, after) == {"prod/dag2": [Reason.REMOVED], "prod/own": [Reason.NEW]}


def test_a_nested_pipeline_that_the_configuration_adds_takes_files_from_the_outer_one() -> None:
    files = {**BASE, "dag/inner/values.json": "{}", "dag/inner/run": "x"}
    after = Config("p", (TWO.groups[0], replace(TWO.groups[1], dirs=("dag*", "dag/inner"))))
    assert chosen(files, files, TWO, after) == {
        "dev/dag": [Reason.FILES],
        "prod/dag": [Reason.FILES],
        "prod/dag/inner": [Reason.NEW],
    }


def test_another_group_and_another_project_are_other_pipelines() -> None:
    renamed = Config("p", (TWO.groups[0], replace(TWO.groups[1], name="live")))
    assert chosen({"a/values.json": ""}, {"a/values.json": ""}, TWO, renamed) == {}
    assert chosen({"dag/values.json": ""}, {"dag/values.json": ""}, TWO, renamed) == {
        "live/dag": [Reason.NEW],
        "prod/dag": [Reason.REMOVED],
    }
    places = discover(Files(BASE), DEFAULT, "")
    elsewhere = discover(Files(BASE), replace(DEFAULT, project="other"), "")
    selection = select(elsewhere, places, ())
    assert {item.reasons for item in selection.items} == {(Reason.NEW,), (Reason.REMOVED,)}


def test_an_unknown_base_selects_all() -> None:
    selection = select(discover(Files(BASE), DEFAULT, ""), None, ())
    assert [item.key.directory for item in selection.items] == ["dag", "dag2", "own"]
    assert {item.reasons for item in selection.items} == {(Reason.UNKNOWN_BASE,)}


PATHS = st.sampled_from(
    [
        *BASE,
        "dag/inner/values.json",
        "dag/inner/run",
        "dag/values.prod.json",
        "dag2/values.yml",
        "dag2/tasks/two",
        "deep/er/values.json",
        "deep/er/file",
        "deep/values.json",
        "deep/pipeline_definition.json",
        "deep/pipeline_definition.yml",
        "unrelated",
    ]
)
TREES = st.dictionaries(PATHS, st.sampled_from(["1", "2"]))


def inputs(place: Place, files: Mapping[str, str]) -> object:
    """All that a pipeline is made of, by brute force."""
    described = (*place.values, place.template, *(path for pair in place.twins for path in pair))
    return (
        {path: files.get(path) for path in described},
        {entry.path: files[entry.path] for entry in place.files},
    )


@given(TREES, TREES)
def test_the_selection_is_what_differs_and_no_more(base: dict[str, str], head: dict[str, str]) -> None:
    config = Config("p", (Group("dev", dirs=("**",)), Group("prod", dirs=("d*", "d*/*"))))
    old = {place.key: place for place in discover(Files(base), config, "")}
    new = {place.key: place for place in discover(Files(head), config, "")}
    expected = {
        f"{key.group}/{key.directory}"
        for key in old.keys() | new.keys()
        if key not in old or key not in new or inputs(old[key], base) != inputs(new[key], head)
    }
    assert set(chosen(base, head, config, config)) == expected


def places() -> tuple[Place, ...]:
    return discover(Files(BASE), TWO, "")


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["dag"], ["dev/dag", "prod/dag"]),
        (["dag/"], ["dev/dag", "prod/dag"]),
        (["./dag", "own"], ["dev/dag", "dev/own", "prod/dag"]),
        (["prod/dag"], ["prod/dag"]),
        (["prod/*"], ["prod/dag", "prod/dag2"]),
        (["p:dev/own"], ["dev/own"]),
        (["dag*"], ["dev/dag", "dev/dag2", "prod/dag", "prod/dag2"]),
        (["*"], ["dev/dag", "dev/dag2", "dev/own", "prod/dag", "prod/dag2"]),
        (["Nightly Export"], ["prod/dag2"]),
    ],
)
def test_named(patterns: list[str], expected: list[str]) -> None:
    names = {Key("p", "prod", "dag2"): "Nightly Export"}
    selection = select_named(places(), patterns, names)
    assert [f"{item.key.group}/{item.key.directory}" for item in selection.items] == expected
    assert {item.reasons for item in selection.items} == {(Reason.NAMED,)}


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [("dagg", "Did you mean `dag`?"), ("zzz", "There are dag, dag2, own."), ("p*", ""), ("da", "")],
)
def test_a_name_that_names_nothing(pattern: str, hint: str) -> None:
    with pytest.raises(UsageError, match="No pipeline is named") as caught:
        select_named(places(), ["dag", pattern])
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


DEEP = BASE | {f"{one}/values.json": "{}" for one in ("a/one", "a/two", "b/two")}


@pytest.mark.parametrize(
    ("name", "expected"), [("one", ["dev/a/one", "prod/a/one"]), ("two", []), ("n", []), ("dag", ["dev/dag"])]
)
def test_the_last_part_of_a_directory_means_it_where_one_alone_has_it(name: str, expected: list[str]) -> None:
    everywhere = Config("p", (Group("dev", dirs=("**",)), Group("prod", dirs=("a/*", "b/*"))))
    known = discover(Files(DEEP), everywhere, "")
    with pytest.raises(UsageError) if not expected else nullcontext() as caught:
        items = select_named(known, [name], last_parts=True).items
        assert [f"{item.key.group}/{item.key.directory}" for item in items] == expected
    if name == "two":
        assert caught is not None
        assert "There are a/two, b/two." in caught.value.hint


def test_a_name_in_aws_goes_before_the_last_part_of_a_directory() -> None:
    known = discover(Files(DEEP), Config("p", (Group("dev", dirs=("**",)),)), "")
    (item,) = select_named(known, ["one"], {Key("p", "dev", "dag"): "one"}, last_parts=True).items
    assert item.directory == "dag"


def test_a_name_of_an_empty_project() -> None:
    with pytest.raises(UsageError) as caught:
        select_named((), ["dag"])
    assert "no pipelines" in caught.value.hint


def test_all_in_the_order_of_their_keys() -> None:
    items = select_all(reversed(places())).items
    assert [item.key for item in items] == sorted(item.key for item in items)
    assert {item.reasons for item in items} == {(Reason.ALL,)}
