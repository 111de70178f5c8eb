"""`pipelayer.yml` made of `pipewelder.json` is read to the same configuration, whatever is in it."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from pipelayer.model import Array, Boolean, Entry, Node, Null, Number, Position, Table, Text
from pipelayer.project.config import Config, load_config
from pipelayer.project.source import read_document
from pipelayer.project.tree import Tree, TreeEntry
from pipelayer.project.yaml_writing import written
from pipelayer.starter.inherited import inherited

AT = Position("")
_WORDS = ["yes", "null", "~", "1e5", "0x1F", "2024-01-01", "1:30", "<<", "=", "-", "a:", "#c", "'", '"', "%x"]
_MARKS = ["!!int", "&a", "*a", "?", "\u2028", "\x85", "\ufeff"]
_LONG = ["", "\n", " a", "a ", "a: b", "a #b", "a\n\nb", "- a", "? x", "🎈" * 200]
HOSTILE = st.one_of(st.text(max_size=40), st.sampled_from([*_WORDS, *_MARKS, *_LONG]))
"""Texts that YAML would take for something else."""


# ---- the writer


def nodes() -> st.SearchStrategy[Node]:
    numbers = st.one_of(st.integers().map(str), st.from_regex(r"-?[1-9][0-9]*\.[0-9]+", fullmatch=True))
    leaves = st.one_of(
        HOSTILE.map(lambda text: Text(text, AT)),
        st.booleans().map(lambda value: Boolean(value, AT)),
        st.just(Null(AT)),
        numbers.map(lambda text: Number(text, "." not in text, AT)),
    )
    return st.recursive(leaves, _around, max_leaves=12)


def _around(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    tables = st.dictionaries(HOSTILE, inner, max_size=4)
    return st.one_of(
        st.lists(inner, max_size=4).map(lambda items: Array(tuple(items), AT)),
        tables.map(lambda held: Table(tuple(Entry(key, AT, value) for key, value in held.items()), AT)),
    )


def told(node: Node) -> object:
    """What a value says, without its places."""
    match node:
        case Table():
            return {entry.key: told(entry.value) for entry in node.entries}
        case Array():
            return [told(item) for item in node.items]
        case Text():
            return node.value
        case Number():
            return ("number", node.text)
        case Boolean():
            return node.value
        case Null():
            return None


@given(nodes())
def test_what_is_written_is_read_to_the_same(node: Node) -> None:
    read, findings = read_document("a.yml", written(node))
    json_form, problems = read_document("a.json", json.dumps(plain(node)).encode())
    if not problems:  # what no file of ours may hold can't be written either
        assert findings == ()
        assert read is not None
        assert json_form is not None
        assert told(read) == told(node)


def plain(node: Node) -> object:
    match node:
        case Table():
            return {entry.key: plain(entry.value) for entry in node.entries}
        case Array():
            return [plain(item) for item in node.items]
        case Number():
            return 1
        case Text() | Boolean():
            return node.value
        case Null():
            return None


# ---- the configuration


class Memory:
    """A tree of these files."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files
        self.entries = {path: TreeEntry(path, "100644", "") for path in files}

    def read(self, path: str) -> bytes:
        return self._files[path]

    def under(self, folder: str) -> list[str]:
        return [path for path in self._files if path.startswith(f"{folder}/")]


SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "region": st.sampled_from(["us-east-1", "eu-west-1", ""]),
        "dirs": st.lists(st.sampled_from(["*", "a", "jobs_*", "x/**", "no", "1"]), max_size=3),
        "template": st.sampled_from(["t.json", "yes.yml", "deep/t.yaml", ""]),
        "values": st.dictionaries(
            st.one_of(st.sampled_from(["myEnv", "*mySecret", "my_x"]), HOSTILE),
            st.one_of(HOSTILE, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
            | st.lists(HOSTILE, max_size=3)
            | st.just({"env": "SECRET"}),
            max_size=4,
        ),
    },
)
MORE = st.fixed_dictionaries(
    {},
    optional={
        "account": st.sampled_from(["012345678901", "123456789012"]),
        "tags": st.dictionaries(HOSTILE, HOSTILE, max_size=3) | st.lists(HOSTILE, max_size=2),
        "max-pipelines": st.integers(1, 9),
    },
)
GROUPS = st.dictionaries(
    st.sampled_from(["dev", "prod", "yes", "null", "1", "2024-01-01", "1e5", "a.b"]),
    st.builds(lambda one, more: one | more, SETTINGS, MORE),
    max_size=3,
)


def loaded(path: str, data: bytes, project: str) -> Config | None:
    tree: Tree = Memory({path: data})  # type: ignore[assignment]
    config, _ = load_config(tree, "", default_project=project)
    return config and replace(config, path="")


@given(SETTINGS, GROUPS, st.sampled_from(["", "acme/nightly", "1.5", "no"]), st.booleans())
def test_it_means_the_same(shared: dict, groups: dict, project: str, ascii_only: bool) -> None:
    old = json.dumps({"defaults": shared, **groups}, ensure_ascii=ascii_only)
    data = old.encode("utf-8", "surrogatepass")
    before = loaded("pipewelder.json", data, project)
    assume(before is not None)
    document, _ = read_document("pipewelder.json", data)
    assert document is not None
    ours = inherited(document, project)
    elsewhere = "another/clone" if project else ""
    assert loaded("pipelayer.yml", ours, elsewhere) == before


def test_a_file_that_people_can_read() -> None:
    old = {"defaults": {"region": "us-east-1", "values": {"myDays": 2}}, "dev": {"dirs": ["a", "b_*"]}}
    document, _ = read_document("pipewelder.json", json.dumps(old).encode())
    assert document is not None
    comments, _, ours = inherited(document, "acme/nightly").decode().partition("version")
    assert all(line.startswith("#") for line in comments.splitlines())
    assert "The values of its defaults" in comments
    assert f"version{ours}" == (
        "version: 1\n"
        "project: acme/nightly\n"
        "defaults:\n"
        "  region: us-east-1\n"
        "groups:\n"
        "  dev:\n"
        '    dirs: [a, "b_*"]\n'
        "    values:\n"
        "      myDays: 2\n"
    )


def test_of_shared_values_only_a_file_that_had_some_speaks() -> None:
    for shared in ({"region": "us-east-1"}, {"values": {}}):
        document, _ = read_document("pipewelder.json", json.dumps({"defaults": shared, "dev": {}}).encode())
        assert document is not None
        assert b"values of its defaults" not in inherited(document, "acme/nightly")
