"""What a person orders done to live pipelines, as the console's buttons did, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipelayer.errors import Interrupted
from pipelayer.model.history import ObjectRun
from pipelayer.model.report import GroupInfo, Result
from pipelayer.model.selection import Key


class Button(StrEnum):
    """What can be ordered."""

    RUN = "run"
    PAUSE = "pause"
    RESUME = "resume"
    RERUN = "rerun"
    CANCEL = "cancel"
    DELETE = "delete"


class OrderResult(StrEnum):
    """What came of an order for one pipeline.

    `planned`: it would be done, and this is a dry run or not begun yet. `ordered`: AWS took the order and
    isn't through with it. `unchanged`: there was nothing to do. `refused`: it can't be done, and nothing was
    tried. `skipped`: somebody said no, or the command was stopped. `failed`: AWS refused, or nobody knows.
    """

    PLANNED = "planned"
    DONE = "done"
    ORDERED = "ordered"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Order:
    """One pipeline's part of an order, or what came of it.

    `message` is one sentence in the words of `result`, `hint` what to do next. `forever` says what can't be
    undone, "" where all can. `objects` are the runs that it is about. `state` is AWS's word as it was when
    the order was made; `live_id` and it are empty where nothing is in AWS.
    """

    button: Button
    key: Key
    name: str
    where: GroupInfo
    live_id: str = ""
    state: str = ""
    result: OrderResult = OrderResult.PLANNED
    message: str = ""
    hint: str = ""
    forever: str = ""
    objects: tuple[ObjectRun, ...] = ()
    notes: tuple[str, ...] = ()


_BAD = frozenset({OrderResult.REFUSED, OrderResult.FAILED, OrderResult.SKIPPED})


@dataclass(frozen=True)
class Pressed:
    """What came of a button. `stopped`: the command was told to stop and left something undone. `error` ended
    all of it before anything was begun, with the exit code `error_code`.
    """

    button: Button
    orders: tuple[Order, ...] = ()
    notes: tuple[str, ...] = ()
    dry_run: bool = False
    stopped: bool = False
    error: str = ""
    hint: str = ""
    error_code: int = 0

    @property
    def exit_code(self) -> int:
        """0 done or nothing to do, 1 something was not done, 2 wrong usage, 130 stopped."""
        if self.error_code or self.stopped:
            return self.error_code or Interrupted.exit_code
        return int(any(order.result in _BAD for order in self.orders))

    @property
    def result(self) -> Result:
        """The same in a word."""
        if self.exit_code:
            return Result.FAILURE
        idle = all(order.result is OrderResult.UNCHANGED for order in self.orders)
        return Result.NOTHING_TO_DO if idle else Result.SUCCESS
