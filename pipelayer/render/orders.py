"""A button's orders as lines for a terminal: what would be done, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipelayer.model.order import Order, OrderResult, Pressed

_MOST_OBJECTS = 20
_MARKS = {
    OrderResult.REFUSED: "refused: ",
    OrderResult.SKIPPED: "skipped: ",
    OrderResult.FAILED: "failed: ",
    OrderResult.UNCHANGED: "nothing to do: ",
}


def preview(orders: Sequence[Order]) -> Iterator[str]:
    """What would be done to each, what of that can't be undone, and what is worth knowing before; or why
    nothing would.
    """
    for order in orders:
        if order.result is not OrderResult.PLANNED:
            yield from _result(order)
            continue
        yield f"{order.key.group}/{order.key.directory}: {_what(order)}"
        yield f"  {order.message}"
        for one in order.objects[:_MOST_OBJECTS]:
            yield f"    {one.id}  {one.status}"
        if len(order.objects) > _MOST_OBJECTS:
            yield f"    and {len(order.objects) - _MOST_OBJECTS} more"
        if order.forever:
            yield f"  mind: {order.forever}"
        yield from (f"  note: {note}" for note in order.notes)


def _what(order: Order) -> str:
    where = f"{order.where.account}, {order.where.region}"
    named = order.live_id or "nothing that counts"
    return f"{named} ({', '.join(filter(None, [order.name, order.state, where]))})"


def results(pressed: Pressed) -> Iterator[str]:
    """What came of each order, and what to do next."""
    if pressed.dry_run:
        yield from preview(pressed.orders)
    else:
        yield from (line for order in pressed.orders for line in _result(order))
    yield from (f"note: {note}" for note in pressed.notes)
    if pressed.dry_run:
        yield "Nothing was done: this was a dry run."


def _result(order: Order) -> Iterator[str]:
    live = f" ({order.live_id})" if order.live_id else ""
    mark = _MARKS.get(order.result, "")
    yield f"{order.key.group}/{order.key.directory}{live}: {mark}{order.message}"
    if order.hint:
        yield f"  Hint: {order.hint}"
