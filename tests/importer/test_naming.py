"""Names in AWS as names of folders and parameters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.importer.naming import folder_name, folder_names, parameter_name, variable_name
from pipelayer.model import LivePipeline

ANY = st.text(max_size=80) | st.sampled_from(
    ["..", ".", "", "a/b", "🚀", "x" * 1024, "CON", "é", "É", "-", "a\nb"]
)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Orders export", "Orders-export"),
        ("a/b", "a-b"),
        ("..", ""),
        ("🚀", ""),
        ("Übersicht, täglich", "Ubersicht-taglich"),
        (".github", "github"),
        ("con", "con-pipeline"),
        ("x" * 1024, "x" * 60),
    ],
)
def test_a_name_as_a_folder(name: str, folder: str) -> None:
    assert folder_name(name) == folder


@given(st.lists(ANY, max_size=12), st.sets(st.sampled_from(["Orders", "a-b", "docs", "con-pipeline"])))
def test_every_pipeline_gets_a_folder_of_its_own(names: list[str], taken: set[str]) -> None:
    pipelines = [LivePipeline(f"df-{number:020d}", name) for number, name in enumerate(names)]
    folders = folder_names(pipelines, taken)
    assert set(folders) == {one.id for one in pipelines}
    lowered = [folder.casefold() for folder in folders.values()]
    assert len(set(lowered)) == len(lowered)
    assert not set(lowered) & {one.casefold() for one in taken}
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", folder) for folder in folders.values())
    assert folder_names(reversed(pipelines), taken) == folders


@given(st.lists(ANY, max_size=3), st.sets(st.sampled_from(["myValue", "myA", "*myAB"])))
def test_a_parameter_is_one_that_nothing_uses(words: list[str], used: set[str]) -> None:
    name = parameter_name(words, used)
    assert re.fullmatch(r"my[A-Z0-9]\w*", name, re.ASCII)
    assert name not in used
    assert f"*{name}" not in used


def test_a_variable_says_whose_and_which() -> None:
    assert variable_name("orders-export", "*myDbPassword") == "ORDERS_EXPORT_DB_PASSWORD"
    assert variable_name("2nd", "*my_key") == "P_2ND_KEY"
