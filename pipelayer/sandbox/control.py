"""Everything that a test or a demonstration may do to the simulated AWS from outside, none of it in the call
log.

Comes in: what is to be true. Goes out: the state and the history, as frozen or fresh values.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from . import history, runs, working
from .aws import Aws
from .clock import Clock
from .faults import Fault, Faults, Throttle
from .http import Incoming, signature
from .iam import read_policy
from .other import Moto
from .service import DataPipeline
from .settings import Settings, Switches
from .shapes import ObjectJson, ParameterJson, Request, ValueJson
from .state import Call, Caller, Event, EventKind, Pipeline, RunStatus, State, World
from .work import Fate
from .xml import listed

PERSON = "AKIAPERSON"
"""The access key of whoever acts through the control API."""


class Control:
    """The stage, the clock and the record of one simulated AWS."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._initial = settings or Settings()
        self.clock = Clock()
        self._start(self._initial)

    def _start(self, settings: Settings) -> None:
        world = World(self.clock, settings.seed, put_log=self.put_object)
        self._service = DataPipeline(world, settings)
        self.aws = Aws(self._service, Moto(settings.account), Throttle(self.clock), Faults(self.clock))

    def reset(self, settings: Settings | None = None) -> None:
        """An empty account, real time, no faults, an empty record; the settings as they were at first, or
        these.
        """
        self.clock.reset()
        self.aws.moto.reset()
        self._start(settings or self._initial)

    # ---- how it behaves

    @property
    def settings(self) -> Settings:
        return self._service.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        """Takes effect at once."""
        self._service.settings = settings
        self._service.role_errors_left = settings.role_errors
        self.aws.moto = Moto(settings.account)

    def switch(self, switches: Switches) -> None:
        """Takes a position in each open question."""
        self.settings = replace(self.settings, switches=switches)

    def throttle(self, *, per_second: float | None = None, burst: int | None = None) -> None:
        """Switches throttling on, at AWS's published rates or at these."""
        self.aws.throttle.switch_on(per_second=per_second, burst=burst)

    def stop_throttling(self) -> None:
        self.aws.throttle.switch_off()

    def fault(self, fault: Fault) -> None:
        """Lets something go wrong for the calls that match."""
        self.aws.faults.add(fault)

    def wait_for_faults(self, seconds: float = 60) -> bool:
        """Waits until each fault has met its calls; whether that came about within `seconds` of real time."""
        return self.aws.faults.wait(seconds)

    def clear_faults(self) -> None:
        self.aws.faults.clear()

    def allow_only(self, access_key: str, actions: Sequence[str]) -> None:
        """From now on this access key may do these actions and no others: `datapipeline:List*`,
        `s3:PutObject`, …
        """
        self.aws.permissions.allow_only(access_key, actions)

    def attach_policy(self, access_key: str, policy: Mapping[str, object]) -> None:
        """From now on this access key may do what this IAM policy allows, beside what others do that were
        attached before, and nothing else. Raises ValueError for what the sandbox doesn't evaluate.
        """
        self.aws.permissions.attach(access_key, read_policy(policy))

    # ---- time

    def set_time(self, at: datetime, *, frozen: bool = True) -> None:
        """Makes `at` (UTC) the present; frozen, it stays there until it is advanced."""
        self.clock.set(at, frozen=frozen)
        self._service.settle_all()

    def advance(self, by: timedelta) -> None:
        """Lets time pass: what is due runs, what is over ends."""
        self.clock.advance(by)
        self._service.settle_all()

    # ---- what there is, and what happened

    def pipelines(self, region: str = "", *, deleted: bool = False) -> list[Pipeline]:
        """Copies of the pipelines, of one region or of all, in the order of their creation."""
        self._service.settle_all()
        with self._service.world.lock:
            return [
                copy.deepcopy(one)
                for one in self._service.world.pipelines.values()
                if (not region or one.region == region) and (deleted or one.state is not State.DELETED)
            ]

    def pipeline(self, pipeline_id: str) -> Pipeline:
        """A copy of one pipeline. Raises KeyError if it never existed."""
        return next(one for one in self.pipelines(deleted=True) if one.id == self._known(pipeline_id).id)

    def calls(self, service: str = "", operation: str = "") -> list[Call]:
        """The calls so far, all or those to one service or of one operation."""
        return [
            call
            for call in list(self._service.world.journal.calls)
            if (not service or call.service == service) and (not operation or call.operation == operation)
        ]

    def events(self) -> list[Event]:
        """What changed so far."""
        self._service.settle_all()
        return list(self._service.world.journal.events)

    def clear_record(self) -> None:
        """Forgets calls and events, and keeps everything else."""
        self._service.world.journal.clear()

    def gaps(self, tag: str = "") -> list[history.Gap]:
        """Every time in which a name, or a value of this tag, that had a scheduled pipeline was left with
        none.
        """
        return history.gaps(self.events(), _subject(tag))

    def scheduled_at_once(self, tag: str = "") -> Mapping[str, int]:
        """For each name, or value of this tag, the most pipelines ever scheduled at the same time."""
        return history.scheduled_at_once(self.events(), _subject(tag))

    # ---- what others do

    def seed_pipeline(
        self,
        name: str,
        *,
        region: str = "us-east-1",
        unique_id: str = "",
        description: str = "",
        tags: Mapping[str, str] | None = None,
        objects: Sequence[ObjectJson] = (),
        parameters: Sequence[ParameterJson] = (),
        values: Sequence[ValueJson] = (),
        activate: bool = False,
    ) -> str:
        """A pipeline that somebody else has made; its id. Raises `Refusal` as AWS would."""
        caller = Caller(region, PERSON)
        number = len(self._service.world.pipelines)
        request = Request(name=name, uniqueId=unique_id or f"seed-{number}", description=description)
        request["tags"] = [{"key": key, "value": value} for key, value in (tags or {}).items()]
        pipeline_id = str(self._service.handle("CreatePipeline", request, caller)["pipelineId"])
        if objects:
            self.save(pipeline_id, objects, parameters, values)
        if activate:
            self.activate(pipeline_id)
        return pipeline_id

    def save(
        self,
        pipeline_id: str,
        objects: Sequence[ObjectJson],
        parameters: Sequence[ParameterJson] = (),
        values: Sequence[ValueJson] = (),
    ) -> bool:
        """Somebody saves a definition without activating it; whether AWS found it errored."""
        request = Request(
            pipelineId=pipeline_id,
            pipelineObjects=list(objects),
            parameterObjects=list(parameters),
            parameterValues=list(values),
        )
        return bool(self._do("PutPipelineDefinition", request)["errored"])

    def activate(self, pipeline_id: str) -> None:
        """Somebody activates it."""
        self._do("ActivatePipeline", Request(pipelineId=pipeline_id))

    def pause(self, pipeline_id: str) -> None:
        """Somebody deactivates it, and it is INACTIVE at once."""
        pipeline = self._known(pipeline_id)
        self._do("DeactivatePipeline", Request(pipelineId=pipeline_id))
        with self._service.world.lock:
            pipeline.polls_left, pipeline.settles_at = 0, None
            runs.settle(self._service.world, self.settings, pipeline)

    def delete(self, pipeline_id: str) -> None:
        """Somebody deletes it, and it is gone at once."""
        pipeline = self._known(pipeline_id)
        with self._service.world.lock:
            self._service.world.move(pipeline, State.DELETING)
            pipeline.polls_left, pipeline.settles_at = 0, None
            runs.settle(self._service.world, self.settings, pipeline)

    def set_tags(self, pipeline_id: str, tags: Mapping[str, str]) -> None:
        """Somebody replaces all its tags."""
        pipeline = self._known(pipeline_id)
        with self._service.world.lock:
            pipeline.tags = dict(tags)
            self._service.world.record(EventKind.TAGS, pipeline)

    def complete_runs(self, pipeline_id: str, status: RunStatus = RunStatus.FINISHED) -> int:
        """The running work of a pipeline comes to its end; how many runs that were."""
        pipeline = self._known(pipeline_id)
        with self._service.world.lock:
            runs.settle(self._service.world, self.settings, pipeline)
            running = pipeline.running
            for run in running:
                working.complete(self._service.world, self.settings, pipeline, run, status)
            runs.settle(self._service.world, self.settings, pipeline)
            return len(running)

    def fate(self, pipeline_id: str, fate: Fate) -> None:
        """Says what becomes of an object in runs that are still to come. Raises LookupError if the pipeline
        has no such object.
        """
        pipeline = self._known(pipeline_id)
        with self._service.world.lock:
            definition = pipeline.active or pipeline.latest
            if definition is None or fate.object_id not in definition.by_id:
                raise LookupError(f"The pipeline has no object {fate.object_id!r}.")
            pipeline.fates.append(fate)

    # ---- objects and secrets

    def create_bucket(self, name: str, region: str = "us-east-1") -> None:
        where = "" if region == "us-east-1" else f"<LocationConstraint>{region}</LocationConstraint>"
        body = f"<CreateBucketConfiguration>{where}</CreateBucketConfiguration>" if where else ""
        self._s3("PUT", f"/{name}", body=body.encode())

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        self.aws.moto.put_object(bucket, key, body)

    def objects(self, bucket: str, prefix: str = "") -> dict[str, bytes]:
        """Keys and contents."""
        found: dict[str, bytes] = {}
        token = ""
        while True:
            query = f"list-type=2&prefix={quote(prefix, safe='')}{token}"
            keys, following = listed(self._s3("GET", f"/{bucket}", query))
            for key in keys:
                found[key] = self._s3("GET", f"/{bucket}/{quote(key)}")
            if not following:
                return found
            token = f"&continuation-token={quote(following, safe='')}"

    def create_secret(self, name: str, value: str, region: str = "us-east-1") -> str:
        """A secret of Secrets Manager; its ARN."""
        return self.aws.moto.create_secret(name, value, region)

    def _s3(self, method: str, path: str, query: str = "", body: bytes = b"") -> bytes:
        headers = {"content-length": str(len(body)), "authorization": signature(PERSON, "us-east-1", "s3")}
        answer = self.aws.moto.answer(Incoming(method, path, query, headers, body))
        if answer.status >= 300:
            raise LookupError(answer.body.decode("utf-8", "replace"))
        return answer.body

    # ----

    def _known(self, pipeline_id: str) -> Pipeline:
        return self._service.world.pipelines[pipeline_id]

    def _do(self, operation: str, request: Request) -> Mapping[str, object]:
        return self._service.handle(
            operation, request, Caller(self._known(request["pipelineId"]).region, PERSON)
        )


def _subject(tag: str) -> Callable[[Event], str]:
    return lambda event: event.tags.get(tag, "") if tag else event.name
