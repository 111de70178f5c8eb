"""What one string must be like: an enumeration's word, a period, a number, true or false, a place in S3."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelayer.definition.catalogue import Slot
from pipelayer.definition.codes import Code
from pipelayer.definition.period import Unit, parse_period
from pipelayer.definition.rules.context import Typed, error, warning
from pipelayer.definition.suggest import closest, did_you_mean
from pipelayer.model import Finding

_SPECIAL_PERIOD = "ONDEMAND_PERIOD"
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")
_DOUBLE = re.compile(r"\s*[+-]?(?:[0-9]{1,18}(?:\.[0-9]*)?|\.[0-9]{1,18})(?:[eE][+-]?[0-9]{1,3})?\s*")
_NOT_BELOW_ZERO = frozenset({"maximumRetries", "coreInstanceCount", "taskInstanceCount"})
_FROM_ONE = frozenset({"maxActiveInstances", "instanceCount", "sizeInGB", "volumesPerInstance"})
_BID_PRICES = frozenset(
    {"spotBidPrice", "coreInstanceBidPrice", "masterInstanceBidPrice", "taskInstanceBidPrice"}
)
_IN_S3 = frozenset({"directoryPath", "filePath", "pipelineLogUri", "emrLogUri", "manifestFilePath"})


def check(typed: Typed) -> Iterator[Finding]:
    """PL207, PL209 to PL211, PL217 and PL219."""
    if not typed.text:
        return
    allowed = typed.type.enum
    if allowed and typed.text.casefold() not in {name.casefold() for name in allowed}:
        message = f"`{typed.place}` can't be `{typed.text}`."
        hint = did_you_mean(
            typed.text, allowed, f"Write one of {', '.join(f'`{name}`' for name in allowed)}."
        )
        yield error(Code.ENUMERATION, message, typed.at, hint)
    match typed.type.slot:
        case Slot.PERIOD:
            yield from _period(typed)
        case Slot.INTEGER if typed.key != "occurrences" and not _INTEGER.fullmatch(typed.text):
            if not (typed.key == "terminateAfter" and parse_period(typed.text)):
                hint = 'Write a whole number, like "2".'
                yield error(
                    Code.NUMBER, f"`{typed.place}` is `{typed.text}`, no whole number.", typed.at, hint
                )
        case Slot.DOUBLE if not _DOUBLE.fullmatch(typed.text):
            hint = 'Write a number, like "0.25".'
            yield error(
                Code.NUMBER, f"`{typed.place}` is `{typed.text}`, which is no number.", typed.at, hint
            )
        case Slot.BOOLEAN if typed.text.strip().casefold() not in {"true", "false"}:
            message = f"`{typed.place}` is `{typed.text}`, neither true nor false."
            yield error(Code.BOOLEAN, message, typed.at, 'Write "true" or "false".')
    yield from _range(typed)
    if typed.written == "#{myS3InputDir}":
        return  # looked at with the files to upload
    if typed.key in _IN_S3 and not re.match(r"s3[an]?://", typed.text, re.IGNORECASE):
        message = f"`{typed.place}` is `{typed.text}`, which is no place in S3."
        yield warning(Code.NOT_S3, message, typed.at, "Write s3://bucket/folder.")


def _period(typed: Typed) -> Iterator[Finding]:
    if parse_period(typed.text) is None and typed.text.upper() != _SPECIAL_PERIOD:
        message = f"`{typed.place}` is `{typed.text}`, which is no period."
        yield error(Code.PERIOD, message, typed.at, _period_hint(typed.text))


def _period_hint(text: str) -> str:
    """`1 mnth` → Did you mean `1 month`? And in any case what a period is."""
    form = f"A period is a whole number and a unit: {', '.join(Unit)}, or its plural."
    match = re.fullmatch(r"\s*([0-9]{1,8})\s*([A-Za-z]{1,20}?)\s*", text)
    if match is None:
        return form
    plural = "" if int(match[1]) == 1 else "s"
    near = closest(match[2].removesuffix("s"), Unit, 0.6)
    return f"Did you mean `{match[1]} {near}{plural}`? {form}" if near else form


def _range(typed: Typed) -> Iterator[Finding]:
    if not _DOUBLE.fullmatch(typed.text):
        if typed.key in _BID_PRICES:
            message = f"`{typed.place}` is `{typed.text}`, which is no price."
            yield error(Code.RANGE, message, typed.at, "Write dollars above 0 and below 20, like `0.10`.")
        return
    number = float(typed.text)
    if typed.key in _BID_PRICES and not 0 < number < 20:
        message = f"`{typed.place}` is `{typed.text}`: a bid lies between 0 and 20 dollars."
        yield error(Code.RANGE, message, typed.at, "Write dollars above 0 and below 20, like `0.10`.")
    elif typed.key.endswith("ThroughputPercent") and not 0.1 <= number <= 1:
        message = f"`{typed.place}` is `{typed.text}`: AWS takes 0.1 to 1.0."
        yield error(Code.RANGE, message, typed.at, "Write a part of the table's throughput, like `0.25`.")
    elif (typed.key in _NOT_BELOW_ZERO and number < 0) or (typed.key in _FROM_ONE and number < 1):
        least = 0 if typed.key in _NOT_BELOW_ZERO else 1
        message = f"`{typed.place}` is `{typed.text}`: the least is {least}."
        yield error(Code.RANGE, message, typed.at, f"Write {least} or more.")
