"""What the shell offers after `pipelayer deploy <Tab>`: the project's pipelines and groups.

They are read from the files alone. Whatever goes wrong, nothing is offered, and nothing is said.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from pipelayer.project.config import Config
    from pipelayer.project.layout import Place


def names(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The directories of the pipelines, of the chosen groups if any are chosen."""
    try:
        _, places = _project(context)
    except Exception:  # a shell that waits for completions is no place for any message
        return []
    wanted = _listed(context.params.get("group"))
    given = context.params.get(parameter.name or "") or ()
    directories = {place.key.directory for place in places if not wanted or place.key.group in wanted}
    return [CompletionItem(name) for name in sorted(directories - {*given}) if name.startswith(typed)]


def groups(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The groups of pipelayer.yml; after a comma, those not yet named."""
    try:
        config, _ = _project(context)
    except Exception:
        return []
    before, comma, last = typed.rpartition(",")
    free = [group.name for group in config.groups if group.name not in before.split(",")]
    return [CompletionItem(before + comma + name) for name in free if name.startswith(last)]


def _project(context: click.Context) -> tuple[Config, tuple[Place, ...]]:
    from pipelayer.changes.git import Repository
    from pipelayer.project.config import load_config
    from pipelayer.project.layout import discover
    from pipelayer.project.tree import DiskTree, Tree

    before = context.parent.params if context.parent else {}
    folder = Path(str(context.params.get("working_directory") or before.get("working_directory") or "."))
    repository = Repository.open(folder)
    tree: Tree
    if repository is None:
        # Without a repository everything below is looked at: a home directory would take minutes.
        if not any((folder / name).exists() for name in ("pipelayer.yml", "pipeline_definition.json")):
            raise FileNotFoundError
        tree, root = DiskTree(folder), ""
    else:
        tree, root = repository.work_tree(untracked=False), repository.relative(folder)
    config, _ = load_config(tree, root, str(context.params.get("config") or "pipelayer.yml"), "any")
    if config is None:
        raise FileNotFoundError
    return config, discover(tree, config, root)


def _listed(group: object) -> set[str]:
    return {name.strip() for name in str(group or "").split(",") if name.strip()}
