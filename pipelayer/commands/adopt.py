"""`pipelayer adopt`: the line with which a directory takes over a live pipeline, written by the command."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelayer import completing
from pipelayer.errors import PipelayerError
from pipelayer.options import command_in, config_option, folder_option, group_option, unusual
from pipelayer.telling import refused, say

if TYPE_CHECKING:
    from pipelayer.run.adopting import Adoption


@click.command(short_help="Take over a pipeline that AWS has already.")
@click.argument("name", metavar="NAME|ID")
@click.option(
    "--to",
    default="",
    metavar="DIRECTORY",
    shell_complete=completing.names,
    help="The directory that takes it over, if it isn't the one that is called like it.",
)
@folder_option()
@config_option()
@group_option("The group that it becomes part of. Needed where there are several.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, write nothing.")
def adopt(name: str, to: str, working_directory: str | None, config: str, group: str, dry_run: bool) -> None:
    """Take over a pipeline that AWS has already, with its id and its run history.

    It is found in the group's account and region, by its id or its name. Its id is written into the metadata
    of the directory's values file, and nothing else: nothing in AWS is changed before the next deploy.

    \b
    Examples:
      pipelayer adopt 'Orders export'
      pipelayer adopt df-0123456789ABCDEFGHIJ --to orders_export -g prod
    """
    from pipelayer.api import Project

    folder = Path(working_directory or click.get_current_context().obj or ".")
    try:
        with Project.open(folder, group=group, config=config) as project:
            found = project.adopt(name, to=to, dry_run=dry_run)
    except PipelayerError as problem:
        sys.exit(refused(problem))
    chosen = ["--group", shlex.quote(group)] if group else []
    plan = [command_in(folder), "plan", shlex.quote(found.key.directory), *chosen, *unusual(config)]
    say([*_told(found, dry_run), f"What a deploy would do: {' '.join(plan)}"])


def _told(found: Adoption, dry_run: bool) -> Iterator[str]:
    """What was found and done, a line each."""
    live, directory = found.live, found.key.directory
    if found.at is None:
        yield f"{directory} is {live.id} ({live.name}) already: there is nothing to adopt."
        return
    place = f"{found.at.path}:{found.at.line}"
    if found.edit is None:
        yield f"{place} says already that {directory} takes over {live.id}: nothing was written."
    else:
        yield f'{place}: {"would write" if dry_run else "wrote"} "adopt": "{live.id}"'
    created = f", created {live.created:%Y-%m-%d}" if live.created else ""
    yield f"With the next deploy, {directory} takes over {live.id} ({live.name}, {live.state}{created})."
    yield from (f"note: {note}" for note in found.notes)
