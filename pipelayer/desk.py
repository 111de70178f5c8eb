"""The Python API of the daily look and the console's buttons: `Project.desk`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelayer.run.ports import Ports
    from pipelayer.run.request import Request

Asking = Callable[..., "tuple[Request, Ports]"]


class Desk:
    """What a person does with live pipelines day by day. `names` are directories, names in AWS, ids or globs.

    Every method raises PipelayerError for names that mean nothing, and where AWS can't be asked.
    """

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
