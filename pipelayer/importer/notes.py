"""What somebody has to know of an import, or to do about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pipelayer.importer.blueprint import Blueprint, Drawn
from pipelayer.importer.hiding import open_secrets
from pipelayer.importer.texts import line_of
from pipelayer.project.reading import shown

_SECRETS = (
    "secrets are not written. A deploy that saves such a definition reads each from an environment variable; "
    '{"secretsmanager": "ARN"} is the other way. `pipelayer init` puts both into the workflow.'
)


def notes(blueprint: Blueprint) -> Iterator[str]:
    """What somebody has to do or to know, with its place."""
    secrets = [line for drawn in blueprint.pipelines for line in _secrets(drawn)]
    if secrets:
        yield _SECRETS
        yield from secrets
    for drawn in blueprint.pipelines:
        for place in open_secrets(drawn.found.definition):
            looks = f"`{place}` looks like a secret that stands openly in AWS, and is written as it is"
            yield f"{drawn.directory}: {looks}. Look at it before you commit."
        if "#{" in drawn.found.live.description:
            kept = "its description has an expression, which would be filled in: it was not written"
            yield f"{drawn.directory}: {kept}."
        if drawn.found.left:
            yield f"{drawn.directory}: {drawn.found.left}. Pipelayer leaves it alone."
        else:
            for key, why in drawn.found.contents.unfit.items():
                yield f"{drawn.directory}: {shown(key)} stays in S3, untouched: {why}."


def _secrets(drawn: Drawn) -> Iterator[str]:
    path = f"{drawn.directory}/values.json"
    for parameter, variable in drawn.variables.items():
        yield f"  {path}:{line_of(drawn.own[path], parameter)}: `{parameter}` from {variable}"
