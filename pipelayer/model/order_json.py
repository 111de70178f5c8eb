"""What came of a button, as JSON: `--json` of `run`, `pause`, `resume`, `rerun`, `cancel` and `delete`."""

from __future__ import annotations

import json

from pipelayer.model.order import Order, Pressed

VERSION = 1


def dumps(pressed: Pressed) -> str:
    """In ASCII, so that every terminal and pipe takes it; `docs/console.md` describes the fields."""
    document = {
        "version": VERSION,
        "command": pressed.button,
        "result": pressed.result,
        "dry_run": pressed.dry_run,
        "pipelines": [_order(order) for order in pressed.orders],
        "notes": list(pressed.notes),
        "error": pressed.error,
        "hint": pressed.hint,
    }
    return json.dumps(document, indent=2)


def _order(order: Order) -> dict[str, object]:
    return {
        "key": str(order.key),
        "name": order.name,
        "group": order.where.name,
        "region": order.where.region,
        "account": order.where.account,
        "pipeline_id": order.live_id,
        "state": order.state,
        "result": order.result,
        "message": order.message,
        "hint": order.hint,
        "objects": [
            {
                "id": one.id,
                "status": one.status,
                "scheduled": f"{one.scheduled:%Y-%m-%dT%H:%M:%SZ}" if one.scheduled else "",
            }
            for one in order.objects
        ],
        "notes": list(order.notes),
    }
