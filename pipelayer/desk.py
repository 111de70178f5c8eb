"""The Python API of the daily look and the console's buttons: `Project.desk`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipelayer.model import Verb

if TYPE_CHECKING:
    from pipelayer.console.logs import Logs
    from pipelayer.model.status import Status
    from pipelayer.run.ports import Ports
    from pipelayer.run.request import Request

Asking = Callable[..., "tuple[Request, Ports]"]


class Desk:
    """What a person does with live pipelines day by day. `names` are directories, names in AWS, ids or globs.

    Every method raises PipelayerError for names that mean nothing, and where AWS can't be asked.
    """

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

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
