"""The command line: the five verbs on this machine, what goes with them, and the demo.

Comes in: arguments and the environment. Goes out: the report, to be read or as JSON, and an exit code: 0
fine, 1 findings or failures, 2 wrong usage or configuration, 130 interrupted. It decides nothing itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from inspect import cleandoc
from pathlib import Path

import click

from pipelayer.commands.adopt import adopt
from pipelayer.commands.buttons import BUTTONS
from pipelayer.commands.graph import graph
from pipelayer.commands.import_ import import_
from pipelayer.commands.init import init
from pipelayer.commands.logs import logs
from pipelayer.commands.status import status
from pipelayer.options import folder_option, verb_options
from pipelayer.reference import explain, schema
from pipelayer.version import DISTRIBUTION

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_NAMES = """

NAME is a pipeline: its directory or the last part of that, its name in AWS, GROUP/DIRECTORY, or a
glob such as 'export_*'.
Without any, all pipelines are meant.
"""


class _InOrder(click.Group):
    """Lists its commands in the order in which people need them, not by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_InOrder, context_settings=_CONTEXT, invoke_without_command=True)
@folder_option()
@click.version_option(package_name=DISTRIBUTION, message="%(version)s")
@click.pass_context
def cli(context: click.Context, working_directory: str | None) -> None:
    """Deploys AWS Data Pipeline definitions from git.

    A project is a folder with a template (pipeline_definition.json) and a directory for each pipeline, with
    values.json and usually run and tasks/. AWS is reached as by any of its tools: AWS_PROFILE, AWS_REGION and
    so on.

    \b
    Examples:
      pipelayer demo                            see the whole story, without an account
      pipelayer import                          make a project of the pipelines that AWS has
      pipelayer init                            make a new one, or the workflow of one that is there
      pipelayer validate --aws never            check the files, ask nobody
      pipelayer plan -g dev                     what would a deploy do, and why?
      pipelayer deploy -g dev 'export_*'        do it, for these pipelines only
      pipelayer adopt 'Orders export'           take over one more pipeline that AWS has
      pipelayer status                          is everything well this morning?
      pipelayer logs orders_export              what did its last run write?
      pipelayer rerun orders_export --failed    run again what failed
      pipelayer pause orders_export             stop its schedule; resume sets it going again
      pipelayer explain PL209                   what does this finding mean?

    Exit codes: 0 fine or nothing to do, 1 findings or failures, 2 wrong usage or configuration,
    130 interrupted.
    """
    context.obj = working_directory
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)


def _verb(text: str, *, writes: bool, plans: bool = False) -> Callable[[Callable[..., None]], click.Command]:
    """A command with the options of a verb. The first sentence of `text` is what the list shows."""

    def decorate(run: Callable[..., None]) -> click.Command:
        command = cli.command(help=cleandoc(text) + _NAMES, short_help=text.partition(".")[0] + ".")
        return command(verb_options(writes=writes, plans=plans)(run))

    return decorate


@_verb(
    """Check the pipelines, offline and with AWS.

    First the files alone, then AWS is asked about each definition, where there are credentials. To be able to
    ask, the first time a small pipeline that never runs is made in each region.
    """,
    writes=False,
)
def validate(**given: object) -> None:
    _run("validate", given)


@_verb(
    """Show what `deploy` would do, and why.

    Changes nothing at all.
    """,
    writes=True,
    plans=True,
)
def plan(**given: object) -> None:
    _run("plan", given)


@_verb(
    """Copy the files to S3.

    They go to the pipeline's myS3InputDir. What differs is sent; what is gone from tasks/ here is removed
    there. Definitions stay as they are.
    """,
    writes=True,
)
def upload(**given: object) -> None:
    _run("upload", given)


@_verb(
    """Save and activate the definitions that changed.

    What is new is created; what AWS lets nobody edit is replaced, without a gap. If any of the chosen
    pipelines is invalid, nothing is changed. Files are not uploaded.
    """,
    writes=True,
)
def activate(**given: object) -> None:
    _run("activate", given)


@_verb(
    """Upload and activate.

    All of the above, in an order that leaves no gap: AWS ends up as the files say. With --changed-since, also
    what an earlier deploy left undone.
    """,
    writes=True,
)
def deploy(**given: object) -> None:
    _run("deploy", given)


cli.add_command(status)
cli.add_command(logs)
for _command in BUTTONS:
    cli.add_command(_command)
cli.add_command(init)
cli.add_command(import_)
cli.add_command(adopt)
cli.add_command(graph)
cli.add_command(explain)
cli.add_command(schema)


@cli.command()
@click.option(
    "--into", default=".demo", show_default=True, metavar="DIR", help="The folder to leave the pages in."
)
def demo(into: str) -> None:
    """Play the whole story on this machine, without an account.

    A deploy, a pull request with a mistake, the fix, the merge, and the proof, in a real git repository
    against stand-ins for AWS and GitHub. Needs the extra `sandbox`:
    pip install 'pipelayer-aws[sandbox]', or '.[sandbox]' in a clone of Pipelayer.
    """
    try:
        from pipelayer.demo import play
    except ImportError as missing:
        message = f"The demo needs the sandbox ({missing.name} is missing)."
        raise click.ClickException(
            f"{message} Run: pip install '{DISTRIBUTION}[sandbox]', or '.[sandbox]' in a clone of Pipelayer"
        ) from None
    sys.exit(play(Path(into)))


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that lets the shell complete.

    It completes commands, options, groups and pipelines.

    \b
    Put one of these into your shell's start-up file:
      eval "$(pipelayer completion bash)"       in ~/.bashrc
      eval "$(pipelayer completion zsh)"        in ~/.zshrc
      pipelayer completion fish | source        in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None, "the choice allows only shells that click knows"
    click.echo(found(cli, {}, "pipelayer", "_PIPELAYER_COMPLETE").source())


def _run(verb: str, given: dict[str, object]) -> None:
    from pipelayer.model import Verb
    from pipelayer.verbs import run_verb

    given["working_directory"] = given["working_directory"] or click.get_current_context().obj
    sys.exit(run_verb(Verb(verb), given))


def main() -> None:
    """The console script. Wrong usage is a line and a hint. A bug is one line that says so; the traceback is
    there for who asks with PIPELAYER_DEBUG=1.
    """
    try:
        sys.exit(cli.main(prog_name="pipelayer", standalone_mode=False))
    except click.ClickException as problem:
        click.echo(f"Error: {problem.format_message()}", err=True)
        if isinstance(problem, click.UsageError) and problem.ctx:
            click.echo(f"Try '{problem.ctx.command_path} --help'.", err=True)
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nInterrupted.", err=True)
        sys.exit(130)
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except Exception as bug:
        if os.environ.get("PIPELAYER_DEBUG") == "1":
            raise
        click.echo(f"This is a bug in Pipelayer, please report it: {type(bug).__name__}: {bug}", err=True)
        click.echo("PIPELAYER_DEBUG=1 shows where it happened.", err=True)
        sys.exit(1)
