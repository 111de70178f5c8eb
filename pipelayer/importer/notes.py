"""What somebody has to know of an import, or to do about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pipelayer.importer.blueprint import Blueprint
from pipelayer.importer.hiding import open_secrets
from pipelayer.importer.texts import line_of
from pipelayer.project.reading import shown

SECRETS_MANAGER = '{"secretsmanager": "ARN"}'


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
