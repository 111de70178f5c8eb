"""A button pressed in a terminal or a script: what is shown, what is asked, what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelayer.commands.asking import ask, can_ask, confirm
from pipelayer.errors import PipelayerError, UsageError, in_words
from pipelayer.options import command_in, unusual
from pipelayer.telling import refused, say

if TYPE_CHECKING:
    from pipelayer.desk import Desk
    from pipelayer.model.order import Order, Pressed
    from pipelayer.run.ordering import Agree

Press = Callable[["Desk", "Agree"], "Pressed"]


def press(order: Press, given: dict[str, object], dry_run: bool) -> None:
    """Presses a button, and says what came of it, whatever happens."""
    from pipelayer.api import Project
    from pipelayer.interrupt import Interruption
    from pipelayer.model.order import Button, Pressed
    from pipelayer.progress import Lines

    folder = Path(str(given["working_directory"] or click.get_current_context().obj or "."))
    button = Button(str(click.get_current_context().info_name))
    group, config, as_json = str(given["group"]), str(given["config"]), bool(given["as_json"])
    desk: Desk | None = None

    def report_now() -> None:
        known = desk.cut_short() if desk else None
        begun = desk is not None and desk.began
        _show(
            known if known and begun else Pressed(button, error="Nothing was done.", error_code=130), as_json
        )

    interruption = Interruption(lambda: desk is not None and desk.began, report_now)
    interruption.install()
    try:
        with Project.open(
            folder,
            group=group,
            config=config,
            journal=Lines(sys.stderr),
            interrupted=interruption.asked,
            retry_command=command_in(folder),
            retry_options=unusual(config),
        ) as project:
            desk = project.desk
            pressed = order(desk, _asking(yes=bool(given["yes"]), as_json=as_json))
    except PipelayerError as problem:
        pressed = Pressed(
            button,
            dry_run=dry_run,
            error=problem.message,
            hint=problem.hint,
            error_code=problem.exit_code,
        )
        if not as_json:
            interruption.deadline.over(problem.exit_code)
            sys.exit(refused(problem))
    except Exception as bug:
        if os.environ.get("PIPELAYER_DEBUG") == "1":
            raise
        known = (desk and desk.cut_short()) or Pressed(button)
        hint = "PIPELAYER_DEBUG=1 shows where it happened."
        pressed = replace(known, error=in_words(bug), hint=hint, error_code=1)
    interruption.deadline.over(pressed.exit_code)
    _show(pressed, as_json)
    sys.exit(pressed.exit_code)


def _show(pressed: Pressed, as_json: bool) -> None:
    """Prints what came of it."""
    if as_json:
        from pipelayer.model.order_json import dumps

        click.echo(dumps(pressed))
        return
    from pipelayer.render.orders import results

    say(results(pressed))
    if pressed.error:
        say([f"Error: {pressed.error}", *([f"Hint: {pressed.hint}"] if pressed.hint else [])], err=True)


def _asking(*, yes: bool, as_json: bool) -> Agree:
    """Shows what would be done, and asks before what can't be undone."""

    def agree(orders: Sequence[Order]) -> bool:
        from pipelayer.model.order import Button
        from pipelayer.render.orders import preview

        if not as_json:
            say(preview(orders))
            sys.stdout.flush()
        asked = [order for order in orders if order.forever]
        if yes or not asked:
            return True
        if as_json or not can_ask():
            raise UsageError(
                "This can't be undone, so it asks first, and here is nobody to answer. Nothing was done.",
                "--yes does it without asking, --dry-run says what it would do.",
            )
        if asked[0].button is not Button.DELETE:
            return confirm("Go on?", default=False)
        return all(map(_typed, asked))

    return agree


def _typed(order: Order) -> bool:
    """Whether somebody types the pipeline's name, or its directory."""
    from pipelayer.render.escape import visible

    answer = ask(f"Type '{visible(order.name)}' to delete it", "")
    if answer in (order.name, order.key.directory, f"{order.key.group}/{order.key.directory}"):
        return True
    if answer:
        say(["That is another name."], err=True)
    return False
