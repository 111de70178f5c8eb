"""What GitHub's runner would make of what the action prints and writes: its rules, read by somebody else.

Written from the rules of actions/runner and not from the product, so that a test compares two opinions:

- lines: Runner.Sdk/ProcessInvoker.cs reads stdout and stderr alike, with .NET's StreamReader;
- commands in a line: Runner.Common/ActionCommand.cs, `::name …::` first, then the older `##[name …]`;
- `GITHUB_OUTPUT` and its like: Runner.Worker/FileCommandManager.cs.

What a command then does is `runner_effects`.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from enum import Enum, auto

REGISTERED = frozenset(
    {"add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice"}
    | {"remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"}
)
"""The commands that any step may give. `internal-set-repo-path` isn't one: only the runner's own plugins may
(ActionCommandManager.EnablePluginInternalCommand).
"""

_BLANKS = "".join(map(chr, [*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)]))
_BLANKS += "\u2028\u2029\u202f\u205f\u3000"
"""What .NET's `Trim` takes away (`Char.IsWhiteSpace`). Python's takes U+001C to U+001F, too."""


@dataclass(frozen=True)
class Command:
    """A command that the runner would carry out; names and keys of properties in lower case, since the runner
    doesn't tell them apart.
    """

    name: str
    properties: Mapping[str, str]
    data: str


class Reading(Enum):
    """How tokens are found in a line. The runner asks for no ordinal comparison, so .NET compares as the
    culture does, with ICU, which overlooks characters without weight; where the runner's host has
    `DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1` it compares ordinally.
    """

    ORDINAL = auto()
    """Character for character."""
    CULTURE = auto()
    """A token may have characters without weight in it and, at the start of a line, before it. What follows
    is still cut by the token's own length: a name after such a token isn't that of a command any more.
    """
    CAREFUL = auto()
    """As if no character without weight were there: more than any runner reads."""


def _weightless(character: str) -> bool:
    """More than what ICU overlooks: combining marks, which have a weight of their own, and what isn't
    assigned today. Of letters it overlooks three: the Arabic and the N'Ko lengthener, and a tail fragment.
    """
    if character in "\u0640\u07fa\ufe73":
        return True
    return (
        unicodedata.category(character) in {"Cc", "Cf", "Mn", "Me", "Cn", "Co"} and character not in _BLANKS
    )


def _find(text: str, token: str, start: int, reading: Reading) -> int:
    if reading is not Reading.CULTURE:
        return text.find(token, start)
    weighty = [at for at in range(start, len(text)) if not _weightless(text[at])]
    found = "".join(text[at] for at in weighty).find(token)
    return weighty[found] if found >= 0 else -1


def read_line(
    line: str, reading: Reading = Reading.ORDINAL, registered: Set[str] = REGISTERED
) -> Command | None:
    """The command in one line."""
    if reading is Reading.CAREFUL:
        line = "".join(character for character in line if not _weightless(character))
    return _current(line, reading, registered) or _legacy(line, reading, registered)


def _current(line: str, reading: Reading, registered: Set[str]) -> Command | None:
    """`TryParseV2`."""
    line = line.lstrip(_BLANKS)
    first = _find(line, "::", 0, reading)
    if first < 0 or not all(map(_weightless, line[:first])):
        return None
    end = _find(line, "::", 2, reading)
    if end < 0:
        return None
    name, _, rest = line[2:end].partition(" ")
    if name.lower() not in registered:
        return None
    properties = _properties(rest.strip(_BLANKS), ",", _in_property)
    return Command(name.lower(), properties, _in_data(line[end + 2 :]))


def _legacy(line: str, reading: Reading, registered: Set[str]) -> Command | None:
    """`TryParse`: only the first `##[` of a line counts, but it may be anywhere."""
    start = _find(line, "##[", 0, reading)
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, rest = line[start + 3 : end].partition(" ")
    if name.lower() not in registered:
        return None
    return Command(name.lower(), _properties(rest, ";", _in_legacy), _in_legacy(line[end + 1 :]))


def _properties(text: str, separator: str, undo: Callable[[str], str]) -> dict[str, str]:
    """`key=value` pairs. Both sides are cut with `RemoveEmptyEntries`: a pair without a key or a value counts
    for nothing, and equals signs before either are lost.
    """
    found: dict[str, str] = {}
    for part in text.split(separator):
        key, _, value = part.lstrip("=").partition("=")
        value = value.lstrip("=")
        if value:
            found[key.lower()] = undo(value)
    return found


def _undoing(*table: tuple[str, str]) -> Callable[[str], str]:
    """Undoes escapes one after the other; `%25` comes last, so that `%250A` is `%0A`."""

    def undo(text: str) -> str:
        for written, meant in (*table, ("%25", "%")):
            text = text.replace(written, meant)
        return text

    return undo


_in_data = _undoing(("%0D", "\r"), ("%0A", "\n"))
_in_property = _undoing(("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","))
_in_legacy = _undoing(("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"))


def decoded(data: bytes) -> str:
    """Text as .NET's readers decode it: a byte order mark is obeyed and dropped, what isn't text replaced."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    return data.decode("utf-8", "replace")


def lines_of(text: str) -> list[str]:
    """The lines that `StreamReader.ReadLine` gives: a lone carriage return ends one, U+2028 doesn't."""
    lines = re.split(r"\r\n|\n|\r", text)
    return lines if lines[-1] else lines[:-1]


def read_suspicious(line: str, registered: Set[str] = REGISTERED) -> Command | None:
    """The command in a line if there is one in any reading: a doubt counts as a command."""
    return next(filter(None, (read_line(line, reading, registered) for reading in Reading)), None)


def read_stream(text: str) -> list[Command]:
    """Every command in what a process printed, in any reading, as if none were ever stopped."""
    return list(filter(None, map(read_suspicious, lines_of(text))))


class FileCommandError(ValueError):
    """The runner would fail the step."""


def read_pairs(text: str) -> Iterator[tuple[str, str]]:
    """The pairs of a file behind `GITHUB_OUTPUT`, `GITHUB_STATE` or `GITHUB_ENV`: `name=value` lines and
    `name<<DELIMITER` blocks, whichever of `=` and `<<` comes first. On Linux a carriage return is part of its
    line. Raises FileCommandError at the first line that is neither; the pairs before it count.
    """
    lines = iter(text.removesuffix("\n").split("\n"))
    for line in lines:
        equals, block = line.find("="), line.find("<<")
        if not line:
            continue
        if equals >= 0 and (block < 0 or equals < block):
            yield line[:equals], line[equals + 1 :]
        elif block >= 0:
            yield line[:block], _block(line, line[:block], line[block + 2 :], lines)
        else:
            raise FileCommandError(f"neither a value nor a block: {line!r}")


def _block(line: str, name: str, delimiter: str, lines: Iterator[str]) -> str:
    if not name or not delimiter:
        raise FileCommandError(f"no name or no delimiter: {line!r}")
    value: list[str] = []
    for inner in lines:
        if inner == delimiter:
            return "\n".join(value)
        value.append(inner)
    raise FileCommandError(f"no line is {delimiter!r}")
