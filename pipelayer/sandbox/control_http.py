"""The control API over HTTP, for a sandbox that runs as a process of its own.

GET  /_sandbox/pipelines   /_sandbox/calls   /_sandbox/events   /_sandbox/gaps?tag=…
POST /_sandbox/<verb>      the body's members are the verb's arguments; see `VERBS`
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast, get_type_hints
from urllib.parse import parse_qs

from .clock import as_utc
from .control import Control
from .errors import Refusal
from .faults import Fault
from .http import Answer, Incoming
from .jsonable import jsonable
from .settings import Settings, Switches
from .shapes import ObjectJson, ParameterJson, ValueJson
from .state import RunStatus
from .work import Fate

Members = Mapping[str, object]
T = TypeVar("T", Settings, Switches, Fault, Fate)


class _BadRequest(Exception):
    pass


def control_answer(control: Control, incoming: Incoming) -> Answer:
    """One request of the control API."""
    verb = incoming.path.removeprefix("/_sandbox/")
    try:
        if incoming.method == "GET":
            query = {key: values[0] for key, values in parse_qs(incoming.query).items()}
            result = _look(control, verb, query)
        else:
            if verb not in VERBS:
                raise _BadRequest(f"unknown verb {verb!r}; known: {', '.join(sorted(VERBS))}")
            result = VERBS[verb](control, incoming.json_members)
    except (_BadRequest, Refusal, LookupError, TypeError, ValueError) as problem:
        return _json(400, {"error": f"{type(problem).__name__}: {problem}"})
    return _json(200, jsonable(result))


def _json(status: int, value: object) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(value, indent=1).encode())


def _look(control: Control, what: str, query: Mapping[str, str]) -> object:
    match what:
        case "pipelines":
            return control.pipelines(query.get("region", ""), deleted="deleted" in query)
        case "calls":
            return control.calls(query.get("service", ""), query.get("operation", ""))
        case "events":
            return control.events()
        case "gaps":
            return control.gaps(query.get("tag", ""))
        case "settings":
            return control.settings
        case "time":
            return control.clock.now()
        case _:
            raise _BadRequest(f"there is no {what!r} to look at")


def _text(members: Members, key: str) -> str:
    value = members.get(key)
    if not isinstance(value, str):
        raise _BadRequest(f"{key} must be a string")
    return value


def _set_time(control: Control, members: Members) -> object:
    control.set_time(
        as_utc(datetime.fromisoformat(_text(members, "at"))), frozen=members.get("frozen") is not False
    )
    return control.clock.now()


def _advance(control: Control, members: Members) -> object:
    seconds = members.get("seconds")
    if not isinstance(seconds, int | float):
        raise _BadRequest("seconds must be a number")
    control.advance(timedelta(seconds=seconds))
    return control.clock.now()


def _configure(control: Control, members: Members) -> object:
    control.settings = _changed(control.settings, members)
    return control.settings


def _switch(control: Control, members: Members) -> object:
    control.switch(_changed(control.settings.switches, members))
    return control.settings


def _fault(control: Control, members: Members) -> object:
    control.fault(_changed(Fault(), members))
    return control.aws.faults.waiting


def _fate(control: Control, members: Members) -> object:
    others = {key: value for key, value in members.items() if key != "pipeline_id"}
    control.fate(_text(members, "pipeline_id"), _changed(Fate(), others))
    return None


def _complete(control: Control, members: Members) -> object:
    status = RunStatus(str(members.get("status", RunStatus.FINISHED)))
    return control.complete_runs(_text(members, "pipeline_id"), status)


def _changed(before: T, members: Members) -> T:
    """The same with these members, enums read by their value."""
    hints = get_type_hints(type(before))
    known = {field.name for field in fields(before)}
    if unknown := set(members) - known:
        raise _BadRequest(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    return replace(before, **{key: _typed(hints[key], value) for key, value in members.items()})


def _typed(kind: object, value: object) -> Any:
    """A member of the request as the attribute's type; the attributes are strings, numbers and enums."""
    if isinstance(kind, type) and kind is not bool and isinstance(value, str):
        return kind(value)
    if isinstance(value, int | float | None):
        return value
    raise _BadRequest(f"{value!r} is not a {kind}")


def _seed(control: Control, members: Members) -> object:
    tags = members.get("tags")
    return control.seed_pipeline(
        _text(members, "name"),
        region=str(members.get("region", "us-east-1")),
        unique_id=str(members.get("unique_id", "")),
        description=str(members.get("description", "")),
        tags={str(k): str(v) for k, v in tags.items()} if isinstance(tags, Mapping) else None,
        objects=cast(list[ObjectJson], members.get("objects", [])),
        parameters=cast(list[ParameterJson], members.get("parameters", [])),
        values=cast(list[ValueJson], members.get("values", [])),
        activate=members.get("activate") is True,
    )


def _save(control: Control, members: Members) -> object:
    return control.save(
        _text(members, "pipeline_id"),
        cast(list[ObjectJson], members.get("objects", [])),
        cast(list[ParameterJson], members.get("parameters", [])),
        cast(list[ValueJson], members.get("values", [])),
    )


def _throttle(control: Control, members: Members) -> object:
    per_second, burst = members.get("per_second"), members.get("burst")
    control.throttle(
        per_second=per_second if isinstance(per_second, int | float) else None,
        burst=burst if isinstance(burst, int) else None,
    )
    return None


def _allow_only(control: Control, members: Members) -> object:
    actions = members.get("actions")
    if not isinstance(actions, list):
        raise _BadRequest("actions must be a list of strings")
    control.allow_only(_text(members, "access_key"), [str(one) for one in actions])
    return None


def _attach_policy(control: Control, members: Members) -> object:
    policy = members.get("policy")
    if not isinstance(policy, Mapping):
        raise _BadRequest("policy must be an object")
    control.attach_policy(_text(members, "access_key"), policy)
    return None


VERBS: Mapping[str, Callable[[Control, Members], object]] = {
    "reset": lambda control, _: control.reset(),
    "clear-record": lambda control, _: control.clear_record(),
    "configure": _configure,
    "switch": _switch,
    "fault": _fault,
    "clear-faults": lambda control, _: control.clear_faults(),
    "throttle": _throttle,
    "stop-throttling": lambda control, _: control.stop_throttling(),
    "allow-only": _allow_only,
    "attach-policy": _attach_policy,
    "set-time": _set_time,
    "advance": _advance,
    "seed-pipeline": _seed,
    "save": _save,
    "activate": lambda control, members: control.activate(_text(members, "pipeline_id")),
    "pause": lambda control, members: control.pause(_text(members, "pipeline_id")),
    "delete": lambda control, members: control.delete(_text(members, "pipeline_id")),
    "complete-runs": _complete,
    "fate": _fate,
    "create-bucket": lambda control, members: control.create_bucket(_text(members, "name")),
    "create-secret": lambda control, members: control.create_secret(
        _text(members, "name"), _text(members, "value")
    ),
}
