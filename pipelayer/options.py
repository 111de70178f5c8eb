"""The options of the verbs, in the order of the help. Their names are those of the action's inputs."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from pipelayer import completing

Command = TypeVar("Command", bound=Callable[..., object])


def folder_option() -> Callable[[Command], Command]:
    """Where the project is; before the verb or after it."""
    return click.option(
        "-C",
        "--working-directory",
        type=click.Path(file_okay=False),
        metavar="DIR",
        help="The project's folder, if it isn't this one.",
    )


def config_option() -> Callable[[Command], Command]:
    """Which configuration."""
    return click.option(
        "--config",
        type=click.Path(dir_okay=False),
        default="pipelayer.yml",
        show_default=True,
        metavar="FILE",
        help="The configuration, relative to the project's folder.",
    )


def group_option(text: str) -> Callable[[Command], Command]:
    """Which group; `text` is its help."""
    return click.option(
        "-g", "--group", default="", metavar="GROUP", shell_complete=completing.groups, help=text
    )


def command_in(folder: Path) -> str:
    """How the command begins, given again for a project in this folder."""
    return "pipelayer" if folder == Path() else f"pipelayer -C {shlex.quote(str(folder))}"


def unusual(config: str, source: str = "tracked") -> list[str]:
    """Those of these options that have to be given again."""
    options = ["--config", shlex.quote(config)] if config != "pipelayer.yml" else []
    return options + (["--source", source] if source != "tracked" else [])


def verb_options(*, writes: bool, plans: bool = False) -> Callable[[Command], Command]:
    """The names and options of a verb, and those that only a verb that `writes` has. One that `plans` has
    them too, and changes nothing.
    """
    changes = writes and not plans
    found = [
        click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completing.names),
        folder_option(),
        config_option(),
        group_option(
            "One group of pipelayer.yml, or several separated by commas. "
            + (
                "Needed where there are several, unless with --dry-run."
                if changes
                else "Without it, all groups."
            )
        ),
        click.option(
            "--changed-since",
            metavar="REV",
            help="Instead of names: only pipelines that differ from this commit, branch or tag.",
        ),
        click.option(
            "--on-unknown-base",
            type=click.Choice(["all", "fail"]),
            default="all",
            show_default=True,
            help="If REV can't be had: take all pipelines as changed, or fail.",
        ),
        click.option(
            "--source",
            type=click.Choice(["tracked", "commit", "worktree"]),
            default="tracked",
            show_default=True,
            help="Which files count: those that git tracks, as they lie on disk; those of the checked-out "
            "commit; or all on disk, ignored ones too.",
        ),
        click.option(
            "--aws",
            type=click.Choice(["auto", "required", "never"]),
            default="auto",
            show_default=True,
            help="What changes something must ask AWS, and fails without credentials: `never` works with "
            "--dry-run alone and otherwise ends with exit code 2."
            if changes
            else "Ask AWS where there are credentials, fail without them, or never ask: "
            "then only the files are checked.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice(["error", "warning"]),
            default="error",
            show_default=True,
            help="The least severity of a finding that fails the run.",
        ),
        click.option(
            "--concurrency",
            type=click.IntRange(1, 64),
            default=8,
            show_default=True,
            metavar="N",
            help="How many pipelines are handled at once, 64 at most.",
        ),
    ]
    if writes:
        found += [
            click.option(
                "--prune",
                is_flag=True,
                help="Also delete live pipelines that the files no longer have; else they are reported.",
            ),
            click.option(
                "--run-on-demand",
                is_flag=True,
                help="Activate on-demand pipelines too: for them, that means running.",
            ),
            click.option(
                "--replace-on-demand",
                is_flag=True,
                help="Replace on-demand pipelines too. They get new ids; whoever starts them must know.",
            ),
            click.option(
                "--respect-paused/--no-respect-paused",
                default=True,
                show_default=True,
                help="Leave changed pipelines alone that a person paused, or that have finished. Without it "
                "the paused ones are changed and resumed, the finished ones replaced.",
            ),
            click.option(
                "--cancel-running",
                is_flag=True,
                help="Cancel the running work of pipelines that are replaced or deleted, else it may finish.",
            ),
            click.option(
                "--replace",
                type=click.Choice(["create-first", "delete-first"]),
                default="create-first",
                show_default=True,
                help="With `delete-first` the old pipeline may go before the new one is there, if the "
                "account has no free place: nothing is scheduled in between.",
            ),
            click.option(
                "--secret-salt",
                default="",
                metavar="TEXT",
                envvar="PIPELAYER_SECRET_SALT",
                help="A secret of yours; with it, a changed secret value counts as a change. Better given as "
                "PIPELAYER_SECRET_SALT, since others see arguments.",
            ),
            click.option("--dry-run", is_flag=True, help="Plan and report, change nothing."),
        ]
    found.append(
        click.option(
            "--sarif",
            type=click.Path(dir_okay=False, writable=True),
            default="",
            metavar="FILE",
            help="Also write the findings to FILE as SARIF, for code scanning and editors.",
        )
    )
    found.append(
        click.option(
            "--json", "as_json", is_flag=True, help="Print the report as JSON, and nothing else, on stdout."
        )
    )

    def decorate(command: Command) -> Command:
        for option in reversed(found):
            command = option(command)
        return command

    return decorate
