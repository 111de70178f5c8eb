"""A job's log and a comment as GitHub shows them, for a terminal: pure, text in and text out."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"::(?P<name>[a-z-]+)(?: .*)?::.*")
_SETTING = re.compile(r"(\w+)=([^,]*)")
_FOLDED = re.compile(r"<details>\s*<summary>(.*?)</summary>.*?</details>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?(?:sub|code|b)\s*>")
_BREAK = re.compile(r"<br\s*/?>")


def log_as_shown(log: str) -> str:
    """The lines that people see: workflow commands do their work instead of being printed."""
    lines: list[str] = []
    secrets: list[str] = []
    for line in log.strip().splitlines():
        command = _COMMAND.fullmatch(line)
        match command["name"] if command else None:
            case None:
                lines.append(line)
            case "add-mask":
                secrets.append(line.removeprefix("::add-mask::"))
            case "group":
                lines.append(f"▾ {line.removeprefix('::group::')}")
            case "error" | "warning" | "notice" as level:
                place = dict(_SETTING.findall(line.partition(" ")[2].partition("::")[0]))
                if "file" in place:
                    lines.append(f"▸ annotation on {place['file']}, line {place.get('line', '1')}: {level}")
            case "endgroup":
                lines.append("")
            case _:
                pass
    text = "\n".join(lines)
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def comment_as_shown(markdown: str) -> str:
    """The comment without what only a browser draws; folded parts stay folded."""
    text = _FOLDED.sub(r"▸ \1", _COMMENT.sub("", markdown))
    return "\n".join(_line(line) for line in _TAG.sub("", text).splitlines())


def _line(line: str) -> str:
    """A table's cell has no second line in a terminal; elsewhere a break is one, as deep as its item."""
    if line.startswith("|"):
        return _BREAK.sub(" · ", line)
    depth = len(line) - len(line.lstrip(" -*"))
    return _BREAK.sub("  \n" + " " * depth, line)
