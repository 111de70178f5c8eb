"""`pipelayer logs`: what a pipeline's run has written, fetched from S3."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from pipelayer import completing
from pipelayer.errors import PipelayerError
from pipelayer.options import command_in, config_option, folder_option, group_option, unusual
from pipelayer.telling import refused, say


@click.command(short_help="Show the logs of a pipeline's last run.")
@click.argument("name", shell_complete=completing.names)
@folder_option()
@config_option()
@group_option("The group, where the pipeline is in several.")
@click.option(
    "--run",
    default="",
    metavar="TIME|ID",
    help="Another run than the last: its scheduled time in UTC (2026-03-01T02:00:00), its day, or an id.",
)
@click.option("--object", "object_id", default="", metavar="ID", help="Another object of the run.")
@click.option(
    "--attempt",
    type=click.IntRange(1),
    default=None,
    metavar="N",
    help="Another attempt than the last.",
)
@click.option("--all", "every", is_flag=True, help="Every attempt of every object of the run.")
@click.option("--list", "only_list", is_flag=True, help="Only name the files that are there.")
@click.option("--whole", is_flag=True, help="All of each file, not only its last 200 lines.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, and nothing else, on stdout.")
def logs(
    name: str,
    working_directory: str | None,
    config: str,
    group: str,
    run: str,
    object_id: str,
    attempt: int | None,
    every: bool,
    only_list: bool,
    whole: bool,
    as_json: bool,
) -> None:
    """Show the logs of a pipeline's last run, unpacked.

    If something failed in it, the last attempt of that is shown, else the last work that was done, with AWS's
    error message above. Logs are where `pipelineLogUri` says.

    \b
    Examples:
      pipelayer logs orders_export
      pipelayer logs orders_export --list --all
      pipelayer logs orders_export --run 2026-03-01 --object Export --attempt 1 --whole
    """
    from pipelayer.api import Project
    from pipelayer.render import logs as render

    folder = Path(working_directory or click.get_current_context().obj or ".")
    try:
        with Project.open(
            folder,
            group=group,
            config=config,
            retry_command=command_in(folder),
            retry_options=unusual(config),
        ) as project:
            found = project.desk.logs(
                name,
                run=run,
                object_id=object_id,
                attempt=attempt or 0,
                every=every,
                read=not only_list,
                tail=None if whole else 200,
            )
            if as_json:
                click.echo(json.dumps(render.as_json(found), indent=2))
            else:
                say(render.told(found, read=not only_list))
    except PipelayerError as problem:
        sys.exit(refused(problem))
    sys.exit(0 if found.found else 1)
