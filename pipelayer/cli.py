"""The command line: the five verbs on this machine, and the demo.

Comes in: arguments and the environment. Goes out: the report, to be read or as JSON, and an exit code: 0
fine, 1 findings or failures, 2 wrong usage or configuration, 130 interrupted. It decides nothing itself.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

import click

from pipelayer.errors import PipelayerError

if TYPE_CHECKING:
    from pipelayer.api import RunOptions
    from pipelayer.model import Report

_Command = TypeVar("_Command", bound=Callable[..., object])

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_CONTEXT)
@click.version_option(package_name="pipelayer", message="%(version)s")
def cli() -> None:
    """Deploys AWS Data Pipeline definitions from git.

    A project is a folder with a template (pipeline_definition.json) and, per pipeline, a directory with
    values.json. Try `pipelayer demo` first: it shows the whole story on this machine, without an account.
    """


def _options(*, writes: bool) -> Callable[[_Command], _Command]:
    """The options of a verb, in the order of the help."""
    found = [
        click.argument("names", nargs=-1, metavar="[NAME]..."),
        click.option("-C", "--working-directory", default=".", metavar="DIR", help="The project's folder."),
        click.option("--config", default="pipelayer.yml", show_default=True, help="Relative to that folder."),
        click.option("-g", "--group", default="", help="One group, or several separated by commas."),
        click.option(
            "--changed-since", default="", metavar="REV", help="Only what differs from that commit."
        ),
        click.option(
            "--on-unknown-base",
            type=click.Choice(["all", "fail"]),
            default="all",
            show_default=True,
            help="When that commit can't be had.",
        ),
        click.option(
            "--source",
            type=click.Choice(["tracked", "commit", "worktree"]),
            default="tracked",
            show_default=True,
            help="Tracked files as they lie on disk, the commit's, or all on disk.",
        ),
        click.option(
            "--aws",
            type=click.Choice(["auto", "required", "never"]),
            default="auto",
            show_default=True,
            help="Whether AWS may or must be asked; `never` is the offline check.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice(["error", "warning"]),
            default="error",
            show_default=True,
            help="The least finding that fails.",
        ),
        click.option(
            "--concurrency",
            type=click.IntRange(1, 64),
            default=8,
            show_default=True,
            help="Pipelines handled at once.",
        ),
    ]
    if writes:
        found += [
            click.option("--prune", is_flag=True, help="Also delete live pipelines whose directory is gone."),
            click.option(
                "--run-on-demand",
                is_flag=True,
                help="Run on-demand pipelines: for them activating is running.",
            ),
            click.option(
                "--replace-on-demand", is_flag=True, help="Replace on-demand pipelines; their ids change."
            ),
            click.option(
                "--secret-salt",
                default="",
                envvar="PIPELAYER_SECRET_SALT",
                help="With it a changed secret counts as a change. Better given as PIPELAYER_SECRET_SALT.",
            ),
            click.option("--dry-run", is_flag=True, help="Plan, change nothing."),
        ]
    found.append(click.option("--json", "as_json", is_flag=True, help="Print the report as JSON."))

    def decorate(command: _Command) -> _Command:
        for option in reversed(found):
            command = option(command)
        return command

    return decorate


@cli.command()
@_options(writes=False)
def validate(**given: object) -> None:
    """Check the pipelines: offline first, then with AWS.

    NAME is a directory, a name in AWS, or a glob of them; without any, all pipelines are meant.
    """
    _run("validate", given)


@cli.command()
@_options(writes=True)
def plan(**given: object) -> None:
    """Show what `deploy` would do, and why. Changes nothing."""
    _run("plan", given)


@cli.command()
@_options(writes=True)
def upload(**given: object) -> None:
    """Copy the files to myS3InputDir, and remove stale tasks."""
    _run("upload", given)


@cli.command()
@_options(writes=True)
def activate(**given: object) -> None:
    """Create what is new, replace what changed; nothing if any is invalid."""
    _run("activate", given)


@cli.command()
@_options(writes=True)
def deploy(**given: object) -> None:
    """Upload and activate, and catch up on what was left undone."""
    _run("deploy", given)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that completes commands and options.

    For example: eval "$(pipelayer completion bash)"
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None, "the choice allows only shells that click knows"
    click.echo(found(cli, {}, "pipelayer", "_PIPELAYER_COMPLETE").source())


@cli.command()
@click.option("--into", default=".demo", show_default=True, metavar="DIR", help="Where to leave the pages.")
def demo(into: str) -> None:
    """Play the whole story against the sandbox on this machine."""
    try:
        from pipelayer.demo import play
    except ImportError as missing:
        message = f"The demo needs the sandbox ({missing.name} is missing)."
        raise click.ClickException(f"{message} Install it: pip install 'pipelayer[sandbox]'") from None
    sys.exit(play(Path(into)))


def _run(verb: str, given: dict[str, object]) -> None:
    from pipelayer.api import Project, failed
    from pipelayer.model import Verb
    from pipelayer.progress import journal_for
    from pipelayer.run.stopping import Stop

    names = cast("tuple[str, ...]", given.pop("names"))
    folder = Path(str(given.pop("working_directory")))
    as_json = bool(given.pop("as_json"))
    group, config, source = (str(given.pop(name)) for name in ("group", "config", "source"))
    stop = Stop()
    stop.install()
    try:
        project = Project.open(
            folder,
            group=group,
            config=config,
            source=source,
            interrupted=stop.asked,
            retry_command=_retry(folder),
        )
    except PipelayerError as problem:
        _show(failed(Verb(verb), problem), lambda path: None, as_json)
    with project:
        with journal_for(sys.stderr) as journal:
            project.journal = journal
            report = project.run(Verb(verb), names, **cast("RunOptions", given))
        _show(report, project.read, as_json)


def _retry(folder: Path) -> str:
    return "pipelayer" if folder == Path() else f"pipelayer -C {shlex.quote(str(folder))}"


def _show(report: Report, read: Callable[[str], bytes | None], as_json: bool) -> NoReturn:
    """Prints the report and ends with its exit code."""
    if as_json:
        from pipelayer.model.report_json import dumps

        click.echo(dumps(report))
    else:
        from pipelayer.render.terminal import print_report

        print_report(report, file=sys.stdout, sources=read, width=shutil.get_terminal_size((100, 24)).columns)
    sys.exit(report.exit_code)


def main() -> None:
    """The console script. A bug is one line that says so; the traceback is there for who asks with
    PIPELAYER_DEBUG=1.
    """
    try:
        cli()
    except Exception as bug:
        if os.environ.get("PIPELAYER_DEBUG") == "1":
            raise
        click.echo(f"This is a bug in Pipelayer, please report it: {type(bug).__name__}: {bug}", err=True)
        click.echo("PIPELAYER_DEBUG=1 shows where it happened.", err=True)
        sys.exit(1)
