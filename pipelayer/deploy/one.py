"""Carries out the plan of one pipeline, step by step.

After a failure or an interruption at any point, the tags tell the next run where this one stopped; nothing is
undone but a pipeline that was just created and that AWS doesn't accept.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import assert_never

from pipelayer.definition.flat import Definition, with_secrets
from pipelayer.definition.schedule import Moved, next_runs, schedules
from pipelayer.deploy import starts, tags
from pipelayer.deploy.facts import Work
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.plan import phase_of
from pipelayer.deploy.ports import Verdict
from pipelayer.deploy.sweep import Sweep
from pipelayer.errors import AwsError, Interrupted, PipelayerError
from pipelayer.model import Action, Kind, Outcome, OutcomeResult, PipelineState, Step

_DUE = timedelta(minutes=1)
"""A run that is due this soon begins on the old pipeline before a replacement starts."""

_MARGIN = timedelta(seconds=20)
"""A first run nearer than this could pass while Activate is on its way: the start is moved once more."""

_COUNTER_LIMIT = 20

_RESULTS = {
    Kind.CREATE: OutcomeResult.CREATED,
    Kind.EDIT: OutcomeResult.EDITED,
    Kind.REPLACE: OutcomeResult.REPLACED,
    Kind.UPLOAD: OutcomeResult.UPLOADED,
    Kind.RETAG: OutcomeResult.RECORDED,
    Kind.RUN: OutcomeResult.ACTIVATED,
    Kind.ADOPT: OutcomeResult.ADOPTED,
    Kind.HELD: OutcomeResult.HELD,
    Kind.REFUSED: OutcomeResult.FAILED,
    Kind.UNCHANGED: OutcomeResult.UNCHANGED,
}


class _Superseded(Exception):
    """A newer commit decides over this pipeline now."""


class Running:
    """One pipeline's execution: where it stands, and what it has done so far."""

    def __init__(self, work: Work, hands: Hands, sweep: Sweep) -> None:
        self._work = work
        self._hands = hands
        self._sweep = sweep
        self._aws = hands.cloud.pipelines
        self._new = ""
        self._counter = 0
        self._moved: Moved | None = None
        self._uploaded = 0
        self._removed = 0
        self._activated = False

    def outcome(self) -> Outcome:
        """Takes every step and tells what came of it; a failure is an outcome, never an exception."""
        clock = self._hands.clock
        began = clock.now()
        result, error = _RESULTS.get(self._work.plan.kind, OutcomeResult.SKIPPED), ""
        try:
            if self._work.plan.kind is Kind.REFUSED:
                error = self._work.plan.reason
            self._take_steps()
        except _Superseded:
            result = OutcomeResult.SUPERSEDED
        except Interrupted as stop:
            result, error = OutcomeResult.SKIPPED, f"{stop.message} {self._retry()}"
        except PipelayerError as problem:
            hint = f" {problem.hint}" if problem.hint else ""
            result, error = OutcomeResult.FAILED, f"{problem.message}{hint} {self._retry()}"
        live = self._work.plan.live_id
        return Outcome(
            str(self._work.plan.key),
            result,
            self._new or live,
            live if self._new else "",
            self._uploaded,
            self._removed,
            round((clock.now() - began).total_seconds(), 2),
            error,
            self._activated,
        )

    def _retry(self) -> str:
        return f"Retry: {self._hands.retry(self._work.plan.key)}"

    def _take_steps(self) -> None:
        plan = self._work.plan
        if plan.steps and self._hands.superseded(plan.key):
            raise _Superseded
        for step in plan.steps:
            if self._hands.interrupted():
                raise Interrupted("The run was stopped before this pipeline was done.")
            self._hands.journal.begins(plan, step)
            self._take(step)
            self._hands.journal.done(plan, step)

    def _take(self, step: Step) -> None:
        target = step.target or self._new
        match step.action:
            case Action.CLAIM:
                self._aws.add_tags(target, {tags.KEY: tags.key_tag(self._work.plan.key)})
            case Action.MARK:
                self._aws.add_tags(target, {tags.STATE: str(self._marked())})
            case Action.UPLOAD:
                self._upload()
            case Action.REMOVE_STALE:
                self._remove_stale()
            case Action.CREATE:
                self._wait_for_due_run()
                self._create()
            case Action.PUT:
                if self._work.plan.kind in (Kind.CREATE, Kind.REPLACE):
                    self._new = target
                self._put(target)
            case Action.RECORD:
                self._aws.add_tags(target, self._tags())
            case Action.ACTIVATE:
                self._activate(target)
            case Action.RETIRE:
                self._aws.add_tags(
                    target, {tags.RETIRED: self._new or self._work.plan.live_id or "unfinished"}
                )
            case Action.DEACTIVATE:
                self._aws.deactivate(target, cancel_active=False)
            case Action.DELETE:
                self._sweep.add(self._work.plan.key, target)
            case _:
                assert_never(step.action)

    def _tags(self) -> dict[str, str]:
        own = {tags.KEY: tags.key_tag(self._work.plan.key), tags.STATE: str(self._work.state)}
        return {**self._work.pipeline.tags, **own}

    def _marked(self) -> tags.State:
        before = self._work.facts.recorded
        puts = any(step.action is Action.PUT and step.target for step in self._work.plan.steps)
        writes = self._work.has(Action.UPLOAD) or self._work.has(Action.REMOVE_STALE)
        return tags.State(
            tags.UNKNOWN if puts else before.definition,
            tags.UNKNOWN if writes else before.files,
            before.secrets,
            before.commit,
            before.saved,
        )

    def _upload(self) -> None:
        plan = self._work.facts.upload
        assert plan is not None, "an upload step comes from an upload plan"
        bucket, read = self._hands.cloud.bucket, self._hands.read

        def send(index: int) -> None:
            if self._hands.interrupted():
                raise Interrupted("The run was stopped before every file was sent.")
            file = plan.send[index]
            bucket.put(plan.location.bucket, file.destination, read(file.source), file.id)

        with ThreadPoolExecutor(max_workers=self._hands.upload_threads) as pool:
            for _ in pool.map(send, range(len(plan.send))):
                self._uploaded += 1

    def _remove_stale(self) -> None:
        plan = self._work.facts.upload
        assert plan is not None, "a removal step comes from an upload plan"
        self._hands.cloud.bucket.delete(plan.location.bucket, plan.stale)
        self._removed = len(plan.stale)

    def _wait_for_due_run(self) -> None:
        """A run due within a minute begins on the old pipeline, so that old and new never run the same
        slot.
        """
        live, definition = self._work.facts.live, self._work.facts.definition
        if live is None or definition is None:
            return
        now = self._hands.clock.now()
        due = [run for schedule in schedules(definition) for run in next_runs(schedule, now, 1)]
        if live.next_run and live.next_run > now:
            due.append(live.next_run)
        soon = [run for run in due if run - now <= _DUE]
        if soon:
            until = max(soon) + timedelta(seconds=5)
            self._hands.journal.says(
                self._work.plan.key, "a run is due within a minute: letting it begin first"
            )
            self._hands.clock.sleep((until - now).total_seconds())

    def _create(self) -> None:
        """Creates, or finds what a run before this one created. One that is on its way out is never taken:
        the counter goes up.
        """
        known = self._hands.snapshot.by_id
        usable = {pipeline.id for pipeline in self._work.facts.election.leftovers}
        while self._counter < _COUNTER_LIMIT:
            pipeline_id = self._aws.create(
                self._work.plan.name,
                self._unique_id(),
                self._work.pipeline.description,
                self._creation_tags(),
            )
            if pipeline_id not in known or pipeline_id in usable:
                self._new = pipeline_id
                return
            self._counter += 1
        raise AwsError(
            "CreatePipeline keeps answering with a pipeline that is on its way out.",
            operation="CreatePipeline",
        )

    def _unique_id(self) -> str:
        """From what the pipeline is and what it replaces, so that a retry finds it and a revert doesn't find
        an old one.
        """
        parts = (
            tags.key_tag(self._work.plan.key),
            self._work.pipeline.definition_digest,
            self._work.plan.live_id,
            str(self._counter),
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _creation_tags(self) -> dict[str, str]:
        """A digest counts only once its pipeline was activated, so the final state can be written now.

        Not so on demand, where nothing is activated: there the state says `never` until the definition is
        accepted.
        """
        if not self._work.pipeline.on_demand:
            return self._tags()
        return {**self._tags(), tags.STATE: str(tags.State())}

    def _put(self, target: str) -> None:
        try:
            self._put_once(target)
        except AwsError as problem:
            if problem.code != "PipelineDeletedException" or not self._new:
                raise
            self._counter += 1
            self._create()
            self._put_once(self._new)

    def _put_once(self, target: str) -> None:
        now = self._hands.clock.now()
        candidates = starts.versions(self._work.pipeline.definition, now, phase_of(self._work.facts))
        if not candidates:
            self._discard()
            raise PipelayerError(
                "Its schedule has no run left in the future.", "Set a later end, or remove it."
            )

        def put(definition: Definition) -> Verdict:
            return self._aws.put(target, with_secrets(definition, self._hands.secrets.read))

        verdict, self._moved = starts.ask(put, candidates)
        if verdict.errored:
            self._discard()
            said = "; ".join(f"{message.object_id}: {message.text}" for message in verdict.errors)
            raise PipelayerError(f"AWS does not accept the definition: {said or 'it gives no reason'}.")

    def _discard(self) -> None:
        """A pipeline that was created for nothing takes a place and is charged. Failing to delete it changes
        no verdict.
        """
        if not self._new:
            return
        try:
            self._aws.delete(self._new)
            self._new = ""
        except PipelayerError as problem:
            self._hands.journal.says(
                self._work.plan.key, f"{self._new} is left unfinished: {problem.message}"
            )

    def _activate(self, target: str) -> None:
        if self._hands.superseded(self._work.plan.key):
            self._discard()
            raise _Superseded
        first = self._moved.first_run if self._moved else None
        if first is not None and first <= self._hands.clock.now() + _MARGIN:
            self._put_once(target)
        self._aws.activate(target, self._resume_at(target))
        self._activated = True

    def _resume_at(self, target: str) -> datetime | None:
        """A paused pipeline would run all that it missed, unless it is told from when on to run."""
        live = self._hands.snapshot.by_id.get(target)
        if live is None or live.state is not PipelineState.INACTIVE:
            return None
        now = self._hands.clock.now()
        runs = [
            run
            for schedule in schedules(self._work.pipeline.definition)
            for run in next_runs(schedule, now, 1)
        ]
        return min(runs, default=now)
