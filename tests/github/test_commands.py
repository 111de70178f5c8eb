from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelayer.github.commands import (
    Log,
    Output,
    annotation,
    append_summary,
    command,
    json_output,
    plain,
    write_output,
)
from pipelayer.render.annotations import Level
from support.runner_effects import effects_of
from support.runner_parser import Command, lines_of, read_line, read_stream

_TOKENS = [
    "::",
    ":",
    "##[",
    "#",
    "[",
    "]",
    "error",
    "add-mask",
    "set-output name=changed",
    "stop-commands",
    "EOF",
]
_BLANKS = [" ", "\t", "\n", "\r", "\r\n", "\x85", "\u00a0", "\u2028", "\u3000"]
_WEIGHTLESS = [
    "\u200b",
    "\ufe0f",
    "\u034f",
    "\u00ad",
    "\u202e",
    "\x00",
    "\u0301",
    "\u0640",
    "\u07fa",
    "\ufe73",
]
_OTHERS = ["%0A", "%25", "%", ",", "=", "<<", "e", "é", "😀", "\x1b[31m", "\udcff"]
_PIECES = _TOKENS + _BLANKS + _WEIGHTLESS + _OTHERS
_SPOILT = st.lists(st.sampled_from(_BLANKS + _WEIGHTLESS), max_size=2).map("".join)
"""What may stand before or inside a token without the runner noticing."""


@st.composite
def almost_commands(draw: st.DrawFn) -> str:
    """A command in either form, spoilt by characters that a reader doesn't see."""
    form = draw(
        st.sampled_from(["::error::x", "::add-mask::e", "##[error]x", "##[set-output name=changed]x"])
    )
    prefix = draw(st.sampled_from(["", "", "words ", ":", "#"]))
    return prefix + "".join(draw(_SPOILT) + character for character in form[:3]) + form[3:]


hostile = almost_commands() | st.lists(st.sampled_from(_PIECES) | st.characters(), max_size=14).map("".join)


class Captured:
    """What went to stdout."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, line: str) -> None:
        self.text += line

    def log(self, *, debug: bool = False) -> Log:
        return Log(self.write, debug=debug)


@given(hostile)
@example("::add-mask::e")
@example("x##[add-mask]e")
@example("\t::error::x")
@example("\u0301::error::x")
@example("\u200b::error::x")
@example("#\u200b#[error]x")
@example("\u0640::error::x")
@example("##\u0640[error]x")
@example("##\ufe0f[error]x")
@example("a\n::set-output name=changed::[]")
@example("\u3000::error::x")
def test_no_text_in_a_plain_line_is_a_command(text: str) -> None:
    captured = Captured()
    captured.log().line(text)
    assert read_stream(captured.text) == []
    assert captured.text.count("\n") == 1


@given(hostile, hostile)
def test_text_of_several_lines_is_no_command_either(first: str, second: str) -> None:
    captured = Captured()
    captured.log().lines(f"{first}\n{second}")
    assert read_stream(captured.text) == []


@given(st.sampled_from(Level), hostile, hostile, hostile)
@example(Level.ERROR, "\u0301x::add-mask::e", "a::\u0301b", "=,:%")
@example(Level.NOTICE, "\r::add-mask::e", "\n##[error]", "%0A::error::x")
def test_an_annotation_is_one_command_and_no_second_where_the_runner_writes_it_out(
    level: Level, message: str, path: str, title: str
) -> None:
    effects = effects_of(annotation(level, message, path=path, line=3, column=4, title=title).encode())
    assert [found.name for found in effects.commands] == [level]
    (found,) = effects.annotations
    assert set(found.data) <= {"file", "line", "col", "title"}
    assert not any("##[" in text for text in (found.message, *found.data.values()))


shown = st.lists(st.sampled_from(_PIECES) | st.characters(), max_size=14).map(
    lambda pieces: "".join(
        one for one in "".join(pieces).replace("#", "") if one.isprintable() or one == "\n"
    )
)
"""Text that everybody can see, in which nothing has to be broken."""


@given(shown, st.dictionaries(st.sampled_from(["file", "title", "line"]), shown))
@example("50% of a: b, c\nsecond %0A %250A ::", {"title": "a=b, c: %2C", "file": "a::b%3A"})
def test_a_command_means_what_was_given(message: str, properties: dict[str, str]) -> None:
    (found,) = read_stream(command("error", message, **properties))
    assert found.data == message
    # What the runner offers no escape for: blanks at the end of the last, equals signs at the start of each.
    meant = {key: value.lstrip("=") for key, value in properties.items()}
    last = next((key for key in reversed(meant) if properties[key]), "")
    if last:
        meant[last] = properties[last].rstrip(" ").lstrip("=")
    assert found.properties == {key: value for key, value in meant.items() if value}


@given(hostile)
def test_text_that_cannot_be_seen_arrives_as_escapes(text: str) -> None:
    (found,) = read_stream(command("error", text))
    assert found.data.replace("\n", "").replace("\t", "").isprintable()
    visible = "".join(one for one in text if one.isprintable())
    remaining = iter(found.data)
    assert all(one in remaining for one in visible)  # nothing that was visible is lost, or changes its place


def test_properties_round_trip_and_empty_ones_are_left_out() -> None:
    line = annotation(Level.ERROR, "bad", path="a,b:c%.json", line=12, column=0, title="")
    assert read_line(line) == Command("error", {"file": "a,b:c%.json", "line": "12"}, "bad")


def test_without_a_path_there_is_no_line() -> None:
    assert annotation(Level.NOTICE, "x", line=3, column=4) == "::notice::x"


@pytest.mark.parametrize("text", ["é", "😀", "e😀", "\u202e", "#[", "%\n"])
def test_a_long_message_is_cut_before_the_runner_cuts_it(text: str) -> None:
    line = annotation(Level.WARNING, text * 10_000)
    (found,) = effects_of(line.encode()).annotations
    (whole,) = read_stream(line)
    assert found.message == whole.data
    assert found.message.endswith("…")
    assert 3990 < len(found.message.encode("utf-16-le")) // 2 <= 4000
    short = text * 20
    (found,) = effects_of(annotation(Level.WARNING, short).encode()).annotations
    assert not found.message.endswith("…")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("a\nb", "a\\nb"),
        ("\u202eevil", "\\u202eevil"),
        ("raw \udcff byte", "raw \\udcff byte"),
        ("tab\tstays", "tab\tstays"),
        ("s3://bucket/key: done [3/4] #5", "s3://bucket/key: done [3/4] #5"),
        ("1: fine", "1: fine"),
        ("über 😀", "über 😀"),
    ],
)
def test_what_a_reader_sees(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_groups_fold_and_close_even_when_something_is_raised() -> None:
    captured = Captured()
    log = captured.log()

    def fail() -> None:
        with log.group("one\n::error::two"):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    effects = effects_of(captured.text.encode())
    assert [found.name for found in effects.commands] == ["group", "endgroup"]
    assert effects.folded == 0


def test_debug_lines_only_when_wanted() -> None:
    quiet, talking = Captured(), Captured()
    quiet.log().debug("x")
    talking.log(debug=True).debug("a\n::error::b")
    assert quiet.text == ""
    assert [found.name for found in read_stream(talking.text)] == ["debug", "debug"]


@given(hostile.filter(lambda text: text.strip() != ""))
@example("%0A\r\n%25")
@example("x##[error]y")
def test_a_mask_covers_exactly_the_secret(secret: str) -> None:
    captured = Captured()
    captured.log().mask(secret)
    (line,) = lines_of(captured.text)
    assert read_line(line) == Command("add-mask", {}, secret)


def test_nothing_blank_is_masked() -> None:
    captured = Captured()
    captured.log().mask("")
    captured.log().mask(" \n")
    assert captured.text == ""


def test_who_is_in_haste_waits_for_no_other_thread() -> None:
    said: list[str] = []
    hangs, goes_on = threading.Event(), threading.Event()

    def write(line: str) -> None:
        if line == "hangs\n":
            hangs.set()
            goes_on.wait()
        said.append(line)

    log = Log(write, debug=True)
    thread = threading.Thread(target=log.line, args=("hangs",))
    thread.start()
    hangs.wait()
    hasty = log.in_haste()
    hasty.unfold()
    hasty.line("the last word")
    assert said == ["::endgroup::\n", "the last word\n"]
    assert hasty.wants_debug
    goes_on.set()
    thread.join()


def test_lines_of_several_threads_stay_whole() -> None:
    captured = Captured()
    log = captured.log()

    def speak(mark: str) -> None:
        for _ in range(50):
            log.line(mark * 50)

    threads = [threading.Thread(target=speak, args=(mark,)) for mark in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = captured.text.splitlines()
    assert sorted(lines) == sorted(mark * 50 for mark in "abcd" for _ in range(50))


@given(st.dictionaries(st.sampled_from(Output), hostile | st.text(), min_size=1))
@example({Output.RESULT: "success\nEOF\nfailed=[]", Output.FAILED: "a<<b"})
@example({Output.RESULT: "\r\n\n", Output.FAILED: "\ufeff\x00", Output.CHANGED: "\ud800"})
def test_outputs_set_exactly_what_was_meant(
    tmp_path_factory: pytest.TempPathFactory, values: dict[Output, str]
) -> None:
    path = tmp_path_factory.mktemp("out") / "output"
    for name, value in values.items():
        write_output(path, name, value)
    effects = effects_of(b"", b"", {"output": path.read_bytes()})
    assert effects.failures == []
    assert effects.outputs == {
        str(name): value.encode("utf-8", "backslashreplace").decode() for name, value in values.items()
    }


def test_lists_are_one_line_of_ascii() -> None:
    assert json_output(["a/b:c/d", "é\n"]) == '["a/b:c/d","\\u00e9\\n"]'


def test_a_summary_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_text("before\n")
    assert append_summary(path, lambda room: "# é\n\n\n")
    assert path.read_text(encoding="utf-8") == "before\n# é\n"


@given(st.text(max_size=300), st.integers(0, 400), st.integers(0, 600))
def test_a_summary_never_grows_past_the_limit(
    tmp_path_factory: pytest.TempPathFactory, text: str, there: int, limit: int
) -> None:
    path = tmp_path_factory.mktemp("summary") / "summary"
    before = b"x" * there
    path.write_bytes(before)
    rooms: list[int] = []

    def write(room: int) -> str:
        rooms.append(room)
        return text

    written = append_summary(path, write, limit=limit)
    whole = (text.rstrip("\n") + "\n").encode("utf-8", "backslashreplace")
    assert written == (there + len(whole) <= limit)
    assert path.read_bytes() == before + (whole if written else b"")
    assert rooms == [max(0, limit - there - 1)]
