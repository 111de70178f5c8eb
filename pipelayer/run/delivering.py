"""A project that is there, as its workflow and its roles have to know it: what its files tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from pipelayer.changes.git import Repository
from pipelayer.definition.expressions import Resolver
from pipelayer.definition.flat import SecretKind
from pipelayer.definition.secrecy import secret_sources
from pipelayer.errors import UsageError
from pipelayer.model import Severity
from pipelayer.project.config import config_forms
from pipelayer.project.load import load_all
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.reading import shown
from pipelayer.project.uploads import S3Location
from pipelayer.run.opening import config_or_raise
from pipelayer.run.outside import open_checkout, region_in
from pipelayer.run.request import Source
from pipelayer.starter.delivery import DEFAULT_ROLES, Target, code_folders

_ROLE = re.compile(r"(arn:aws[a-z-]*:iam::[0-9]{12}:role/)?[A-Za-z0-9+=,.@_/-]{1,512}")
_PREFIX = re.compile(r"[A-Za-z0-9!_.'()/=@:+, -]*")
_SECRET = re.compile(r"[A-Za-z0-9/_+=.@:-]{1,600}")
"""What means nothing but itself in a policy."""

_VARIABLE = re.compile(r"(?!GITHUB_)[A-Z_][A-Z0-9_]*", re.IGNORECASE)
"""What a secret can be called (GitHub Docs, "Secrets reference": naming)."""

_ByGroup = dict[str, dict[str, None]]
"""Names in order, each once."""


@dataclass(frozen=True)
class Existing:
    """`account` and `region` are empty where neither the files nor the environment tell. `roles` are those
    that its pipelines run as; `notes` say what its policies leave out.
    """

    project: str
    account: str
    region: str
    targets: tuple[Target, ...]
    roles: tuple[str, ...]
    notes: tuple[str, ...] = ()


def existing(folder: Path, environ: Mapping[str, str]) -> Existing | None:
    """The project in a folder; None where there is no configuration. What git doesn't track counts only where
    it doesn't track the configuration either.

    Raises UsageError where that is wrong, or says something for which one set of roles won't do.
    """
    if not folder.is_dir():
        return None
    repository = Repository.open(folder, environ=environ)
    with repository or nullcontext():
        for source in (Source.TRACKED, Source.WORKTREE):
            checkout = open_checkout(repository, folder, source, environ)
            tree, root = checkout.tree, checkout.root
            if any(form in tree.entries for form in config_forms(root)):
                break
        else:
            return None
        config = config_or_raise(tree, root, default_project=checkout.project)
        pipelines, problems = load_all(tree, config, root)
    if not config.project:
        raise UsageError("The project has no name.", "Set `project:` in pipelayer.yml.")
    accounts = {group.account for group in config.groups if group.account}
    if len(accounts) > 1:
        message = (
            f"The groups are in several accounts ({', '.join(sorted(accounts))}): one set of roles won't do."
        )
        raise UsageError(message, "docs/iam.md goes through it by hand.")
    region = next(filter(None, (group.region for group in config.groups)), region_in(environ))
    inputs = {
        group.name: [one.input for one in pipelines if one.key.group == group.name and one.input]
        for group in config.groups
    }
    folders = code_folders(inputs)
    _check(folder for own in folders.values() for folder in own)
    variables, secrets, left = _secrets(pipelines)
    targets = tuple(
        Target(
            group.name,
            group.region or region,
            folders[group.name],
            tuple(variables.get(group.name, ())),
            tuple(secrets.get(group.name, ())),
        )
        for group in config.groups
    )
    roles, notes = _roles(pipelines)
    notes += left
    if any(problem.severity is Severity.ERROR for problem in problems):
        notes += ("What the pipelines with errors need may be missing: `pipelayer validate` shows them.",)
    return Existing(config.project, next(iter(accounts), ""), region, targets, roles, notes)


def _check(folders: Iterable[S3Location]) -> None:
    for folder in folders:
        if not _PREFIX.fullmatch(folder.prefix):
            message = f"A policy can't name the folder {shown(str(folder))}."
            raise UsageError(message, "Use one of letters, digits and simple punctuation.")


def _roles(pipelines: Iterable[Pipeline]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The roles that the definitions name, and what can't be told of them."""
    found: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for pipeline in pipelines:
        for role in _named(pipeline):
            if role is not None and _ROLE.fullmatch(role):
                found[role] = None
            else:
                unknown[pipeline.key.directory] = None
    notes = (
        f"Which roles {directory} runs as can't be told: add them to iam:PassRole in the policies."
        for directory in unknown
    )
    return tuple(found) or DEFAULT_ROLES, tuple(notes)


def _secrets(pipelines: Iterable[Pipeline]) -> tuple[_ByGroup, _ByGroup, tuple[str, ...]]:
    """The environment variables and the secrets of Secrets Manager that the pipelines of each group read, and
    what of these neither a workflow nor a policy can name.
    """
    variables: _ByGroup = {}
    secrets: _ByGroup = {}
    notes: dict[str, None] = {}
    for pipeline in pipelines:
        group = pipeline.key.group
        for source in secret_sources(pipeline.definition):
            match source.kind:
                case SecretKind.ENV if _VARIABLE.fullmatch(source.name):
                    variables.setdefault(group, {})[source.name] = None
                case SecretKind.ENV:
                    what = f"GitHub has no secrets that are called {shown(source.name)}"
                    notes[f"{what}: give that variable to the deploy step of {group} yourself."] = None
                case SecretKind.SECRETS_MANAGER if _SECRET.fullmatch(name := source.name.partition("#")[0]):
                    secrets.setdefault(group, {})[name] = None
                case SecretKind.SECRETS_MANAGER:
                    what = f"A policy can't name the secret {shown(source.name)}"
                    notes[f"{what}: let the deploy role of {group} read it yourself."] = None
                case _:
                    assert_never(source.kind)
    return variables, secrets, tuple(notes)


def _named(pipeline: Pipeline) -> Iterator[str | None]:
    """Each `role` and `resourceRole` with its values put in, None where AWS alone could."""
    definition = pipeline.definition
    resolver = Resolver(definition.values, definition.defaults)
    for item in definition.objects:
        for key in ("role", "resourceRole"):
            if field := item.fields.get(key):
                yield from map(resolver.text, field.texts)
