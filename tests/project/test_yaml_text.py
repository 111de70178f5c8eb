"""YAML: the part that says the same as JSON, at its place, and nothing guessed."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.model import Array, Boolean, Node, Null, Number, Table, Text
from pipelayer.project.source import read_document

WORDS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["Cc", "Cs"]), max_size=8
).filter(lambda text: re.fullmatch(r"-?\d+[eE][+-]?\d+", text) is None)
"""PyYAML leaves a text such as `0E0` without quotes: to YAML 1.1 it is none, to JSON and to us a number."""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=15,
)


def plain(node: Node) -> object:
    match node:
        case Text():
            return node.value
        case Number():
            return int(node.text) if node.is_integer else float(node.text)
        case Boolean():
            return node.value
        case Null():
            return None
        case Array():
            return [plain(item) for item in node.items]
        case Table():
            return {entry.key: plain(entry.value) for entry in node.entries}


def read(text: str) -> Node:
    node, findings = read_document("a.yml", text.encode())
    assert findings == ()
    assert node is not None
    return node


def problem(text: str | bytes) -> tuple[str, int, int, str]:
    _, findings = read_document("a.yaml", text.encode() if isinstance(text, str) else text)
    assert len(findings) == 1, findings
    at = findings[0].at
    assert at is not None
    assert findings[0].hint
    return str(findings[0].code), at.line, at.column, findings[0].message


@given(VALUES, st.booleans())
def test_reads_what_pyyaml_writes(value: object, flow: bool) -> None:
    assert plain(read(yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True))) == value


@given(VALUES)
def test_json_is_yaml(value: object) -> None:
    text = json.dumps(value)
    assert plain(read(text)) == value


@pytest.mark.parametrize(
    "written",
    ["yes", "no", "on", "Off", "2024-01-01", "2024-01-01T00:00:00", "012345678901", "0x1F", "0o17", "1_000",
     "1:30",
     "+5", ".5", "5.", "=", ".inf", ".nan", "1e", "0b1", "s3://b/#{myEnv}", "1.2.3", "nULL", "tRUE"],
)  # fmt: skip
def test_plain_words_stay_as_written(written: str) -> None:
    node = read(f"a: {written}")
    assert isinstance(node, Table)
    assert node.get("a") == Text(written, node.at)


def test_json_like_scalars() -> None:
    node = read("[1, -2.50, 1e3, true, False, ~, null, '1', \"true\", !!str 5, !!int '7']")
    assert isinstance(node, Array)
    at = node.at
    assert node.items == (
        Number("1", True, at),
        Number("-2.50", False, at),
        Number("1e3", False, at),
        Boolean(True, at),
        Boolean(False, at),
        Null(at),
        Null(at),
        Text("1", at),
        Text("true", at),
        Text("5", at),
        Number("7", True, at),
    )


def test_positions_of_keys_and_values() -> None:
    node = read("a: 1\nb:\n  - x\n  - é: y\n")
    assert isinstance(node, Table)
    first, second = node.entries
    assert (first.key_at.line, first.key_at.column) == (1, 1)
    assert (first.value.at.line, first.value.at.column) == (1, 4)
    assert isinstance(second.value, Array)
    inner = second.value.items[1]
    assert isinstance(inner, Table)
    assert (inner.entries[0].value.at.line, inner.entries[0].value.at.column) == (4, 8)


def test_aliases_and_merge_keys() -> None:
    node = read("base: &b {x: 1, y: 2}\none:\n  <<: *b\n  y: 3\ntwo: *b\nthree: {'<<': 1}\n")
    assert plain(node) == {
        "base": {"x": 1, "y": 2},
        "one": {"y": 3, "x": 1},
        "two": {"x": 1, "y": 2},
        "three": {"<<": 1},
    }


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "PL004", 3, 1),
        ("a: [1, 2\nb: 3", "PL005", 2, 2),
        ("a: 'x\n", "PL005", 2, 1),
        ("a:\n\tb: 1", "PL005", 2, 1),
        ("a: b: c", "PL005", 1, 5),
        ("a: !!python/object/apply:os.system [x]", "PL006", 1, 4),
        ("a: !Ref x", "PL006", 1, 4),
        ("a: !!binary aGk=", "PL006", 1, 4),
        ("a: *nothing", "PL006", 1, 4),
        ("a: &x [*x]", "PL006", 1, 8),
        ("a: 1\n---\nb: 2", "PL006", 2, 1),
        ("? [1, 2]\n: x", "PL006", 1, 3),
        ("<<: 5", "PL006", 1, 5),
        ('a: "\\0"', "PL001", 1, 4),
        ("é: \x80", "PL001", 1, 4),
        ("a: \x00", "PL001", 1, 4),
        (b"a: \xff", "PL001", 1, 4),
    ],
)
def test_each_fault_has_its_place(text: str | bytes, code: str, line: int, column: int) -> None:
    assert problem(text)[:3] == (code, line, column)


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert problem("\n".join(lines))[0] == "PL002"


def test_nothing_written_is_null() -> None:
    assert isinstance(read(""), Null)
    assert isinstance(read("# only a comment\n"), Null)


def test_a_byte_order_mark_is_yaml() -> None:
    assert plain(read("\ufeffa: 1")) == {"a": 1}


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_findings(data: bytes) -> None:
    node, findings = read_document("a.yml", data)
    assert node is not None or findings


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"%@`#?,\n \t<~0"), max_size=40))
def test_any_text_is_a_value_or_findings(text: str) -> None:
    node, findings = read_document("a.yml", text.encode())
    assert node is not None or findings
