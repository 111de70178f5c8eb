"""What somebody has to know of an import, or to do about it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipelayer.definition.flat import Definition, Field
from pipelayer.definition.parts import is_secret
from pipelayer.importer.blueprint import Blueprint, Found
from pipelayer.importer.texts import line_of
from pipelayer.project.reading import shown

SECRETS_MANAGER = '{"secretsmanager": "ARN"}'


_LOOKS_SECRET = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|(?i:passw(?:or)?d|pwd|secret|token|api_?key)(?:_\w+)?[\"']?\s*[=: ]\s*[\"']?(?!#\{)[^\s\"'#$]{4,}"
)
_CALLED_SECRET = re.compile("(?i:passw(?:or)?d|secret|token)$")


def open_secrets(definition: Definition) -> Iterator[str]:
    """The places of what looks like a secret and isn't kept as one: a guess, by the words around it."""
    for item in definition.objects:
        for key, field in item.fields.items():
            if not is_secret(key) and _is_open(key, field):
                yield f"{item.id}.{key}"
    for id, field in definition.values.items():
        if not is_secret(id) and _is_open(id, field):
            yield id


def _is_open(key: str, field: Field) -> bool:
    called = _CALLED_SECRET.search(key) is not None
    return any(
        _LOOKS_SECRET.search(text) is not None or (called and "#{" not in text) for text in field.texts
    )


def apart(found: Sequence[Found]) -> list[Found]:
    """Of folders in S3 that are the same, or lie in one another, none is mirrored: deleting what is stale for
    one pipeline would hit the other.
    """
    return [replace(one, left=one.left or _shared(one, found)) for one in found]


def _shared(one: Found, found: Sequence[Found]) -> str:
    for other in found:
        a, b = one.location, other.location
        if one is not other and a and b and a.bucket == b.bucket and _nested(a.prefix, b.prefix):
            name = shown(other.live.name)
            return f"{a} is the folder of {name} too" if a == b else f"{a} and the folder of {name} overlap"
    return ""


def _nested(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def notes(blueprint: Blueprint) -> Iterator[str]:
    """What somebody has to do or to know, with its place."""
    for drawn in blueprint.pipelines:
        path = f"{drawn.directory}/values.json"
        for parameter, variable in drawn.variables.items():
            line = line_of(drawn.own[path], parameter)
            source = f"the environment variable {variable}, or from Secrets Manager: {SECRETS_MANAGER}"
            reads = f"A deploy that saves this definition reads it from {source}"
            yield f"{path}:{line}: `{parameter}` is secret, and was not written. {reads}."
        for place in open_secrets(drawn.found.definition):
            looks = f"`{place}` looks like a secret that stands openly in AWS, and is written as it is"
            yield f"{drawn.directory}: {looks}. Look at it before you commit."
        if "#{" in drawn.found.live.description:
            kept = "its description has an expression, which would be filled in: it was not written"
            yield f"{drawn.directory}: {kept}."
        if drawn.found.left:
            yield f"{path}: {drawn.found.left}. The pipeline goes on using it; Pipelayer leaves it alone."
        for key, why in (drawn.found.contents.unfit or {}).items() if not drawn.found.left else ():
            yield f"{drawn.directory}: of {shown(key)} {why}. It stays in S3, untouched."
