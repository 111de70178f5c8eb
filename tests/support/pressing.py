"""A person at the console's buttons: orders for a scene's pipelines, over HTTP, by the sandbox's clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelayer.changes.base import NoBase
from pipelayer.console.subject import Wishes
from pipelayer.model import Verb
from pipelayer.model.order import Button, Order, Pressed
from pipelayer.run.ordering import Ordering
from pipelayer.run.request import Choice, Request
from support.scene import REGION, Scene


@dataclass
class Person:
    """Presses buttons. `says` answers every question; `asked` keeps what was shown before each."""

    scene: Scene
    says: Callable[[], bool] = lambda: True
    asked: list[Sequence[Order]] = field(default_factory=list)

    def __call__(
        self, button: Button, *names: str, dry_run: bool = False, groups: tuple[str, ...] = (), **wishes: Any
    ) -> Pressed:
        """Presses a button for these pipelines."""
        with self.scene.outside(NoBase("")) as ports:
            request = Request(
                Verb.DEPLOY,
                groups=groups,
                choice=Choice.NAMED,
                names=names,
                environment_region=REGION,
            )
            ordering = Ordering(button, request, ports, Wishes(**wishes), dry_run=dry_run)
            return ordering.press(self._agree)

    def _agree(self, orders: Sequence[Order]) -> bool:
        self.asked.append(orders)
        return self.says()


def results(pressed: Pressed) -> dict[str, str]:
    """What came of each order, by the directory."""
    return {order.key.directory: order.result.value for order in pressed.orders}


def only(pressed: Pressed) -> Order:
    """The one order."""
    (order,) = pressed.orders
    return order
