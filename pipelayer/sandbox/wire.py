"""Requests and answers of Data Pipeline, checked against botocore's own service model
(`datapipeline/2012-10-29`).

Comes in: the body of a request. Goes out: a `Request` that fits the model, or AWS's refusal. An answer of
ours that doesn't fit the model is a defect of the sandbox.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, cast

from .errors import Refusal
from .shapes import JsonObject, Request

if TYPE_CHECKING:
    from botocore.model import ListShape, ServiceModel, Shape, StructureShape

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@cache
def model() -> ServiceModel:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    description = Loader().load_service_model("datapipeline", "service-2", "2012-10-29")
    return ServiceModel(description, "datapipeline")


def read_request(operation: str, body: bytes) -> Request:
    """The request's members. Raises AWS's refusal where they don't fit the operation's input."""
    if operation not in model().operation_names:
        raise Refusal("UnknownOperationException", f"Unknown operation: {operation}")
    try:
        value = json.loads(body or b"{}")
    except ValueError as problem:
        raise Refusal("SerializationException", "Unable to parse the request body as JSON") from problem
    shape = model().operation_model(operation).input_shape
    found = list(_walk(value, shape, ""))
    for serial, message in found:
        if serial:
            raise Refusal("SerializationException", message)
    if found:
        plural = "s" if len(found) > 1 else ""
        messages = "; ".join(message for _, message in found)
        raise Refusal("ValidationException", f"{len(found)} validation error{plural} detected: {messages}")
    return cast(Request, value)


def write_answer(operation: str, answer: JsonObject) -> bytes:
    """The answer's body. Raises AssertionError if it doesn't fit the operation's output."""
    shape = model().operation_model(operation).output_shape
    if shape is None:
        if answer:
            raise AssertionError(f"{operation} has no output")
        return b""
    body = json.dumps(answer).encode()
    if problems := [message for _, message in _walk(json.loads(body), shape, "")]:
        raise AssertionError(f"{operation}: {'; '.join(problems)}")
    return body


Problem = tuple[bool, str]
"""Whether the value can't even be read, and the message."""


def _walk(value: object, shape: Shape | None, path: str) -> Iterator[Problem]:
    if shape is None:
        return
    match shape.type_name:
        case "structure":
            yield from _walk_structure(value, cast("StructureShape", shape), path)
        case "list":
            if not isinstance(value, list):
                yield _wrong(path, "list")
                return
            yield from _length(value, shape, path)
            for number, one in enumerate(value, 1):
                yield from _walk(one, cast("ListShape", shape).member, f"{path}.{number}.member")
        case "string":
            yield from _walk_string(value, shape, path)
        case kind:
            if not _is_scalar(value, kind):
                yield _wrong(path, kind)


def _walk_string(value: object, shape: Shape, path: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield _wrong(path, "string")
        return
    yield from _length(value, shape, path)
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield False, _constraint(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    if _CONTROL.search(value):
        yield False, _constraint(value, path, "Member must satisfy regular expression pattern")


def _is_scalar(value: object, kind: str) -> bool:
    match kind:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "timestamp":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            raise AssertionError(f"the model has a {kind} that the sandbox does not know")


def _walk_structure(value: object, shape: StructureShape, path: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield _wrong(path, "object")
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield (
                False,
                f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null",
            )
    for name, member in value.items():
        if name not in shape.members:
            yield True, f"Unexpected field '{_join(path, name)}'"
        elif member is not None:
            yield from _walk(member, shape.members[name], _join(path, name))


def _length(value: str | list[object], shape: Shape, path: str) -> Iterator[Problem]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield False, _constraint(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield False, _constraint(value, path, f"Member must have length less than or equal to {most}")


def _constraint(value: object, path: str, rule: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {rule}"


def _wrong(path: str, wanted: str) -> Problem:
    return True, f"Expected {wanted} at '{path}'"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
