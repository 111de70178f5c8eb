"""`pipelayer run`, `pause`, `resume`, `rerun`, `cancel` and `delete`: what the console's buttons did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from inspect import cleandoc

import click

from pipelayer import completing
from pipelayer.commands.pressing import press
from pipelayer.options import Command, config_option, folder_option, group_option

_NAMES = """

NAME is a pipeline of the project: its directory or the last part of that, its name in AWS, its id, or a
glob such as 'export_*'.
"""
_TIMES = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def _button(text: str, short: str) -> Callable[[Command], click.Command]:
    """A command with what all buttons have. `text` is its help, `short` what the list shows."""
    options = (
        click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=completing.names),
        folder_option(),
        config_option(),
        group_option(
            "The group of pipelayer.yml, or several separated by commas. Needed where there are several."
        ),
        click.option("--dry-run", is_flag=True, help="Say what would be done, do nothing."),
        click.option("-y", "--yes", is_flag=True, help="Don't ask before what can't be undone."),
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            help="Print what came of it as JSON, and nothing else, on stdout.",
        ),
    )

    def decorate(run: Command) -> click.Command:
        decorated: Callable[..., object] = run
        for option in reversed(options):
            decorated = option(decorated)
        return click.command(help=cleandoc(text) + _NAMES, short_help=short)(decorated)

    return decorate


def _cancel_running(text: str) -> Callable[[Command], Command]:
    return click.option("--cancel-running", is_flag=True, help=text)


class _Moment(click.DateTime):
    """A time in UTC, with or without its Z."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """An aware time. Fails for what is none."""
        plain = value.removesuffix("Z").removesuffix(" UTC") if isinstance(value, str) else value
        try:
            found: datetime = super().convert(plain, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no time: write it like 2026-03-01T02:00:00, in UTC.", param, ctx)
        return found.replace(tzinfo=UTC)


def _time(name: str, text: str) -> Callable[[Command], Command]:
    return click.option(name, type=_Moment(_TIMES), metavar="TIME", help=text)


@_button(
    """Run pipelines that are on demand, once and now.

    AWS runs nothing else at a word: what has a schedule runs by that. What runs is the definition that was
    saved last.

    \b
    Examples:
      pipelayer run orders_export
      pipelayer run orders_export --yes         in a script, where nobody can be asked
    """,
    "Run a pipeline that is on demand.",
)
def run(names: tuple[str, ...], dry_run: bool, **given: object) -> None:
    press(lambda desk, agree: desk.run(names, dry_run=dry_run, agree=agree), given, dry_run)


@_button(
    """Stop the schedules of pipelines.

    Running work finishes. Deploys leave a paused pipeline alone. `pipelayer resume` sets it going again.

    \b
    Examples:
      pipelayer pause orders_export
      pipelayer pause 'export_*' -g prod --cancel-running
    """,
    "Stop a pipeline's schedule.",
)
@_cancel_running("Cancel running work, else it may finish.")
def pause(names: tuple[str, ...], cancel_running: bool, dry_run: bool, **given: object) -> None:
    press(
        lambda desk, agree: desk.pause(names, cancel_running=cancel_running, dry_run=dry_run, agree=agree),
        given,
        dry_run,
    )


@_button(
    """Set paused pipelines going again.

    They go on with their next slot. What they missed is left out, unless you want it.

    \b
    Examples:
      pipelayer resume orders_export
      pipelayer resume orders_export --catch-up
    """,
    "Set a paused pipeline going again.",
)
@click.option("--catch-up", is_flag=True, help="Also run all that was missed, at once.")
def resume(names: tuple[str, ...], catch_up: bool, dry_run: bool, **given: object) -> None:
    press(
        lambda desk, agree: desk.resume(names, catch_up=catch_up, dry_run=dry_run, agree=agree),
        given,
        dry_run,
    )


@_button(
    """Run again what has run.

    Without more it is the last run that failed or has ended. Times are UTC: those for which a run was
    scheduled.

    \b
    Examples:
      pipelayer rerun orders_export --failed
      pipelayer rerun orders_export --failed --since 2026-03-01
      pipelayer rerun orders_export --run 2026-03-10T02:00:00
    """,
    "Run the last run again, or what failed of it.",
)
@click.option("--failed", is_flag=True, help="Only what failed, and what failed or was canceled with it.")
@_time("--since", "All runs that were scheduled then or later, not the last one alone.")
@_time("--run", "The run that was scheduled for then.")
def rerun(
    names: tuple[str, ...],
    failed: bool,
    since: datetime | None,
    run: datetime | None,
    dry_run: bool,
    **given: object,
) -> None:
    if since and run:
        raise click.UsageError("--since and --run exclude each other.", click.get_current_context())
    press(
        lambda desk, agree: desk.rerun(
            names, failed=failed, since=since, of_run=run, dry_run=dry_run, agree=agree
        ),
        given,
        dry_run,
    )


@_button(
    """Cancel what runs, or waits to.

    The schedule goes on: `pipelayer pause` stops that.

    \b
    Examples:
      pipelayer cancel orders_export
    """,
    "Cancel what runs of a pipeline.",
)
def cancel(names: tuple[str, ...], dry_run: bool, **given: object) -> None:
    press(lambda desk, agree: desk.cancel(names, dry_run=dry_run, agree=agree), given, dry_run)


@_button(
    """Delete pipelines from AWS, with their definitions and their run histories.

    Running work finishes first. Files and S3 stay as they are. What a commit removed is deleted by
    `pipelayer deploy --prune`.

    \b
    Examples:
      pipelayer delete orders_export
      pipelayer delete df-0123456789ABCDEFGHIJ -g prod --yes
    """,
    "Delete a pipeline from AWS.",
)
@_cancel_running("Cancel running work, else it may finish.")
def delete(names: tuple[str, ...], cancel_running: bool, dry_run: bool, **given: object) -> None:
    press(
        lambda desk, agree: desk.delete(names, cancel_running=cancel_running, dry_run=dry_run, agree=agree),
        given,
        dry_run,
    )


BUTTONS = (run, pause, resume, rerun, cancel, delete)
