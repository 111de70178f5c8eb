"""What planning one pipeline starts from, and what it ends in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pipelayer.definition.compare import Change, EditRule, changes
from pipelayer.definition.flat import Definition, secrets_of
from pipelayer.definition.schedule import is_on_demand, schedules
from pipelayer.deploy import tags
from pipelayer.deploy.elect import Election
from pipelayer.deploy.upload import UploadPlan
from pipelayer.model import Action, LivePipeline, PipelinePlan, PipelineState, Subject, Verb
from pipelayer.project.pipeline import Pipeline


@dataclass(frozen=True)
class Options:
    """What the user asked for and allowed.

    `respect_paused`: what a person paused, and what has finished, is left alone. `cancel_running`: a pipeline
    that goes doesn't get to finish its work. `delete_first`: where no place is free, an old pipeline may go
    before the new one is there.
    """

    verb: Verb = Verb.DEPLOY
    run_on_demand: bool = False
    replace_on_demand: bool = False
    prune: bool = False
    respect_paused: bool = True
    cancel_running: bool = False
    delete_first: bool = False

    @property
    def writes_files(self) -> bool:
        """Whether the verb is about files. `plan` and `validate` show what `deploy` would do."""
        return self.verb is not Verb.ACTIVATE

    @property
    def writes_definition(self) -> bool:
        """Whether the verb is about definitions."""
        return self.verb is not Verb.UPLOAD


@dataclass(frozen=True)
class Facts:
    """What is known about the live side of one pipeline.

    `claimed` is the pipeline that `adopt` or `moved-from` takes over. `definition` is the live one's version
    that counts, where the digests could not settle it: the `active` one, on demand the `latest`. `other` is
    its other version, where that was asked for. `started_by_id`: the active one is on demand. `upload` is
    None where the files' digest settled it. `refusal` says why a create would make a twin, or why a claim
    can't be met. `secrets` is the desired secrets' HMAC, NEVER where secrets or salt are not at hand.
    """

    election: Election = field(default_factory=Election)
    claimed: LivePipeline | None = None
    definition: Definition | None = None
    other: Definition | None = None
    started_by_id: bool = False
    upload: UploadPlan | None = None
    refusal: str = ""
    secrets: str = tags.NEVER

    @property
    def live(self) -> LivePipeline | None:
        """The pipeline that counts: the elected one, else the one that the files claim."""
        return self.election.live or self.claimed

    @property
    def live_state(self) -> str:
        """AWS's word for the live pipeline's state, empty where there is none."""
        return self.live.state.value if self.live else ""

    @property
    def recorded(self) -> tags.State:
        """What was last written to the live pipeline, as far as its tags tell.

        One that took another's place removes stale files before it retires the other: while that is not
        retired, nobody knows about the files.
        """
        state = tags.state_of(self.live.tags) if self.live else tags.State()
        cut_short = any(tags.RETIRED not in old.tags for old in self.election.retired)
        return replace(state, files=tags.UNKNOWN) if cut_short else state

    @property
    def latest_counts(self) -> bool:
        """Whether the live pipeline is what was last saved on it, activated or not."""
        pending = self.live is not None and self.live.state is PipelineState.PENDING
        return self.recorded.saved or pending or self.started_by_id

    @property
    def edit_under_way(self) -> bool:
        """Whether an edit was begun and never recorded: its own mark says so."""
        return self.live is not None and (
            tags.parse_state(self.live.tags.get(tags.STATE)).definition == tags.UNKNOWN
        )

    @property
    def active(self) -> Definition | None:
        """The activated version, which AWS's rules for editing are about."""
        if self.live is None or self.live.state is PipelineState.PENDING:
            return None
        return self.other if self.latest_counts else self.definition

    def saved_aside(self, now: datetime) -> bool:
        """Whether something else than what runs was saved and not activated."""
        if self.latest_counts or self.definition is None or self.other is None:
            return False
        return bool(changes(self.definition, self.other, now))

    @property
    def live_on_demand(self) -> bool:
        """Whether others start the live pipeline by its id."""
        return self.recorded.saved or (self.definition is not None and is_on_demand(self.definition))

    @property
    def phase(self) -> datetime | None:
        """The start that the live pipeline's schedules go on from where the files name none: that of the one
        that is live, or was until it was retired. What has finished goes on no more.
        """
        if self.live and self.live.state is PipelineState.FINISHED:
            return None
        written = [schedule.start for schedule in schedules(self.definition)] if self.definition else []
        known = [start for start in written if start]
        there = [self.live] if self.live else self.election.retired
        return next(iter([*known, *(one.first_run for one in there if one.first_run)]), None)

    def secrets_unknown(self, pipeline: Pipeline) -> bool:
        """Whether the pipeline has secrets of which nobody can say if they changed."""
        unknown = tags.NEVER in (self.recorded.secrets, self.secrets)
        return unknown and bool(secrets_of(pipeline.definition))

    @property
    def secret_changed(self) -> bool:
        """Whether both sides' secrets are known and differ."""
        return (
            tags.NEVER not in (self.recorded.secrets, self.secrets) and self.recorded.secrets != self.secrets
        )


def about_it(words: str) -> Change:
    """What differs in the whole pipeline and has no text before or after."""
    return Change(words, "", "", None, Subject.PIPELINE)


def aws_name(pipeline: Pipeline, facts: Facts) -> str:
    """The name in AWS, which can't rename: one that is live keeps its own unless the files set another."""
    return facts.live.name if facts.live and not pipeline.named else pipeline.name


@dataclass(frozen=True)
class Case:
    """One pipeline to be planned: what is wanted, what is there, what is allowed."""

    pipeline: Pipeline
    facts: Facts
    options: Options
    now: datetime

    @property
    def name(self) -> str:
        """Its name in AWS."""
        return aws_name(self.pipeline, self.facts)

    @property
    def recorded(self) -> bool:
        """Whether the live pipeline's record says that its definition is the wanted one."""
        return tags.same(self.facts.recorded.definition, self.pipeline.definition_digest)

    @property
    def ran(self) -> bool:
        """Whether an earlier run was cut short after running it on demand as it is wanted now."""
        facts, live = self.facts, self.facts.live
        if live is None or live.state is PipelineState.PENDING:
            return False
        if facts.edit_under_way:
            return facts.active is not None and not changes(facts.active, self.pipeline.definition, self.now)
        return self.recorded and not facts.recorded.saved

    def differences(self) -> Sequence[Change]:
        """How the live pipeline differs, and what forbids to change that in place; empty where it means the
        same as the files.
        """
        facts, live = self.facts, self.facts.live
        if live is None:
            return ()
        found = (
            [Change("name", live.name, self.name, EditRule.NAME, Subject.PIPELINE)]
            if live.name != self.name
            else []
        )
        if not self.recorded or facts.definition is not None:
            found += self._defined_otherwise(live)
        if facts.secret_changed:
            found.append(about_it("a secret changed"))
        return found

    def _defined_otherwise(self, live: LivePipeline) -> Sequence[Change]:
        facts, wanted = self.facts, self.pipeline.definition
        if facts.definition is None:
            return [about_it("AWS holds no definition for it")]
        found = changes(facts.definition, wanted, self.now)
        if not found and live.state is PipelineState.PENDING and not self.pipeline.on_demand:
            return [about_it("it was never activated")]
        if not found or not facts.latest_counts:
            return found
        # AWS's rules are about what was activated, which here is not what counts.
        forbidden = changes(facts.active, wanted, self.now) if facts.active else ()
        by_place = {one.place: replace(one, rule=None) for one in found}
        return list((by_place | {one.place: one for one in forbidden if one.rule}).values())


@dataclass(frozen=True)
class Work:
    """A plan with what its execution needs. `state` is what is recorded in the end, with the user's `tags`.

    `old_first`: what is live goes before its successor is created, and nothing is scheduled in between.
    """

    plan: PipelinePlan
    pipeline: Pipeline
    facts: Facts
    state: tags.State
    tags: Mapping[str, str] = field(default_factory=dict)
    old_first: bool = False

    @property
    def makes_room(self) -> bool:
        """Whether a pipeline is deleted before the new one is created."""
        order = [step.action for step in self.plan.steps]
        wanted = [action for action in order if action in (Action.DELETE, Action.CREATE)]
        return wanted[:1] == [Action.DELETE] and Action.CREATE in wanted

    def takes(self, action: Action, target: str) -> bool:
        """Whether the plan contains such a step on this pipeline."""
        return any(step.action is action and step.target == target for step in self.plan.steps)

    def has(self, action: Action) -> bool:
        """Whether the plan contains such a step."""
        return any(step.action is action for step in self.plan.steps)
