"""`pipelayer status`: the daily look."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from pipelayer import completing
from pipelayer.errors import PipelayerError
from pipelayer.options import command_in, config_option, folder_option, group_option, unusual
from pipelayer.telling import refused


@click.command(short_help="Show how the live pipelines are: runs, failures, drift.")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completing.names)
@folder_option()
@config_option()
@group_option("One group of pipelayer.yml, or several separated by commas. Without it, all groups.")
@click.option(
    "--runs",
    type=click.IntRange(1, 500),
    default=5,
    show_default=True,
    metavar="N",
    help="How many runs of each pipeline are told, at most.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=None,
    metavar="N",
    help="Only runs of the last N days. Without it, as far back as so many runs go.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=8,
    show_default=True,
    metavar="N",
    help="How many pipelines are asked about at once, 64 at most.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, and nothing else, on stdout.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print it as GitHub's Markdown, for an issue.")
def status(
    names: tuple[str, ...],
    working_directory: str | None,
    config: str,
    group: str,
    runs: int,
    days: int | None,
    concurrency: int,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Show how the live pipelines are, and whether files and AWS agree.

    For each pipeline: its state and health, its last runs, why one failed and where its logs are, its next
    run, and what differs from the files. A pipeline that is named gets a page of its own. Nothing is changed.

    NAME is a pipeline: its directory or the last part of that, its name in AWS, its id, GROUP/DIRECTORY, or a
    glob such as 'export_*'. Without any, all pipelines are meant.

    Exit codes: 0 all is well, 1 something needs somebody or AWS can't be asked, 2 wrong usage or
    configuration, or no credentials. docs/status.md says what each word means.

    \b
    Examples:
      pipelayer status                    every pipeline on a line
      pipelayer status orders_export      one of them, with all that is known
      pipelayer status --json | jq .reasons
    """
    from pipelayer.api import Project
    from pipelayer.progress import journal_for

    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown exclude each other.")
    folder = Path(working_directory or click.get_current_context().obj or ".")
    try:
        with (
            journal_for(sys.stderr) as journal,
            Project.open(
                folder,
                group=group,
                config=config,
                journal=journal,
                retry_command=command_in(folder),
                retry_options=unusual(config),
            ) as project,
        ):
            found = project.desk.status(names, runs=runs, days=days or 0, concurrency=concurrency)
    except PipelayerError as problem:
        if not as_json:
            sys.exit(refused(problem))
        from pipelayer.model.status_json import dumps_problem

        click.echo(dumps_problem(problem), nl=False)
        sys.exit(problem.exit_code)
    if as_json:
        from pipelayer.model.status_json import dumps

        click.echo(dumps(found), nl=False)
    elif as_markdown:
        from pipelayer.render.status_markdown import status_markdown

        server, repository = os.environ.get("GITHUB_SERVER_URL", ""), os.environ.get("GITHUB_REPOSITORY", "")
        text = status_markdown(found, server_url=server, repository=repository)
        click.echo(text.encode("utf-8"), nl=False)  # it may hold what the terminal's encoding lacks
    else:
        from pipelayer.render.status_terminal import print_status

        print_status(found, file=sys.stdout, width=shutil.get_terminal_size((100, 24)).columns)
    sys.stdout.flush()
    sys.exit(found.exit_code)
