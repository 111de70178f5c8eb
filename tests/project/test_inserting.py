"""One entry more in a values file: what it says else, and every character of it, stay."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelayer.errors import UsageError
from pipelayer.project.inserting import insert_metadata

ID = "df-0123456789ABCDEFGHIJ"
WORDS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cc", "Cf", "Cn", "Cs"]), max_size=6)
KEYS = WORDS.filter(bool)
LEAVES = st.none() | st.booleans() | st.integers() | WORDS | st.just("text")
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
METADATA = st.none() | st.dictionaries(KEYS.filter(lambda word: word != "adopt"), VALUES, max_size=3)
OTHERS = st.dictionaries(KEYS.filter(lambda word: word != "metadata"), VALUES, max_size=3)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, object]:
    """What a values file may say, `metadata` at any place or nowhere."""
    entries: list[tuple[str, object]] = list(draw(OTHERS).items())
    if draw(st.booleans()):
        entries.insert(draw(st.integers(0, len(entries))), ("metadata", draw(METADATA)))
    return dict(entries)


def wanted(before: dict[str, object]) -> dict[str, object]:
    metadata = before.get("metadata") or {}
    assert isinstance(metadata, dict)
    after = {"adopt": ID, **metadata}
    return {**before, "metadata": after} if "metadata" in before else {"metadata": after, **before}


def ordered(value: object) -> object:
    """Dictionaries as lists, so that the order of keys counts."""
    if isinstance(value, dict):
        return [[key, ordered(item)] for key, item in value.items()]
    return [ordered(item) for item in value] if isinstance(value, list) else value


def alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))


def inserted(path: str, text: str) -> str:
    """The new text; it differs from the old one in one place, and its value stands where it is said to."""
    result = insert_metadata(path, text.encode(), "adopt", ID)
    after = result.data.decode()
    start = alike(text, after)
    end = alike(text[start:][::-1], after[start:][::-1])
    assert text[start : len(text) - end] in ("", "null", "~"), "only what is nothing gives way"
    added = after[start : len(after) - end]
    assert ID in added
    lines = after.removeprefix("\ufeff").split("\n")
    if not any(mark in after for mark in "\r\x85\u2028\u2029"):
        assert lines[result.at.line - 1][result.at.column - 1 :].startswith(f'"{ID}"')
    return after


@st.composite
def json_texts(draw: st.DrawFn) -> str:
    """A document with space wherever JSON lets it be, and without."""
    space = st.sampled_from(["", "", " ", "\n", "\r\n\t", "\n    "])

    def written(value: object) -> str:
        before, after = draw(space), draw(space)
        if isinstance(value, dict):
            entries = (
                f"{draw(space)}{written(key)}{draw(space)}:{written(item)}" for key, item in value.items()
            )
            return f"{before}{{{draw(space)}{','.join(entries)}}}{after}"
        if isinstance(value, list):
            return f"{before}[{draw(space)}{','.join(map(written, value))}]{after}"
        return f"{before}{json.dumps(value, ensure_ascii=draw(st.booleans()))}{after}"

    return written(draw(documents()))


@settings(deadline=None)
@given(json_texts())
def test_json_however_it_is_spaced(text: str) -> None:
    assert ordered(json.loads(inserted("a/values.json", text))) == ordered(wanted(json.loads(text)))


@st.composite
def yaml_texts(draw: st.DrawFn) -> str:
    """A document as people write it by hand: comments, blank lines, quotes or none, blocks within blocks."""
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    quoted = draw(st.booleans())
    lines: list[str] = []

    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    def comment() -> str:
        return draw(st.sampled_from(["", "", "", " # why", "  # {adopt: no}"]))

    def block(table: dict[str, object], indent: str) -> None:
        for key, value in table.items():
            lines.extend(draw(st.sampled_from([[], [], [""], [f"{indent}# about: this"], ["# {left", "  "]])))
            name = f"{indent}{text(key) if quoted or not key.isalpha() else key}:"
            if isinstance(value, dict) and value and draw(st.booleans()):
                lines.append(name + comment())
                block(value, indent + draw(st.sampled_from([" ", "  ", "    "])))
            elif value is None:
                lines.append(name + draw(st.sampled_from(["", " ", " ~", " null"])) + comment())
            elif value == "text":
                lines.extend([f"{name} |", f"{indent}  # no comment", f"{indent}  metadata: {{}}"])
            else:
                lines.append(f"{name} {text(value)}{comment()}")

    block(draw(documents()), "")
    head = draw(st.sampled_from([[], ["# About this file"], ["---"], ["# a", "---", "# b", ""]]))
    end = draw(st.sampled_from([newline, newline * 2, ""]))
    return draw(st.sampled_from(["", "\ufeff"])) + newline.join([*head, *lines]) + end


@settings(deadline=None)
@given(yaml_texts())
def test_yaml_as_people_write_it(text: str) -> None:
    after = yaml.safe_load(inserted("a/values.yml", text))
    assert ordered(after) == ordered(wanted(yaml.safe_load(text) or {}))


@settings(deadline=None)
@given(documents(), st.sampled_from([None, True, False]), st.integers(2, 6), st.booleans())
def test_yaml_as_tools_write_it(said: dict[str, object], flow: bool | None, indent: int, start: bool) -> None:
    text = yaml.safe_dump(
        said, default_flow_style=flow, indent=indent, explicit_start=start, sort_keys=False, width=40
    )
    assert ordered(yaml.safe_load(inserted("a/values.yaml", text))) == ordered(wanted(said))


PIECES = ["metadata", "values", "name", ":", ": ", " ", "\n", "\n  ", "\r", "{", "}", "[", "]", ",", "&a",
          "*a", "<<: *a", "? ", "- ", "|", ">", "#", " # ", '"', "'", "~", "null", "!!map", "---\n", "...",
          "\u2028"]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.sampled_from(["values.json", "v.yml"]))
def test_whatever_is_written_there_it_ends_right_or_in_an_error(text: str, path: str) -> None:
    try:
        after = insert_metadata(path, text.encode(), "adopt", ID).data
    except UsageError:
        return
    read = json.loads if path.endswith(".json") else yaml.safe_load
    try:
        before = read(text.removeprefix("\ufeff")) or {}
    except (ValueError, TypeError, yaml.YAMLError):
        return  # a comma too much, a key that is no text: what we read past and they don't
    assert ordered(read(after.decode("utf-8-sig"))) == ordered(wanted(before))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '{\n  "metadata": {\n    "name": "x"\n  },\n  "values": {}\n}\n',
            f'{{\n  "metadata": {{\n    "adopt": "{ID}",\n    "name": "x"\n  }},\n  "values": {{}}\n}}\n',
        ),
        ('{\r\n\t"values": {}\r\n}', f'{{\r\n\t"metadata": {{"adopt": "{ID}"}},\r\n\t"values": {{}}\r\n}}'),
        ('{"metadata": {"name": "x"}}', f'{{"metadata": {{"adopt": "{ID}", "name": "x"}}}}'),
        ('\ufeff{"metadata": null,}', f'\ufeff{{"metadata": {{"adopt": "{ID}"}},}}'),
        ("{}\n", f'{{"metadata": {{"adopt": "{ID}"}}}}\n'),
        (
            '{"values": {"a": "\u2028"},\n"metadata": {"name": "x"}}',
            f'{{"values": {{"a": "\u2028"}},\n"metadata": {{"adopt": "{ID}", "name": "x"}}}}',
        ),
    ],
)
def test_json_gets_the_line_that_a_person_would_write(before: str, after: str) -> None:
    assert inserted("a/values.json", before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "# Orders\nmetadata:\n    # who\n    name: x # y\nvalues:\n",
            f'# Orders\nmetadata:\n    # who\n    adopt: "{ID}"\n    name: x # y\nvalues:\n',
        ),
        ("values:\r\n  a: 1", f'metadata: {{adopt: "{ID}"}}\r\nvalues:\r\n  a: 1'),
        ("metadata:  # none\nvalues:\n", f'metadata: {{adopt: "{ID}"}}  # none\nvalues:\n'),
        ("# nothing yet", f'# nothing yet\nmetadata: {{adopt: "{ID}"}}\n'),
        ("---\n# nothing yet", f'---\n# nothing yet\nmetadata: {{adopt: "{ID}"}}\n'),
        ("", f'metadata: {{adopt: "{ID}"}}\n'),
        ('"metadata":\n  "name": x\n', f'"metadata":\n  "adopt": "{ID}"\n  "name": x\n'),
        (
            'values: {a: "x\u2028y"}\nmetadata:\n  name: x\n',
            f'values: {{a: "x\u2028y"}}\nmetadata:\n  adopt: "{ID}"\n  name: x\n',
        ),
        ("? values\n: {}\n", f'metadata: {{adopt: "{ID}"}}\n? values\n: {{}}\n'),
        ("metadata: {\n  name: x}\n", f'metadata: {{\n  adopt: "{ID}",\n  name: x}}\n'),
    ],
)
def test_yaml_gets_the_line_that_a_person_would_write(before: str, after: str) -> None:
    assert inserted("a/values.yml", before) == after


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("values.json", '{"metadata": {}', "The file ends where"),
        ("values.json", '{\n// a comment\n"values": {}}', "There should be a key"),
        ("values.json", "[]", "nothing can be added"),
        ("values.json", '{"metadata": "x"}', "nothing can be added"),
        ("values.json", '{"metadata": {"adopt": "df-9"}}', "nothing can be added"),
        ("values.json", '{"metadata": {"\\u0061dopt": null}}', "nothing can be added"),
        ("values.yml", "metadata: &a\n  name: x\nvalues:\n  b: *a\n", "nothing can be added"),
        ("values.yml", "values: &a {x: y}\nmetadata: *a\n", "nothing can be added"),
        ("values.yml", "a: 1\n---\nb: 2\n", "second document"),
    ],
)
def test_what_cannot_be_done_without_changing_more_is_refused(path: str, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        insert_metadata(path, text.encode(), "adopt", ID)
    assert refused.value.hint
    assert refused.value.path == path


def test_where_the_text_is_wrong_is_said() -> None:
    with pytest.raises(UsageError) as refused:
        insert_metadata("values.json", b'{\n  "values": nul\n}', "adopt", ID)
    assert (refused.value.line, refused.value.column) == (2, 13)


@pytest.mark.parametrize("text", ["~#", "metadata: ~#", "null#", "text", "[]"])
def test_what_is_neither_a_table_nor_nothing_is_not_written_over(text: str) -> None:
    with pytest.raises(UsageError):
        insert_metadata("v.yml", text.encode(), "adopt", ID)
