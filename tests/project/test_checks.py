"""What only shows across pipelines."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelayer.project.checks import check_project

GROUPS = "version: 1\ngroups: {dev: {dirs: ['d*']}, prod: {dirs: ['p*'], region: eu-west-1}}"


def values(name: str = "", input_dir: str = "", **metadata: str) -> str:
    own = {key.replace("_", "-"): value for key, value in metadata.items()}
    return json.dumps(
        {
            "metadata": {**({"name": name} if name else {}), **own},
            "values": {"myS3InputDir": input_dir} if input_dir else {},
        }
    )


def test_one_name_for_two_pipelines_of_a_group(load) -> None:
    loaded = load(
        {"a/values.json": values("same"), "b/values.json": values("same"), "c/values.json": values("c")}
    )
    assert loaded.codes == ("PL030", "PL030")
    assert "see `b/values.json`, line 1" in loaded.findings[0].message
    assert "see `a/values.json`, line 1" in loaded.findings[1].message
    assert [finding.key[-1] for finding in loaded.findings] == ["a", "b"]
    assert loaded.findings[0].at.column > 1


def test_groups_may_share_names(load) -> None:
    files = {"pipelayer.yml": GROUPS, "d/values.json": values("same"), "p/values.json": values("same")}
    assert load(files).findings == ()


def test_directories_of_one_name_clash(load) -> None:
    files = {
        "pipelayer.yml": "version: 1\ndefaults: {dirs: ['*/*']}",
        "a/x/values.json": "{}",
        "b/x/values.json": "{}",
    }
    assert load(files).codes == ("PL030", "PL030")


def test_directories_that_are_one_folder_elsewhere(load) -> None:
    composed, decomposed = "\u00fcber", "u\u0308ber"
    files = {f"{name}/values.json": "{}" for name in ("Sales", "sales", composed, decomposed, "sales_eu")}
    loaded = load(files)
    assert loaded.codes == ("PL033",) * 4
    assert {finding.key.rpartition("/")[2] for finding in loaded.findings} == {
        "Sales",
        "sales",
        composed,
        decomposed,
    }
    assert {str(finding.severity) for finding in loaded.findings} == {"warning"}
    groups = "version: 1\ngroups: {dev: {dirs: [Sales]}, prod: {dirs: [sales]}}"
    assert load({"pipelayer.yml": groups, "Sales/values.json": "{}", "sales/values.json": "{}"}).codes == (
        "PL033",
        "PL033",
    )
    both = "version: 1\ngroups: {dev: {}, prod: {}}"
    assert load({"pipelayer.yml": both, "sales/values.json": "{}"}).findings == ()


def test_one_input_dir_for_two_pipelines_of_any_group(load) -> None:
    files = {
        "pipelayer.yml": GROUPS,
        "d/values.json": values(input_dir="s3://bucket/x/"),
        "p/values.json": values(input_dir="s3://bucket/x"),
    }
    loaded = load(files)
    assert loaded.codes == ("PL031", "PL031")
    assert "the same as" in loaded.findings[0].message
    assert "p/values.json" in loaded.findings[1].message or "p/values.json" in loaded.findings[0].message


def test_one_input_dir_inside_another(load) -> None:
    files = {
        "a/values.json": values(input_dir="s3://bucket/x"),
        "b/values.json": values(input_dir="s3://bucket/x/tasks"),
        "c/values.json": values(input_dir="s3://bucket/x2"),
        "d/values.json": values(input_dir="s3://other/x"),
    }
    loaded = load(files)
    assert loaded.codes == ("PL031", "PL031")
    assert {finding.key[-1] for finding in loaded.findings} == {"a", "b"}
    assert "inside" in loaded.findings[0].message
    assert "around" in loaded.findings[1].message


PREFIXES = st.lists(st.lists(st.sampled_from(["a", "ab", "b"]), max_size=3), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(PREFIXES)
def test_every_clash_of_input_dirs_is_found(load, prefixes: list[list[str]]) -> None:
    """Whoever clashes with anybody gets a finding, as comparing each with each shows, and nobody else."""
    urls = ["/".join(["s3://bucket", *parts]) for parts in prefixes]
    files = {f"p{n}/values.json": values(input_dir=url) for n, url in enumerate(urls)}
    pipelines = load(files).pipelines
    expected = {
        str(one.key)
        for one in pipelines
        for other in pipelines
        if one is not other
        and (
            one.input.prefix.startswith(other.input.prefix) or other.input.prefix.startswith(one.input.prefix)
        )
    }
    assert {finding.key for finding in check_project(pipelines)} == expected


def test_two_claims_on_one_live_pipeline(load) -> None:
    both = load({"a/values.json": values(adopt="old"), "b/values.json": values(adopt="old")})
    assert both.codes == ("PL032", "PL032")
    moved = load({"a/values.json": values(moved_from="old"), "b/values.json": values(moved_from="old")})
    assert moved.codes == ("PL032", "PL032")


def test_a_claim_in_another_region_is_another_pipeline(load) -> None:
    files = {"pipelayer.yml": GROUPS, "d/values.json": values(adopt="x"), "p/values.json": values(adopt="x")}
    assert load(files).findings == ()


def test_a_claim_on_a_pipeline_that_is_still_there(load) -> None:
    loaded = load({"a/values.json": values(moved_from="b"), "b/values.json": "{}"})
    assert loaded.codes == ("PL032",)
    assert "still there" in loaded.findings[0].message
