"""Desired and live pipelines as values, for the pure rooms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pipelayer.definition.flat import Definition, read_definition, read_values
from pipelayer.definition.schedule import is_on_demand
from pipelayer.deploy import tags
from pipelayer.deploy.elect import elect
from pipelayer.deploy.facts import Facts, Options, Work
from pipelayer.deploy.plan import plan_pipeline
from pipelayer.model import Key, LivePipeline, PipelineState, Position
from pipelayer.project.config import Group
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.source import read_document
from pipelayer.project.uploads import S3Location, UploadFile
from support.scene import template

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
BIRTH = datetime(2026, 1, 1, tzinfo=UTC)
DIGEST, FILES = "d" * 32, "f" * 32
PROJECT = "acme/nightly"


def definition(text: str = "", **values: str) -> Definition:
    """A definition from a template's text."""
    node, _ = read_document("definition.json", (text or template()).encode())
    assert node is not None
    found, findings = read_definition(node)
    assert findings == ()
    given, _ = read_document("values.json", json.dumps(values).encode())
    assert given is not None
    return replace(found, values=read_values(given)[0]) if values else found


def with_object(text: str, **fields: Any) -> str:
    """The template with one object more."""
    written = json.loads(text)
    written["objects"].append({"name": fields["id"], **fields})
    return json.dumps(written)


def with_field(text: str, id: str, **fields: Any) -> str:
    """The template with these fields of one of its objects."""
    written = json.loads(text)
    next(one for one in written["objects"] if one["id"] == id).update(fields)
    return json.dumps(written)


def key(directory: str = "a", group: str = "default", project: str = PROJECT) -> Key:
    return Key(project, group, directory)


def files(*relative: str, place: str = "in/a/") -> tuple[UploadFile, ...]:
    """Files as a directory `a` holds them; the id is that of the name."""
    return tuple(UploadFile(f"a/{one}", one, place + one, f"id-{one}", False) for one in relative)


def wanted(directory: str = "a", text: str = "", **changes: Any) -> Pipeline:
    """What the files want."""
    own = definition(text)
    plain = Pipeline(
        key=key(directory),
        group=Group("default"),
        directory=directory,
        name=directory,
        named=False,
        description="",
        tags={},
        adopt="",
        moved_from=(),
        ignore=(),
        definition=own,
        input=None,
        files=(),
        definition_digest=DIGEST,
        files_digest=FILES,
        on_demand=is_on_demand(own),
        values_path=f"{directory}/values.json",
        at=Position(f"{directory}/values.json"),
    )
    return replace(plain, **changes)


def with_input(directory: str = "a", *relative: str, text: str = "", **changes: Any) -> Pipeline:
    """One with files to upload."""
    place = S3Location("data", f"in/{directory}/")
    found = {"files": files(*(relative or ("run",)), place=place.prefix)}
    return wanted(directory, text, input=place, **{**found, **changes})


def state(definition: str = DIGEST, files: str = FILES, **others: Any) -> str:
    return str(tags.State(definition, files, **others))


def live(
    id: str = "df-1",
    name: str = "a",
    state: PipelineState = PipelineState.SCHEDULED,
    *,
    key: Key | None = None,
    recorded: str | None = None,
    retired: str = "",
    own: Mapping[str, str] | None = None,
    created: datetime | None = BIRTH,
    **others: Any,
) -> LivePipeline:
    """What AWS has. Without `key` it is that of the directory `a`."""
    about = {tags.KEY: tags.key_tag(key or Key(PROJECT, "default", "a"))}
    about |= {tags.STATE: str(tags.State(DIGEST, FILES)) if recorded is None else recorded}
    about |= {tags.RETIRED: retired} if retired else {}
    return LivePipeline(id, name, tags={**about, **(own or {})}, state=state, created=created, **others)


def stranger(
    id: str = "df-9", name: str = "a", state: PipelineState = PipelineState.SCHEDULED
) -> LivePipeline:
    """One that Pipelayer has nothing to do with."""
    return LivePipeline(id, name, tags={"team": "data"}, state=state, created=BIRTH)


def actions(steps: Sequence[Any]) -> list[str]:
    return [step.action.value for step in steps]


def plan(pipeline: Pipeline, *there: LivePipeline, options: Options | None = None, **facts: Any) -> Work:
    """The plan for one pipeline, with these under its key in AWS."""
    election = elect(there, pipeline.definition_digest)
    return plan_pipeline(pipeline, Facts(election, **facts), options or Options(), NOW, "c" * 40)
