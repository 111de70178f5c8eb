"""What GitHub's runner would make of what the action prints and writes: an independent reading of its rules.

Written from the rules (actions/runner, ActionCommand.cs, ActionCommandManager.cs, FileCommandManager.cs), not
from the product, so that a test compares two opinions. The runner's comparisons are culture-sensitive and ICU
overlooks characters without weight; a line is safe only if it is safe in both readings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_MARKS = frozenset({"debug", "warning", "error", "notice", "group", "endgroup", "echo", "stop-commands"})
_STATE = frozenset(
    {"set-output", "save-state", "set-env", "add-path", "add-mask", "add-matcher", "remove-matcher"}
)
REGISTERED = _MARKS | _STATE | {"internal-set-repo-path"}


@dataclass(frozen=True)
class Command:
    """A command that the runner would carry out."""

    name: str
    properties: Mapping[str, str]
    data: str


def _weightless(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Mn", "Me", "Cn", "Co"} and character not in "\t "


def _without_weightless(line: str) -> str:
    return "".join(character for character in line if not _weightless(character))


def read_line(line: str) -> Command | None:
    """The command in one line, `::` form first, `##[` form after."""
    return _current(line) or _legacy(line)


def _current(line: str) -> Command | None:
    stripped = line.lstrip()
    if not stripped.startswith("::"):
        return None
    head, separator, data = stripped[2:].partition("::")
    if not separator:
        return None
    name, _, rest = head.partition(" ")
    if name.lower() not in REGISTERED:
        return None
    properties: dict[str, str] = {}
    for part in rest.strip().split(","):
        key, equals, value = part.partition("=")
        if equals and key and value:
            properties[key] = _undo(
                value, ("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")
            )
    return Command(name.lower(), properties, _undo(data, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")))


def _legacy(line: str) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, rest = line[start + 3 : end].partition(" ")
    if name.lower() not in REGISTERED:
        return None
    pairs = (part.partition("=") for part in rest.split(";"))
    table = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))
    properties = {key: _undo(value, *table) for key, equals, value in pairs if key and equals and value}
    return Command(name.lower(), properties, _undo(line[end + 1 :], *table))


def _undo(text: str, *table: tuple[str, str]) -> str:
    for written, meant in table:
        text = text.replace(written, meant)
    return text


def read_stream(text: str) -> list[Command]:
    """Every command in what a process printed, each line read strictly and as ICU would; a doubt counts as a
    command.

    Honours `stop-commands`, as the runner does.
    """
    found: list[Command] = []
    stop = ""
    for line in re.split(r"\r\n|\n|\r", text):
        if stop:
            stop = "" if line.strip() == f"::{stop}::" else stop
            continue
        command = read_line(line) or read_line(_without_weightless(line))
        if command is None:
            continue
        found.append(command)
        if command.name == "stop-commands":
            stop = command.data
    return found


class FileCommandError(ValueError):
    """The runner would fail the step."""


def read_outputs(text: str) -> dict[str, str]:
    """What a file of `GITHUB_OUTPUT` sets: `name=value` lines and `name<<DELIMITER` blocks."""
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    found: dict[str, str] = {}
    rest = iter(lines)
    for line in rest:
        if not line:
            continue
        equals, block = line.find("="), line.find("<<")
        if equals >= 0 and (block < 0 or equals < block):
            found[line[:equals]] = line[equals + 1 :]
        elif block >= 0:
            name, delimiter = line[:block], line[block + 2 :]
            if not name or not delimiter:
                raise FileCommandError(line)
            value: list[str] = []
            for inner in rest:
                if inner == delimiter:
                    break
                value.append(inner)
            else:
                raise FileCommandError(f"no closing {delimiter}")
            found[name] = "\n".join(value)
        else:
            raise FileCommandError(line)
    return found
