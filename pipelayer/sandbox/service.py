"""The operations of AWS Data Pipeline, on the simulated accounts of a `World`.

Comes in: a request that fits botocore's model, and who asks. Goes out: the answer's members, or a `Refusal`.
Behaves as the AWS Data Pipeline API Reference and the Developer Guide say, with a switch for what they leave
open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from . import describe, listing, orders, query, runs, working
from .definition import Definition
from .editing import check_edit
from .errors import Refusal, deleted, invalid, not_found
from .settings import (
    DeleteWhileDeactivating,
    EditRulesInValidate,
    Idempotency,
    IdleDeactivate,
    InactiveEdits,
    Settings,
    UniqueIdAfterDelete,
)
from .shapes import Json, JsonObject, Request
from .state import Caller, EventKind, Pipeline, State, World
from .validation import Verdict, check, fatal

MAX_TAGS = 10
MAX_DESCRIBED = 25


@dataclass
class DataPipeline:
    """The service. `settings` may be replaced at any time."""

    world: World
    settings: Settings

    def handle(self, operation: str, request: Request, caller: Caller) -> JsonObject:
        """One call. Raises `Refusal`."""
        if operation not in _OPERATIONS:
            raise Refusal("UnknownOperationException", f"The sandbox does not offer {operation}")
        with self.world.lock:
            return _OPERATIONS[operation](self, request, caller)

    def settle_all(self) -> None:
        """Brings every pipeline up to the present."""
        with self.world.lock:
            for pipeline in self.world.pipelines.values():
                runs.settle(self.world, self.settings, pipeline)

    def _find(self, pipeline_id: str, caller: Caller) -> Pipeline:
        """The pipeline as it is now; raises for one that is unknown or deleted."""
        pipeline = self.world.pipelines.get(pipeline_id)
        if pipeline is None or pipeline.region != caller.region:
            raise not_found(pipeline_id)
        runs.settle(self.world, self.settings, pipeline)
        if pipeline.state is State.DELETED:
            raise deleted(pipeline_id)
        return pipeline

    def _writable(self, pipeline_id: str, caller: Caller) -> Pipeline:
        pipeline = self._find(pipeline_id, caller)
        if pipeline.state is State.DELETING:
            raise invalid(f"Pipeline with id: {pipeline_id} is being deleted")
        return pipeline

    def _present(self, region: str) -> list[Pipeline]:
        """The region's pipelines; those whose deletion is over are gone."""
        for pipeline in self.world.in_region(region):
            if pipeline.state is State.DELETING:
                runs.settle(self.world, self.settings, pipeline)
        return self.world.in_region(region)

    def _create(self, request: Request, caller: Caller) -> JsonObject:
        present = self._present(caller.region)
        if found := self._same_identity(request, caller):
            return {"pipelineId": found.id}
        if len(present) >= self.settings.max_pipelines:
            raise invalid(
                "Web service limit exceeded: Exceeded maximum number of pipelines allowed per account"
            )
        pipeline = Pipeline(
            id=self.world.new_id(),
            region=caller.region,
            name=request["name"],
            unique_id=request["uniqueId"],
            description=request.get("description", ""),
            tags={tag["key"]: tag["value"] for tag in request.get("tags", [])},
            creator=caller.access_key,
            created=self.world.clock.now(),
            number=len(self.world.pipelines),
            lists_until_shown=self.settings.switches.list_lag_calls,
        )
        self.world.pipelines[pipeline.id] = pipeline
        self.world.record(EventKind.CREATED, pipeline)
        return {"pipelineId": pipeline.id}

    def _same_identity(self, request: Request, caller: Caller) -> Pipeline | None:
        switches = self.settings.switches
        for pipeline in reversed(self.world.pipelines.values()):
            gone = pipeline.state is State.DELETED
            if (
                (pipeline.name, pipeline.unique_id) == (request["name"], request["uniqueId"])
                and pipeline.region == caller.region
                and (switches.idempotency is Idempotency.ACCOUNT or pipeline.creator == caller.access_key)
                and not (gone and switches.unique_id_after_delete is UniqueIdAfterDelete.FREE)
            ):
                return pipeline
        return None

    def _put(self, request: Request, caller: Caller) -> JsonObject:
        pipeline = self._writable(request["pipelineId"], caller)
        if pipeline.state is State.FINISHED:
            raise invalid("Pipeline is in FINISHED state. The pipeline definition can not be modified.")
        definition = _definition(request)
        if refusal := fatal(definition, self.settings.max_objects):
            raise refusal
        limited = self._limited(pipeline)
        verdict = self._judge(definition, pipeline.active if limited else None)
        pipeline.latest, pipeline.errored = definition, bool(verdict.errors)
        pipeline.version += 1
        self.world.record(EventKind.SAVED, pipeline)
        return describe.verdict(verdict)

    def _validate(self, request: Request, caller: Caller) -> JsonObject:
        pipeline = self._find(request["pipelineId"], caller)
        definition = _definition(request)
        if len(definition.objects) > self.settings.max_objects:
            raise fatal(definition, self.settings.max_objects) or AssertionError
        applied = self.settings.switches.edit_rules_in_validate is EditRulesInValidate.APPLIED
        return describe.verdict(
            self._judge(definition, pipeline.active if applied and self._limited(pipeline) else None)
        )

    def _limited(self, pipeline: Pipeline) -> bool:
        """Whether the edit rules hold for it."""
        free = self.settings.switches.inactive_edits is InactiveEdits.FREE
        return pipeline.active is not None and not (free and pipeline.state is State.INACTIVE)

    def _judge(self, definition: Definition, active: Definition | None) -> Verdict:
        verdict = check(definition, self.world.clock.now())
        if active is not None:
            check_edit(active, definition, verdict)
        if self.role_errors_left > 0:
            self.role_errors_left -= 1
            verdict.error(
                "Default", "Unable to validate the role: role does not exist or can not be assumed."
            )
        return verdict

    def __post_init__(self) -> None:
        self.role_errors_left = self.settings.role_errors

    def _get(self, request: Request, caller: Caller) -> JsonObject:
        pipeline = self._find(request["pipelineId"], caller)
        wanted = request.get("version", "latest")
        if wanted not in ("latest", "active"):
            raise invalid(f"Invalid version: {wanted}")
        definition = pipeline.active if wanted == "active" else pipeline.latest
        return describe.definition(definition or Definition(), self.settings.switches.secret_fields)

    def _activate(self, request: Request, caller: Caller) -> JsonObject:
        pipeline = self._writable(request["pipelineId"], caller)
        if pipeline.state in (State.DEACTIVATING, State.FINISHED):
            raise invalid(f"Pipeline in state {pipeline.state} can not be activated.")
        if pipeline.latest is None:
            raise invalid("Pipeline definition is empty. Please put a pipeline definition before activating.")
        definition = pipeline.latest.with_values(request.get("parameterValues", []))
        now = self.world.clock.now()
        verdict = self._judge(definition, pipeline.active if self._limited(pipeline) else None)
        if verdict.errors:
            found = [message for messages in verdict.errors.values() for message in messages]
            raise invalid(f"Pipeline definition has errors: {' '.join(found)}")
        timestamp = request.get("startTimestamp")
        resume = None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
        if resume is None and pipeline.first_activation is None:
            runs.refuse_current_interval(definition, self.settings, now)
        before = pipeline.active, pipeline.first_activation, dict(pipeline.versions)
        pipeline.active = pipeline.versions[pipeline.version] = definition
        pipeline.first_activation = pipeline.first_activation or now
        try:
            runs.start(pipeline, self.settings, now, resume)
        except Refusal:
            pipeline.active, pipeline.first_activation, pipeline.versions = before
            raise
        pipeline.latest = definition
        pipeline.last_activation = now
        self.world.record(EventKind.ACTIVATED, pipeline)
        self.world.move(pipeline, State.SCHEDULED)
        runs.settle(self.world, self.settings, pipeline)
        return {}

    def _deactivate(self, request: Request, caller: Caller) -> JsonObject:
        pipeline = self._writable(request["pipelineId"], caller)
        if pipeline.state in (State.PENDING, State.FINISHED):
            if self.settings.switches.idle_deactivate is IdleDeactivate.REFUSED:
                raise invalid(f"Pipeline in state {pipeline.state} can not be deactivated.")
            return {}
        if request.get("cancelActive", True):
            for run in pipeline.running:
                working.cancel(self.world, self.settings, pipeline, run)
        if pipeline.state is State.SCHEDULED:
            pipeline.next_runs = {}
            pipeline.deactivated = self.world.clock.now()
            self.world.move(pipeline, State.DEACTIVATING)
            runs.begin_transition(pipeline, self.settings, self.world.clock.now())
        return {}

    def _delete(self, request: Request, caller: Caller) -> JsonObject:
        try:
            pipeline = self._find(request["pipelineId"], caller)
        except Refusal as refusal:
            raise not_found(request["pipelineId"]) from refusal
        refused = self.settings.switches.delete_while_deactivating is DeleteWhileDeactivating.REFUSED
        if pipeline.state is State.DEACTIVATING and refused:
            raise invalid("Pipeline in state DEACTIVATING can not be deleted.")
        if pipeline.state is not State.DELETING:
            self.world.move(pipeline, State.DELETING)
            runs.begin_transition(pipeline, self.settings, self.world.clock.now())
        return {}

    def _describe(self, request: Request, caller: Caller) -> JsonObject:
        ids = request["pipelineIds"]
        if len(ids) > MAX_DESCRIBED:
            raise invalid(
                f"Web service limit exceeded: at most {MAX_DESCRIBED} pipelines can be described at once"
            )
        found = [self._find(one, caller) for one in ids]
        answer: list[Json] = [describe.pipeline(one, self.settings) for one in found]
        for one in found:
            runs.observe(one)
        return {"pipelineDescriptionList": answer}

    def _list(self, request: Request, caller: Caller) -> JsonObject:
        return listing.list_pipelines(
            self._present(caller.region), request, self.settings, self.world.clock.now()
        )

    def _add_tags(self, request: Request, caller: Caller) -> JsonObject:
        pipeline = self._writable(request["pipelineId"], caller)
        tags = pipeline.tags | {tag["key"]: tag["value"] for tag in request["tags"]}
        if len(tags) > MAX_TAGS:
            raise invalid(
                f"Web service limit exceeded: Exceeded maximum number of tags per pipeline: {MAX_TAGS}"
            )
        return self._set_tags(pipeline, tags)

    def _remove_tags(self, request: Request, caller: Caller) -> JsonObject:
        pipeline = self._writable(request["pipelineId"], caller)
        return self._set_tags(
            pipeline, {k: v for k, v in pipeline.tags.items() if k not in request["tagKeys"]}
        )

    def _query_objects(self, request: Request, caller: Caller) -> JsonObject:
        return query.query_objects(self._find(request["pipelineId"], caller), self.settings, request)

    def _describe_objects(self, request: Request, caller: Caller) -> JsonObject:
        return query.describe_objects(self._find(request["pipelineId"], caller), self.settings, request)

    def _set_status(self, request: Request, caller: Caller) -> JsonObject:
        pipeline = self._writable(request["pipelineId"], caller)
        return orders.set_status(self.world, self.settings, pipeline, request)

    def _set_tags(self, pipeline: Pipeline, tags: Mapping[str, str]) -> JsonObject:
        pipeline.tags = dict(tags)
        self.world.record(EventKind.TAGS, pipeline)
        return {}


def _definition(request: Request) -> Definition:
    return Definition(
        request["pipelineObjects"],
        request.get("parameterObjects") or [],
        request.get("parameterValues") or [],
    )


_OPERATIONS: Mapping[str, Callable[[DataPipeline, Request, Caller], JsonObject]] = {
    "ActivatePipeline": DataPipeline._activate,
    "AddTags": DataPipeline._add_tags,
    "CreatePipeline": DataPipeline._create,
    "DeactivatePipeline": DataPipeline._deactivate,
    "DeletePipeline": DataPipeline._delete,
    "DescribeObjects": DataPipeline._describe_objects,
    "DescribePipelines": DataPipeline._describe,
    "GetPipelineDefinition": DataPipeline._get,
    "ListPipelines": DataPipeline._list,
    "PutPipelineDefinition": DataPipeline._put,
    "QueryObjects": DataPipeline._query_objects,
    "RemoveTags": DataPipeline._remove_tags,
    "SetStatus": DataPipeline._set_status,
    "ValidatePipelineDefinition": DataPipeline._validate,
}
