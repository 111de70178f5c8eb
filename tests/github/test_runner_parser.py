"""The oracle itself: what the runner's own tests say of its parsers (actions/runner, src/Test/L0/Worker:
ActionCommandL0, ActionCommandManagerL0, SetOutputFileCommandL0, CreateStepSummaryCommandL0), and where its
source says more.
"""

from __future__ import annotations

import pytest

from support.runner_effects import SUMMARY_LIMIT, Annotation, effects_of
from support.runner_parser import (
    REGISTERED,
    Command,
    FileCommandError,
    Reading,
    decoded,
    lines_of,
    read_line,
    read_pairs,
    read_suspicious,
)

ZERO_WIDTH = "\u200b"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("::error k1=v1,::msg", Command("error", {"k1": "v1"}, "msg")),
        ("::error::", Command("error", {}, "")),
        ("   ::error k1=v1,::msg", Command("error", {"k1": "v1"}, "msg")),
        ("\u3000\x85::ERROR::msg", Command("error", {}, "msg")),
        ("   >>>   ::error k1=v1,::msg", None),
        ("\x1c::error::msg", None),  # blank in Python, not in .NET
        ("::error", None),
        ("::error k=v", None),
        (":::error::msg", None),
        (":: error::msg", None),
        ("::do-something::msg", None),
        ("::internal-set-repo-path repoFullName=a/b,workspaceRepo=true::x", None),
        ("::error k1=,k2=,::", Command("error", {}, "")),
        ("::error k1=a=b,=k2=c,k3==d,=,k4::", Command("error", {"k1": "a=b", "k2": "c", "k3": "d"}, "")),
        ("::error  k1 = v ,K1=w ::x", Command("error", {"k1 ": " v ", "k1": "w"}, "x")),
        (
            "::error k1=;=%2C=%0D=%0A=]=%3A,::;-%0D-%0A-]-:-,",
            Command("error", {"k1": ";=,=\r=\n=]=:"}, ";-\r-\n-]-:-,"),
        ),
        (
            "::error k1=%252C=%250D=%250A=%253A,::%250D-%250A-%25-%3A",
            Command("error", {"k1": "%2C=%0D=%0A=%3A"}, "%0D-%0A-%-%3A"),
        ),
        ("::error file=a::b::c", Command("error", {"file": "a"}, "b::c")),
    ],
)
def test_commands_at_the_start_of_a_line(line: str, meant: Command | None) -> None:
    assert read_line(line) == meant


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("##[error k1=v1;]msg", Command("error", {"k1": "v1"}, "msg")),
        ("##[error]", Command("error", {}, "")),
        (">>>   ##[error k1=v1;]msg", Command("error", {"k1": "v1"}, "msg")),
        ("##[error k1=;k2=;]", Command("error", {}, "")),
        (
            "##[error k1=%3B=%0D=%0A=%5D;]%3B-%0D-%0A-%5D",
            Command("error", {"k1": ";=\r=\n=]"}, ";-\r-\n-]"),
        ),
        (
            "##[error k1=%253B=%255D;]%253B-%250D-%250A-%255D",
            Command("error", {"k1": "%3B=%5D"}, "%3B-%0D-%0A-%5D"),
        ),
        ("x##[add-mask]e", Command("add-mask", {}, "e")),
        ("] ##[error]x", Command("error", {}, "x")),
        ("::nothing::##[set-output name=a]b", Command("set-output", {"name": "a"}, "b")),
        ("::error::##[warning]x", Command("error", {}, "##[warning]x")),
        ("##[no]##[error]x", None),  # only the first counts
        ("##[error", None),
        ("## [error]x", None),
    ],
)
def test_the_older_commands_anywhere_in_a_line(line: str, meant: Command | None) -> None:
    assert read_line(line) == meant


@pytest.mark.parametrize(
    ("line", "in_the_culture"),
    [
        (f"{ZERO_WIDTH}::error::x", False),  # the name is looked for one character too early
        (f":{ZERO_WIDTH}:error::x", False),
        (f"::error:{ZERO_WIDTH}:x", True),
        (f"#{ZERO_WIDTH}#[error]x", False),
        (f"##{ZERO_WIDTH}[error]x", False),
        (f"{ZERO_WIDTH}##[error]x", True),
    ],
)
def test_a_character_without_weight_is_overlooked(line: str, in_the_culture: bool) -> None:
    assert (read_line(line, Reading.CULTURE) is not None) == in_the_culture
    assert read_suspicious(line) is not None


def test_lines_end_where_dotnet_ends_them() -> None:
    assert lines_of("a\nb\r\nc\rd\u2028\x85\x0b\x0ce\n\nf\r") == [
        "a",
        "b",
        "c",
        "d\u2028\x85\x0b\x0ce",
        "",
        "f",
    ]
    assert lines_of("") == []
    assert [command.name for command in effects_of(b"x\r::error::a\r::notice::b").commands] == [
        "error",
        "notice",
    ]


def test_bytes_are_decoded_as_dotnet_does() -> None:
    assert decoded(b"\xef\xbb\xbfa\xff") == "a\ufffd"
    assert decoded("::error::x".encode("utf-16")) == "::error::x"
    assert [found.data for found in effects_of(b"\xef\xbb\xbf::error::\xff").commands] == ["\ufffd"]


def test_both_streams_are_read() -> None:
    effects = effects_of(b"one\n::add-mask::out\n", b"two\n::add-mask::err\n")
    assert effects.masks == {"out", "err"}
    assert effects.log == ["one", "two"]


def test_commands_stop_until_the_token_is_said() -> None:
    stopped = b"##[stop-commands]stopToken\n##[add-mask]a\n::stop-commands::b\n##[STOPTOKEN]\n"
    effects = effects_of(stopped + b"##[add-mask]c\n::stoptoken::\n")
    assert [found.name for found in effects.commands] == ["stop-commands", "stoptoken", "add-mask"]
    assert effects.masks == {"stopToken", "c"}
    assert effects.log == ["##[add-mask]a", "::stop-commands::b", "::stoptoken::"]


@pytest.mark.parametrize("token", ["", "pause-logging", "Pause-Logging", *sorted(REGISTERED)])
def test_commands_are_not_stopped_by_what_anybody_may_say(token: str) -> None:
    effects = effects_of(f"::stop-commands::{token}\n::add-mask::a\n".encode())
    assert effects.failures
    assert effects.masks == {"a"}


@pytest.mark.parametrize(
    ("given", "on", "fails"),
    [
        ("on", True, False),
        ("ON", True, False),
        ("Off   ", False, False),
        ("no", False, True),
        ("", False, True),
    ],
)
def test_echo_is_on_or_off_and_nothing_else(given: str, on: bool, fails: bool) -> None:
    effects = effects_of(f"::echo::{given}\n".encode())
    assert (effects.echo, bool(effects.failures)) == (on, fails)


def test_masks_hide_each_line_of_a_secret() -> None:
    effects = effects_of(b"::add-mask::one%0D%0Atwo%0A%0Athree\n::add-mask:: \n::add-mask::\n")
    assert effects.masks == {"one\r\ntwo\n\nthree", "one", "two", "three"}
    assert len(effects.warnings) == 2
    assert effects.failures == []


def test_outputs_and_state_of_old_still_count() -> None:
    effects = effects_of(b"::set-output name=a::1\nx##[set-output name=b]2\n::save-state name=c::3\n")
    assert effects.outputs_by_command == {"a": "1", "b": "2"}
    assert effects.state == {"c": "3"}
    assert effects_of(b"::set-output::1\n").failures
    assert effects_of(b"::set-env name=a::1\n").failures
    assert effects_of(b"::add-path::/x\n").failures


def test_a_matcher_is_added_by_its_file_and_removed_by_its_owner_or_file() -> None:
    assert effects_of(b"::add-matcher::a.json\n").matchers == ["a.json"]
    assert (
        len(effects_of(b"::add-matcher::\n::remove-matcher::\n::remove-matcher owner=a::b\n").warnings) == 3
    )
    assert effects_of(b"::remove-matcher owner=a::\n::remove-matcher::b\n").warnings == []


def test_groups_that_stay_open() -> None:
    assert effects_of(b"::endgroup::\n::group::a\n").folded == 1
    assert effects_of(b"::group::a\n##[group]b\n::endgroup::\n::endgroup::\n::endgroup::\n").folded == 0


def test_each_line_of_a_debug_message_is_one_in_the_log() -> None:
    assert effects_of(b"::debug::a%0Ab%0D%0Ac\n").debug == ["a", "b", "c"]


def test_ten_annotations_of_a_kind_are_kept_and_their_messages_cut() -> None:
    effects = effects_of(b"".join(b"::error::%d\n" % n for n in range(12)) + b"::notice::x\n")
    assert [one.message for one in effects.annotations] == [*map(str, range(10)), "x"]
    assert [one.message for one in effects.lost] == ["10", "11"]
    (long,) = effects_of("::error::{}\n".format("😀" * 3000).encode()).annotations
    assert long.message == "😀" * 2048


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("line=1,col=2", {"line": "1", "col": "2"}),
        ("col=2", {}),
        ("endLine=3", {"line": "3", "endline": "3"}),
        ("line=1,endLine=2,col=3", {"line": "1", "endline": "2"}),
        ("line=2,endLine=1", {}),
        ("line=1,endColumn=4", {"line": "1", "col": "4", "endcolumn": "4"}),
        ("line=1,col=4,endColumn=2", {"line": "1"}),
        ("file=/github/workspace/a/b.json", {"file": "a/b.json"}),
    ],
)
def test_places_that_make_no_sense_are_dropped(given: str, kept: dict[str, str]) -> None:
    assert effects_of(f"::error {given}::x\n".encode()).annotations == [Annotation("error", "x", kept)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", {}),
        ("a=my value\n\nb=\n\nc=x", {"a": "my value", "b": "", "c": "x"}),
        ("a==abc\nb=def=ghi\nc=jkl=\n", {"a": "=abc", "b": "def=ghi", "c": "jkl="}),
        ("a=1\na=2\n", {"a": "2"}),
        ("a=1\r\n", {"a": "1\r"}),
        ("a=x<<EOF\n", {"a": "x<<EOF"}),
        ("a<<EOF\none\ntwo\nEOF", {"a": "one\ntwo"}),
        ("a<<EOF\nEOF\n", {"a": ""}),
        ("a<<EOF\n\n\nEOF\n", {"a": "\n"}),
        ("a<<EOF\n\nx\n\nEOF\n\nb<<EOF\n EOF\nEOF \neof\nEOF\n", {"a": "\nx\n", "b": " EOF\nEOF \neof"}),
        ("a<<=EOF\nx\n=EOF\nb<<<EOF\ny=1\n<EOF\n", {"a": "x", "b": "y=1"}),
        ("a<<EOF\nx\r\nEOF\r\nEOF\n", {"a": "x\r\nEOF\r"}),
    ],
)
def test_an_output_is_what_follows_its_name_or_stands_in_its_block(
    written: str, meant: dict[str, str]
) -> None:
    assert dict(read_pairs(written)) == meant


@pytest.mark.parametrize(
    "bad", ["a", "<<EOF\nx\nEOF", "a<<\nx\n", "a<<EOF\nx", "a<<EOF\nx EOF\n", "a<<EOF\r\nEOF\n"]
)
def test_a_file_that_fails_the_step_has_set_what_comes_first(bad: str) -> None:
    pairs = read_pairs(f"first=1\n{bad}")
    assert next(pairs) == ("first", "1")
    with pytest.raises(FileCommandError):
        list(pairs)
    effects = effects_of(b"", b"", {"output": f"first=1\n{bad}".encode(), "state": b"other=2\n"})
    assert (effects.outputs, effects.state, len(effects.failures)) == ({"first": "1"}, {"other": "2"}, 1)


def test_each_file_sets_its_own_and_what_is_wrong_in_one_leaves_the_others() -> None:
    files = {
        "output": b"\xef\xbb\xbfa=\xff\n=nameless\nlater=x\n",
        "env": b"A=1\nnode_options=--require evil\n",
        "path": b"/x\r\n\n/y\n",
        "step_summary": b"# Hi\r\nsecret\rend",
    }
    effects = effects_of(b"::add-mask::secret\n", b"", files)
    assert effects.outputs == {"a": "\ufffd"}
    assert effects.env == {"A": "1"}
    assert effects.path == ["/x", "/y"]
    assert effects.summary == "# Hi\n***\nend\n"
    assert effects.failures == ["a value without a name"]


def test_a_summary_that_is_too_long_is_no_summary() -> None:
    fits = effects_of(b"", b"", {"step_summary": b"x" * SUMMARY_LIMIT})
    assert (len(fits.summary), fits.warnings) == (SUMMARY_LIMIT + 1, [])
    dropped = effects_of(b"", b"", {"step_summary": b"x" * (SUMMARY_LIMIT + 1)})
    assert (dropped.summary, len(dropped.warnings)) == ("", 1)
