"""Where a definition has logs written to, for attempts of which AWS doesn't tell it.

DescribeObjects may show of an attempt no more than its runtime fields: then what its component says counts,
with parents and `Default`, and the few runtime fields that such a place is made of are filled in here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from pipelayer.definition.expressions import Resolver
from pipelayer.definition.flat import Definition, Field
from pipelayer.definition.inheritance import Inheritance
from pipelayer.model.history import ObjectRun

_OPEN = "#{"
_RUNTIME = re.compile(r"#\{\s*(@\w+)\s*\}")
_FORMAT = re.compile(r"#\{\s*format\(\s*(@\w+)\s*,\s*['\"]([^'\"]*)['\"]\s*\)\s*\}")
_LETTERS = re.compile(r"([A-Za-z])\1*")
_PATTERNS = {
    "YYYY": "%Y",
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
}
"""What of Joda-Time's patterns is understood (Developer Guide, "Date and Time Functions")."""


def is_placed(attempt: ObjectRun) -> bool:
    """Whether AWS has told where its logs are, with nothing left to be evaluated."""
    return bool(attempt.log_uri) and not any(_OPEN in one for one in (attempt.log_uri, *attempt.logs))


def placed(attempt: ObjectRun, definition: Definition, pipeline_id: str) -> ObjectRun:
    """The same with what its component says of its logs. An expression that isn't understood stays in it."""
    item = next((one for one in definition.objects if one.id == attempt.component), None)
    if is_placed(attempt) or item is None:
        return attempt
    fields = Inheritance(definition).fields(item)
    resolver = Resolver(definition.values, definition.defaults)

    def text(key: str) -> str:
        return _filled(resolver.partial(_plain(fields, key)), attempt, pipeline_id)

    logs = [found for key in ("stdout", "stderr") if (found := text(key))]
    kept = [one for one in attempt.logs if _OPEN not in one and one not in logs]
    return replace(
        attempt,
        log_uri=text("emrLogUri") or text("pipelineLogUri"),
        logs=(*logs, *kept),
    )


def _plain(fields: Mapping[str, Field], key: str) -> str:
    found = fields.get(key)
    return next(iter(found.texts), "") if found else ""


def _filled(text: str, attempt: ObjectRun, pipeline_id: str) -> str:
    known = {"@pipelineId": pipeline_id, "@id": attempt.id}
    if attempt.scheduled:
        known["@scheduledStartTime"] = f"{attempt.scheduled:%Y-%m-%dT%H:%M:%S}"

    def formatted(match: re.Match[str]) -> str:
        letters = {found[0] for found in _LETTERS.finditer(match[2])}
        if match[1] != "@scheduledStartTime" or attempt.scheduled is None or not letters <= set(_PATTERNS):
            return match[0]
        return attempt.scheduled.strftime(_LETTERS.sub(lambda one: _PATTERNS[one[0]], match[2]))

    return _FORMAT.sub(formatted, _RUNTIME.sub(lambda match: known.get(match[1], match[0]), text))
