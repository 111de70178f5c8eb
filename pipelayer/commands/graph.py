"""`pipelayer graph`: a pipeline's objects as Mermaid."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipelayer import completing
from pipelayer.errors import PipelayerError
from pipelayer.options import config_option, folder_option, group_option
from pipelayer.telling import refused, say


@click.command(short_help="Print a pipeline's objects as a picture, in Mermaid.")
@click.argument("name", shell_complete=completing.names)
@folder_option()
@config_option()
@group_option("The group, if the pipeline's objects differ from group to group.")
@click.option("--whole", is_flag=True, help="A box for each object, however many there are.")
def graph(name: str, working_directory: str | None, config: str, group: str, whole: bool) -> None:
    """Print a pipeline's objects, and what links them, as a flowchart in Mermaid.

    It is what the files say; AWS isn't asked. GitHub draws it in any Markdown, between ```mermaid and ```.
    Many objects share boxes.

    \b
    Examples:
      pipelayer graph orders_export
      pipelayer graph orders_export -g prod > orders_export.mmd
    """
    from pipelayer.api import Project

    folder = Path(working_directory or click.get_current_context().obj or ".")
    try:
        with Project.open(folder, group=group, config=config) as project:
            drawn = project.graph(name, whole=whole)
    except PipelayerError as problem:
        sys.exit(refused(problem))
    say(drawn.splitlines())
