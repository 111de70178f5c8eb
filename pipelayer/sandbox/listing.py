"""ListPipelines: pages, and pipelines that don't show up yet."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime

from .errors import invalid
from .settings import Settings
from .shapes import Json, JsonObject, Request
from .state import Pipeline


def list_pipelines(
    present: Sequence[Pipeline], request: Request, settings: Settings, now: datetime
) -> JsonObject:
    """One page; the marker names the last pipeline shown, so that nothing is lost while others go."""
    marker = request.get("marker")
    after = _read_marker(marker) if marker else -1
    shown = [one for one in present if one.number > after and _is_shown(one, settings, now)]
    if not marker:
        for one in present:
            one.lists_until_shown = max(0, one.lists_until_shown - 1)
    page = shown[: settings.page_size]
    answer: dict[str, Json] = {
        "pipelineIdList": [{"id": one.id, "name": one.name} for one in page],
        "hasMoreResults": len(shown) > len(page),
    }
    return answer | {"marker": _write_marker(page[-1].number)} if len(shown) > len(page) else answer


def _is_shown(pipeline: Pipeline, settings: Settings, now: datetime) -> bool:
    age = (now - pipeline.created).total_seconds()
    return not pipeline.lists_until_shown and age >= settings.switches.list_lag_seconds


def _write_marker(number: int) -> str:
    return base64.b64encode(str(number).encode()).decode()


def _read_marker(marker: str) -> int:
    try:
        return int(base64.b64decode(marker, validate=True))
    except (binascii.Error, ValueError) as problem:
        raise invalid("Invalid marker") from problem
