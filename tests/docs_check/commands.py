"""Our commands and outputs against GitHub's own `@actions/core`, and the tests' reading of the runner, too.

Where we differ on purpose: core passes on whatever it is given. We write what doesn't print as an escape,
break `##[` with a backslash, and leave out secrets that are blank. Told what we show, core writes what we
write.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docs_check.packages import node
from docs_check.verdict import PACKAGES, Verdict
from pipelayer.github.commands import Log, Output, annotation, command, write_output
from pipelayer.render.annotations import Level
from pipelayer.render.words import count
from support.hostile_labels import HOSTILE
from support.hostile_names import BROKEN, NASTY
from support.runner_effects import Annotation, Effects, effects_of

_SCRIPT = Path(__file__).with_name("core.mjs")
_TOKENS = ("::", "##[", "#", "[", "]", ":", ",", ";", "=", "<<", "EOF", "%", "%0A", "%25", "%3A", "\\", "a")
_BLANKS = (" ", "\t", "\n", "\r", "\r\n")
_HARDLY_SEEN = ("\x00", "\x1b[31m", "\x85", "\u2028", "\u200b", "\u0301", "\ufeff")
_PIECES = (*_TOKENS, *_BLANKS, *_HARDLY_SEEN, "é", "😀", "\udcff")
_MADE_UP = 1000
_MOST = 10
"""Problems to show of each kind."""


def texts() -> list[str]:
    """Everything hostile that the tests know, and the same made-up texts each time."""
    chance = random.Random(7)
    made_up = ("".join(chance.choices(_PIECES, k=chance.randint(0, 8))) for _ in range(_MADE_UP))
    return [*NASTY, *BROKEN, *(text for text in HOSTILE if len(text) < 4000), *made_up]


@dataclass(frozen=True)
class Written:
    """What core wrote: to stdout, and to the files behind `GITHUB_OUTPUT` and its like."""

    stdout: str
    files: Mapping[str, str]

    def effects(self) -> Effects:
        """What the runner makes of it."""
        files = {kind: _encoded(text) for kind, text in self.files.items()}
        return effects_of(_encoded(self.stdout), b"", files)


@dataclass(frozen=True)
class Case:
    """A call of core, what to look at in what it writes, and what has to be there."""

    name: str
    arguments: tuple[object, ...]
    look: Callable[[Written], object]
    expected: object
    files: bool = True

    def problems(self, written: Written) -> Iterator[str]:
        """At most one."""
        found = self.look(written)
        if found != self.expected:
            called = f"{self.name}({', '.join(map(json.dumps, self.arguments))})"
            yield f"{called}: core's is {found!r}, not {self.expected!r}"


def shown(text: str) -> str:
    """A text as our commands show it."""
    (found,) = effects_of(_encoded(command("debug", text))).commands
    return found.data


def letters(text: str) -> Iterator[Case]:
    """What we write, to the letter."""
    visible = shown(text)
    line = command("notice", text, title=text, file="a")
    yield Case("issueCommand", ("notice", {"title": visible, "file": "a"}, visible), _stdout, f"{line}\n")
    said: list[str] = []
    log = Log(said.append, debug=True)
    with log.group(text):
        yield Case("startGroup", (shown(text.replace("\n", " ")),), _stdout, said.pop())
    yield Case("endGroup", (), _stdout, said.pop())
    log.mask(text)
    if said:
        yield Case("setSecret", (text,), _stdout, said.pop())
    log.debug(text.partition("\n")[0])
    yield Case("debug", (shown(text.partition("\n")[0]),), _stdout, said.pop())


def meanings(text: str) -> Iterator[Case]:
    """What we write in another order or between other delimiters, and yet means the same."""
    visible, title = shown(text), f"{text}."  # the runner trims what comes last
    place = {"file": visible, "startLine": 3, "startColumn": 4} if text else {}
    line = annotation(Level.WARNING, text, path=text, line=3, column=4, title=title)
    ours = effects_of(_encoded(line)).annotations
    yield Case("warning", (visible, {**place, "title": shown(title)}), _annotations, ours)
    if _is_text(text):  # what is none, core writes as U+FFFD and we as an escape
        with tempfile.TemporaryDirectory() as folder:
            write_output(path := Path(folder) / "output", Output.RESULT, text)
            outputs = effects_of(b"", b"", {"output": path.read_bytes()}).outputs
        yield Case(
            "setOutput", (str(Output.RESULT), text), lambda written: written.effects().outputs, outputs
        )


def readings(text: str) -> Iterator[Case]:
    """What core means, as the tests read it."""
    if not _is_text(text):
        return
    # The runner trims the last property and loses equals signs before a value; core can't help that.
    title = f"x{text}x"
    said = [Annotation("error", text, {"title": title, "line": "3", "endline": "4"})]
    given = {"title": title, "startLine": 3, "endLine": 4}
    yield Case("error", (text, given), _annotations, said)
    yield Case("setSecret", (f"x{text}",), lambda written: f"x{text}" in written.effects().masks, True)
    yield Case("startGroup", (text,), _commands, [("group", text)])
    pair = ("some-name", text)
    yield Case("setOutput", pair, lambda written: written.effects().outputs, dict([pair]))
    yield Case("saveState", pair, lambda written: written.effects().state, dict([pair]))
    yield Case("exportVariable", pair, lambda written: written.effects().env, dict([pair]))
    yield Case(
        "setOutput", pair, lambda written: written.effects().outputs_by_command, dict([pair]), files=False
    )
    yield Case("saveState", pair, lambda written: written.effects().state, dict([pair]), files=False)


def differences(text: str) -> Iterator[str]:
    """Where what we show isn't the text, but for what we change on purpose."""
    escaped = "".join(
        one if one.isprintable() or one in "\t\n" else one.encode("unicode-escape").decode() for one in text
    )
    unbroken = (escaped.replace("#\\", "#"), shown(text).replace("#\\", "#"))
    if unbroken[0] != unbroken[1] or ("#" not in text and shown(text) != escaped):
        yield f"{text!r} is shown as {shown(text)!r}"


def check() -> Iterator[Verdict]:
    """All texts in every way."""
    version = json.loads((PACKAGES / "@actions" / "core" / "package.json").read_text("utf-8"))["version"]
    words = texts()
    for cases, what in (
        (letters, f"written to the letter as @actions/core {version} writes them"),
        (meanings, "meant as core means them"),
        (readings, "of core's, read by the tests' runner as core means them"),
    ):
        made = [case for text in words for case in cases(text)]
        answered = zip(made, _written(made), strict=True)
        problems = tuple(line for case, written in answered for line in case.problems(written))
        yield Verdict(f"{count(len(made), 'command')} {what}", problems[:_MOST])
    found = tuple(line for text in words for line in differences(text))
    yield Verdict(
        f"{count(len(words), 'text')} shown whole, but for what is broken on purpose", found[:_MOST]
    )


def _written(cases: Sequence[Case]) -> list[Written]:
    calls = [{"name": one.name, "arguments": one.arguments, "files": one.files} for one in cases]
    answers = node(_SCRIPT, calls, what="@actions/core", seconds=60)
    return [Written(answer["stdout"], answer["files"]) for answer in answers]


def _stdout(written: Written) -> object:
    return written.stdout


def _annotations(written: Written) -> list[object]:
    return list(written.effects().annotations)


def _commands(written: Written) -> object:
    return [(one.name, one.data) for one in written.effects().commands]


def _is_text(text: str) -> bool:
    return not any("\ud800" <= one <= "\udfff" for one in text)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
