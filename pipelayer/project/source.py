"""JSON or YAML text → values that know where they stand. Whatever is wrong with the text is a finding.

The ending of the file's name decides: `.json` is JSON, `.yml` and `.yaml` are YAML.
"""

from __future__ import annotations

from pipelayer.model import Finding, Node, Position, Severity
from pipelayer.project.reading import BAD_CHARACTER, MAX_BYTES, Code, Places, Unreadable, bad_character

Document = tuple[Node | None, tuple[Finding, ...]]
"""What a file says, as far as it can be told, and what is wrong with it."""

ENDINGS = (".json", ".yml", ".yaml")


def read_document(path: str, data: bytes) -> Document:
    """Read the text of the file `path`. Nothing is raised for its content, however broken or hostile.

    The node is None where reading had to stop; a smaller fault (a duplicate key, a trailing comma) is a
    finding of severity error beside the node.
    """
    findings: list[Finding] = []
    try:
        text = _decode(path, data, findings)
        if path.endswith(".json"):
            from pipelayer.project.json_text import read_json

            return read_json(path, text, findings), tuple(findings)
        from pipelayer.project.yaml_text import read_yaml

        return read_yaml(path, text, findings), tuple(findings)
    except Unreadable as stop:
        return None, (*findings, stop.finding)


def _decode(path: str, data: bytes, findings: list[Finding]) -> str:
    if len(data) > MAX_BYTES:
        message = f"The file has {len(data):,} bytes; up to {MAX_BYTES:,} are read."
        hint = "AWS takes 15 KB for one object; put what is bigger into a file that is uploaded."
        raise Unreadable(Code.TOO_BIG, message, Position(path), hint)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(Code.ENCODING, "The file is UTF-16 text.", Position(path), "Save it as UTF-8.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        at = Places(path, before).at(len(before))
        message = f"The byte 0x{data[error.start]:02x} is no UTF-8 text."
        raise Unreadable(Code.ENCODING, message, at, "Save the file as UTF-8.") from None
    if text.startswith("\ufeff"):
        text = text[1:]
        if path.endswith(".json"):
            message = "The file begins with a byte order mark, which JSON does not have."
            hint = "Save it as UTF-8 without BOM."
            findings.append(Finding(Severity.ERROR, Code.ENCODING, message, Position(path), hint))
    if (bad := BAD_CHARACTER.search(text)) is not None:
        at = Places(path, text).at(bad.start())
        raise bad_character(bad[0], at)
    return text
