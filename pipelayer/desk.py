"""The Python API of the daily look and the console's buttons: `Project.desk`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipelayer.model import Verb

if TYPE_CHECKING:
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
        named are told of in detail. Nothing is changed.
        """
        from pipelayer.run.status import Question, status

        request, ports = self._asking(Verb.PLAN, *((names,) if isinstance(names, str) else names))
        return status(request, ports, Question(runs, days, concurrency))
