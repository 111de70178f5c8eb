"""The Python API of the daily look and the console's buttons: `Project.desk`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pipelayer.model import Verb
from pipelayer.model.order import Button, Pressed

if TYPE_CHECKING:
    from pipelayer.console.logs import Logs
    from pipelayer.console.subject import Wishes
    from pipelayer.model.status import Status
    from pipelayer.run.ordering import Agree, Ordering
    from pipelayer.run.ports import Ports
    from pipelayer.run.request import Request

Asking = Callable[..., "tuple[Request, Ports]"]
Names = str | Sequence[str]


class Desk:
    """What a person does with live pipelines day by day. `names` are directories, names in AWS, ids or globs.

    Every method raises PipelayerError for names that mean nothing, and where AWS can't be asked.

    The console's buttons give a `Pressed`: look at its `exit_code`, and at each of its `orders`. With
    `dry_run` they say what they would do. `agree` is shown the orders before anything is done, and says
    whether to go on; without it they are carried out.
    """

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._ordering: Ordering | None = None

    def status(
        self, names: str | Sequence[str] = (), *, runs: int = 5, days: int = 0, concurrency: int = 8
    ) -> Status:
        """How the pipelines are, all or those of these names: `status.well`, and `status.reasons` why not.

        `runs` of each are told, or with `days` those of so many days, up to as many. A few pipelines that are
        named are told of in detail. Nothing is changed. Raises ValueError for numbers that can't be.
        """
        from pipelayer.run.status import Question, status

        request, ports = self._asking(Verb.PLAN, *((names,) if isinstance(names, str) else names))
        return status(request, ports, Question(runs, days, concurrency))

    def logs(
        self,
        name: str,
        *,
        run: str = "",
        object_id: str = "",
        attempt: int = 0,
        every: bool = False,
        read: bool = True,
        tail: int | None = 200,
    ) -> Logs:
        """What the attempts of one pipeline have written: of its last run, the last attempt of what went
        wrong in it, or else of what it did last.

        `run` names another: by its scheduled time in UTC, its day, or the id of an instance or attempt.
        `object_id` and `attempt` narrow it down; `every` means all attempts of the run. Of each file the last
        `tail` lines are read, with None all of them, while you go through `lines`; without `read`, nothing.
        What can't be had is told in the answer. Raises UsageError where the names mean no such thing.
        """
        from pipelayer.console.attempts import Asked
        from pipelayer.run.reading_logs import Reading, read_logs

        request, ports = self._asking(Verb.VALIDATE, name)
        asked = Asked(run, object_id, attempt, every)
        return read_logs(request, ports, asked, Reading(read, tail))

    def run(self, names: Names, *, dry_run: bool = False, agree: Agree | None = None) -> Pressed:
        """Runs pipelines that are on demand, once and now."""
        return self._press(Button.RUN, names, dry_run=dry_run, agree=agree)

    def pause(
        self, names: Names, *, cancel_running: bool = False, dry_run: bool = False, agree: Agree | None = None
    ) -> Pressed:
        """Stops their schedules. Running work finishes, or is canceled."""
        from pipelayer.console.subject import Wishes

        wishes = Wishes(cancel_running=cancel_running)
        return self._press(Button.PAUSE, names, wishes, dry_run=dry_run, agree=agree)

    def resume(
        self, names: Names, *, catch_up: bool = False, dry_run: bool = False, agree: Agree | None = None
    ) -> Pressed:
        """Sets paused ones going again, from their next slot on; with `catch_up` what they missed is run."""
        from pipelayer.console.subject import Wishes

        wishes = Wishes(catch_up=catch_up)
        return self._press(Button.RESUME, names, wishes, dry_run=dry_run, agree=agree)

    def rerun(
        self,
        names: Names,
        *,
        failed: bool = False,
        since: datetime | None = None,
        of_run: datetime | None = None,
        dry_run: bool = False,
        agree: Agree | None = None,
    ) -> Pressed:
        """Runs their last run again, all runs that were scheduled `since` a time, or the one `of_run`; with
        `failed` only what failed of them.

        Times are aware. Raises ValueError where both are given.
        """
        from pipelayer.console.subject import Wishes

        if since and of_run:
            raise ValueError("`since` and `of_run` exclude each other")
        wishes = Wishes(failed=failed, since=since, of_run=of_run)
        return self._press(Button.RERUN, names, wishes, dry_run=dry_run, agree=agree)

    def cancel(self, names: Names, *, dry_run: bool = False, agree: Agree | None = None) -> Pressed:
        """Cancels what runs of them or waits to. Their schedules go on."""
        return self._press(Button.CANCEL, names, dry_run=dry_run, agree=agree)

    def delete(
        self, names: Names, *, cancel_running: bool = False, dry_run: bool = False, agree: Agree | None = None
    ) -> Pressed:
        """Deletes them with their definitions and their run histories, once running work has finished."""
        from pipelayer.console.subject import Wishes

        wishes = Wishes(cancel_running=cancel_running)
        return self._press(Button.DELETE, names, wishes, dry_run=dry_run, agree=agree)

    @property
    def began(self) -> bool:
        """Whether the last button has told AWS to do anything yet."""
        return self._ordering is not None and self._ordering.began

    def cut_short(self) -> Pressed | None:
        """What came of the last button if it ends here and now, None where nothing is known. Another thread
        may ask.
        """
        return self._ordering.pressed(over=True) if self._ordering else None

    def _press(
        self,
        button: Button,
        names: Names,
        wishes: Wishes | None = None,
        *,
        dry_run: bool,
        agree: Agree | None,
    ) -> Pressed:
        from pipelayer.console.subject import Wishes
        from pipelayer.run.ordering import Ordering, always

        request, ports = self._asking(Verb.DEPLOY, *((names,) if isinstance(names, str) else names))
        self._ordering = Ordering(button, request, ports, wishes or Wishes(), dry_run=dry_run)
        return self._ordering.press(agree or always)
