"""JSON with positions: the same values as the standard library, and every fault at its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.model import Array, Boolean, Finding, Node, Null, Number, Severity, Table, Text
from pipelayer.project.source import read_document

PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")).filter(
    lambda text: all(ord(c) >= 32 or c in "\t\n\r" for c in text)
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
    max_leaves=20,
)


def plain(node: Node) -> object:
    """The node as `json.loads` would give it."""
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


def nodes(node: Node) -> list[Node]:
    match node:
        case Array():
            return [node, *(inner for item in node.items for inner in nodes(item))]
        case Table():
            return [node, *(inner for entry in node.entries for inner in nodes(entry.value))]
        case _:
            return [node]


def only(text: str | bytes, path: str = "values.json") -> Finding:
    _, findings = read_document(path, text.encode() if isinstance(text, str) else text)
    assert len(findings) == 1, findings
    (found,) = findings
    assert found.severity is Severity.ERROR
    assert found.message
    assert found.hint
    return found


def place(text: str | bytes) -> tuple[int, int]:
    at = only(text).at
    assert at is not None
    return at.line, at.column


@given(VALUES, st.sampled_from([None, 1, 2]), st.booleans())
def test_reads_what_the_standard_library_writes(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    node, findings = read_document("a.json", text.encode())
    assert findings == ()
    assert node is not None
    assert plain(node) == value


@given(st.text(st.sampled_from('{}[]:,"\\ \n0123456789.-+eEtrufalsn/ud8ab'), max_size=30))
def test_accepts_exactly_what_the_standard_library_accepts(text: str) -> None:
    def refuse(name: str) -> object:
        raise ValueError(name)

    def unique(pairs: list[tuple[str, object]]) -> object:
        if len(dict(pairs)) < len(pairs):
            raise ValueError(pairs)
        return dict(pairs)

    try:
        expected = json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
        json.dumps(expected, ensure_ascii=False).encode()  # a lone surrogate is no text
        valid = True
    except ValueError:
        valid = False
    node, findings = read_document("a.json", text.encode())
    assert (findings == ()) == valid
    if valid:
        assert node is not None
        assert plain(node) == expected


@given(VALUES, st.sampled_from([None, 1]))
def test_every_position_points_at_its_value(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    lines = text.split("\n")
    node, _ = read_document("a.json", text.encode())
    assert node is not None
    decoder = json.JSONDecoder()
    for inner in nodes(node):
        offset = sum(len(line) + 1 for line in lines[: inner.at.line - 1]) + inner.at.column - 1
        assert decoder.raw_decode(text, offset)[0] == plain(inner)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_findings(data: bytes) -> None:
    node, findings = read_document("a.json", data)
    assert node is not None or findings


@given(VALUES, st.data())
def test_a_damaged_document_never_raises(value: object, data: st.DataObject) -> None:
    raw = bytearray(json.dumps(value, indent=1).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(0, len(raw) - 1))
        raw[index] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for text in (bytes(raw), bytes(raw[:cut])):
        node, findings = read_document("a.json", text)
        assert node is not None or findings


def test_numbers_keep_their_written_form() -> None:
    node, _ = read_document("a.json", b"[2, 1.50, -0, 1e3, 12345678901234567890123]")
    assert isinstance(node, Array)
    assert [(n.text, n.is_integer) for n in node.items if isinstance(n, Number)] == [
        ("2", True),
        ("1.50", False),
        ("-0", True),
        ("1e3", False),
        ("12345678901234567890123", True),
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('{\n  "a": 1,\n  "b": 2,\n}', 3, 9, "comma"),
        ("[1,\n 2,]", 2, 3, "comma"),
        ('{\n  "a": 1,\n  "a": 2\n}', 3, 3, "comes twice"),
        ('{"a" 1}', 1, 6, "colon"),
        ('{"a": 1 "b": 2}', 1, 9, "comma or `}`"),
        ("{'a': 1}", 1, 2, "double quotes"),
        ('{"a": True}', 1, 7, "`True`"),
        ('{"a": 012}', 1, 7, "`012`"),
        ('{"a": "x\ny"}', 1, 7, "line ends"),
        ('{"a": "x\ty"}', 1, 9, "tab"),
        ('{"a": "x\\y"}', 1, 9, "escape"),
        ('{"a": "x', 1, 7, "ends inside this string"),
        ('{"a": {\n  "b": [1,\n', 3, 1, "bracket of line 2 is still open"),
        ('{"a": 1}\n{', 2, 1, "more text"),
        ('// hello\n{"a": 1}', 1, 1, "not `//`"),
        ("{,}", 1, 2, "key"),
        ("[1,,2]", 1, 4, "value"),
        ("", 1, 1, "empty"),
        (" \n", 1, 1, "empty"),
        ('{"é": "ü", "b" 2}', 1, 16, "colon"),
        ('{"a": "\\ud800"}', 1, 7, "U+D800"),
        ('{"a": "\\u0000"}', 1, 7, "U+0000"),
        ('{"a":\n "\x00"}', 2, 3, "U+0000"),
        ('\ufeff{"a": 1}', 1, 1, "byte order mark"),
    ],
)
def test_each_fault_has_its_place(text: str, line: int, column: int, words: str) -> None:
    assert place(text) == (line, column)
    assert words in only(text).message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("// hello", "no comments"),
        ("{'a': 1}", "double quotes"),
        ("[True]", "Write `true`"),
        ("[None]", "Write `null`"),
        ("[012]", '"012"'),
        ("[NaN]", "as a string"),
        ("[1,,2]", "missing before it"),
    ],
)
def test_hints_say_what_to_write(text: str, hint: str) -> None:
    assert hint in only(text).hint


def test_bytes_that_are_no_text() -> None:
    assert place(b'{"a":\n "\xff"}') == (2, 3)
    assert "UTF-16" in only('{"a": 1}'.encode("utf-16")).message


def test_small_faults_do_not_hide_the_rest() -> None:
    node, findings = read_document("a.json", b'{"a": [1,], "a": 2, "b": "\\u0001",}')
    assert node is not None
    assert plain(node) == {"a": [1], "b": "\N{REPLACEMENT CHARACTER}"}
    assert [f.code for f in findings] == ["PL003", "PL004", "PL001", "PL003"]


@pytest.mark.parametrize("path", ["a.json", "a.yml"])
@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 101 + "]" * 101])
def test_depth_is_bounded(path: str, text: str) -> None:
    found = only(text, path)
    assert found.code == "PL002"


@pytest.mark.parametrize("path", ["a.json", "a.yml"])
def test_size_is_bounded(path: str) -> None:
    assert only(b'"' + b"a" * 5_000_000 + b'"', path).code == "PL002"
    assert only("[" + "0," * 300_000 + "0]", path).code == "PL002"


def test_a_hundred_levels_are_read() -> None:
    node, findings = read_document("a.json", b"[" * 100 + b"]" * 100)
    assert node is not None
    assert not findings
