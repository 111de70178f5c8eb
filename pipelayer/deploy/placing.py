"""Puts one pipeline's definition into AWS: creates a pipeline for it, saves it, activates it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pipelayer.definition.editing import resume_at, runs_otherwise
from pipelayer.definition.flat import Definition, has_secrets, with_secrets
from pipelayer.definition.schedule import Moved
from pipelayer.deploy import starts, tags
from pipelayer.deploy.elect import is_standing
from pipelayer.deploy.facts import Work
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.ports import Verdict
from pipelayer.errors import AwsError, PipelayerError
from pipelayer.model import Action, PipelineState

_AFTER_DUE = timedelta(seconds=5)
"""So long after its time a run has surely begun."""

_MARGIN = timedelta(minutes=1)
"""A first run nearer than this could begin on the old pipeline too, until that one is stopped."""

_COUNTER_LIMIT = 20

_INVALID = "InvalidRequestException"
_GONE = frozenset({"PipelineDeletedException", "PipelineNotFoundException"})


def final_tags(work: Work, target: str = "") -> dict[str, str]:
    """The tags of a pipeline that is as its files want it; `target` is "" for one that is created with them.

    On what was marked the writer stays as it is: another one may have begun since.
    """
    own = {tags.KEY: tags.key_tag(work.plan.key), tags.STATE: str(work.state)}
    if not any(work.takes(action, target) for action in (Action.MARK, Action.CLAIM)):
        own[tags.WRITER] = work.state.writer
    return {**work.tags, **own}


class Placing:
    """How far one pipeline has got.

    `new` is the id of the one that was created for it, or found unfinished.
    """

    def __init__(self, work: Work, hands: Hands) -> None:
        self._work = work
        self._hands = hands
        self._aws = hands.cloud.pipelines
        self._counter = 0
        self._candidates: Sequence[Moved] = ()
        self._moved: Moved | None = None
        self.new = ""
        self.activated = False

    def create(self) -> None:
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
                self.new = pipeline_id
                return
            self._counter += 1
        raise AwsError(
            "CreatePipeline keeps answering with a pipeline that is on its way out.",
            operation="CreatePipeline",
        )

    def _unique_id(self) -> str:
        """From what the pipeline is and what it replaces, so that a retry finds it and a revert doesn't find
        an old one. Where the old one goes first, a retry finds nothing to replace.
        """
        parts = (
            tags.key_tag(self._work.plan.key),
            self._work.pipeline.definition_digest,
            "" if self._work.old_first else self._work.plan.live_id,
            str(self._counter),
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _creation_tags(self) -> dict[str, str]:
        """A digest counts only once its pipeline was activated, or saved on demand: it can be written now."""
        state = replace(self._work.state, saved=False)
        return {**final_tags(self._work), tags.STATE: str(state), tags.WRITER: state.writer}

    def put(self, target: str) -> None:
        """Saves the definition. What was created for one that AWS refuses is deleted again; what runs goes on
        with the one that it has.
        """
        if self.new and not self._work.old_first:
            self.wait_for_due_run()
        try:
            self._put_once(target)
        except AwsError as problem:
            if not self.new:
                raise
            if problem.code in _GONE:
                self._counter += 1
                self.create()
                self.put(self.new)
                return
            if problem.code == _INVALID:
                self.discard()
            raise

    def _put_once(self, target: str) -> None:
        work, now = self._work, self._hands.clock.now()
        candidates = starts.to_save(work.facts, work.pipeline.definition, now, new=bool(self.new))
        if not candidates:
            self.discard()
            raise PipelayerError(
                "Its schedule has no run left in the future.", "Set a later end, or remove it."
            )
        self._save(target, candidates)

    def _save(self, target: str, candidates: Sequence[Moved]) -> None:
        """Saves the first of the candidates that AWS accepts, and keeps the rest in mind."""

        def put(definition: Definition) -> Verdict:
            return self._aws.put(target, with_secrets(definition, self._hands.secrets.read))

        verdict, self._moved = starts.ask(put, candidates)
        self._candidates = candidates[candidates.index(self._moved) + 1 :]
        if verdict.errored:
            self.discard()
            said = "; ".join(f"{message.object_id}: {message.text}" for message in verdict.errors)
            refused = f"AWS does not accept the definition: {said or 'it gives no reason'}."
            raise PipelayerError(f"{refused}{'' if self.new else self._put_back(target)}")

    def _put_back(self, target: str) -> str:
        """After a refused edit `latest` is what was refused, and `active` runs on. Says so, and saves what
        counted before: unless it has secrets, which AWS doesn't tell.
        """
        facts = self._work.facts
        before = facts.definition
        if before is None:
            return ""
        runs = "its active definition still runs" if facts.active else "it was never activated"
        if has_secrets(before) or has_secrets(self._work.pipeline.definition):
            why = "the one before has secrets, which can't be read back from AWS"
        else:
            try:
                if not self._aws.put(target, before).errored:
                    return f" On {target} {runs}, and the definition before was put back."
                why = "AWS doesn't accept the one before either"
            except PipelayerError as problem:
                why = f"putting the one before back failed: {problem.message.rstrip('.')}"
        return f" On {target} {runs}, but its latest one is the refused one ({why})."

    def discard(self) -> None:
        """A pipeline that was created for nothing takes a place and is charged. Failing to delete it changes
        no verdict.

        ListPipelines may lag: one that turns out to be at work was activated by an earlier run, and stays.
        """
        if not self.new:
            return
        try:
            if any(is_standing(found) for found in self._aws.describe([self.new])):
                return
            self._aws.delete(self.new)
            self.new = ""
        except PipelayerError as problem:
            self._hands.journal.says(self._work.plan.key, f"{self.new} is left unfinished: {problem.message}")

    def activate(self, target: str) -> None:
        """Starts the schedule, with its first run in the future; on demand, runs once."""
        self._look_again(target)
        start = self._resume_at(target)
        try:
            self._aws.activate(target, start, on_demand=self._work.pipeline.on_demand)
        except AwsError as problem:
            if problem.code != _INVALID or not (self._candidates or self._edits):
                raise
            if not self._candidates:
                raise PipelayerError(f"{problem.message}{self._put_back(target)}", problem.hint) from problem
            # A start in the current interval may be saved, and refused only now.
            self._save(target, self._candidates)
            self._aws.activate(target, start, on_demand=self._work.pipeline.on_demand)
        self.activated = True

    @property
    def _edits(self) -> bool:
        """Whether a definition was saved on what is live."""
        return self._moved is not None and not self.new

    def _look_again(self, target: str) -> None:
        """The start that was saved may lie in the past by now, or so near that it begins on the old pipeline
        too.
        """
        first, now = self._moved.first_run if self._moved else None, self._hands.clock.now()
        replacing = bool(self.new and self._work.facts.live) and not self._work.old_first
        if first is None or first > now + (_MARGIN if replacing else timedelta()):
            return
        if replacing and first > now:
            self._let_begin(first)
        self._put_once(target)

    def _resume_at(self, target: str) -> datetime | None:
        """A paused pipeline would run all that it missed, unless it is told from when on to run. So would one
        whose runs move to the other end of their intervals.
        """
        facts, wanted = self._work.facts, self._work.pipeline.definition
        live, now = facts.live, self._hands.clock.now()
        if live is None or live.id != target:
            return None
        moves = facts.active is not None and runs_otherwise(facts.active, wanted)
        if live.state not in (PipelineState.INACTIVE, PipelineState.DEACTIVATING) and not moves:
            return None
        saved = self._moved.definition if self._moved else wanted
        return resume_at(saved, now, facts.phase, skip_current=moves) or now

    def wait_for_due_run(self) -> None:
        """A run due within a minute begins on the old pipeline, so that old and new never run the same
        slot.
        """
        facts, now = self._work.facts, self._hands.clock.now()
        before = [(facts.live, facts.definition)] if facts.live else []
        before += [(old, None) for old in facts.election.retired]  # one that was cut short may still run
        if due := max(filter(None, (starts.due(*one, now) for one in before)), default=None):
            self._let_begin(due)

    def _let_begin(self, due: datetime) -> None:
        self._hands.journal.says(self._work.plan.key, "a run is due within a minute: letting it begin first")
        wait = due + _AFTER_DUE - self._hands.clock.now()
        self._hands.clock.sleep(wait.total_seconds())
        self._hands.go_on()
