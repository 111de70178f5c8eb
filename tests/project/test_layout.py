"""Where the pipelines are, from names alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.project.config import Config, Group
from pipelayer.project.layout import Place, discover, matches


def places(make_tree, files, *groups: Group, root: str = "", modes=None) -> tuple[Place, ...]:
    tree = make_tree(dict.fromkeys(files, b""), modes=modes or {})
    found = discover(tree, Config("p", groups or (Group("default"),)), root)
    assert tree.reads == {}
    return found


def keys(found: tuple[Place, ...]) -> list[str]:
    return [f"{place.key.group}/{place.key.directory}" for place in found]


def uploads(place: Place) -> list[str]:
    return [entry.path for entry in place.files]


def test_a_directory_counts_if_it_has_values(make_tree) -> None:
    files = ["a/values.json", "b/values.yml", "c/values.yaml", "d/run", "e/values.dev.json", "values.json"]
    assert keys(places(make_tree, files)) == ["default/a", "default/b", "default/c"]


def test_hidden_directories_and_deeper_ones_do_not(make_tree) -> None:
    files = [".a/values.json", "a/.b/values.json", "a/b/values.json", "c/values.json"]
    assert keys(places(make_tree, files)) == ["default/c"]
    everywhere = Group("default", dirs=("**",))
    assert keys(places(make_tree, files, everywhere)) == ["default/a/b", "default/c"]


def test_a_name_is_never_matched_as_a_prefix(make_tree) -> None:
    files = ["dag/values.json", "dags2/values.json", "my/dag/values.json"]
    assert keys(places(make_tree, files, Group("g", dirs=("dag",)))) == ["g/dag"]


def test_paths_are_those_of_the_repository(make_tree) -> None:
    files = ["data/a/values.json", "data/a/run", "database/b/values.json", "pipeline_definition.json"]
    (place,) = places(make_tree, files, root="data")
    assert place.key.directory == "a"
    assert place.directory == "data/a"
    assert place.values == ("data/a/values.json",)
    assert place.template == "data/pipeline_definition.json"
    assert uploads(place) == ["data/a/run"]


def test_groups_share_directories_and_have_their_own_values(make_tree) -> None:
    files = ["a/values.json", "a/values.prod.yml", "b/values.json"]
    found = places(make_tree, files, Group("dev"), Group("prod", dirs=("a",)))
    assert keys(found) == ["dev/a", "dev/b", "prod/a"]
    assert [place.values for place in found] == [
        ("a/values.json",),
        ("b/values.json",),
        ("a/values.json", "a/values.prod.yml"),
    ]
    assert found[0].groups == ("dev", "prod")


def test_what_is_uploaded(make_tree) -> None:
    files = [
        "a/values.json", "a/values.dev.json", "a/values.other.yml", "a/pipeline_definition.yml", "a/run",
        "a/.env",
        "a/tasks/values.json", "a/tasks/pipeline_definition.json", "a/.git/config", "a/tasks/.git", "a2/run",
        "a/nested/values.json", "a/nested/run", "a/nested/deep/x",
    ]  # fmt: skip
    outer, nested = places(make_tree, files, Group("dev", dirs=("a", "a/nested")))
    assert uploads(outer) == ["a/run", "a/.env", "a/tasks/values.json", "a/tasks/pipeline_definition.json"]
    assert uploads(nested) == ["a/nested/run", "a/nested/deep/x"]
    (whole,) = places(make_tree, files, Group("dev", dirs=("a",)))
    assert "a/nested/run" in uploads(whole)


def test_a_pipeline_of_another_group_is_nested_too(make_tree) -> None:
    files = ["a/values.json", "a/run", "a/b/values.json", "a/b/run"]
    found = places(make_tree, files, Group("one", dirs=("a",)), Group("two", dirs=("a/b",)))
    assert [uploads(place) for place in found] == [["a/run"], ["a/b/run"]]


def test_which_template(make_tree) -> None:
    files = [
        "a/values.json",
        "a/pipeline_definition.yaml",
        "b/values.json",
        "pipeline_definition.yml",
        "t/x.json",
    ]
    own, shared = places(make_tree, files)
    assert (own.template, own.own_template) == ("a/pipeline_definition.yaml", True)
    assert (shared.template, shared.own_template) == ("pipeline_definition.yml", False)
    _, named = places(make_tree, files, Group("g", template="t/x.json"))
    assert named.template == "t/x.json"
    (missing,) = places(make_tree, ["a/values.json"])
    assert missing.template == "pipeline_definition.json"


@pytest.mark.parametrize("root", ["", "jobs"])
def test_the_nearest_template_above_a_pipeline_counts(make_tree, root: str) -> None:
    prefix = f"{root}/" if root else ""
    files = [
        "pipeline_definition.json",
        "orders/values.json",
        "exports/pipeline_definition.yml",
        "exports/billing/values.json",
        "exports/own/values.json",
        "exports/own/pipeline_definition.json",
        "exports/daily/deep/values.json",
        "exports/eu/pipeline_definition.json",
        "exports/eu/billing/values.json",
        "exports2/billing/values.json",
    ]
    given = ["pipeline_definition.json", *(f"{prefix}{path}" for path in files)]
    found = places(make_tree, given, Group("g", dirs=("**",)), root=root)
    templates = {place.key.directory: place.template.removeprefix(prefix) for place in found}
    assert templates == {
        "orders": "pipeline_definition.json",
        "exports/billing": "exports/pipeline_definition.yml",
        "exports/own": "exports/own/pipeline_definition.json",
        "exports/daily/deep": "exports/pipeline_definition.yml",
        "exports/eu/billing": "exports/eu/pipeline_definition.json",
        "exports2/billing": "pipeline_definition.json",
    }
    assert [place.key.directory for place in found if place.own_template] == ["exports/own"]


def test_a_template_between_is_nearer_than_the_one_that_the_group_names(make_tree) -> None:
    files = ["pipeline_definition.json", "t/x.json", "a/values.json", "b/pipeline_definition.json"]
    found = places(make_tree, [*files, "b/c/values.json"], Group("g", dirs=("**",), template="t/x.json"))
    assert [place.template for place in found] == ["t/x.json", "b/pipeline_definition.json"]


def test_a_pipelines_directory_keeps_what_is_in_it_to_itself(make_tree) -> None:
    files = [
        "all/pipeline_definition.json",
        "all/out/values.json",
        "all/out/pipeline_definition.json",
        "all/out/in/pipeline_definition.json",
        "all/out/in/er/values.json",
        "all/out/in/er/most/values.json",
    ]
    inner, most = Group("inner", dirs=("all/out/in/er",)), Group("most", dirs=("all/out/in/er/most",))
    outer = Group("outer", dirs=("all/out",))
    found = places(make_tree, files, outer, inner, most)
    above = "all/pipeline_definition.json"
    assert [place.template for place in found] == ["all/out/pipeline_definition.json", above, above]
    assert uploads(found[0]) == ["all/out/in/pipeline_definition.json"]
    # What no group takes for a pipeline is a folder like any other.
    alone = places(make_tree, files, inner, most)
    assert [place.template for place in alone] == ["all/out/in/pipeline_definition.json"] * 2


def test_both_forms_of_a_template_between_are_named(make_tree) -> None:
    forms = ("b/pipeline_definition.json", "b/pipeline_definition.yml")
    files = ["pipeline_definition.json", "pipeline_definition.yml", *forms, "b/c/values.json"]
    (place,) = places(make_tree, files, Group("g", dirs=("b/*",)))
    assert (place.template, place.twins) == (forms[0], (forms,))


def test_both_forms_of_one_file_are_named(make_tree) -> None:
    files = ["a/values.json", "a/values.yml", "a/pipeline_definition.json", "a/pipeline_definition.yml"]
    (place,) = places(make_tree, files)
    assert place.values == ("a/values.json",)
    assert place.twins == (
        ("a/values.json", "a/values.yml"),
        ("a/pipeline_definition.json", "a/pipeline_definition.yml"),
    )


def test_no_depth_is_too_deep(make_tree) -> None:
    deep = "a/" * 5000
    (place,) = places(make_tree, ["a/values.json", f"{deep}run"])
    assert uploads(place) == [f"{deep}run"]
    (place,) = places(
        make_tree, [f"{deep}values.json", "a/pipeline_definition.json"], Group("g", dirs=("**",))
    )
    assert place.template == "a/pipeline_definition.json"


@pytest.mark.parametrize(
    ("pattern", "directory", "expected"),
    [
        ("*", "a", True),
        ("*", "a/b", False),
        ("team/*", "team/a", True),
        ("team/*", "team", False),
        ("**", "a/b/c", True),
        ("a/**", "a", True),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/b/b/c", True),
        ("a/**/c", "a/b", False),
        ("export_?", "export_1", True),
        ("export_[ab]", "export_c", False),
        ("A", "a", False),
        ("a.b", "axb", False),
        ("**/x/**/x/**/x/**/y", "/".join("x" * 500), False),
    ],
)
def test_globs(pattern: str, directory: str, expected: bool) -> None:
    assert matches((pattern,), directory) is expected


PARTS = st.lists(st.sampled_from(["a", "b", "ab", "abc"]), min_size=1, max_size=5)


@given(st.lists(st.sampled_from(["a", "*", "**", "a*", "?b", "ab"]), min_size=1, max_size=5), PARTS)
def test_globs_mean_what_the_regular_expression_means(globs: list[str], parts: list[str]) -> None:
    """Against another way to say it: each part with its slash, `**` as any number of parts."""
    pieces = {"**": "(?:[^/]+/)*", "*": "[^/]+/", "a*": "a[^/]*/", "?b": "[^/]b/"}
    pattern = "".join(pieces.get(glob, f"{glob}/") for glob in globs)
    expected = re.fullmatch(pattern, "/".join(parts) + "/") is not None
    assert matches(("/".join(globs),), "/".join(parts)) is expected
